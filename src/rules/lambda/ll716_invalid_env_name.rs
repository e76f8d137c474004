//! LL716 invalid-env-name.

use crate::diagnostic::Finding;
use crate::facts;
use crate::rules::{Check, Deployed, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL716-invalid-env-name.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let reserved = &facts::environment().reserved;
    for variable in function.env.iter().filter(|_| function.sure) {
        let name = &variable.name;
        // What is reserved is LL703's.
        if is_valid(&name.text) || reserved.contains(&name.text.as_str()) || variable.may_be_left_out() {
            continue;
        }
        let label = match name.text.chars().next() {
            Some(first) if first.is_ascii_alphabetic() && name.text.len() == 1 => "a name has two characters at least",
            Some(first) if !first.is_ascii_alphabetic() => "a name begins with a letter",
            _ => "a name has letters, digits and underscores only",
        };
        findings.push(
            Finding::new(format!("{} is not a name of an environment variable", name.text))
                .at(name.place, label)
                .help("give it another name, for example APP_NAME"),
        );
    }
}

/// `[a-zA-Z]([a-zA-Z0-9_])+`
fn is_valid(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, with_env};

    #[test]
    fn invalid_names() {
        catches("LL716", &with_env("A: 1"));
        catches("LL716", &with_env("my-name: 1"));
        catches("LL716", &with_env("1ST: 1"));
        catches("LL716", &with_env("_PRIVATE: 1"));
    }

    #[test]
    fn near_misses() {
        allows("LL716", &with_env("AB: 1"));
        allows("LL716", &with_env("lower_case_9: 1"));
        allows("LL716", &with_env("_HANDLER: a.b"));
    }
}
