//! LL705 handler-as-entrypoint.

use crate::diagnostic::{Finding, Severity};
use crate::rules::{Check, Deployed, Rule};
use crate::template::Language;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL705-handler-as-entrypoint.md"), check: Check::Function(check) };

fn check(deployed: &Deployed<'_>, findings: &mut Vec<Finding>) {
    let function = deployed.function;
    let Some(argv) = function.entrypoint.value().filter(|_| function.sure) else { return };
    let Some(program) = argv.program().filter(|program| is_handler(&program.text)) else { return };
    let (entrypoint, command) = match function.language {
        Language::Terraform => ("entry_point", "command"),
        Language::TerraformModule => ("image_config_entry_point", "image_config_command"),
        Language::Serverless => ("entryPoint", "command"),
        Language::Pulumi => ("entryPoints", "commands"),
        _ => ("EntryPoint", "Command"),
    };
    let finding = Finding::new(format!("{entrypoint} is the handler {}, and not a program", program.text))
        .at(program.place, "Lambda starts this as a program")
        .help(format!("write the handler as {command}, and leave {entrypoint} out"));
    // A program may have a dot in its name.
    let last = program.text.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let certain = (last.contains("handler") || program.text.contains("::")) && argv.args.len() == 1;
    findings.push(if certain { finding } else { finding.severity(Severity::Warning) });
}

/// `module.function`: no slash, one dot at least, and a name of code after it that is not an ending of a file.
fn is_handler(text: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "sh", "py", "js", "mjs", "cjs", "ts", "rb", "pl", "php", "jar", "bin", "exe", "elf", "out", "run", "x86_64",
        "amd64", "arm64", "aarch64", "linux", "bash", "lua", "r", "com", "cmd", "dll",
    ];
    // .NET: assembly::type::method.
    if text.contains("::") && !text.contains('/') {
        return true;
    }
    let Some((module, function)) = text.rsplit_once('.') else { return false };
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    name(function) && module.split('.').all(name) && !ENDINGS.contains(&function.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::template::{allows, catches_as, sam};

    fn entrypoint(value: &str) -> String {
        let metadata = "Dockerfile: Dockerfile\n      DockerContext: .";
        sam(&format!("PackageType: Image\n      ImageConfig:\n        EntryPoint: {value}"), metadata)
    }

    #[test]
    fn handlers() {
        catches_as(Error, "LL705", &entrypoint("[app.handler]"));
        catches_as(Error, "LL705", &entrypoint("app.lambda_handler"));
        catches_as(Error, "LL705", &entrypoint("[\"Shop::Shop.Function::Handle\"]"));
        catches_as(Warning, "LL705", &entrypoint("[app.main]"));
    }

    #[test]
    fn near_misses() {
        for value in [
            "[/lambda-entrypoint.sh]",
            "[entry.sh]",
            "[/bin/my.program]",
            "[python3.12]",
            "[node]",
            "[!Ref Entry]",
            "[server.linux]",
        ] {
            allows("LL705", &entrypoint(value));
        }
    }
}
