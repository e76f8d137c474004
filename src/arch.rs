//! The processor architectures of Lambda, by the names that Lambda, OCI and the kernel give them.

/// A processor architecture that Lambda has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// `x86_64` to Lambda, `amd64` to OCI.
    X86_64,
    /// `arm64` to both.
    Arm64,
}

impl Arch {
    /// Reads Lambda's, OCI's and the kernel's names.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "x86_64" | "amd64" | "x86-64" => Some(Self::X86_64),
            "arm64" | "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// Reads a platform such as `linux/arm64/v8`; `None` if it is not one of Linux, or several.
    pub fn of_platform(platform: &str) -> Option<Self> {
        let mut parts = platform.trim().split('/');
        let (first, second) = (parts.next()?, parts.next());
        match (first, second) {
            ("linux", Some(arch)) => Self::parse(arch),
            (arch, None) => Self::parse(arch),
            _ => None,
        }
    }

    /// Lambda's name.
    pub fn lambda(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// OCI's and Docker's name.
    pub fn oci(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}
