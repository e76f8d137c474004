//! A walk over a module's syntax tree: which imports always run, and what is exported.
//!
//! The grammar is tree-sitter's of JavaScript, which survives any text; a text with an error in it counts as unread. The
//! walk keeps its own stack, so that no nesting is too deep.

use super::{Import, Kind, Summary};
use tree_sitter::{Node, Parser};

/// Maximum length of a module that is parsed, in bytes: the parser reads about 4 MB a second.
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// A text up to this length is parsed where it is asked for, in bytes.
pub(super) const MAX_SHALLOW: usize = 8 * 1024;
/// The stack for a longer one, in bytes: the parser releases what it has set aside by recursion, about 110 bytes for each
/// byte of text at worst.
const STACK: usize = 96 * 1024 * 1024;

/// Texts of modules that change where others are looked for.
const CHANGES_PATH: &[&str] = &[
    "module.paths",
    "NODE_PATH",
    "_resolveFilename",
    "_initPaths",
    "registerHooks",
    "module-alias",
    "app-module-path",
    "tsconfig-paths",
    "ts-node",
    "/register",
    "module.register",
    "require.extensions",
    "prototype.require",
    "Module._load",
    "esm\")(module",
    "esm')(module",
    ".pnp",
];
/// Texts of what bundlers and compilers write, whose exports cannot be told from assignments.
const BUNDLED: &[&str] = &[
    "module[",
    "eval(",
    "__webpack_require__",
    "webpackUniversalModuleDefinition",
    "__webpack_exports__",
    "parcelRequire",
    "System.register",
];
/// Functions that copy exports of another module.
const COPIES: &[&str] =
    &["__exportStar", "_export_star", "__export", "__reExport", "_export", "__toCommonJS", "_exportStar"];

/// Reads a module.
pub fn summarise(text: &[u8]) -> Summary {
    let summary = match text.len() {
        length if length > MAX_BYTES => None,
        length if length > MAX_SHALLOW => read_deeply(text),
        _ => read(text),
    };
    summary.unwrap_or_else(Summary::unread)
}

/// The same with a stack for any nesting.
fn read_deeply(text: &[u8]) -> Option<Summary> {
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || read(text));
        reader.ok()?.join().ok()?
    })
}

fn read(text: &[u8]) -> Option<Summary> {
    let text = std::str::from_utf8(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).ok()?;
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_javascript::LANGUAGE.into()).ok()?;
    let tree = parser.parse(text, None)?;
    if tree.root_node().has_error() {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let summary = Summary { changes_path: has(CHANGES_PATH), hides_exports: has(BUNDLED), ..Summary::default() };
    let mut walk = Walk { text, summary, ended: false };
    walk.all(tree.root_node());
    Some(walk.summary)
}

/// Whether what stands in a place runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    /// Whenever the module is loaded.
    Always,
    /// Perhaps: in a condition, a loop or a function.
    Perhaps,
}

pub(super) struct Walk<'a> {
    text: &'a str,
    pub(super) summary: Summary,
    /// An unconditional `throw` was met.
    ended: bool,
}

impl<'a> Walk<'a> {
    fn all(&mut self, root: Node<'a>) {
        let mut stack = vec![(root, Runs::Always)];
        let mut cursor = root.walk();
        while let Some((node, runs)) = stack.pop() {
            let first = stack.len();
            let inside = self.enter(node, runs);
            for child in node.named_children(&mut cursor) {
                if let Some(runs) = inside.of(node, child) {
                    stack.push((child, runs));
                }
            }
            // The first child is looked at first.
            stack[first..].reverse();
        }
    }

    pub(super) fn of(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The text of a string or of a template without fields.
    pub(super) fn literal(&self, node: Node<'a>) -> Option<&'a str> {
        let whole = self.of(node);
        let plain = match node.kind() {
            "string" => true,
            "template_string" => {
                node.named_child_count() == u32::from(node.named_child(0).is_some()) as usize
                    && node.named_child(0).is_none_or(|child| child.kind() == "string_fragment")
            }
            _ => false,
        };
        let inner = whole.get(1..whole.len().checked_sub(1)?)?;
        (plain && !inner.contains('\\')).then_some(inner)
    }

    fn call(node: Node<'a>) -> Option<(Node<'a>, Vec<Node<'a>>)> {
        if node.kind() != "call_expression" {
            return None;
        }
        let arguments = node.child_by_field_name("arguments")?;
        let mut cursor = arguments.walk();
        let list = arguments.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect();
        Some((node.child_by_field_name("function")?, list))
    }

    /// What `require("…")` asks for.
    pub(super) fn required(&self, node: Node<'a>) -> Option<&'a str> {
        let (function, arguments) = Self::call(node)?;
        match arguments.as_slice() {
            [only] if self.of(function) == "require" => self.literal(*only),
            _ => None,
        }
    }

    pub(super) fn add(&mut self, node: Node<'_>, specifier: &str, kind: Kind, names: Vec<String>) {
        if !self.ended {
            let line = node.start_position().row as u32 + 1;
            self.summary.imports.push(Import { line, specifier: specifier.to_owned(), kind, names });
        }
    }

    pub(super) fn export(&mut self, name: &str) {
        self.summary.exports.insert(name.trim_matches(['"', '\'']).to_owned());
    }

    /// Takes note of what a node says itself, and tells how its children run.
    fn enter(&mut self, node: Node<'a>, runs: Runs) -> Inside {
        match node.kind() {
            "import_statement" => {
                self.summary.is_module = true;
                if let Some(source) = node.child_by_field_name("source").and_then(|source| self.literal(source)) {
                    let names = self.imported(node);
                    self.add(node, source, Kind::Import, names);
                }
                return Inside::Nothing;
            }
            "export_statement" => {
                self.summary.is_module = true;
                self.exported(node);
            }
            "call_expression" => self.called(node, runs),
            "assignment_expression" => self.assigned(node),
            "variable_declarator" => {
                let name = node.child_by_field_name("name").map(|name| self.of(name)).unwrap_or_default();
                let value = node.child_by_field_name("value");
                let value = value.map(|value| self.of(value)).unwrap_or_default();
                self.summary.hides_exports |= matches!(value, "exports" | "module" | "module.exports" | "this");
                self.summary.changes_path |= name == "require" && !value.contains("createRequire");
            }
            "throw_statement" => self.ended |= runs == Runs::Always,
            "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition" => {
                // A function that is called where it stands runs.
                return if self.is_called(node) { Inside::Same(runs) } else { Inside::Perhaps };
            }
            "class_body" => return Inside::Perhaps,
            "if_statement" | "ternary_expression" => return Inside::But("condition", runs),
            "try_statement" => {
                let caught = node.child_by_field_name("handler").is_some();
                return if caught { Inside::But("finalizer", runs) } else { Inside::Same(runs) };
            }
            "switch_statement" => return Inside::But("value", runs),
            "for_statement" | "for_in_statement" | "while_statement" | "do_statement" | "labeled_statement"
            | "with_statement" => return Inside::Perhaps,
            "binary_expression" => {
                let operator = node.child_by_field_name("operator").map(|operator| self.of(operator));
                if matches!(operator, Some("&&" | "||" | "??")) {
                    return Inside::But("left", runs);
                }
            }
            "augmented_assignment_expression" => return Inside::But("left", runs),
            _ => {}
        }
        Inside::Same(runs)
    }

    /// Whether a function is called where it stands: `(() => {…})()`, `(function () {…}).call(this)`.
    fn is_called(&self, node: Node<'a>) -> bool {
        let mut outer = node;
        while let Some(parent) = outer.parent().filter(|parent| parent.kind() == "parenthesized_expression") {
            outer = parent;
        }
        let called = |node: Node<'a>| {
            node.parent().is_some_and(|call| {
                call.kind() == "call_expression" && call.child_by_field_name("function") == Some(node)
            })
        };
        // An async one runs up to its first `await`.
        if self.of(node).starts_with("async") {
            return false;
        }
        let member = outer.parent().filter(|parent| parent.kind() == "member_expression");
        called(outer)
            || member.is_some_and(|member| {
                let name = member.child_by_field_name("property").map(|name| self.of(name));
                matches!(name, Some("call" | "apply")) && called(member)
            })
    }

    /// The names that an `import` statement takes.
    fn imported(&self, node: Node<'a>) -> Vec<String> {
        let mut names = Vec::new();
        let mut stack: Vec<Node<'a>> = vec![node];
        while let Some(node) = stack.pop() {
            match node.kind() {
                "import_specifier" => {
                    let name = node.child_by_field_name("name").map(|name| self.of(name));
                    names.extend(name.map(|name| name.trim_matches(['"', '\'']).to_owned()));
                }
                "namespace_import" => names.push("*".to_owned()),
                "import_clause" => {
                    let mut cursor = node.walk();
                    for child in node.named_children(&mut cursor) {
                        if child.kind() == "identifier" {
                            names.push("default".to_owned());
                        } else {
                            stack.push(child);
                        }
                    }
                }
                "import_statement" | "named_imports" => {
                    let mut cursor = node.walk();
                    stack.extend(node.named_children(&mut cursor));
                }
                _ => {}
            }
        }
        names
    }

    fn called(&mut self, node: Node<'a>, runs: Runs) {
        let Some((function, arguments)) = Self::call(node) else { return };
        let name = self.of(function);
        if name == "require" {
            match self.required(node) {
                Some(specifier) if runs == Runs::Always => self.add(node, specifier, Kind::Require, Vec::new()),
                _ => {}
            }
            return;
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        let defines = matches!(name, "Object.defineProperty" | "Object.assign" | "Object.defineProperties");
        if defines && arguments.first().is_some_and(|first| self.is_exports(*first)) {
            let key = arguments.get(1).filter(|_| last == "defineProperty").and_then(|key| self.literal(*key));
            match key {
                Some(key) => self.export(key),
                None => self.summary.hides_exports = true,
            }
        } else if COPIES.contains(&last) {
            match arguments.iter().find_map(|argument| self.required(*argument)) {
                Some(source) => self.summary.passes_on.push(source.to_owned()),
                None => self.summary.hides_exports = true,
            }
        } else if arguments
            .iter()
            .any(|argument| self.is_exports(*argument) || matches!(self.of(*argument), "module" | "this"))
        {
            self.summary.hides_exports = true;
        }
    }
}

/// How the children of a node run.
enum Inside {
    /// They are not looked at.
    Nothing,
    /// As the node itself.
    Same(Runs),
    /// Perhaps.
    Perhaps,
    /// Perhaps, but the one in this field as the node itself.
    But(&'static str, Runs),
}

impl Inside {
    fn of(&self, node: Node<'_>, child: Node<'_>) -> Option<Runs> {
        match self {
            Self::Nothing => None,
            Self::Same(runs) => Some(*runs),
            Self::Perhaps => Some(Runs::Perhaps),
            Self::But(field, runs) => {
                let same = node.child_by_field_name(field) == Some(child);
                Some(if same { *runs } else { Runs::Perhaps })
            }
        }
    }
}
