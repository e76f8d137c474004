//! HCL: the blocks of a Terraform module as values, with its locals resolved.
//!
//! Variables, functions and what other resources have are expressions: only Terraform knows them.

use super::intrinsics::agreed;
use super::limits::{MAX_LOCALS, MAX_VALUES};
use super::value::{Key, Kind, Map, Text, Value};
use crate::diagnostic::{DocumentId, Location};
use crate::source::Span;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block as HclBlock, Body, Structure};
use hcl_edit::template::{Element, Template};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

/// One block with labels, and its body as a map: a nested block is a map, several of a name are a list.
#[derive(Debug)]
pub(super) struct Block {
    /// `resource`, `module`, `provider` …
    pub(super) kind: String,
    /// Its labels.
    pub(super) labels: Vec<String>,
    /// The last label, or else the kind.
    pub(super) place: Location,
    /// Its body.
    pub(super) body: Value,
}

/// Reads expressions of a module.
#[derive(Default)]
pub(super) struct Evaluator {
    locals: BTreeMap<String, (DocumentId, Expression)>,
    /// Locals of JSON, evaluated when they are read.
    plain: BTreeMap<String, Value>,
    /// What expressions refer to, and where: `module.build.image_uri`.
    pub(super) references: RefCell<Vec<(Location, String)>>,
    /// How many values there are: locals that are lists of locals multiply.
    values: Cell<usize>,
}

/// Where expressions stand: in HCL each at its own bytes, in JSON all at those of their string.
#[derive(Clone, Copy)]
pub(super) enum At {
    Hcl(DocumentId),
    Json(Location),
}

impl At {
    fn place(self, span: Option<Range<usize>>) -> Location {
        match (self, span) {
            (Self::Hcl(doc), Some(span)) => Location::new(doc, Span::new(span.start, span.end)),
            (Self::Hcl(doc), None) => Location::new(doc, Span::default()),
            (Self::Json(place), _) => place,
        }
    }
}

impl Evaluator {
    /// Learns the locals of a file.
    pub(super) fn learn(&mut self, doc: DocumentId, body: &Body) {
        for block in body.get_blocks("locals") {
            for attribute in block.body.attributes() {
                self.locals.insert(attribute.key.to_string(), (doc, attribute.value.clone()));
            }
        }
    }

    /// Learns a local of a file in JSON.
    pub(super) fn learn_plain(&mut self, name: &str, value: Value) {
        self.plain.insert(name.to_owned(), value);
    }

    /// The blocks of a file.
    pub(super) fn blocks(&self, doc: DocumentId, body: &Body) -> Vec<Block> {
        body.blocks().map(|block| self.block(At::Hcl(doc), block)).collect()
    }

    fn block(&self, at: At, block: &HclBlock) -> Block {
        let labels = block.labels.iter().map(|label| label.as_str().to_owned()).collect();
        let span = block.labels.last().and_then(hcl_edit::Span::span).or_else(|| block.ident.span());
        let body = Value::new(Kind::Map(self.body(at, &block.body)), at.place(block.span()));
        Block { kind: block.ident.to_string(), labels, place: at.place(span), body }
    }

    fn body(&self, at: At, body: &Body) -> Map {
        let mut map = Map::default();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let key = Key { text: attribute.key.to_string(), place: at.place(attribute.key.span()) };
                    map.entries.push((key, self.value(at, &attribute.value, 0)));
                }
                Structure::Block(block) if block.ident.as_str() == "dynamic" => {
                    let name = block.labels.first().map(|label| label.as_str().to_owned()).unwrap_or_default();
                    let place = at.place(block.ident.span());
                    map.entries.push((Key { text: name, place }, Value::unknown(place)));
                }
                Structure::Block(block) => {
                    let inner = self.block(at, block);
                    let key = Key { text: inner.kind, place: at.place(block.ident.span()) };
                    // Two of a name are a list, as in JSON.
                    match map.entries.iter_mut().find(|(known, _)| known.text == key.text) {
                        Some((_, Value { kind: Kind::List(list), .. })) => list.push(inner.body),
                        Some((_, first)) if first.map().is_some() => {
                            let place = first.place;
                            let one = std::mem::replace(first, Value::unknown(place));
                            first.kind = Kind::List(vec![one, inner.body]);
                        }
                        Some(_) => {}
                        None => map.entries.push((key, inner.body)),
                    }
                }
            }
        }
        map
    }

    /// What an expression is, as far as the module tells.
    pub(super) fn value(&self, at: At, expression: &Expression, depth: usize) -> Value {
        let place = at.place(expression.span());
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAX_VALUES {
            return Value::unknown(place);
        }
        let kind = match expression {
            Expression::Null(_) => Kind::Absent,
            Expression::Bool(value) => Kind::Bool(*value.value()),
            Expression::Number(value) => Kind::Number(value.value().to_string()),
            Expression::String(text) => Kind::Text(Text::literal(text.as_str())),
            Expression::Array(array) => {
                Kind::List(array.iter().map(|element| self.value(at, element, depth)).collect())
            }
            Expression::Object(object) => Kind::Map(self.object(at, object, depth)),
            Expression::Parenthesis(inner) => return self.value(at, inner.inner(), depth),
            Expression::StringTemplate(template) => return self.template(at, template.iter(), place, depth),
            Expression::HeredocTemplate(heredoc) => {
                return self.template(at, heredoc.template.iter(), place, depth);
            }
            Expression::Conditional(one) => {
                let (yes, no) = (self.value(at, &one.true_expr, depth), self.value(at, &one.false_expr, depth));
                return agreed(&yes, &no, place);
            }
            Expression::Traversal(traversal) => return self.traversal(traversal, place, depth),
            Expression::FuncCall(call) => return self.call(at, call, place, depth),
            Expression::UnaryOp(_) | Expression::BinaryOp(_) => Kind::Present,
            Expression::Variable(_) | Expression::ForExpr(_) => Kind::Unknown,
        };
        Value::new(kind, place)
    }

    /// A text that is itself a template, as every string in JSON.
    pub(super) fn template_value(&self, template: &Template, place: Location) -> Value {
        self.template(At::Json(place), template.iter(), place, 0)
    }

    fn template<'a>(
        &self,
        at: At,
        elements: impl Iterator<Item = &'a Element>,
        place: Location,
        depth: usize,
    ) -> Value {
        let mut text = Text::default();
        let elements: Vec<&Element> = elements.collect();
        // `"${x}"` is x, with any type.
        if let [Element::Interpolation(only)] = elements.as_slice() {
            return Value { place, ..self.value(at, &only.expr, depth) };
        }
        for element in elements {
            match element {
                Element::Literal(literal) => text.push(literal.as_str()),
                Element::Interpolation(inner) => match self.value(at, &inner.expr, depth) {
                    Value { kind: Kind::Text(inner), .. } => text.extend(&inner),
                    value => match value.scalar() {
                        Some(inner) => text.push(&inner),
                        None => text.push_unknown(),
                    },
                },
                Element::Directive(_) => text.push_unknown(),
            }
        }
        Value::new(Kind::Text(text), place)
    }

    fn object(&self, at: At, object: &Object, depth: usize) -> Map {
        let mut map = Map::default();
        for (key, value) in object {
            let (text, place) = match key {
                ObjectKey::Ident(ident) => (Some(ident.to_string()), at.place(ident.span())),
                // A bare word is a key, and not a variable.
                ObjectKey::Expression(Expression::Variable(name)) => (Some(name.to_string()), at.place(name.span())),
                ObjectKey::Expression(key) => {
                    let key = self.value(at, key, depth);
                    (key.scalar(), key.place)
                }
            };
            match text {
                Some(text) => map.entries.push((Key { text, place }, self.value(at, value.expr(), depth))),
                None => map.open = true,
            }
        }
        map
    }

    fn traversal(&self, traversal: &Traversal, place: Location, depth: usize) -> Value {
        let Expression::Variable(root) = &traversal.expr else { return Value::unknown(place) };
        let names: Vec<Option<String>> = traversal
            .operators
            .iter()
            .map(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.to_string()),
                TraversalOperator::Index(Expression::String(name)) => Some(name.to_string()),
                _ => None,
            })
            .collect();
        let path: Vec<&str> =
            std::iter::once(root.as_str()).chain(names.iter().flatten().map(String::as_str)).collect();
        if path.len() > 1 {
            self.references.borrow_mut().push((place, path.join(".")));
        }
        match (root.as_str(), path.get(1)) {
            ("local", Some(name)) if names.iter().all(Option::is_some) => {
                let rest = path.get(2..).unwrap_or_default();
                self.local(name, place, depth)
                    .at(rest)
                    .map_or_else(|| Value::unknown(place), |value| Value { place, ..value })
            }
            ("path", Some(&"module" | &"root")) => Value::text(".", place),
            // Arguments of the module, of the loop, and of other modules may be null.
            ("local" | "var" | "each" | "count" | "self" | "module" | "terraform" | "path", _) | (_, None) => {
                Value::unknown(place)
            }
            // An attribute of a resource or a data source.
            _ => Value::present(place),
        }
    }

    fn local(&self, name: &str, place: Location, depth: usize) -> Value {
        if depth == MAX_LOCALS {
            return Value::unknown(place);
        }
        if let Some(value) = self.plain.get(name) {
            return value.clone();
        }
        match self.locals.get(name) {
            Some((doc, expression)) => self.value(At::Hcl(*doc), expression, depth + 1),
            None => Value::unknown(place),
        }
    }

    fn call(&self, at: At, call: &FuncCall, place: Location, depth: usize) -> Value {
        let name = call.name.name.as_str();
        let mut arguments = call.args.iter().map(|argument| self.value(at, argument, depth));
        match name {
            _ if call.name.is_namespaced() || call.args.expand_final() => Value::unknown(place),
            "merge" => {
                let mut merged = Map::default();
                for argument in arguments {
                    if let Kind::Map(map) = argument.kind {
                        merged.open |= map.open;
                        merged.entries.extend(map.entries);
                    } else if !argument.is_absent() {
                        // It may replace what comes before it.
                        merged.open = true;
                        merged.entries.iter_mut().for_each(|(key, value)| *value = Value::unknown(key.place));
                    }
                }
                Value::new(Kind::Map(merged), place)
            }
            "tostring" | "tonumber" | "tobool" | "tolist" | "tomap" | "sensitive" | "nonsensitive" | "trimspace" => {
                // What is in them may be used elsewhere: the references count.
                match arguments.next() {
                    Some(value) if name != "trimspace" => Value { place, ..value },
                    _ => Value::unknown(place),
                }
            }
            "jsonencode" | "yamlencode" | "base64encode" | "format" | "join" | "replace" | "lower" | "upper"
            | "file" | "filebase64sha256" | "templatefile" | "substr" => {
                arguments.for_each(drop);
                Value::present(place)
            }
            _ => {
                arguments.for_each(drop);
                Value::unknown(place)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Value {
        let body = hcl_edit::parser::parse_body(text).unwrap();
        let mut evaluator = Evaluator::default();
        evaluator.learn(DocumentId::Dockerfile, &body);
        evaluator.blocks(DocumentId::Dockerfile, &body).into_iter().find(|block| block.kind == "b").unwrap().body
    }

    fn kind(expression: &str) -> Kind {
        body(&format!("locals {{\n  l = {{ m = \"v\" }}\n  loop = local.loop\n}}\nb {{\n  a = {expression}\n}}\n"))
            .get("a")
            .unwrap()
            .kind
    }

    #[test]
    fn literals_and_locals_are_known() {
        assert_eq!(kind("local.l.m"), Kind::Text(Text::literal("v")));
        assert_eq!(kind("\"x-${local.l.m}\""), Kind::Text(Text::literal("x-v")));
        assert_eq!(kind("\"${path.module}/src\""), Kind::Text(Text::literal("./src")));
        assert_eq!(kind("true ? 1 : 1"), Kind::Number("1".into()));
        assert_eq!(kind("null"), Kind::Absent);
        assert_eq!(kind("tostring(3)"), Kind::Number("3".into()));
    }

    #[test]
    fn the_rest_is_unknown() {
        for expression in
            ["var.x", "local.loop", "local.none", "each.value.x", "module.m.x", "[for x in y : x]", "try(1)"]
        {
            assert_eq!(kind(expression), Kind::Unknown, "{expression}");
        }
        for expression in ["aws_x.y.z", "aws_x.y[0].z", "data.a.b.c", "1 + 2", "jsonencode({})"] {
            assert_eq!(kind(expression), Kind::Present, "{expression}");
        }
        assert_eq!(kind("var.x ? 1 : null"), Kind::Unknown);
        let Kind::Text(text) = kind("\"${aws_x.y.z}:latest\"") else { panic!() };
        assert_eq!(text.tail(), ":latest");
    }

    #[test]
    fn maps_merge_and_blocks_nest() {
        let Kind::Map(map) = kind("merge({ A = 1, B = 2 }, var.more, { C = 3 })") else { panic!() };
        let known: Vec<_> = map.entries.iter().map(|(key, value)| (key.text.as_str(), value.scalar())).collect();
        assert_eq!((map.open, known), (true, vec![("A", None), ("B", None), ("C", Some("3".into()))]));
        let value = body("b {\n  c {\n    d = 1\n  }\n  dynamic \"e\" {\n    for_each = []\n  }\n  f {}\n  f {}\n}\n");
        assert_eq!(value.at(&["c", "d"]).unwrap().scalar().as_deref(), Some("1"));
        assert_eq!(value.at(&["e", "x"]).unwrap().kind, Kind::Unknown);
        assert!(matches!(value.get("f").unwrap().kind, Kind::List(list) if list.len() == 2));
    }
}
