//! Bytes as people and documents write them: two digits of base 16 each, in small letters.

use std::fmt::Write;

/// `00ff10` for the bytes 0, 255 and 16.
pub fn of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_digits_a_byte() {
        assert_eq!(super::of(&[0, 255, 16]), "00ff10");
        assert_eq!(super::of(&[]), "");
    }
}
