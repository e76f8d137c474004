//! Numbers of tar headers, taken and refused exactly as Go's `archive/tar` does: Docker, containerd and
//! skopeo read layers with it (`strconv.go` of Go 1.24).

use tar::Header;

/// The numbers that Go reads of every header, by their places in it.
const NUMBERS: [(&str, std::ops::Range<usize>); 5] =
    [("size", 124..136), ("mode", 100..108), ("owner", 108..116), ("group", 116..124), ("time", 136..148)];
/// Those that it reads where the header is not of the oldest kind.
const DEVICE: [(&str, std::ops::Range<usize>); 2] = [("device", 329..337), ("device", 337..345)];

/// An entry's size. An error says which number of the header cannot be read.
pub(super) fn size(header: &Header) -> Result<u64, String> {
    let bytes = header.as_bytes();
    let modern = &bytes[257..263] == b"ustar\0" || &bytes[257..265] == b"ustar  \0";
    for (name, place) in NUMBERS.iter().chain(DEVICE.iter().filter(|_| modern)) {
        if number(&bytes[place.clone()]).is_none() {
            return Err(format!("an entry whose {name} is not a number"));
        }
    }
    let size = number(&bytes[124..136]).and_then(|size| u64::try_from(size).ok());
    size.ok_or_else(|| "an entry of negative size".into())
}

/// Whether the checksum is right. Some old programs have summed the bytes as signed ones.
pub(super) fn is_summed(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let Some(said) = octal(&bytes[148..156]) else { return false };
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    // The checksum's own field counts as spaces.
    let unsigned = i64::from(sum(bytes) - sum(&bytes[148..156]) + 8 * u32::from(b' '));
    if said == unsigned {
        return true;
    }
    let others = bytes[..148].iter().chain(&bytes[156..]);
    said == unsigned - others.filter(|byte| **byte >= 0x80).map(|_| 256).sum::<i64>()
}

/// A number: octal text, or bytes where the first bit is set.
fn number(field: &[u8]) -> Option<i64> {
    let first = *field.first()?;
    if first & 0x80 == 0 {
        return octal(field);
    }
    let invert = if first & 0x40 == 0 { 0 } else { 0xff };
    let mut value: u64 = 0;
    for (at, byte) in field.iter().enumerate() {
        let byte = if at == 0 { (byte ^ invert) & 0x7f } else { byte ^ invert };
        if value >> 56 > 0 {
            return None;
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).ok()?;
    Some(if invert == 0 { value } else { !value })
}

/// Octal digits with blanks and zero bytes around; nothing is 0. What stands after a zero byte is not looked at.
fn octal(field: &[u8]) -> Option<i64> {
    let around = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !around(byte)).unwrap_or(field.len());
    let mut value = 0;
    for (at, byte) in field.iter().enumerate().skip(start) {
        match byte {
            // A field has twelve bytes at most.
            b'0'..=b'7' => value = value << 3 | i64::from(byte - b'0'),
            0 => break,
            b' ' if field[at..].iter().all(around) => break,
            _ => return None,
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (field, value) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"12\x003456x", Some(0o12)),
            (b"12 3456\0", None),
            (b"12 \0x", None),
            (b"  12  \0 ", Some(0o12)),
            (b"-0000001", None),
            (b"+0000001", None),
            (b"0000008\0", None),
            (b"abc\0\0\0\0\0", None),
            (b"\x80\0\0\0\0\0\0\x07", Some(7)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", Some(-1)),
            (b"\x80\0\x40\0\0\0\0\0\0\0\0\0", None),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\0", Some(0x2_0000_0000)),
        ] {
            assert_eq!(number(field), value, "{field:?}");
        }
    }
}
