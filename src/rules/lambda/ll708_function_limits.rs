//! LL708 function-limits.

use crate::diagnostic::{Finding, Severity};
use crate::launch::Setting;
use crate::rules::{Check, Deployed, Rule};
use crate::template::{Function, Language};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL708-function-limits.md"), check: Check::Function(check) };

/// A limit of functions, and the one on a capacity provider.
struct Limit {
    what: &'static str,
    unit: &'static str,
    least: u64,
    most: u64,
    managed: u64,
}

const MEMORY: Limit = Limit { what: "memory", unit: "MB", least: 128, most: 10_240, managed: 32_768 };
const TIMEOUT: Limit = Limit { what: "timeout", unit: "seconds", least: 1, most: 900, managed: 5_400 };
const STORAGE: Limit = Limit { what: "/tmp", unit: "MB", least: 512, most: 10_240, managed: 32_768 };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    if !function.sure {
        return;
    }
    let managed = function.managed != Setting::Unset;
    for (limit, setting) in [(MEMORY, &function.memory), (TIMEOUT, &function.timeout), (STORAGE, &function.storage)] {
        let Some((value, place)) = setting.value().zip(setting.place()) else { continue };
        let most = if managed { limit.managed } else { limit.most };
        if (limit.least..=most).contains(value) {
            continue;
        }
        let Limit { what, unit, least, .. } = limit;
        findings.push(
            Finding::new(format!("{what} of {value} {unit} is out of range"))
                .at(place, format!("Lambda allows {least} to {most} {unit}"))
                .help(format!("write {}", (*value).clamp(least, most))),
        );
    }
    // Whether the defaults are enough is a matter of the function: said only if it is asked for.
    if deployed.options.asks_for("LL708") {
        findings.extend(defaults(function));
    }
}

fn defaults(function: &Function) -> Option<Finding> {
    let own = matches!(function.language, Language::Serverless | Language::OtherModule);
    let unset = function.memory == Setting::Unset && function.timeout == Setting::Unset;
    (function.is_image() && unset && !own).then(|| {
        Finding::new("the function has the default timeout of 3 seconds and 128 MB of memory")
            .at(function.place, "an image often takes longer to start")
            .help("set the timeout and the memory")
            .severity(Severity::Info)
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Info};
    use crate::rules::testing::template::{allows, catches, catches_as, sam};

    fn with(lines: &str) -> String {
        sam(&format!("PackageType: Image\n      {lines}"), "Dockerfile: Dockerfile\n      DockerContext: .")
    }

    #[test]
    fn out_of_range() {
        catches_as(Error, "LL708", &with("Timeout: 901\n      MemorySize: 512"));
        catches("LL708", &with("Timeout: 3\n      MemorySize: '10241'"));
        catches("LL708", &with("Timeout: 3\n      MemorySize: 64"));
        catches("LL708", &with("Timeout: 3\n      EphemeralStorage: {Size: 511}"));
        catches_as(Info, "LL708", &with("Description: x"));
    }

    #[test]
    fn near_misses() {
        allows("LL708", &with("Timeout: 900\n      MemorySize: 10240"));
        allows("LL708", &with("Timeout: 900\n      MemorySize: 4096"));
        allows("LL708", &with("Timeout: !Ref Timeout"));
        allows("LL708", &with("Timeout: 5400\n      MemorySize: 32768\n      CapacityProviderConfig: {X: y}"));
        let service = "service: s\nprovider: {name: aws}\nfunctions:\n  f:\n    image: ${opt:image}\n";
        allows("LL708", service);
    }
}
