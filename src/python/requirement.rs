//! What a Python distribution says of itself and of what it needs: `METADATA`, requirements, environment markers.

use pep440_rs::{Version, VersionSpecifiers};
use std::str::FromStr;

/// Maximum number of requirements of a distribution that are looked at.
const MAX_REQUIREMENTS: usize = 512;
/// How deep brackets in a marker may be nested.
const MAX_NESTING: usize = 16;

/// An installed distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Distribution {
    /// Its name as it writes it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it needs, as it writes it.
    pub requires: Box<[Box<str>]>,
}

/// The interpreter that markers are about.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// The minor version of Python 3.
    pub minor: u32,
    /// `x86_64`, `aarch64`; `None` if it is not known.
    pub machine: Option<&'static str>,
}

/// What one requirement asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// The name, folded.
    pub name: String,
    /// The versions that it allows; `None` if that cannot be told.
    pub versions: Option<VersionSpecifiers>,
    /// The specifier as written.
    pub written: String,
}

/// A name as the index compares it: `Foo.Bar_baz` and `foo-bar-baz` are one.
pub fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' => {
                if !folded.ends_with('-') {
                    folded.push('-');
                }
            }
            letter => folded.push(letter.to_ascii_lowercase()),
        }
    }
    folded
}

/// A version, if it is one of a release and not of a custom build.
pub fn released(version: &str) -> Option<Version> {
    let version = Version::from_str(version).ok()?;
    (!version.is_local() && !version.is_dev()).then_some(version)
}

impl Distribution {
    /// Reads the fields in front of a description.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let mut read = Self::default();
        let mut requires = Vec::new();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            match line.split_once(": ") {
                Some(("Name", name)) => name.trim().clone_into(&mut read.name),
                Some(("Version", version)) => version.trim().clone_into(&mut read.version),
                Some(("Requires-Dist", requirement)) if requires.len() < MAX_REQUIREMENTS => {
                    requires.push(requirement.trim().into());
                }
                _ => {}
            }
        }
        read.requires = requires.into();
        (!read.name.is_empty() && !read.version.is_empty()).then_some(read)
    }

    /// What it needs in an environment, extras left out; what cannot be read is left out too.
    pub fn needs(&self, environment: Environment) -> impl Iterator<Item = Requirement> {
        self.requires.iter().filter_map(move |text| Requirement::read(text, environment))
    }

    /// About how many bytes it takes.
    pub fn cost(&self) -> usize {
        let texts: usize = self.requires.iter().map(|text| 16 + text.len()).sum();
        size_of::<Self>() + self.name.len() + self.version.len() + texts
    }
}

impl Requirement {
    /// Reads one; `None` if it does not hold in the environment, or cannot be read.
    fn read(text: &str, environment: Environment) -> Option<Self> {
        let (text, marker) = text.split_once(';').map_or((text, None), |(text, marker)| (text, Some(marker)));
        if let Some(marker) = marker {
            Marker::new(marker, environment).whole().filter(|holds| *holds)?;
        }
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        rest = rest.trim();
        if let Some(extras) = rest.strip_prefix('[') {
            rest = extras.split_once(']')?.1.trim();
        }
        // An address says nothing of versions.
        if rest.starts_with('@') || name.is_empty() {
            return None;
        }
        let written = rest.trim_start_matches('(').trim_end_matches(')').trim().to_owned();
        let versions = if written.is_empty() { None } else { VersionSpecifiers::from_str(&written).ok() };
        Some(Self { name: folded(name), versions, written })
    }
}

/// Evaluates an environment marker; what it does not know makes the whole unknown.
struct Marker<'m> {
    tokens: Vec<&'m str>,
    at: usize,
    environment: Environment,
}

impl<'m> Marker<'m> {
    fn new(text: &'m str, environment: Environment) -> Self {
        let mut tokens = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '(' | ')' => 1,
                '"' | '\'' => rest.get(1..).and_then(|inner| inner.find(first)).map_or(rest.len(), |end| end + 2),
                '<' | '>' | '=' | '!' | '~' => rest.find(|c: char| !"<>=!~".contains(c)).unwrap_or(rest.len()),
                _ => rest.find(|c: char| c.is_whitespace() || "()<>=!~\"'".contains(c)).unwrap_or(rest.len()),
            };
            let (token, behind) = rest.split_at(length.max(first.len_utf8()));
            tokens.push(token);
            rest = behind.trim_start();
        }
        Self { tokens, at: 0, environment }
    }

    fn whole(mut self) -> Option<bool> {
        let holds = self.any(0)?;
        (self.at == self.tokens.len()).then_some(holds)
    }

    fn next(&mut self) -> Option<&'m str> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let is = self.tokens.get(self.at) == Some(&word);
        self.at += usize::from(is);
        is
    }

    fn any(&mut self, depth: usize) -> Option<bool> {
        let mut holds = self.all(depth)?;
        while self.takes("or") {
            holds |= self.all(depth)?;
        }
        Some(holds)
    }

    fn all(&mut self, depth: usize) -> Option<bool> {
        let mut holds = self.one(depth)?;
        while self.takes("and") {
            holds &= self.one(depth)?;
        }
        Some(holds)
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        if self.takes("(") {
            if depth > MAX_NESTING {
                return None;
            }
            let holds = self.any(depth + 1)?;
            return self.takes(")").then_some(holds);
        }
        let left = self.next()?;
        let mut operator = self.next()?;
        if operator == "not" && self.takes("in") {
            operator = "not in";
        }
        let right = self.next()?;
        let quoted = |text: &'m str| text.strip_prefix(['"', '\'']).and_then(|text| text.strip_suffix(['"', '\'']));
        match (quoted(left), quoted(right)) {
            (None, Some(value)) => self.compare(left, operator, value, false),
            (Some(value), None) => self.compare(right, operator, value, true),
            _ => None,
        }
    }

    /// Compares a version; one that stands after the operator is not looked at.
    fn compare_version(own: &str, operator: &str, value: &str, swapped: bool) -> Option<bool> {
        let allowed = VersionSpecifiers::from_str(&format!("{operator}{value}")).ok().filter(|_| !swapped)?;
        Some(allowed.contains(&Version::from_str(own).ok()?))
    }

    /// Compares a variable; `swapped` if the value stands in front of it.
    fn compare(&self, variable: &str, operator: &str, value: &str, swapped: bool) -> Option<bool> {
        let minor = self.environment.minor;
        let (own, version) = match variable {
            "python_version" => (format!("3.{minor}"), true),
            // The last part is not known.
            "python_full_version" | "implementation_version" => {
                let of = |patch: &str| Self::compare_version(&format!("3.{minor}.{patch}"), operator, value, swapped);
                return of("0").filter(|first| of("99") == Some(*first));
            }
            "sys_platform" | "sys.platform" => ("linux".to_owned(), false),
            "platform_system" => ("Linux".to_owned(), false),
            "os_name" | "os.name" => ("posix".to_owned(), false),
            "platform_machine" => (self.environment.machine?.to_owned(), false),
            "implementation_name" => ("cpython".to_owned(), false),
            "platform_python_implementation" | "python_implementation" => ("CPython".to_owned(), false),
            "extra" => (String::new(), false),
            _ => return None,
        };
        match operator {
            "in" | "not in" => {
                let inside = if swapped { own.contains(value) } else { value.contains(own.as_str()) };
                Some(inside == (operator == "in"))
            }
            _ if version => Self::compare_version(&own, operator, value, swapped),
            "==" => Some(own == value),
            "!=" => Some(own != value),
            _ => None,
        }
    }
}

/// Whether a wheel of some tags runs on an interpreter: `cp311-cp311-manylinux_2_17_x86_64`. Only the interpreter is
/// judged; `None` if no tag can be read.
pub fn fits(tags: &[&str], minor: u32) -> Option<bool> {
    let mut read = false;
    for tag in tags {
        let mut parts = tag.split('-');
        let (Some(pythons), Some(abis), Some(_)) = (parts.next(), parts.next(), parts.next()) else { continue };
        read = true;
        for python in pythons.split('.') {
            for abi in abis.split('.') {
                let number = |text: &str| text.strip_prefix('3').and_then(|rest| rest.parse::<u32>().ok());
                let fits = match (python.get(..2), abi) {
                    (Some("py"), "none") => python == "py3" || number(&python[2..]).is_some_and(|own| own <= minor),
                    (Some("cp"), "abi3" | "none") => {
                        python == "cp3" || number(&python[2..]).is_some_and(|own| own <= minor)
                    }
                    (Some("cp"), abi) => {
                        number(&python[2..]) == Some(minor)
                            && abi.trim_end_matches(['m', 'u', 'd']) == format!("cp3{minor}")
                    }
                    _ => false,
                };
                if fits {
                    return Some(true);
                }
            }
        }
    }
    read.then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Environment = Environment { minor: 11, machine: Some("x86_64") };

    fn needs(text: &str) -> Option<String> {
        Requirement::read(text, ON).map(|requirement| format!("{} {}", requirement.name, requirement.written))
    }

    #[test]
    fn requirements() {
        assert_eq!(needs("Foo.Bar (>=1,<2)"), Some("foo-bar >=1,<2".into()));
        assert_eq!(needs("a[x,y] >= 1 ; python_version < '3.12' and extra == ''"), Some("a >= 1".into()));
        for text in [
            "a; extra == 'x'",
            "a; python_version < '3.9'",
            "a @ https://x",
            "a; unknown == '1'",
            "a; (os_name == 'nt'",
        ] {
            assert_eq!(needs(text), None, "{text}");
        }
        assert!(needs("a; sys_platform != 'win32' or os_name == 'nt'").is_some());
        assert!(needs("a; 'linux' in sys_platform and (platform_machine in 'x86_64 AMD64')").is_some());
        let deep = format!("a; {}os_name == 'posix'{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(needs(&deep), None);
    }

    #[test]
    fn descriptions() {
        let text = b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b>=1\nRequires-Dist: c ; extra == 'd'\n\nRequires-Dist: e\n";
        let read = Distribution::read(text).unwrap();
        assert_eq!(read.needs(ON).map(|need| need.name).collect::<Vec<_>>(), ["b"]);
        assert!(Distribution::read(b"Name: a").is_none());
        assert!(released("1.0+local").is_none() && released("1.0.dev1").is_none() && released("1.0rc1").is_some());
    }

    #[test]
    fn tags() {
        for tag in [
            "py3-none-any",
            "py2.py3-none-any",
            "cp38-abi3-manylinux_2_17_x86_64",
            "cp311-cp311-linux_x86_64",
            "py310-none-any",
        ] {
            assert_eq!(fits(&[tag], 11), Some(true), "{tag}");
        }
        for tag in [
            "cp313-cp313-manylinux_2_17_x86_64",
            "cp312-abi3-any",
            "py2-none-any",
            "pp310-pypy310_pp73-any",
            "cp311-cp311t-any",
        ] {
            assert_eq!(fits(&[tag], 11), Some(false), "{tag}");
        }
        assert_eq!(fits(&["x"], 11), None);
        assert_eq!(fits(&["cp313-cp313-any", "cp311-cp311-any"], 11), Some(true));
    }
}
