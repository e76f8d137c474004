//! Values of a template with three answers: known, absent, or an expression that only a deployment can evaluate.
//!
//! Every language evaluates what it can of its own expressions into these values. All that follows is the same for all
//! languages.

use super::limits::MAX_PIECES;
use crate::diagnostic::Location;
use crate::launch::{Arg, Argv, Setting};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// Where it stands.
    pub(super) place: Location,
    /// `true` if the function has it from elsewhere: Globals of SAM, `provider` of the Serverless Framework.
    pub(super) inherited: bool,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Written, and not there: null, `AWS::NoValue`.
    Absent,
    /// A bool, as `true` or `false` has it.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A text, of which parts may be unknown.
    Text(Text),
    /// A list; an element may be unknown.
    List(Vec<Value>),
    /// A map.
    Map(Map),
    /// An expression that may also be null.
    Unknown,
    /// An expression that is not null.
    Present,
}

/// A map in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Map {
    /// Keys, where they stand, and their values. The last of equal keys wins.
    pub(super) entries: Vec<(Key, Value)>,
    /// `true` if an expression may add keys that are not here.
    pub(super) open: bool,
}

/// A key and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub place: Location,
}

/// A text as literal pieces with expressions between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Literal.
    Is(String),
    /// An expression.
    Unknown,
}

impl Text {
    /// A literal text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self(vec![Piece::Is(text.into())])
    }

    /// Adds literal text.
    pub fn push(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Is(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.grow(Piece::Is(text.to_owned())),
        }
    }

    /// Adds an expression.
    pub fn push_unknown(&mut self) {
        if self.0.last() != Some(&Piece::Unknown) {
            self.grow(Piece::Unknown);
        }
    }

    /// Adds another text.
    pub fn extend(&mut self, other: &Self) {
        for piece in &other.0 {
            match piece {
                Piece::Is(text) => self.push(text),
                Piece::Unknown => self.push_unknown(),
            }
        }
    }

    fn grow(&mut self, piece: Piece) {
        if self.0.len() < MAX_PIECES {
            self.0.push(piece);
        } else if let Some(last) = self.0.last_mut() {
            *last = Piece::Unknown;
        }
    }

    /// The text as a script in which each expression is a variable.
    pub(super) fn script(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Is(text) => text.clone(),
            Piece::Unknown => "${_}".to_owned(),
        };
        self.0.iter().map(piece).collect()
    }

    /// The whole text; `None` if an expression is in it.
    pub fn known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Is(text)] => Some(text),
            _ => None,
        }
    }

    /// The literal text in front of the first expression.
    pub fn head(&self) -> &str {
        match self.0.first() {
            Some(Piece::Is(text)) => text,
            _ => "",
        }
    }

    /// The literal text after the last expression.
    pub fn tail(&self) -> &str {
        match self.0.last() {
            Some(Piece::Is(text)) => text,
            _ => "",
        }
    }

    /// The length in bytes of all that is literal.
    pub fn known_len(&self) -> usize {
        self.0.iter().map(|piece| if let Piece::Is(text) = piece { text.len() } else { 0 }).sum()
    }
}

impl Map {
    /// The entry of a key; the last one wins.
    pub(super) fn entry(&self, key: &str) -> Option<&(Key, Value)> {
        self.entries.iter().rev().find(|(name, _)| name.text == key)
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|(_, value)| value)
    }
}

impl Value {
    /// A value at a place.
    pub(super) fn new(kind: Kind, place: Location) -> Self {
        Self { place, inherited: false, kind }
    }

    /// An expression that may also be null.
    pub(super) fn unknown(place: Location) -> Self {
        Self::new(Kind::Unknown, place)
    }

    /// An expression that is not null.
    pub(super) fn present(place: Location) -> Self {
        Self::new(Kind::Present, place)
    }

    /// A literal text.
    pub(super) fn text(text: impl Into<String>, place: Location) -> Self {
        Self::new(Kind::Text(Text::literal(text)), place)
    }

    /// Marks the value, and all that is in it, as one that the function has from elsewhere.
    pub(super) fn inherit(&mut self) {
        self.inherited = true;
        match &mut self.kind {
            Kind::List(list) => list.iter_mut().for_each(Self::inherit),
            Kind::Map(map) => map.entries.iter_mut().for_each(|(_, value)| value.inherit()),
            _ => {}
        }
    }

    /// The map, if it is one.
    pub(super) fn map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            _ => None,
        }
    }

    /// `true` if it is written and not there.
    pub(super) fn is_absent(&self) -> bool {
        self.kind == Kind::Absent
    }

    /// `true` if it is an expression, which may be null.
    pub(super) fn may_be_absent(&self) -> bool {
        matches!(self.kind, Kind::Absent | Kind::Unknown)
    }

    /// The value of a map's key. What is in an expression is an expression.
    pub(super) fn get(&self, key: &str) -> Option<Value> {
        match &self.kind {
            Kind::Map(map) => match map.get(key) {
                Some(value) => Some(value.clone()),
                None if map.open => Some(Self::unknown(self.place)),
                None => None,
            },
            Kind::Unknown | Kind::Present => Some(Self::unknown(self.place)),
            _ => None,
        }
    }

    /// The same along a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<Value> {
        match path {
            [] => Some(self.clone()),
            [key, rest @ ..] => self.get(key)?.at(rest),
        }
    }

    /// The literal text of a scalar: CloudFormation and Terraform take `30` for `"30"`.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) => text.known().map(str::to_owned),
            Kind::Number(text) => Some(text.clone()),
            Kind::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    fn setting<T>(&self, value: Option<T>) -> Setting<T> {
        match value {
            Some(value) if self.inherited => Setting::Inherited(value, self.place),
            Some(value) => Setting::Set(value, self.place),
            None if self.is_absent() => Setting::Unset,
            None => Setting::Unknown(self.place),
        }
    }

    fn list(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }
}

/// A text setting.
pub(super) fn string(value: Option<&Value>) -> Setting<String> {
    value.map_or(Setting::Unset, |value| value.setting(value.scalar()))
}

/// A text setting of which parts may be unknown.
pub(super) fn text(value: Option<&Value>) -> Setting<Text> {
    value.map_or(Setting::Unset, |value| {
        value.setting(match &value.kind {
            Kind::Text(text) => Some(text.clone()),
            _ => value.scalar().map(Text::literal),
        })
    })
}

/// A whole number, quoted or not. A text that is not a number is unknown.
pub(super) fn number(value: Option<&Value>) -> Setting<u64> {
    value.map_or(Setting::Unset, |value| value.setting(value.scalar().and_then(|text| text.trim().parse().ok())))
}

/// A bool, quoted or not.
pub(super) fn boolean(value: Option<&Value>) -> Setting<bool> {
    value.map_or(Setting::Unset, |value| {
        value.setting(match value.scalar().as_deref() {
            Some("true" | "True" | "TRUE") => Some(true),
            Some("false" | "False" | "FALSE") => Some(false),
            _ => None,
        })
    })
}

/// A list of texts, and where each stands; one text is a list of itself.
pub(super) fn strings(value: Option<&Value>) -> Setting<Vec<Arg>> {
    value.map_or(Setting::Unset, |value| {
        let one = |value: &Value| value.scalar().map(|text| Arg::new(text, value.place));
        value.setting(match value.list() {
            // An element that is written and not there is left out.
            Some(list) => list.iter().filter(|value| !value.is_absent()).map(one).collect(),
            None => one(value).map(|arg| vec![arg]),
        })
    })
}

/// A command line.
pub(super) fn argv(value: Option<&Value>) -> Setting<Argv> {
    let place = value.map(|value| value.place).unwrap_or_default();
    let argv = |args| Argv { args, shell: false, place };
    match strings(value) {
        Setting::Set(args, place) => Setting::Set(argv(args), place),
        Setting::Inherited(args, place) => Setting::Inherited(argv(args), place),
        Setting::Unset => Setting::Unset,
        Setting::Unknown(place) => Setting::Unknown(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(kind: Kind) -> Value {
        Value::new(kind, Location::default())
    }

    #[test]
    fn an_expression_makes_all_that_rests_on_it_unknown() {
        let unknown = value(Kind::Unknown);
        assert!(number(Some(&unknown)).is_unknown());
        assert!(string(unknown.at(&["a", "b"]).as_ref()).is_unknown());
        let list = value(Kind::List(vec![Value::text("a", Location::default()), unknown]));
        assert!(argv(Some(&list)).is_unknown());
    }

    #[test]
    fn what_is_not_there_is_unset() {
        assert_eq!(number(Some(&value(Kind::Absent))), Setting::Unset);
        assert_eq!(string(None), Setting::Unset);
        let open = value(Kind::Map(Map { entries: Vec::new(), open: true }));
        assert!(string(open.get("a").as_ref()).is_unknown());
        assert!(value(Kind::Map(Map::default())).get("a").is_none());
    }

    #[test]
    fn numbers_may_be_quoted() {
        assert_eq!(number(Some(&Value::text("30", Location::default()))).value(), Some(&30));
        assert!(number(Some(&Value::text("many", Location::default()))).is_unknown());
    }

    #[test]
    fn a_text_shows_its_ends() {
        let mut text = Text::literal("a");
        text.push("b/");
        text.push_unknown();
        text.push_unknown();
        text.push(":latest");
        assert_eq!((text.head(), text.tail(), text.known(), text.known_len()), ("ab/", ":latest", None, 10));
        assert_eq!(Text::default().known(), Some(""));
    }
}
