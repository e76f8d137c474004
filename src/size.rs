//! Sizes in bytes, as people write and read them.

/// Reads `2GB` (decimal), `1.5GiB` (binary), `500M` (decimal) or plain bytes.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    // The fraction is worked out in integers, so that 1.5GiB is exact.
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    let mut bytes = u128::from(whole) * u128::from(factor);
    if !fraction.is_empty() {
        let digits: u128 = fraction.get(..fraction.len().min(12))?.parse().ok()?;
        bytes += digits * u128::from(factor) / 10_u128.pow(fraction.len().min(12) as u32);
    }
    u64::try_from(bytes).ok()
}

/// `9.31 GiB`, or plain bytes below one KiB.
pub fn show(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.iter().find(|(_, size)| bytes >= *size) {
        // Hundredths, rounded down: a size just over a limit must not read as the limit.
        Some((unit, size)) => {
            let hundredths = u128::from(bytes) * 100 / u128::from(*size);
            format!("{}.{:02} {unit}", hundredths / 100, hundredths % 100)
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("10", 10), ("2GB", 2_000_000_000), ("1.5GiB", 1_610_612_736), ("500 MB", 500_000_000), ("0.1k", 100)]
        {
            assert_eq!(parse(text), Some(bytes), "{text}");
        }
        for text in ["", "GB", "2XB", "1.2.3GB", "-1", "99999999999999TB"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(show(10_737_418_240), "10.00 GiB");
        assert_eq!(show(1023), "1023 bytes");
    }
}
