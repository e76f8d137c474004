//! LL504 context-junk-shipped.

use crate::diagnostic::{Finding, Severity};
use crate::launch::Launch;
use crate::rules::{Check, Rule};
use crate::size;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL504-context-junk-shipped.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    for junk in launch.copied_junk() {
        let name = junk.name;
        let finding = Finding::new(format!("{name} is copied into the image"))
            .at(junk.source, junk.what)
            .help(format!("leave it out of the COPY, and list {name} in .dockerignore"));
        // Some functions do run tests: a name alone is no more than a hint.
        findings.push(if junk.by_name { finding.severity(Severity::Info) } else { finding });
    }
    findings.extend(launch.junk_in_image().map(|junk| {
        Finding::new(format!("{} of the image are {}", size::show(junk.bytes), junk.paths.join(", ")))
            .at(junk.layer, "this layer brings the most")
            .help("list them in .dockerignore")
    }));
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Info, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

    fn copy(rest: &str) -> String {
        format!("FROM public.ecr.aws/lambda/nodejs:24\n{rest}\nCMD [\"a.b\"]")
    }

    #[test]
    fn junk() {
        catches_as(Warning, "LL504", &copy("COPY .git ./.git"));
        catches("LL504", &copy("COPY app.py .venv/ ./"));
        catches_as(Info, "LL504", &copy("COPY tests ./tests"));
        catches("LL504", &copy("COPY node_modules/ node_modules/\nRUN npm ci"));
    }

    #[test]
    fn near_misses() {
        // Modules that only the context brings are the function's own.
        allows("LL504", &copy("COPY node_modules ./node_modules"));
        allows("LL504", &copy("COPY tests ./tests\nRUN pytest tests"));
        allows("LL504", &copy("COPY tests/handlers/echo/* ./"));
        allows("LL504", &copy("COPY . ."));
        allows("LL504", &copy("COPY .gitconfig test.js ./"));
        allows(
            "LL504",
            "FROM node:24 AS b\nFROM node:24\nCOPY --from=b /app/node_modules ./node_modules\nCMD [\"a.handler\"]",
        );
        allows(
            "LL504",
            "FROM node:24 AS b\nCOPY .git tests ./\nFROM public.ecr.aws/lambda/nodejs:24\nCOPY --from=b /x /x",
        );
    }
}
