//! Which shard of how many: as it is written, or as the variables of a job say.

use std::fmt;

/// One of several workers that share a plan, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

/// Maximum number of shards: an array of AWS Batch has no more children.
pub const MAX_SHARDS: usize = 10_000;

/// What tells a job of an engine which one it is: the variable, the number that it counts from, and the variable that says
/// how many there are.
const ENGINES: &[(&str, usize, &str)] = &[
    ("AWS_BATCH_JOB_ARRAY_INDEX", 0, "LAMBLINT_SHARDS"),
    ("JOB_COMPLETION_INDEX", 0, "LAMBLINT_SHARDS"),
    ("CI_NODE_INDEX", 1, "CI_NODE_TOTAL"),
];
/// What says both, where an engine has no variables of its own.
const BOTH: &str = "LAMBLINT_SHARD";

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl Shard {
    /// What `--shard` says: `I/N`, or `auto` for what the variables of the job say. Never more than that: a job that does not
    /// know its number must not look at everything.
    pub fn read(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let read = match text {
            "auto" => Self::of_job(variable),
            text => Self::parse(text),
        };
        read.map_err(|why| format!("--shard {}: {why}", if text.is_empty() { "\"\"" } else { text }))
    }

    fn parse(text: &str) -> Result<Self, String> {
        const HOW: &str = "write I/N, such as 0/8 for the first of eight, or auto";
        let (index, of) = text.split_once('/').ok_or(HOW)?;
        let (index, of) = (number(index).ok_or(HOW)?, number(of).ok_or(HOW)?);
        Self::checked(index, of)
    }

    fn checked(index: usize, of: usize) -> Result<Self, String> {
        if of > MAX_SHARDS {
            return Err(format!("there may be {MAX_SHARDS} shards at most"));
        }
        if index >= of {
            return Err(format!("there is no shard {index} of {of}: they are counted from 0"));
        }
        Ok(Self { index, of })
    }

    fn of_job(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        if let Some(text) = variable(BOTH) {
            return Self::parse(&text).map_err(|why| format!("{BOTH} is `{text}`; {why}"));
        }
        let mut set = ENGINES.iter().filter_map(|&(name, first, total)| Some((name, first, total, variable(name)?)));
        let Some((name, first, total, text)) = set.next() else {
            let names: Vec<&str> = ENGINES.iter().map(|(name, ..)| *name).collect();
            return Err(format!("neither {BOTH} nor {} is set; write I/N", names.join(" nor ")));
        };
        if let Some((other, ..)) = set.next() {
            return Err(format!("{name} and {other} are both set; write I/N, or set {BOTH}"));
        }
        let index = number(&text).and_then(|index| index.checked_sub(first));
        let index = index.ok_or_else(|| format!("{name} is `{text}`, and not a number from {first} on"))?;
        let of = variable(total).ok_or_else(|| format!("{name} is set, and {total}, the number of shards, is not"))?;
        let of = number(&of).ok_or_else(|| format!("{total} is `{of}`, and not the number of shards"))?;
        Self::checked(index, of).map_err(|why| format!("{why} ({name} is {text}, {total} is {of})"))
    }
}

/// A number in digits alone.
fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Shard::read(text, &variable).map(|shard| shard.to_string())
    }

    #[test]
    fn as_it_is_written() {
        assert_eq!(read("0/1", &[]), Ok("0/1".into()));
        assert_eq!(read("7/8", &[]), Ok("7/8".into()));
        let long = format!("0/1{}", "0".repeat(99));
        for wrong in
            ["", "/", "0", "8/8", "0/0", "-1/8", "+1/8", "1/8/2", " 1/8", "1 /8", "a/b", "1/", "/8", "0/10001", &long]
        {
            let said = read(wrong, &[]).unwrap_err();
            assert!(said.starts_with("--shard "), "{wrong}: {said}");
        }
    }

    #[test]
    fn as_engines_say() {
        let batch = ("AWS_BATCH_JOB_ARRAY_INDEX", "0");
        let kubernetes = ("JOB_COMPLETION_INDEX", "3");
        let shards = ("LAMBLINT_SHARDS", "4");
        assert_eq!(read("auto", &[batch, shards]), Ok("0/4".into()));
        assert_eq!(read("auto", &[kubernetes, shards]), Ok("3/4".into()));
        assert_eq!(read("auto", &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "4")]), Ok("0/4".into()));
        assert_eq!(read("auto", &[("CI_NODE_INDEX", "4"), ("CI_NODE_TOTAL", "4")]), Ok("3/4".into()));
        assert_eq!(read("auto", &[("LAMBLINT_SHARD", "2/3"), batch]), Ok("2/3".into()));
    }

    #[test]
    fn a_job_that_does_not_know_its_number_does_nothing() {
        let batch = ("AWS_BATCH_JOB_ARRAY_INDEX", "0");
        for (variables, words) in [
            (&[][..], "neither LAMBLINT_SHARD nor AWS_BATCH_JOB_ARRAY_INDEX"),
            (&[("LAMBLINT_SHARDS", "4")], "neither"),
            // What GitLab sets where nothing is parallel.
            (&[("CI_NODE_TOTAL", "1")], "neither"),
            (&[batch], "LAMBLINT_SHARDS, the number of shards, is not"),
            (&[batch, ("LAMBLINT_SHARDS", "")], "LAMBLINT_SHARDS is ``"),
            (&[batch, ("LAMBLINT_SHARDS", "0")], "there is no shard 0 of 0"),
            (&[("AWS_BATCH_JOB_ARRAY_INDEX", ""), ("LAMBLINT_SHARDS", "4")], "AWS_BATCH_JOB_ARRAY_INDEX is ``"),
            (&[("AWS_BATCH_JOB_ARRAY_INDEX", "4"), ("LAMBLINT_SHARDS", "4")], "there is no shard 4 of 4"),
            (&[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "4")], "not a number from 1 on"),
            (&[("CI_NODE_INDEX", "5"), ("CI_NODE_TOTAL", "4")], "there is no shard 4 of 4"),
            (&[("CI_NODE_INDEX", "1")], "CI_NODE_TOTAL"),
            (&[batch, ("JOB_COMPLETION_INDEX", "0"), ("LAMBLINT_SHARDS", "4")], "are both set"),
            (&[("LAMBLINT_SHARD", "")], "LAMBLINT_SHARD is ``"),
            (&[("LAMBLINT_SHARD", "auto")], "LAMBLINT_SHARD is `auto`"),
            (&[("LAMBLINT_SHARD", "4/4")], "counted from 0"),
        ] {
            let said = read("auto", variables).unwrap_err();
            assert!(said.starts_with("--shard auto: ") && said.contains(words), "{variables:?}: {said}");
        }
    }
}
