//! Records of PAX extended headers, read as strictly as Go's `archive/tar` reads them: Docker, containerd and skopeo
//! refuse a layer with a record that is not well-formed.
//!
//! The `tar` crate splits records at newlines, and a value may hold one (extended attributes are binary).

/// One record: its key and its value.
pub(super) type Record<'a> = (&'a [u8], &'a [u8]);

/// The records of an extended header; an error says what is wrong with the first one that is not well-formed.
pub(super) fn records(body: &[u8]) -> Result<Vec<Record<'_>>, &'static str> {
    let mut records = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (record, behind) = split(rest)?;
        records.push(record);
        rest = behind;
    }
    Ok(records)
}

/// `27 path=var/task/handler.py\n`: the number is the length of the whole record in bytes.
fn split(bytes: &[u8]) -> Result<(Record<'_>, &[u8]), &'static str> {
    const LENGTH: &str = "a PAX record of wrong length";
    let blank = bytes.iter().position(|byte| *byte == b' ').ok_or("a PAX record without a length")?;
    let length = number(&bytes[..blank]).ok_or("a PAX record without a length")?;
    let length = usize::try_from(length).map_err(|_| LENGTH)?;
    let record = bytes.get(blank + 1..length).ok_or(LENGTH)?;
    let record = record.strip_suffix(b"\n").ok_or(LENGTH)?;
    let equals = record.iter().position(|byte| *byte == b'=').ok_or("a PAX record without a value")?;
    let (key, value) = (&record[..equals], &record[equals + 1..]);
    if key.is_empty() {
        return Err("a PAX record without a key");
    }
    if !is_valid(key, value) {
        return Err("a PAX record with a value that its key does not accept");
    }
    Ok(((key, value), &bytes[length..]))
}

/// Whether a key takes a value. An empty value deletes what an earlier header says.
fn is_valid(key: &[u8], value: &[u8]) -> bool {
    match key {
        b"path" | b"linkpath" | b"uname" | b"gname" => !value.contains(&0),
        b"size" => value.is_empty() || number(value).is_some_and(|size| size >= 0),
        b"uid" | b"gid" => value.is_empty() || number(value).is_some(),
        b"atime" | b"mtime" | b"ctime" => value.is_empty() || is_time(value),
        _ => !key.contains(&0),
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Seconds with an optional fraction.
fn is_time(value: &[u8]) -> bool {
    let mut parts = value.splitn(2, |byte| *byte == b'.');
    let (seconds, fraction) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    number(seconds).is_some() && fraction.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_records() {
        let one = |body| records(body).unwrap();
        assert_eq!(one(b"12 path=a/b\n"), [(&b"path"[..], &b"a/b"[..])]);
        assert_eq!(one(b""), []);
        // Values may be empty, hold newlines, equals signs and any byte.
        assert_eq!(one(b"8 path=\n"), [(&b"path"[..], &b""[..])]);
        assert_eq!(one(b"25 SCHILY.xattr.a=\x00\n=\xff\n=\n"), [(&b"SCHILY.xattr.a"[..], &b"\x00\n=\xff\n="[..])]);
        assert_eq!(one(b"12 path=a/b\n20 mtime=1769900000\n").len(), 2);
        assert_eq!(one(b"30 mtime=1769900000.123456789\n").len(), 1);
        assert_eq!(one(b"52 comment=5e3b3a40a8f1a6de0cf1dc2b8fefb0cf9a5e2e1d\n").len(), 1);
    }

    #[test]
    fn records_that_go_refuses() {
        for body in [
            &b"12 path=a/b"[..],
            b"13 path=a/b\n",
            b"11 path=a/b\n",
            b"3 path=a/b\n",
            b"path=a/b\n",
            b"0 path=a/b\n",
            b"-12 path=a/b\n",
            b"18446744073709551616 path=a/b\n",
            b"7 =a/b\n",
            b"10 path/a\n",
            b"12 path=a\0b\n",
            b"11 size=-5\n",
            b"12 size=abc\n",
            b"13 mtime=1.x\n",
            b"12 path=a/b\n    ",
        ] {
            assert!(records(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }
}
