//! What a module exports: `export` statements, and assignments to `exports`.

use super::Kind;
use super::scan::Walk;
use tree_sitter::Node;

impl<'a> Walk<'a> {
    pub(super) fn exported(&mut self, node: Node<'a>) {
        let mut cursor = node.walk();
        let source = node.child_by_field_name("source").and_then(|source| self.literal(source));
        let children: Vec<Node<'a>> = node.children(&mut cursor).collect();
        let mut names = Vec::new();
        for child in &children {
            match child.kind() {
                "default" => self.export("default"),
                "*" => self.summary.passes_on.extend(source.map(str::to_owned)),
                "namespace_export" => {
                    let name = child.named_child(0).map(|name| self.of(name)).unwrap_or_default();
                    self.export(name);
                }
                "export_clause" => {
                    let mut cursor = child.walk();
                    for specifier in child.named_children(&mut cursor) {
                        let field = |name: &str| specifier.child_by_field_name(name).map(|node| self.of(node));
                        let (name, alias) = (field("name"), field("alias"));
                        names.extend(name.map(|name| name.trim_matches(['"', '\'']).to_owned()));
                        if let Some(exported) = alias.or(name) {
                            self.export(exported);
                        }
                    }
                }
                _ => {}
            }
        }
        // The name of what is exported as the default is only the module's own.
        let is_default = children.iter().any(|child| child.kind() == "default");
        if let Some(declaration) = node.child_by_field_name("declaration").filter(|_| !is_default) {
            self.declared(declaration);
        }
        if let Some(source) = source {
            self.add(node, source, Kind::Import, names);
        }
    }

    /// The names that an exported declaration declares.
    fn declared(&mut self, declaration: Node<'a>) {
        let mut stack: Vec<Node<'a>> = match declaration.kind() {
            "lexical_declaration" | "variable_declaration" => {
                let mut cursor = declaration.walk();
                let all: Vec<Node<'a>> = declaration.named_children(&mut cursor).collect();
                all.into_iter().filter_map(|one| one.child_by_field_name("name")).collect()
            }
            _ => declaration.child_by_field_name("name").into_iter().collect(),
        };
        while let Some(node) = stack.pop() {
            match node.kind() {
                "identifier" | "shorthand_property_identifier_pattern" => {
                    let name = self.of(node);
                    self.export(name);
                }
                "pair_pattern" => stack.extend(node.child_by_field_name("value")),
                "assignment_pattern" | "object_assignment_pattern" => stack.extend(node.child_by_field_name("left")),
                _ => {
                    let mut cursor = node.walk();
                    stack.extend(node.named_children(&mut cursor));
                }
            }
        }
    }

    pub(super) fn is_exports(&self, node: Node<'a>) -> bool {
        matches!(self.of(node), "exports" | "module.exports")
    }

    pub(super) fn assigned(&mut self, node: Node<'a>) {
        let fields = ["left", "right"].map(|name| node.child_by_field_name(name));
        let [Some(left), Some(right)] = fields else { return };
        match self.of(left) {
            "module.exports" => return self.whole(right),
            "exports" => {
                // `exports = module.exports = …` says the same twice.
                self.summary.hides_exports |=
                    right.kind() != "assignment_expression" && self.of(right) != "module.exports";
                return;
            }
            "require" => self.summary.changes_path = true,
            _ => {}
        }
        let Some(object) = left.child_by_field_name("object") else { return };
        if self.is_exports(object) {
            let key = match left.kind() {
                "member_expression" => left.child_by_field_name("property").map(|name| self.of(name)),
                _ => left.child_by_field_name("index").and_then(|index| self.literal(index)),
            };
            match key {
                Some(key) => self.export(key),
                None => self.summary.hides_exports = true,
            }
        } else if object.kind() == "this" {
            self.summary.hides_exports = true;
        }
    }

    /// `module.exports = …`.
    fn whole(&mut self, mut right: Node<'a>) {
        while right.kind() == "assignment_expression" {
            let Some(inner) = right.child_by_field_name("right") else { return };
            right = inner;
        }
        if let Some(source) = self.required(right) {
            self.summary.passes_on.push(source.to_owned());
            return;
        }
        if right.kind() != "object" {
            self.summary.hides_exports = true;
            return;
        }
        let mut cursor = right.walk();
        let entries: Vec<Node<'a>> = right.named_children(&mut cursor).collect();
        for entry in entries {
            match entry.kind() {
                "pair" | "method_definition" => {
                    let key = entry.child_by_field_name(if entry.kind() == "pair" { "key" } else { "name" });
                    match key.filter(|key| key.kind() != "computed_property_name") {
                        Some(key) => {
                            let name = self.of(key);
                            self.export(name);
                        }
                        None => self.summary.hides_exports = true,
                    }
                }
                "shorthand_property_identifier" => {
                    let name = self.of(entry);
                    self.export(name);
                }
                "spread_element" => match entry.named_child(0).and_then(|inner| self.required(inner)) {
                    Some(source) => self.summary.passes_on.push(source.to_owned()),
                    None => self.summary.hides_exports = true,
                },
                _ => {}
            }
        }
    }
}
