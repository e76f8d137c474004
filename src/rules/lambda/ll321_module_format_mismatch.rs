//! LL321 module-format-mismatch.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, Unloadable};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL321-module-format-mismatch.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(handler) = launch.unloadable_handler() else { return };
    let path = &handler.path;
    findings.push(match &handler.why {
        Unloadable::EsModule { certain } => {
            let renamed = path.replace(".js", ".mjs");
            let finding = Finding::new(format!("{path} is an ES module, and Node takes it for CommonJS"))
                .at(handler.handler, "the handler is in it")
                .at(handler.layer, "no package.json says \"type\": \"module\"")
                .help(format!("rename it to {renamed}, or add \"type\": \"module\" to package.json"));
            if *certain { finding } else { finding.severity(Severity::Warning) }
        }
        Unloadable::Without(missing) => Finding::new(format!("{missing} is not in the image"))
            .at(handler.handler, "the runtime reads it first")
            .at(handler.layer, "this assembly is there")
            .help("copy the whole output of `dotnet publish`"),
        // LL330 says this.
        Unloadable::NewerJava { .. } => return,
    });
}
