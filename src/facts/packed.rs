//! Tables as `build.rs` has packed them: a start reads those that it needs, and parses no TOML.
//!
//! To add a table: put `NAME.toml` into `rules/facts`, give it a type that derives `Deserialize` and `Default`, and write
//! `static TABLE: LazyLock<Type> = LazyLock::new(|| packed!("NAME"));`. A text in it is a `&'static str`, which is not
//! copied, and a table of names a [`Keyed`].
//!
//! A part of a table that few starts need is a [`Later`], which is read when it is first asked for.
//!
//! A packed table is one text. Each value begins with a letter: `t` and `f` are booleans, `n` a number, `s` a text, `a`
//! a list, `m` a table. A number follows; of a text, a list and a table it is the length in bytes of what follows it, so
//! that whatever is not needed is passed over in one step. A list or a table begins with the number of its elements; a
//! key is packed like a text. A number has six bits a character, the lowest first, and all characters but the last have
//! the bit of 64.

use serde::de::value::{BorrowedStrDeserializer, Error};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::OnceLock;

/// A table of `rules/facts` by its name. One that cannot be read is empty, and rules that need it are silent; a test
/// holds each against its TOML.
macro_rules! packed {
    ($name:literal) => {
        $crate::facts::read(include_str!(concat!(env!("OUT_DIR"), "/", $name, ".packed")))
    };
}
pub(crate) use packed;

/// Reads a packed table.
pub fn read<T: Default + Deserialize<'static>>(packed: &'static str) -> T {
    T::deserialize(&mut Reader { packed, at: 0 }).unwrap_or_default()
}

/// A part of a table that is read when it is first asked for.
#[derive(Debug, Default)]
pub struct Later<'p, T> {
    packed: &'p str,
    value: OnceLock<T>,
}

/// The name under which a reader hands out the text of a value instead of the value.
const AS_TEXT: &str = "lamblint packed text";

impl<T: Default + Deserialize<'static>> Deref for Later<'static, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.get_or_init(|| read(self.packed))
    }
}

impl<'de: 'p, 'p, T> Deserialize<'de> for Later<'p, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(AS_TEXT, LaterVisitor { packed: PhantomData, value: PhantomData })
    }
}

struct LaterVisitor<'p, T> {
    packed: PhantomData<&'p str>,
    value: PhantomData<T>,
}

impl<'de: 'p, 'p, T> Visitor<'de> for LaterVisitor<'p, T> {
    type Value = Later<'p, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a packed value")
    }

    fn visit_borrowed_str<E: de::Error>(self, packed: &'de str) -> Result<Self::Value, E> {
        Ok(Later { packed, value: OnceLock::new() })
    }
}

struct Reader<'de> {
    packed: &'de str,
    at: usize,
}

impl<'de> Reader<'de> {
    #[inline]
    fn byte(&mut self) -> Result<u8, Error> {
        let byte = *self.packed.as_bytes().get(self.at).ok_or_else(broken)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn number(&mut self) -> Result<usize, Error> {
        let first = usize::from(self.byte()?);
        // Nearly all are lengths of words.
        if first < 64 { Ok(first) } else { self.long_number(first & 63) }
    }

    fn long_number(&mut self, mut number: usize) -> Result<usize, Error> {
        let mut shift = 6;
        loop {
            let byte = usize::from(self.byte()?);
            number |= (byte & 63) << shift;
            shift += 6;
            if byte & 64 == 0 || shift >= usize::BITS {
                return Ok(number);
            }
        }
    }

    #[inline]
    fn text(&mut self) -> Result<&'de str, Error> {
        let length = self.number()?;
        let text = self.packed.get(self.at..self.at.saturating_add(length));
        self.at = self.at.saturating_add(length);
        text.ok_or_else(broken)
    }

    /// Goes past one value.
    fn skip(&mut self) -> Result<(), Error> {
        match self.byte()? {
            b't' | b'f' => {}
            b'n' => _ = self.number()?,
            b's' | b'a' | b'm' => _ = self.text()?,
            _ => return Err(broken()),
        }
        Ok(())
    }

    fn elements(&mut self) -> Result<Elements<'_, 'de>, Error> {
        let _length = self.number()?;
        let left = self.number()?;
        Ok(Elements { reader: self, left })
    }
}

#[cold]
fn broken() -> Error {
    de::Error::custom("not a packed table")
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.byte()? {
            b't' => visitor.visit_bool(true),
            b'f' => visitor.visit_bool(false),
            b'n' => visitor.visit_u64(self.number()? as u64),
            b's' => visitor.visit_borrowed_str(self.text()?),
            b'a' => visitor.visit_seq(self.elements()?),
            b'm' => visitor.visit_map(self.elements()?),
            _ => Err(broken()),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name == AS_TEXT {
            let start = self.at;
            self.skip()?;
            return visitor.visit_borrowed_str(self.packed.get(start..self.at).ok_or_else(broken)?);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.byte()? {
            b's' => visitor.visit_enum(BorrowedStrDeserializer::new(self.text()?)),
            _ => Err(broken()),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip()?;
        visitor.visit_unit()
    }
}

/// What is left of a list or a table.
struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// What stands in the TOML is what is read, table by table.
    #[test]
    fn every_table_is_packed_as_it_is_written() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/facts");
        let mut tables = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let written: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
            let name = file.with_extension("packed");
            let packed = std::path::Path::new(env!("OUT_DIR")).join(name.file_name().unwrap());
            let packed = std::fs::read_to_string(packed).unwrap();
            let read = Value::deserialize(&mut Reader { packed: &packed, at: 0 }).unwrap();
            assert_eq!(read, serde_json::to_value(&written).unwrap(), "{}", file.display());
            tables += 1;
        }
        assert!(tables > 15);
    }

    #[test]
    fn parts_are_read_later() {
        #[derive(Default, serde::Deserialize)]
        struct Table {
            #[serde(borrow)]
            first: Later<'static, Vec<u32>>,
            second: bool,
        }
        let table: Table = read("m\u{17}\u{2}s\u{5}firsta\u{5}\u{2}n\u{1}n\u{2}s\u{6}secondt");
        assert!(table.second && table.first.value.get().is_none());
        assert_eq!(table.first.as_slice(), [1, 2]);
    }

    #[test]
    fn what_is_no_packed_table_is_refused() {
        let read = |packed| Value::deserialize(&mut Reader { packed, at: 0 });
        assert!(read("a\u{6}\u{2}ts\u{1}é").is_err(), "a text ends in the middle of a character");
        for packed in ["", "x", "n", "s\u{5}abc", "a\u{2}\u{2}t", "m\u{4}\u{1}s\u{1}a", "n\u{7f}\u{7f}\u{7f}"] {
            assert!(read(packed).is_err(), "{packed:?}");
        }
        assert_eq!(read("a\u{8}\u{3}tn\u{41}\u{2}s\u{1}x").unwrap(), serde_json::json!([true, 129, "x"]));
    }
}
