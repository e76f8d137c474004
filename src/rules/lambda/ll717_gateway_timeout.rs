//! LL717 gateway-timeout.

use crate::diagnostic::Finding;
use crate::rules::{Check, Deployed, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL717-gateway-timeout.md"), check: Check::Function(check) };

/// A timeout of 30 seconds is common for both kinds of API.
const TOLERATED: u64 = 30;

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let Some(gateway) = &function.gateway else { return };
    let Some((timeout, place)) = function.timeout.value().zip(function.timeout.place()) else { return };
    if function.sure && *timeout > TOLERATED {
        findings.push(
            Finding::new(format!(
                "the {} answers after {} seconds, even if the function is still running",
                gateway.kind, gateway.seconds
            ))
            .at(place, format!("{timeout} seconds are never used"))
            .at(gateway.place, "nothing else invokes the function")
            .help(format!(
                "write {}, invoke the function asynchronously, or raise the quota of the API",
                gateway.seconds
            )),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, sam};

    fn with(timeout: u32, events: &str) -> String {
        let metadata = "Dockerfile: Dockerfile\n      DockerContext: .";
        sam(&format!("PackageType: Image\n      Timeout: {timeout}\n      Events: {events}"), metadata)
    }

    #[test]
    fn longer_than_the_api() {
        catches("LL717", &with(60, "{A: {Type: Api, Properties: {Path: /, Method: get}}}"));
        catches("LL717", &with(31, "{A: {Type: HttpApi}}"));
    }

    #[test]
    fn near_misses() {
        allows("LL717", &with(29, "{A: {Type: Api, Properties: {Path: /, Method: get}}}"));
        allows("LL717", &with(30, "{A: {Type: HttpApi}}"));
        allows("LL717", &with(60, "{A: {Type: HttpApi}, B: {Type: SQS}}"));
        allows("LL717", &with(60, "{A: {Type: SQS}}"));
    }
}
