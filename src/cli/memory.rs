//! How much memory the process has held at most, as the system counts it.

/// The peak in bytes, where the system tells it.
pub(super) fn peak() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    kibibytes(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// `VmHWM:     12345 kB`
fn kibibytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::kibibytes;

    #[test]
    fn the_line_of_the_peak() {
        assert_eq!(kibibytes("Name:\tlamblint\nVmPeak:\t 5 kB\nVmHWM:\t    9000 kB\n"), Some(9000 * 1024));
        assert_eq!((kibibytes("VmHWM: many\n"), kibibytes("")), (None, None));
    }
}
