//! LL331 missing-ca-certificates.

use crate::diagnostic::Finding;
use crate::image::{FileContent, Resolution};
use crate::launch::{Launch, StepKind};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL331-missing-ca-certificates.md"), check: Check::Launch(check) };

/// Where Go, OpenSSL and rustls look.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(files) = launch.files() else { return };
    let chain = launch.chain();
    let Some(program) = chain.iter().rfind(|link| matches!(link.role, StepKind::Program | StepKind::Bootstrap)) else {
        return;
    };
    let compiled = match files.resolve(&program.path) {
        Resolution::Found(node, _) => match node.facet.as_deref() {
            // Interpreters bring certificates in packages (certifi), and system programs are not the user's.
            Some(FileContent::Elf(elf)) => elf.speaks_runtime_api == Some(true),
            _ => false,
        },
        _ => false,
    };
    let there = BUNDLES.iter().any(|path| files.has(path))
        || files.children("/etc/ssl/certs").next().is_some()
        || ["SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE"].iter().any(|name| launch.env(name).is_some());
    if compiled && !there {
        findings.push(
            Finding::new("the image has no CA certificates")
                .at(program.named, format!("{} is compiled, and brings them only if it was told to", program.path))
                .help("COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/"),
        );
    }
}
