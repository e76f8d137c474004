//! Which bytes stand as themselves in a URI: RFC 3986.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// All but letters, digits and `-._~` is encoded, as in the fields of a query.
pub const FIELD: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same in a path, where `/` parts the names.
pub const PATH: &AsciiSet = &FIELD.remove(b'/');
