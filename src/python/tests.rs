//! What a text imports, binds and leaves in doubt.

use super::{Runs, Summary, summarise};

fn of(text: &str) -> Summary {
    summarise(text.as_bytes())
}

/// The imports that always run.
fn always(text: &str) -> Vec<String> {
    let imports = of(text).imports.into_vec();
    imports.iter().filter(|import| import.runs == Runs::Always).map(super::Import::written).collect()
}

fn names(text: &str) -> String {
    of(text).names().collect::<Vec<_>>().join(" ")
}

#[test]
fn imports_that_always_run() {
    assert_eq!(
        always("import a, b.c as d\nfrom e import (f,\n  g as h, # x\n)\n"),
        ["import a", "import b.c", "from e import f, g"]
    );
    assert_eq!(
        always("from . import a\nfrom ..b import c\nfrom .d import *"),
        ["from . import a", "from ..b import c", "from .d import *"]
    );
    assert_eq!(always("x = 1; import a; import b"), ["import a", "import b"]);
    assert_eq!(always("class A:\n    import a\n    def f(self):\n        import b\n"), ["import a"]);
    assert_eq!(always("import a \\\n  as b\n'''\nimport c\n'''\n"), ["import a"]);
    assert_eq!(always("(\nimport_a)\nimport b\r\nimport c\rimport d"), ["import b", "import c", "import d"]);
}

#[test]
fn imports_that_may_not_run() {
    for text in [
        "try:\n    import a\nexcept ImportError:\n    a = None\n",
        "try:\n    import a\nexcept:\n    pass\n",
        "try:\n    import a\nexcept (KeyError, Exception) as e:\n    pass\n",
        "try:\n    try:\n        import a\n    finally:\n        pass\nexcept OwnError:\n    pass\n",
        "try: import a\nexcept ImportError: pass\n",
        "try:\n    x()\nexcept ImportError:\n    pass\nelse:\n    import a\n",
        "if x:\n    import a\nelif y:\n    import a\nelse:\n    import a\n",
        "if TYPE_CHECKING: import a\n",
        "with suppress(ImportError):\n    import a\n",
        "for x in y:\n    import a\nelse:\n    import a\n",
        "while True:\n    import a\n",
        "match x:\n    case 1:\n        import a\n",
        "def f():\n    if x:\n        import a\n",
        "raise SystemExit\nimport a\n",
        "import_a = 1\n# import a\n\"import a\"\n",
        "async def f():\n    try:\n        pass\n    finally:\n        import a\n",
    ] {
        assert_eq!(always(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(always("try:\n    import a\nfinally:\n    import b\nimport c\n"), ["import a", "import b", "import c"]);
    assert_eq!(always("try:\n    import a\nexcept (KeyError, OSError):\n    import b\n"), ["import a"]);
}

#[test]
fn imports_of_a_function_that_is_called() {
    let summary = of(
        "def handler(event, context):\n    '''Text.'''\n    import a\n    x = 1\n    from b import c\n    if x:\n        import d\n    import e\n",
    );
    let called: Vec<_> = summary.imports.iter().filter(|import| import.runs == Runs::WhenCalled).collect();
    assert_eq!(called.iter().map(|import| import.written()).collect::<Vec<_>>(), ["import a", "from b import c"]);
    assert!(called.iter().all(|import| import.function() == "handler") && called[1].line == 5);
}

#[test]
fn bound_names() {
    assert_eq!(names("a, (b, *c) = d = e.f = g[h] = 1\ni: int\nj += 1\n"), "a b c d i j");
    assert_eq!(names("for a, b in c: d = 1\nwith e as f, g() as (h, i): pass\n"), "a b d f h i");
    assert_eq!(names("with (a as b, c as d,):\n    e = 1\n"), "b d e");
    assert_eq!(names("try: a = 1\nexcept X as b: pass\nif (c := 1): pass\nd = [e := 1 for f in g]\n"), "a b c d e");
    assert_eq!(names("def f(x=(a := 1)):\n    global b, c\n    d = 1\nclass G(H):\n    i = 1\n"), "G a b c f");
    assert_eq!(
        names("match x:\n    case [a, *b] | {'k': c, **d} if e: pass\n    case F(g=h) as i: pass\n"),
        "a b c d h i"
    );
    assert_eq!(names("match = 1\nmatch[x]: int = 2\ncase(1)\ntype X = int\ntype = 1\n"), "X match type");
    assert_eq!(names("f(lambda: (a := 1), b := 2)\nx = lambda y=1: y\n"), "b x");
    assert_eq!(names("f'{(a := 1)} {b:=5}'\n"), "a");
    assert_eq!(names("from a import b as c, d\nimport e.f\nfrom g import *\n"), "c d e");
}

#[test]
fn strings_end_where_cpython_says() {
    let behind = |text: &str| of(&format!("{text}\nimport a\n")).imports.len() == 1;
    for text in [
        r#"x = "a\"b" 'c\'d' r'\\' b"e""#,
        "x = '''a'b\"\"\"c\\''''",
        r#"x = f"{a['b']} {{c}} {d!r:>{e}}""#,
        r#"x = f"{a["b"]}""#,
        r#"x = f'{f"{f'{1}'}"}'"#,
        "x = f'''{\na\n}'''",
        r#"x = rf"\{a}" f"\N{DASH}" f"\{6}""#,
        "x = 'a\\\nb'",
        "if'x'in y: pass",
        "x = {'a': '#', # '\n}",
    ] {
        assert!(behind(text), "{text}");
    }
    for text in
        ["x = 'a", "x = (", "x = )", "x = '''a", "x = f'{'", "\0", "# coding: utf-16", "import", "from a", "else:"]
    {
        assert!(of(&format!("{text}\nimport a\n")).doubts.unread, "{text}");
    }
}

#[test]
fn doubts() {
    let doubts = |text: &str| {
        let doubts = of(text).doubts;
        (doubts.path, doubts.names)
    };
    for text in ["import sys\nsys.path.append('x')", "def f():\n    sys.path.insert(0, 'x')", "from sys import path"] {
        assert_eq!(doubts(text), (true, false), "{text}");
    }
    for text in ["import sys as s", "__path__ = []", "import site\nsite.addsitedir('x')", "import zipimport"] {
        assert!(doubts(text).0, "{text}");
    }
    for text in ["globals()['x'] = 1", "def f():\n    globals().update(x=1)", "def __getattr__(name): pass", "vars()"] {
        assert_eq!(doubts(text), (false, true), "{text}");
    }
    for text in
        ["'sys.path'", "# sys.path", "os.path.join()", "x.globals", "def f():\n    return sys.modules[__name__]"]
    {
        assert!(!doubts(text).0, "{text}");
    }
    assert_eq!(doubts("sys.modules[__name__] = X()"), (true, true));
}

#[test]
fn hostile_texts_take_linear_time() {
    let million = 1_000_000;
    for text in [
        "(".repeat(million),
        "x = ".to_owned() + &"[".repeat(million) + &"]".repeat(million),
        "try:".repeat(million / 10),
        "try:\n".repeat(million / 10),
        "f'{".repeat(million / 10),
        "f\"{f'{".repeat(million / 10),
        "'".repeat(million),
        "a=".repeat(million) + "1",
        "lambda:".repeat(million / 10) + "(b := 1)",
        "lambda x=".repeat(million / 10),
        "with a as ".repeat(million / 10) + "b: pass",
        "\\\n".repeat(million),
        (0..1400).map(|deep| " ".repeat(deep) + "try:\n").collect(),
        "global ".repeat(million / 10),
        "x = 1;".repeat(million / 10),
        "class A: ".repeat(million / 10),
    ] {
        let summary = of(&text);
        assert!(summary.cost() < 100_000, "{text:.20}");
    }
}

#[test]
fn what_is_no_python_is_unread() {
    for text in [
        "def handler(event, context)\n    pass",
        "def handler(event, context:\n    pass",
        "class A\n    pass",
        "<<<<<<< HEAD\nimport a\n=======\nimport b\n>>>>>>> b",
        "%pip install a\nimport a",
        "!ls\nimport a",
        "import a\nx = 'open",
        "import a\nx = [1, 2",
        "else:\n    import a",
        "except ImportError:\n    import a",
        "= 1",
    ] {
        assert!(summarise(text.as_bytes()).doubts.unread, "{text}");
    }
}

#[test]
fn what_only_a_package_gives() {
    let taken = |text: &str| {
        let summary = of(text);
        let names: Vec<String> = summary.names().map(str::to_owned).collect();
        names.into_iter().filter(|name| summary.takes_from_package(name)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(taken("from . import a, b as b, c as d\nfrom .e import f\nfrom .. import g\n"), "a b");
    assert_eq!(taken("a = 1\nfrom . import a\nfrom . import b\nfrom . import b\n"), "b");
    assert_eq!(taken("try:\n    from . import a\nexcept ImportError:\n    a = None\n"), "");
    assert_eq!(taken("def f():\n    from . import a\n"), "");
}
