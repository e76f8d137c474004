//! LL704 environment-too-large.

use super::list_some;
use crate::diagnostic::Finding;
use crate::rules::{Check, Deployed, Rule};
use crate::template::Variable;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL704-environment-too-large.md"), check: Check::Function(check) };

/// What Lambda measures is the compact JSON of all names and values.
const MAX_BYTES: usize = 4096;

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let mut sizes: Vec<(usize, &Variable)> = deployed
        .function
        .env
        .iter()
        .filter(|variable| !variable.may_be_left_out())
        .map(|variable| (size(variable), variable))
        .collect();
    // Two braces, and a comma between each two entries.
    let total = sizes.iter().map(|(size, _)| size + 1).sum::<usize>() + 1;
    if total <= MAX_BYTES || !deployed.function.sure {
        return;
    }
    sizes.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.name.text.cmp(&y.name.text)));
    let Some((_, largest)) = sizes.first() else { return };
    let names: Vec<String> = sizes.iter().map(|(size, it)| format!("{} ({size})", it.name.text)).collect();
    findings.push(
        Finding::new(format!("the environment has at least {total} bytes, and Lambda allows {MAX_BYTES}"))
            .at(largest.name.place, "this is the largest")
            .help(format!(
                "move large values to Parameter Store or into the image; the largest are {}",
                list_some(&names)
            )),
    );
}

/// `"NAME":"value"`, with what is unknown of the value taken for empty.
fn size(variable: &Variable) -> usize {
    let value = match variable.value.value() {
        Some(text) => text.known().map_or_else(|| text.known_len() + 2, quoted),
        None => 2,
    };
    quoted(&variable.name.text) + 1 + value
}

fn quoted(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, with_env};

    fn variables(count: usize, value: &str) -> String {
        let lines: Vec<String> = (0..count).map(|at| format!("VARIABLE_{at:02}: '{value}'")).collect();
        with_env(&lines.join("\n          "))
    }

    #[test]
    fn what_is_known_counts() {
        catches("LL704", &variables(1, &"x".repeat(4096)));
        catches("LL704", &variables(80, &"x".repeat(40)));
        // Each quotation mark is escaped.
        catches("LL704", &variables(1, &"\"".repeat(2100)));
    }

    #[test]
    fn near_misses() {
        // {"VARIABLE_00":"…"}: 18 bytes around the value.
        allows("LL704", &variables(1, &"x".repeat(4078)));
        catches("LL704", &variables(1, &"x".repeat(4079)));
        allows("LL704", &variables(80, "x").replace("'x'", "!Ref Long"));
    }
}
