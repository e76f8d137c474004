//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>. One run.

use super::{Run, Unreadable, in_text, plain};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, DocumentId, Edit, Label, Severity, Suppressed};
use crate::fingerprint;
use crate::page;
use crate::percent;
use crate::rules;
use crate::source::{Source, Span, Unit};
use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix, Invocation, Location, LogicalLocation, Message,
    MultiformatMessageString, Notification, PhysicalLocation, PropertyBag, Region, Replacement, ReportingConfiguration,
    ReportingDescriptor, Result, ResultLevel, Run as SarifRun, RunAutomationDetails, Sarif, Suppression, Tool,
    ToolComponent,
};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of a run, and of a category if there are several.
pub(super) fn render<'a>(run: &Run<'a>, category: Option<&str>) -> String {
    let silenced = |checked: &'a Checked| checked.suppressed.iter().map(move |one| (checked, one));
    let suppressed: Vec<(&Checked, &Suppressed)> = run.checked.iter().flat_map(silenced).collect();
    let found: Vec<(&Checked, &Diagnostic)> =
        run.diagnostics().chain(suppressed.iter().map(|(checked, one)| (*checked, &one.diagnostic))).collect();
    let rules = descriptors(&found);
    let prints = fingerprint::counted(found.iter().copied());
    let mut results: Vec<Result> = Vec::new();
    for (at, ((checked, diagnostic), print)) in found.iter().zip(prints).enumerate() {
        let mut one = result(run, checked, diagnostic, print);
        one.rule_index = rules.iter().position(|rule| rule.id == diagnostic.code).map(whole);
        // Behind those that are said come those that comments have silenced.
        let kept = found.len() - suppressed.len();
        if let Some((_, silenced)) = at.checked_sub(kept).and_then(|index| suppressed.get(index)) {
            let mut suppression = Suppression::builder().kind("inSource").build();
            suppression.justification = silenced.reason.as_deref().map(plain);
            one.suppressions = Some(vec![suppression]);
        }
        results.push(one);
    }
    let driver = ToolComponent::builder()
        .name("lamblint")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(page::HOME)
        .rules(rules)
        .build();
    let invocation = Invocation::builder()
        .execution_successful(run.unreadable.is_empty())
        .tool_execution_notifications(run.unreadable.iter().map(|one| notification(run, one)).collect::<Vec<_>>())
        .build();
    let mut sarif_run = SarifRun::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind("utf16CodeUnits")
        .invocations(vec![invocation])
        .results(results)
        .build();
    sarif_run.automation_details = category.map(|id| RunAutomationDetails::builder().id(id).build());
    let log = Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![sarif_run]).build();
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

/// The rules that have something to say in this run, in the order of codes.
fn descriptors(found: &[(&Checked, &Diagnostic)]) -> Vec<ReportingDescriptor> {
    let codes: BTreeMap<&str, &Diagnostic> = found.iter().map(|(_, one)| (one.code, *one)).collect();
    codes.into_values().map(descriptor).collect()
}

fn descriptor(diagnostic: &Diagnostic) -> ReportingDescriptor {
    let mut descriptor = ReportingDescriptor::builder()
        .id(diagnostic.code)
        .name(diagnostic.name)
        .help_uri(diagnostic.url.as_str())
        .build();
    let family = page::Family::of(diagnostic.code).name();
    let tags = BTreeMap::from([("tags".to_owned(), json!([family]))]);
    descriptor.properties = Some(PropertyBag::builder().additional_properties(tags).build());
    // ShellCheck's rules have no page here.
    if let Some(rule) = rules::find(diagnostic.code) {
        let page = rule.page();
        let summary = page.summary.replace('\n', " ");
        let help = MultiformatMessageString::builder().text(summary.clone()).markdown(page.body.trim()).build();
        descriptor.short_description = Some(MultiformatMessageString::builder().text(summary).build());
        descriptor.help = Some(help);
        let level = Value::from(level(page.severity).to_string());
        descriptor.default_configuration = Some(ReportingConfiguration::builder().level(level).build());
    }
    descriptor
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Info => ResultLevel::Note,
    }
}

fn result(run: &Run<'_>, checked: &Checked, diagnostic: &Diagnostic, print: String) -> Result {
    let mut result = Result::builder()
        .rule_id(diagnostic.code)
        .level(level(diagnostic.severity))
        .message(message(&super::message_with_help(diagnostic)))
        .partial_fingerprints(BTreeMap::from([("lamblint/v1".to_owned(), print)]))
        .build();
    let mut places = diagnostic.labels.iter().map(|label| location(run, checked, label));
    // The first label's text is said by the message; the others need theirs.
    result.locations = Some(places.next().into_iter().collect());
    let related: Vec<Location> =
        places.enumerate().map(|(at, place)| Location { id: Some(whole(at + 1)), ..place }).collect();
    result.related_locations = (!related.is_empty()).then_some(related);
    let fix = diagnostic.fix.as_ref().zip(checked.sources.get(&DocumentId::Dockerfile));
    result.fixes = fix.map(|(fix, source)| {
        let replacements: Vec<Replacement> = fix.edits.iter().map(|edit| replacement(source, edit)).collect();
        let path = in_text(diagnostic).map_or(checked.path.as_str(), |label| &label.path);
        let change =
            ArtifactChange::builder().artifact_location(artifact(run, path)).replacements(replacements).build();
        vec![Fix::builder().description(message(&plain(&fix.title))).artifact_changes(vec![change]).build()]
    });
    result
}

fn message(text: &str) -> Message {
    Message::builder().text(text).build()
}

fn location(run: &Run<'_>, checked: &Checked, label: &Label) -> Location {
    let source = checked.sources.get(&label.doc).filter(|_| label.doc.is_text());
    // What is in an image has no line in the archive; GitHub refuses a result without one.
    let region = source.map_or_else(|| Region::builder().start_line(1).build(), |source| region(source, label.span));
    let place = PhysicalLocation::builder().artifact_location(artifact(run, &label.path)).region(region).build();
    let mut location = Location::builder().physical_location(place).build();
    if !label.doc.is_text() {
        let name = super::json::document(label.doc) + label.pointer.as_deref().unwrap_or_default();
        location.logical_locations = Some(vec![LogicalLocation::builder().fully_qualified_name(name).build()]);
    }
    location.message = (!label.text.is_empty()).then(|| message(&plain(&label.text)));
    location
}

/// The same bytes twice: as lines and columns in UTF-16, and as a range of bytes.
fn region(source: &Source, span: Span) -> Region {
    let column = |offset: usize| {
        let line = source.line_of(offset);
        let before = source.get(Span::new(source.line(line).start, offset));
        (whole(line), whole(Unit::Utf16.count(before) + 1))
    };
    let end = span.end.min(source.bytes().len());
    let ((start_line, start_column), (end_line, end_column)) = (column(span.start.min(end)), column(end));
    Region::builder()
        .start_line(start_line)
        .start_column(start_column)
        .end_line(end_line)
        .end_column(end_column)
        .byte_offset(whole(span.start.min(end)))
        .byte_length(whole(end - span.start.min(end)))
        .build()
}

fn replacement(source: &Source, edit: &Edit) -> Replacement {
    let mut replacement =
        Replacement::builder().deleted_region(region(source, Span::new(edit.start, edit.end))).build();
    replacement.inserted_content = Some(ArtifactContent::builder().text(edit.text.as_str()).build());
    replacement
}

fn notification(run: &Run<'_>, unreadable: &Unreadable) -> Notification {
    let place = PhysicalLocation::builder().artifact_location(artifact(run, &unreadable.path)).build();
    Notification::builder()
        .level("error")
        .message(message(&plain(&unreadable.message)))
        .locations(vec![Location::builder().physical_location(place).build()])
        .build()
}

fn artifact(run: &Run<'_>, path: &str) -> ArtifactLocation {
    ArtifactLocation::builder().uri(uri(&run.portable(path))).build()
}

/// A path as a URI reference: relative ones stay so.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", utf8_percent_encode(path, percent::PATH))
}

/// A count as SARIF has it; no file is as long as the largest.
fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_utf_16() {
        let text = "FROM x\nRUN 𝄞ä y\n";
        let at = text.find('y').unwrap();
        let region = region(&Source::new(text.as_bytes()), Span::new(at, at + 1));
        assert_eq!((region.start_line, region.start_column, region.end_column), (Some(2), Some(9), Some(10)));
        assert_eq!((region.byte_offset, region.byte_length), (Some(whole(at)), Some(1)));
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("a b/Dockerfile"), "a%20b/Dockerfile");
        assert_eq!(uri("/tmp/ä"), "file:///tmp/%C3%A4");
    }
}
