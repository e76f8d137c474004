//! Just enough of YAML for other tools' settings: one document, bounded in size, depth and what aliases repeat.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Longer files are nobody's settings, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// Nothing is nested deeper.
const MAX_DEPTH: usize = 16;
/// So many values there may be, those that aliases repeat counted each time.
const MAX_VALUES: usize = 20_000;

/// Reads one document; an empty one is null. An error says the line.
pub(super) fn read(text: &str) -> Result<Value, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("over {MAX_BYTES} bytes"));
    }
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| format!("line {}: {}", error.marker().line(), error.info()))?;
        let end = matches!(event, Event::DocumentEnd);
        reader.take(event).map_err(|why| format!("line {}: {why}", span.start.line()))?;
        if end {
            break;
        }
    }
    Ok(reader.whole.unwrap_or(Value::Null))
}

/// A list or a table that is not yet closed.
enum Open {
    List(Vec<Value>),
    /// The key that waits for its value stands beside.
    Table(Map<String, Value>, Option<String>),
}

#[derive(Default)]
struct Reader {
    open: Vec<(Open, usize)>,
    whole: Option<Value>,
    /// What anchors stand for, and how many values that is.
    anchors: Vec<(usize, Value, usize)>,
    values: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _) => self.put(scalar(&text, style), anchor),
            Event::SequenceStart(anchor, _) => self.opened(Open::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.opened(Open::Table(Map::new(), None), anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some((Open::List(list), anchor)) => self.put(Value::Array(list), anchor),
                Some((Open::Table(table, _), anchor)) => self.put(Value::Object(table), anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let known = self.anchors.iter().rev().find(|(id, ..)| *id == anchor);
                let (_, value, count) = known.ok_or("an alias of nothing")?;
                // Counted before it is copied: nine aliases of nine aliases of … fill all memory.
                self.values += count;
                if self.values > MAX_VALUES {
                    return Err(format!("over {MAX_VALUES} values"));
                }
                let value = value.clone();
                self.put(value, 0)
            }
            _ => Ok(()),
        }
    }

    fn opened(&mut self, open: Open, anchor: usize) -> Result<(), String> {
        if self.open.len() == MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        }
        self.open.push((open, anchor));
        Ok(())
    }

    fn put(&mut self, value: Value, anchor: usize) -> Result<(), String> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(format!("over {MAX_VALUES} values"));
        }
        if anchor > 0 {
            let count = count(&value);
            self.anchors.push((anchor, value.clone(), count));
        }
        match self.open.last_mut() {
            None => self.whole = Some(value),
            Some((Open::List(list), _)) => list.push(value),
            Some((Open::Table(table, key), _)) => match key.take() {
                Some(key) if table.contains_key(&key) => return Err(format!("{key} is given twice")),
                Some(key) => {
                    table.insert(key, value);
                }
                None => match value {
                    Value::String(text) => *key = Some(text),
                    Value::Null | Value::Bool(_) | Value::Number(_) => *key = Some(value.to_string()),
                    _ => return Err("a key that is no word".into()),
                },
            },
        }
        Ok(())
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(count).sum::<usize>(),
        Value::Object(table) => 1 + table.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match text {
        _ if style != ScalarStyle::Plain => text.into(),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
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
        assert!(read(&format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))).is_err());
        assert!(read(&"[".repeat(17)).unwrap_err().contains("deeper"));
        assert!(read(&" ".repeat(300_000)).unwrap_err().contains("bytes"));
    }
}
