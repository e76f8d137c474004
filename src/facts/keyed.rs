//! A table of names: what each key has, looked up in a sorted list.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// What each key of a table has.
#[derive(Clone, Debug)]
pub struct Keyed<V>(Vec<(&'static str, V)>);

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Keyed<V> {
    /// What a key has.
    pub fn get(&self, key: &str) -> Option<&V> {
        let at = self.0.binary_search_by(|(known, _)| (*known).cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Whether the table has a key.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The keys and what they have, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }
}

impl<'de: 'static, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyedVisitor(PhantomData))
    }
}

struct KeyedVisitor<V>(PhantomData<V>);

impl<'de: 'static, V: Deserialize<'de>> Visitor<'de> for KeyedVisitor<V> {
    type Value = Keyed<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keyed<V>, A::Error> {
        let mut entries = Vec::with_capacity(map.size_hint().unwrap_or_default());
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        // They are packed in this order; then sorting is one look at each.
        entries.sort_by_key(|(key, _)| *key);
        Ok(Keyed(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::Keyed;
    use crate::facts::read;

    #[test]
    fn keys_in_any_order() {
        let table: Keyed<bool> = read("m\u{d}\u{3}s\u{1}btt\u{1}aft");
        assert!(table.0.is_empty(), "a key is a text");
        let table: Keyed<bool> = read("m\u{d}\u{3}s\u{1}bts\u{1}afs\u{1}ct");
        assert_eq!((table.get("a"), table.get("c"), table.has("d")), (Some(&false), Some(&true), false));
        assert_eq!(table.iter().map(|(key, _)| key).collect::<String>(), "abc");
    }
}
