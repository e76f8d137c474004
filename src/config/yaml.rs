//! Just enough of YAML for other tools' settings: one document, bounded in size, depth and what aliases repeat.

use crate::yaml::{self, Kind, Limits, Node};
use serde_json::{Map, Value};

/// Longer files are not settings.
const LIMITS: Limits = Limits { bytes: 256 * 1024, depth: 16, values: 20_000 };

/// Reads one document; an empty one is null. An error says the line.
pub(super) fn read(text: &str) -> Result<Value, String> {
    match yaml::read(text, LIMITS).map_err(|fault| fault.to_string())? {
        Some(node) => value(&node).map_err(|(node, why)| {
            let line = text.get(..node.span.start).unwrap_or_default().matches('\n').count() + 1;
            format!("line {line}: {why}")
        }),
        None => Ok(Value::Null),
    }
}

fn value(node: &Node) -> Result<Value, (&Node, String)> {
    match &node.kind {
        Kind::Scalar { text, plain } => Ok(scalar(text, *plain)),
        Kind::List(list) => list.iter().map(value).collect::<Result<Vec<_>, _>>().map(Value::Array),
        Kind::Map(entries) => {
            let mut table = Map::new();
            for (key, inner) in entries {
                let name = key.text().ok_or_else(|| (key, "a key that is not a word".to_owned()))?;
                if table.insert(name.to_owned(), value(inner)?).is_some() {
                    return Err((key, format!("{name} is given twice")));
                }
            }
            Ok(Value::Object(table))
        }
    }
}

fn scalar(text: &str, plain: bool) -> Value {
    match text {
        _ if !plain => text.into(),
        text if yaml::is_null(text) => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        text => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_tables_and_words() {
        let text = "# why\na: [x, 'true', true]\n\"b\":\n  - 1\n  - &n {c: ~}\n  - *n\nd:\n";
        let wanted = json!({"a": ["x", "true", true], "b": [1, {"c": null}, {"c": null}], "d": null});
        assert_eq!(read(text), Ok(wanted));
        assert_eq!((read(""), read("# x\n"), read("--- {}\n")), (Ok(Value::Null), Ok(Value::Null), Ok(json!({}))));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(read("a: 1\na: 2\n"), Err("line 2: a is given twice".into()));
        assert!(read("a: [\n").unwrap_err().starts_with("line "));
        assert!(read("a: *b\n").is_err());
    }

    #[test]
    fn laughs_are_counted() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..12 {
            let before = at - 1;
            let list = vec![format!("*a{before}"); 9].join(", ");
            text = format!("{text}a{at}: &a{at} [{list}]\n");
        }
        assert!(read(&text).unwrap_err().contains("over 20000 values"));
        let long =
            |text: usize, aliases: usize| format!("s: &s \"{}\"\nz: [{}]\n", "x".repeat(text), "*s,".repeat(aliases));
        assert!(read(&long(150_000, 19_900)).unwrap_err().contains("repeat over 1048576 bytes"));
        assert!(read(&long(100, 9_000)).is_ok());
        let keys = format!("s: &s {{\"{}\": 1}}\nz: [{}]\n", "x".repeat(100_000), "*s,".repeat(1_000));
        assert!(read(&keys).unwrap_err().contains("bytes"));
        assert!(read(&format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))).is_err());
        assert!(read(&"[".repeat(17)).unwrap_err().contains("deeper"));
        assert!(read(&" ".repeat(300_000)).unwrap_err().contains("bytes"));
    }
}
