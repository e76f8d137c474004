//! DL3006 untagged-base.

use crate::diagnostic::Finding;
use crate::dockerfile::Kind;
use crate::facts::ImageRef;
use crate::launch::{Parent, Setting};
use crate::rules::{Check, DockerfileContext, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/hadolint/DL3006-untagged-base.md"), check: Check::Docker(check) };

fn check(general: &DockerfileContext<'_>, findings: &mut Vec<Finding>) {
    for stage in &general.build.stages {
        let Kind::From(from) = &stage.from.kind else { continue };
        let written = from.image.text.as_str();
        if general.as_hadolint() {
            // It knows stages by the very letters of their names, and leaves alone what begins with a variable.
            let staged = general.stage_named(written, stage.index).is_some();
            let tagged = written.contains('@') || written.rsplit_once(':').is_some() || written.starts_with('$');
            if !staged && !tagged && written != "scratch" {
                report(from.image.span, written, findings);
            }
            continue;
        }
        let Setting::Set(name, place) = &stage.image else { continue };
        if let (Parent::Image(_), Some(reference)) = (&stage.parent, ImageRef::parse(name))
            && reference.tag.is_none()
            && reference.digest.is_none()
            && name != "scratch"
        {
            report(place.span, name, findings);
        }
    }
}

fn report(span: Span, name: &str, findings: &mut Vec<Finding>) {
    findings.push(
        Finding::new(format!("{name} has no tag"))
            .at(span, "that is `latest`, which can change without notice")
            .help(format!("write {name}: and a version")),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{passes, reports};

    #[test]
    fn a_stage_whose_name_holds_a_variable_is_a_stage() {
        passes("DL3006", "ARG src=1\nFROM a/ex1:tag AS img1\nFROM img${src} AS final");
        reports("DL3006", 1, "ARG src=1\nFROM a/ex1:tag AS img1\nFROM img${src} AS final");
    }
}
