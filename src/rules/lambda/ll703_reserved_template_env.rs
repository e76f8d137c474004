//! LL703 reserved-template-env.

use crate::diagnostic::Finding;
use crate::facts;
use crate::rules::{Check, Deployed, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL703-reserved-template-env.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let reserved = &facts::environment().reserved;
    let function = deployed.function;
    for variable in function.env.iter().filter(|_| function.sure) {
        let name = &variable.name;
        // `!If [Condition, value, !Ref AWS::NoValue]` may leave it out.
        if reserved.contains(&name.text.as_str()) && !variable.may_be_left_out() {
            findings.push(
                Finding::new(format!("a function's configuration cannot set {}", name.text))
                    .at(name.place, "Lambda reserves it, and sets it itself")
                    .help(format!("remove {}, or give the variable another name", name.text)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::template::{allows, catches, with_env};

    #[test]
    fn reserved_names() {
        catches("LL703", &with_env("AWS_REGION: !Ref AWS::Region"));
        catches("LL703", &with_env("AWS_LAMBDA_FUNCTION_NAME: x"));
        catches("LL703", &with_env("_HANDLER: app.handler"));
    }

    #[test]
    fn near_misses() {
        allows("LL703", &with_env("AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap"));
        allows("LL703", &with_env("AWS_LWA_PORT: 8080"));
        allows("LL703", &with_env("AWS_XRAY_CONTEXT_MISSING: LOG_ERROR"));
        allows("LL703", &with_env("AWS_REGION: !If [Local, eu-west-1, !Ref AWS::NoValue]"));
        allows("LL703", &with_env("REGION: !Ref AWS::Region"));
    }
}
