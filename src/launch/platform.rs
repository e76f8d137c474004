//! `linux/arm64`, taken apart as containerd does.

/// An operating system and an architecture in OCI's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// `linux`.
    pub os: String,
    /// `amd64`.
    pub architecture: String,
}

const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64",
    "s390x", "wasm",
];

impl Platform {
    /// Reads `linux/arm64/v8`, `linux` or `arm64`; `None` where BuildKit refuses it.
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        // `windows(10.0.17763)/amd64` names the system's version.
        let first = text.split('/').next()?;
        let system = first.split_once('(').map_or(first, |(system, _)| system);
        let parts: Vec<&str> = std::iter::once(system).chain(text.split('/').skip(1)).collect();
        if !parts.iter().all(|part| plain(part)) {
            return None;
        }
        let os = |name: &str| match name.to_ascii_lowercase().as_str() {
            "macos" => "darwin".to_owned(),
            name => name.to_owned(),
        };
        match parts.as_slice() {
            [one] if SYSTEMS.contains(&os(one).as_str()) => Some(Self { os: os(one), architecture: "amd64".into() }),
            [one] if ARCHITECTURES.contains(&architecture(one).as_str()) => {
                Some(Self { os: "linux".into(), architecture: architecture(one) })
            }
            [system, arch] | [system, arch, _] => Some(Self { os: os(system), architecture: architecture(arch) }),
            _ => None,
        }
    }
}

fn architecture(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "i386" => "386",
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armhf" | "armel" => "arm",
        name => return name.to_owned(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn platforms() {
        let read = |text| Platform::parse(text).map(|platform| format!("{}/{}", platform.os, platform.architecture));
        assert_eq!(read("linux/aarch64").as_deref(), Some("linux/arm64"));
        assert_eq!(read("x86_64").as_deref(), Some("linux/amd64"));
        assert_eq!(read("windows(10.0.17763)/amd64").as_deref(), Some("windows/amd64"));
        assert_eq!(read("foobar/arm64").as_deref(), Some("foobar/arm64"));
        for refused in ["", "foobar", "linux/", "a/b/c/d", "li nux/amd64"] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }
}
