//! Intrinsic functions of CloudFormation, and variables of the Serverless Framework: what can be evaluated without a
//! deployment.

use super::value::{Key, Kind, Map, Text, Value};
use crate::diagnostic::{DocumentId, Location};
use crate::yaml::{self, Node};

/// How the values of one file are evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evaluator {
    /// The file.
    pub(super) doc: DocumentId,
    /// `true` if `${…}` in every text is an expression, as in serverless.yml.
    pub(super) variables: bool,
}

impl Evaluator {
    pub(super) fn place(self, node: &Node) -> Location {
        Location::new(self.doc, node.span)
    }

    /// What a value is, as far as the file tells.
    pub(super) fn value(self, node: &Node) -> Value {
        let place = self.place(node);
        match node.tag.as_deref() {
            Some(tag) if !tag.starts_with("!!") => return self.function(tag.trim_start_matches('!'), node, place),
            _ => {}
        }
        match &node.kind {
            yaml::Kind::Scalar { text, plain } => self.scalar(text, *plain, place),
            yaml::Kind::List(list) => Value::new(Kind::List(list.iter().map(|node| self.value(node)).collect()), place),
            yaml::Kind::Map(entries) => match entries.as_slice() {
                [(key, argument)] if key.text() == Some("Ref") => self.function("Ref", argument, place),
                [(key, argument)] if key.text().is_some_and(|key| key.starts_with("Fn::")) => {
                    let name = key.text().unwrap_or_default().trim_start_matches("Fn::");
                    self.function(name, argument, place)
                }
                entries => Value::new(Kind::Map(self.map(entries)), place),
            },
        }
    }

    /// A map; `Fn::ForEach` and `Fn::Transform` among its keys may bring others.
    fn map(self, entries: &[(Node, Node)]) -> Map {
        let mut map = Map::default();
        for (key, value) in entries {
            match key.text() {
                Some(text) if text.starts_with("Fn::") => map.open = true,
                Some(text) if self.variables && text.contains("${") => map.open = true,
                Some(text) => {
                    map.entries.push((Key { text: text.to_owned(), place: self.place(key) }, self.value(value)));
                }
                None => map.open = true,
            }
        }
        map
    }

    fn scalar(self, text: &str, plain: bool, place: Location) -> Value {
        let kind = match text {
            text if plain && yaml::is_null(text) => Kind::Absent,
            "true" | "True" | "TRUE" if plain => Kind::Bool(true),
            "false" | "False" | "FALSE" if plain => Kind::Bool(false),
            text if plain && text.parse::<f64>().is_ok() => Kind::Number(text.to_owned()),
            text if text.contains("{{resolve:") => Kind::Present,
            text if self.variables && (text.contains("${") || text.contains("#{")) => return variables(text, place),
            text => Kind::Text(Text::literal(text)),
        };
        Value::new(kind, place)
    }

    fn function(self, name: &str, argument: &Node, place: Location) -> Value {
        match name {
            "Ref" if argument.text() == Some("AWS::NoValue") => Value::new(Kind::Absent, place),
            "Sub" => substituted(argument, place),
            "Join" => self.join(argument, place),
            "If" => self.choice(argument, place),
            // They give a text or a list, and fail without one.
            "Ref" | "GetAtt" | "ImportValue" | "FindInMap" | "Select" | "Split" | "Base64" | "GetAZs" | "Cidr"
            | "ToJsonString" | "Length" => Value::present(place),
            _ => Value::unknown(place),
        }
    }

    /// `Fn::Join`: its literal elements, with the delimiter between.
    fn join(self, argument: &Node, place: Location) -> Value {
        let yaml::Kind::List(parts) = &argument.kind else { return Value::present(place) };
        let [delimiter, list] = parts.as_slice() else { return Value::present(place) };
        let (Some(delimiter), yaml::Kind::List(list)) = (delimiter.text(), &list.kind) else {
            return Value::present(place);
        };
        let mut result = Text::default();
        for (at, node) in list.iter().enumerate() {
            if at > 0 {
                result.push(delimiter);
            }
            match (self.value(node).kind, node.text()) {
                (Kind::Text(text), _) => result.extend(&text),
                (Kind::Number(text), _) => result.push(&text),
                _ => result.push_unknown(),
            }
        }
        Value::new(Kind::Text(result), place)
    }

    /// `Fn::If`: what both branches agree on.
    fn choice(self, argument: &Node, place: Location) -> Value {
        let yaml::Kind::List(parts) = &argument.kind else { return Value::unknown(place) };
        let [_, yes, no] = parts.as_slice() else { return Value::unknown(place) };
        agreed(&self.value(yes), &self.value(no), place)
    }
}

/// `Fn::Sub`: literal text between `${…}`.
fn substituted(argument: &Node, place: Location) -> Value {
    let text = match &argument.kind {
        yaml::Kind::Scalar { text, .. } => text.as_str(),
        yaml::Kind::List(list) => match list.first().and_then(Node::text) {
            Some(text) => text,
            None => return Value::present(place),
        },
        yaml::Kind::Map(_) => return Value::present(place),
    };
    let mut result = Text::default();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        result.push(&rest[..at]);
        let Some(end) = rest[at..].find('}') else { break };
        match rest[at + 2..at + end].strip_prefix('!') {
            Some(literal) => result.push(&format!("${{{literal}}}")),
            None => result.push_unknown(),
        }
        rest = &rest[at + end + 1..];
    }
    result.push(rest);
    Value::new(Kind::Text(result), place)
}

/// A value that is one of two: what they agree on.
pub(super) fn agreed(yes: &Value, no: &Value, place: Location) -> Value {
    if same(yes, no) {
        return Value { place, ..yes.clone() };
    }
    if yes.may_be_absent() || no.may_be_absent() { Value::unknown(place) } else { Value::present(place) }
}

/// `true` if two values are known and equal, wherever they stand.
fn same(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Unknown | Kind::Present, _) => false,
        (Kind::Text(a), Kind::Text(b)) => a == b && a.known().is_some(),
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            let entries = || a.entries.iter().zip(&b.entries);
            !a.open
                && !b.open
                && a.entries.len() == b.entries.len()
                && entries().all(|((a, x), (b, y))| a.text == b.text && same(x, y))
        }
        (a, b) => a == b,
    }
}

/// A text of serverless.yml: `${…}` may nest, and alone it may be anything.
fn variables(text: &str, place: Location) -> Value {
    let mut result = Text::default();
    let mut rest = text;
    while let Some(at) = rest.find("${").into_iter().chain(rest.find("#{")).min() {
        let end = closing(&rest[at..]).map_or(rest.len(), |length| at + length);
        if at == 0 && end == rest.len() && result == Text::default() {
            return Value::unknown(place);
        }
        result.push(&rest[..at]);
        result.push_unknown();
        rest = &rest[end..];
    }
    result.push(rest);
    Value::new(Kind::Text(result), place)
}

/// Length of `${…}` with the brackets nested in it.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::limits::TREE;

    fn value(text: &str, variables: bool) -> Value {
        let node = yaml::read(text, TREE).unwrap().unwrap();
        Evaluator { doc: DocumentId::Dockerfile, variables }.value(node.get("a").unwrap())
    }

    fn text(yaml: &str) -> (String, String, bool) {
        let Kind::Text(text) = value(yaml, false).kind else { panic!("{yaml}") };
        (text.head().to_owned(), text.tail().to_owned(), text.known().is_some())
    }

    #[test]
    fn literal_parts_stay() {
        assert_eq!(text("a: !Sub '${A}.dkr.ecr:${!B}'\n"), (String::new(), ".dkr.ecr:${B}".into(), false));
        assert_eq!(text("a: !Sub plain\n"), ("plain".into(), "plain".into(), true));
        assert_eq!(text("a: !Sub ['x/${y}', {y: z}]\n"), ("x/".into(), String::new(), false));
        assert_eq!(text("a: {'Fn::Join': ['', [b, !Ref C, ':latest']]}\n"), ("b".into(), ":latest".into(), false));
        assert_eq!(text("a: '${A}'\n"), ("${A}".into(), "${A}".into(), true));
    }

    #[test]
    fn a_choice_is_what_both_agree_on() {
        assert_eq!(value("a: !If [c, x, x]\n", false).scalar().as_deref(), Some("x"));
        assert_eq!(value("a: !If [c, x, !Ref AWS::NoValue]\n", false).kind, Kind::Unknown);
        assert_eq!(value("a: !If [c, x, y]\n", false).kind, Kind::Present);
        assert!(value("a: !Ref AWS::NoValue\n", false).is_absent());
        assert_eq!(value("a: !Ref Parameter\n", false).kind, Kind::Present);
        assert_eq!(value("a: {'Fn::Transform': {Name: x}}\n", false).kind, Kind::Unknown);
    }

    #[test]
    fn variables_are_expressions_in_serverless_yml_alone() {
        assert_eq!(value("a: ${opt:x, '${self:y}'}\n", true).kind, Kind::Unknown);
        let Kind::Text(text) = value("a: x-${opt:y, '${self:z}'}-#{AWS::Region}/w\n", true).kind else { panic!() };
        assert_eq!((text.head(), text.tail()), ("x-", "/w"));
        assert_eq!(value("a: ${x\n", true).kind, Kind::Unknown);
    }
}
