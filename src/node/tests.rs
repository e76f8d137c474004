//! What a text imports, exports and leaves in doubt.

use super::scan::{MAX_BYTES, MAX_SHALLOW};
use super::{Summary, summarise};

fn of(text: &str) -> Summary {
    summarise(text.as_bytes())
}

fn imports(text: &str) -> String {
    let imports = of(text).imports;
    let one = |import: &super::Import| match import.names.as_slice() {
        [] => import.specifier.clone(),
        names => format!("{}:{}", import.specifier, names.join("+")),
    };
    imports.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn exports(text: &str) -> String {
    let summary = of(text);
    assert!(!summary.hides_exports && !summary.unread, "{text}");
    summary.exports.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn imports_that_always_run() {
    assert_eq!(
        imports("import 'a'; import b, { c as d, default as e } from 'b'; import * as f from \"f\";"),
        "a b:default+default+c f:*"
    );
    assert_eq!(imports("export * from './a'; export { b as c } from 'd'; export * as e from 'f'"), "./a d:b f");
    assert_eq!(imports("const a = require('a'), { b } = require(`b`).c; require('d')(1); f(require('e'))"), "a b d e");
    assert_eq!(
        imports(
            "(function () { require('a') })(); (() => { require('b') })(); (function () { require('c') }).call(this)"
        ),
        "a b c"
    );
    assert_eq!(imports("try { require('a') } finally { require('b') }"), "a b");
    assert_eq!(imports("#!/usr/bin/env node\n'use strict';\nclass A extends require('a') { b = require('c') }"), "a");
}

#[test]
fn imports_that_may_not_run() {
    for text in [
        "try { require('a') } catch { require('b') }",
        "if (x) require('a'); else require('b')",
        "x ? require('a') : require('b'); x && require('c'); x ?? require('d'); x ||= require('e')",
        "for (;;) require('a'); while (x) { require('b') }",
        "switch (x) { case 1: require('a') }",
        "function f() { require('a') } const g = () => require('b'); class C { d() { require('e') } }",
        "import('a'); x.require('b'); require(x); require('a' + b); require(`a${b}`)",
        "(async () => { require('a') })()",
        "throw 1; require('a')",
    ] {
        assert_eq!(imports(text), "", "{text}");
    }
}

#[test]
fn exported_names() {
    assert_eq!(
        exports("exports.a = exports['b'] = 1; module.exports.c = 2; exports.d.e = 3; exports.d = {}"),
        "a b c d"
    );
    assert_eq!(exports("module.exports = { a, b: 1, c() {}, 'd': 2, ...require('x') }"), "a b c d");
    assert_eq!(exports("Object.defineProperty(exports, 'a', { get() {} }); function f() { exports.b = 1 }"), "a b");
    assert_eq!(
        exports("export default 1; export const { a, b: [c, d = 1], ...e } = x; export function f() {}"),
        "a c d default e f"
    );
    assert_eq!(exports("export class A {} export { b as c, d }; export * as e from 'f'"), "A c d e");
    assert_eq!(of("module.exports = require('./a')").passes_on, ["./a"]);
    assert_eq!(of("__exportStar(require('./a'), exports); export * from './b'").passes_on, ["./a", "./b"]);
}

#[test]
fn doubts() {
    for text in [
        "module.exports = make()",
        "exports[x] = 1",
        "module.exports = { [x]: 1 }",
        "module.exports = { ...x }",
        "Object.assign(exports, x)",
        "f(exports)",
        "const e = exports",
        "this.a = 1",
        "module['exports'] = 1",
        "module.exports = __toCommonJS(x)",
        "__webpack_require__(1)",
    ] {
        assert!(of(text).hides_exports, "{text}");
    }
    for text in ["require('module-alias/register')", "module.paths.push('x')", "require = require('esm')(module)"] {
        assert!(of(text).changes_path, "{text}");
    }
    for text in ["const a: number = 1", "}", "\u{0}(", &"x".repeat(300_000)] {
        assert!(of(text).unread, "{text:.20}");
    }
    assert!(!of("const r = createRequire(import.meta.url); r('a')").changes_path);
}

#[test]
fn deep_texts_are_no_danger() {
    for text in ["(", "[", "{a:", "f(", "() => ", "a ? ", "`${", "!", "x = ", "if (a) ", "class A { static {"] {
        let _ = of(&text.repeat(20_000));
        let _ = of(&text.repeat(MAX_BYTES / text.len()));
        let _ = of(&text.repeat(MAX_SHALLOW / text.len()));
        let _ = of(&format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000)));
    }
}
