//! The shape of a handler: what each runtime takes, and what it refuses.

use super::Language;
use crate::path::file_name;

/// What is wrong with a handler's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Why the runtime refuses it.
    pub why: &'static str,
    /// The handler that was meant, where that is plain.
    pub meant: Option<String>,
    /// Whether no class or module can have that name.
    pub certain: bool,
}

impl Language {
    /// What is wrong with a handler of the language's runtime; `None` if it has the right shape.
    pub fn malformed(self, text: &str) -> Option<Malformed> {
        let why = fault(self, text)?;
        // In Java, a name in lower case may still be a class.
        Some(Malformed { why, meant: corrected(self, text), certain: why != METHOD })
    }
}

const METHOD: &str = "the method comes after `::`, not after a dot";

/// What is wrong with a handler; `None` where it has the runtime's shape.
fn fault(language: Language, text: &str) -> Option<&'static str> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| text.ends_with(ending));
    let blank = text.contains(char::is_whitespace);
    match language {
        Language::Python => {
            if ends(&[".py"]) {
                return Some("names a file, not a function in it");
            }
            let Some((module, function)) = text.rsplit_once('.') else { return Some("has no dot before the function") };
            if text.starts_with(['/', '.']) {
                return Some("a module's name does not begin with a slash or dot");
            }
            if module.ends_with(".py") {
                return Some("a module is named without .py");
            }
            if blank || text.contains(':') {
                return Some("separate module and function with one dot and nothing else");
            }
            (module.is_empty() || function.is_empty() || function.contains('/'))
                .then_some("module or function is missing")
        }
        Language::Node => {
            let name = file_name(text);
            if text.contains("..") {
                return Some("`..` is refused");
            }
            if [".js", ".mjs", ".cjs", ".ts"].iter().any(|ending| name.ends_with(ending)) {
                return Some("names a file, not a function in it");
            }
            if [".js.", ".mjs.", ".cjs.", ".ts."].iter().any(|ending| name.contains(ending)) {
                return Some("a file is named without its ending");
            }
            let Some((file, export)) = name.split_once('.') else { return Some("has no dot before the function") };
            (file.is_empty() || export.is_empty()).then_some("file or function is missing")
        }
        Language::Java => {
            let (class, method) = text.rsplit_once("::").unwrap_or((text, "handleRequest"));
            if ends(&[".java", ".class", ".jar", ".kt"]) {
                return Some("names a file, not a class");
            }
            if blank || class.contains(['/', ':']) || method.contains(':') || class.is_empty() || method.is_empty() {
                return Some("needs the full name of a class, with `::` before a method");
            }
            let upper = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
            let mut parts = text.rsplit('.');
            let last = parts.next().unwrap_or_default();
            (!text.contains("::") && !upper(last) && parts.next().is_some_and(upper)).then_some(METHOD)
        }
        Language::Dotnet => {
            if ends(&[".cs", ".csproj"]) {
                return Some("names a file, not an assembly");
            }
            let parts: Vec<&str> = text.split("::").collect();
            match parts.as_slice() {
                // Top-level statements: the assembly alone.
                [only] => (only.contains(':') || blank).then_some("an assembly's name, or ASSEMBLY::TYPE::METHOD"),
                [_, _, _] => parts
                    .iter()
                    .any(|part| part.is_empty() || part.contains(':'))
                    .then_some("assembly, type or method is missing"),
                _ => Some("needs three parts with `::` between them"),
            }
        }
        Language::Ruby => {
            let parts: Vec<&str> = text.split('.').collect();
            if ends(&[".rb"]) || text.contains(".rb.") {
                return Some("a file is named without .rb, and followed by a method");
            }
            let whole = matches!(parts.len(), 2 | 3) && parts.iter().all(|part| !part.is_empty()) && !blank;
            (!whole).then_some("FILE.METHOD, or FILE.CLASS.METHOD")
        }
    }
}

/// The handler that was meant, where that is plain.
fn corrected(language: Language, text: &str) -> Option<String> {
    let endings: &[&str] = match language {
        Language::Python => &[".py"],
        Language::Node => &[".js", ".mjs", ".cjs", ".ts"],
        Language::Ruby => &[".rb"],
        Language::Java | Language::Dotnet => return None,
    };
    let right =
        endings.iter().find_map(|ending| text.split_once(&format!("{ending}."))).map(|(a, b)| format!("{a}.{b}"))?;
    fault(language, &right).is_none().then_some(right)
}

#[cfg(test)]
mod tests {
    use super::fault;
    use crate::launch::Language::{Dotnet, Java, Node, Python, Ruby};

    #[test]
    fn shapes_that_runtimes_take() {
        for (language, texts) in [
            (Python, &["app.handler", "src/app.handler", "a.b.c.d", "datadog_lambda.handler.handler", "my-app.h"][..]),
            (Node, &["index.handler", "src/lib/x.default.fn", "/opt/a/b.h", "@org/pkg.handler", "a.b/index.handler"]),
            (Java, &["Handler", "a.b.C", "a.b.C::d", "a.b.Outer$Inner::go", "a.b.c.lower"]),
            (Dotnet, &["A::B.C::D", "MyFunction", "My.Function", "My.Function.dll"]),
            (Ruby, &["app.handler", "lambda.Mod::Class.process", "config/environment.Lamby.cmd", "/opt/a.b"]),
        ] {
            for text in texts {
                assert_eq!(fault(language, text), None, "{text}");
            }
        }
    }

    #[test]
    fn shapes_that_they_refuse() {
        for (language, texts) in [
            (Python, &["app", "app.py", "/app.handler", "./app.handler", "app.py.handler", "main:app", "a.b:c"][..]),
            (Node, &["index", "index.js", "index.mjs.handler", "../index.handler", "src/.handler", "dist/index.ts"]),
            (Java, &["a/b/C::d", "C.java", "a.B:c", "a.B::c::d", "a.b.C.handle", "java -jar x"]),
            (Dotnet, &["A::B", "A::B::C::D", "A:B:C", "Program.cs", "dotnet X.dll"]),
            (Ruby, &["app", "app.rb", "a.b.c.d", "./app.handler", "app.rb.handler"]),
        ] {
            for text in texts {
                assert!(fault(language, text).is_some(), "{text}");
            }
        }
    }
}
