//! What lists name.

use super::{List, read};
use crate::facts::ListFormat::{self, *};

/// The packages as `name` or `name@version`, and a `…` where there may be more.
fn named(format: ListFormat, text: &str) -> Vec<String> {
    let List { packages, open, includes } = read(format, text).unwrap_or_else(|| panic!("not a list:\n{text}"));
    let name = |package: &super::Listed| match &package.version {
        Some(version) => format!("{}@{version}", package.name),
        None => package.name.clone(),
    };
    let names = packages.iter().map(name).chain(includes.into_iter().map(|path| format!("+{path}")));
    names.chain(open.then(|| "…".to_owned())).collect()
}

#[test]
fn requirements() {
    let text = "# a comment\n\nflask==3.0.0\nBoto3>=1.34  # why\nuvicorn[standard]==0.32.0 ; python_version > '3.8'\n\
                awslambdaric == 3.1.1\nx @ https://example.com/x.whl\n-r base.txt\n--requirement=dev.txt\n-rmore.txt\n\
                -c constraints.txt\npandas==2.* \\\n    --hash=sha256:abc\n--no-index\n";
    assert_eq!(
        named(Requirements, text),
        ["flask@3.0.0", "Boto3", "uvicorn@0.32.0", "awslambdaric", "x", "pandas", "+base.txt", "+dev.txt", "+more.txt"]
    );
    for open in ["-e .", "./lib", "lib/x", "git+https://example.com/x", "x-1.0-py3-none-any.whl", "-i https://x", "a b"]
    {
        assert_eq!(named(Requirements, open), ["…"], "{open}");
    }
}

#[test]
fn pyproject() {
    let project = "[project]\nname = 'x'\ndependencies = ['flask==3.0', 'boto3']\n[project.optional-dependencies]\n\
                   aws = ['awslambdaric>=3']\n[dependency-groups]\ndev = ['pytest', {include-group = 'x'}]\n";
    assert_eq!(named(Pyproject, project), ["flask@3.0", "boto3", "awslambdaric", "pytest"]);
    let poetry = "[tool.poetry.dependencies]\npython = '^3.12'\nflask = '3.0.0'\nown = {path = '../own'}\n\
                  [tool.poetry.group.dev.dependencies]\npytest = {version = '^8'}\n";
    assert_eq!(named(Pyproject, poetry), ["flask@3.0.0", "own", "pytest", "…"]);
    assert_eq!(named(Pyproject, "[project]\ndynamic = ['version', 'dependencies']"), ["…"]);
    assert_eq!(named(Pyproject, "[project]\n[tool.uv.sources]\nx = { workspace = true }"), ["…"]);
    assert_eq!(read(Pyproject, "[tool.black]\nline-length = 100"), None);
    assert_eq!(read(Pyproject, "[project"), None);
}

#[test]
fn other_lists_of_python() {
    assert_eq!(named(Pipfile, "[packages]\nflask = '==3.0.0'\nx = {git = 'y'}"), ["flask@3.0.0", "x"]);
    assert_eq!(named(PipfileLock, r#"{"_meta": {}, "default": {"flask": {"version": "==3.0.0"}}}"#), ["flask@3.0.0"]);
    assert_eq!(named(TomlLock, "[[package]]\nname = 'flask'\nversion = '3.0.0'"), ["flask@3.0.0"]);
    assert_eq!(read(TomlLock, "version = 1"), None);
}

#[test]
fn node() {
    let package = r#"{"dependencies": {"express": "4.18.0", "aws-lambda-ric": "^3", "alias": "npm:real@1.0.0"},
        "devDependencies": {"jest": "^29"}}"#;
    assert_eq!(named(PackageJson, package), ["express@4.18.0", "aws-lambda-ric", "real@1.0.0", "jest"]);
    assert_eq!(named(PackageJson, r#"{"dependencies": {"own": "workspace:*"}}"#), ["own", "…"]);
    assert_eq!(named(PackageJson, r#"{"workspaces": ["a"]}"#), ["…"]);
    let lock = r#"{"lockfileVersion": 3, "packages": {"": {"name": "x"},
        "node_modules/a/node_modules/@b/c": {"version": "1.2.3"}}}"#;
    assert_eq!(named(PackageLock, lock), ["@b/c@1.2.3"]);
    let old = r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {}}}}}"#;
    assert_eq!(named(PackageLock, old), ["a@1.0.0", "b"]);
    let yarn =
        "# yarn lockfile v1\n\n\"@a/b@^1.0\", \"@a/b@^1.1\":\n  version \"1.1.0\"\n\nc@*:\n  version \"2.0.0\"\n";
    assert_eq!(named(YarnLock, yarn), ["@a/b@1.1.0", "c@2.0.0"]);
    let berry = "__metadata:\n  version: 8\n\n\"a@npm:^1\":\n  version: 1.0.0\n";
    assert_eq!(named(YarnLock, berry), ["a@1.0.0"]);
    assert_eq!(read(PackageJson, "[]"), None);
}

#[test]
fn ruby_and_go() {
    let gems = "source 'https://rubygems.org'\ngem 'sinatra', '3.0.0'\ngroup :x do\n  gem \"aws_lambda_ric\"\nend\n";
    assert_eq!(named(Gemfile, gems), ["sinatra@3.0.0", "aws_lambda_ric"]);
    assert_eq!(named(Gemfile, "gem 'own', path: 'own'\ngemspec"), ["own", "…"]);
    let lock = "GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (3.1.0)\n      x (>= 1)\n";
    assert_eq!(named(GemfileLock, lock), ["rack@3.1.0"]);
    let module = "module example.com/x\n\ngo 1.22\n\nrequire github.com/aws/aws-lambda-go v1.47.0\nrequire (\n\t\
                  example.com/y v0.1.0 // indirect\n)\n";
    assert_eq!(named(GoMod, module), ["github.com/aws/aws-lambda-go@1.47.0", "example.com/y@0.1.0"]);
    assert_eq!(read(GoMod, "go 1.22"), None);
}

#[test]
fn rust_java_and_dotnet() {
    let cargo = "[package]\nname = 'x'\n[dependencies]\nlambda_runtime = '0.13'\nrt = {package = 'lambda_http', version \
                 = '0.13.0'}\n[target.'cfg(unix)'.dependencies]\nlibc = '0.2'\n";
    assert_eq!(named(Cargo, cargo), ["lambda_runtime@0.13", "lambda_http@0.13.0", "libc@0.2"]);
    let pom = "<?xml version='1.0'?><project><dependencies><!-- why --><dependency><groupId>com.amazonaws</groupId>\
               <artifactId>aws-lambda-java-core</artifactId><version>1.2.3</version></dependency><dependency>\
               <groupId>a</groupId><artifactId>b</artifactId><version>${v}</version></dependency></dependencies></project>";
    assert_eq!(named(Pom, pom), ["com.amazonaws:aws-lambda-java-core@1.2.3", "a:b"]);
    assert_eq!(read(Pom, "<project><a></project>"), None);
    assert_eq!(read(Pom, &"<a>".repeat(200)), None);
    let gradle =
        "dependencies {\n  implementation 'a.b:c:1.0'\n  implementation(\"d.e:f\")\n  implementation project(':x')\n}";
    assert_eq!(named(Gradle, gradle), ["a.b:c@1.0", "d.e:f", "…"]);
    let csproj = "<Project Sdk=\"x\"><ItemGroup><PackageReference Include=\"A\" Version=\"1.0\" /><PackageReference \
                  Include=\"B\"><Version>2.0</Version></PackageReference></ItemGroup></Project>";
    assert_eq!(named(Csproj, csproj), ["A@1.0", "B@2.0"]);
}

#[test]
fn no_text_panics() {
    let formats = [
        Requirements,
        Pyproject,
        Pipfile,
        PipfileLock,
        TomlLock,
        PackageJson,
        PackageLock,
        YarnLock,
        Gemfile,
        GemfileLock,
        GoMod,
        Cargo,
        Pom,
        Gradle,
        Csproj,
    ];
    let texts =
        ["", "\u{feff}", "-", "-r", "\\", "é==", "@", "@:", "\"", "'a:b:c:d'", "<", "<a", "{", "[[", "gem", "a@ü:"];
    for format in formats {
        for text in texts {
            read(format, text);
            read(format, &format!("{text}\n").repeat(2_000));
            read(format, &text.repeat(20_000));
        }
    }
}

#[test]
fn no_depth_overflows_the_stack() {
    for depth in [100, 1_000, 200_000] {
        let deep = [
            format!("a = {}", "[".repeat(depth)),
            format!("a = {}1{}", "[".repeat(depth), "]".repeat(depth)),
            format!("{}a = 1", "a.".repeat(depth)),
            format!("[{}a]", "a.".repeat(depth)),
            format!("a = {}", "{a=".repeat(depth)),
        ];
        for text in deep {
            read(Pyproject, &text);
            read(Cargo, &text);
        }
        read(PackageJson, &"{\"a\":".repeat(depth));
        read(PackageLock, &format!("{}1{}", "{\"dependencies\":".repeat(depth), "}".repeat(depth)));
        read(Pom, &"<a>".repeat(depth));
    }
}

#[test]
fn a_list_of_too_many_is_open() {
    let many = |count: usize| (0..count).map(|at| format!("p{at}\n")).collect::<String>();
    let list = |count| read(Requirements, &many(count)).unwrap();
    assert!(!list(super::MAX_PACKAGES).open && list(super::MAX_PACKAGES + 1).open);
}
