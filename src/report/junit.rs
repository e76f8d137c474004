//! `JUnit` XML: a suite a subject, a case a finding, failed where it fails the run, an error where something could not be
//! read.

use super::{Run, plain, whereabouts};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

pub(super) fn render(run: &Run<'_>) -> String {
    let mut report = Report::new("lamblint");
    for checked in run.checked {
        let mut suite = TestSuite::new(plain(&run.portable(&checked.path)));
        for diagnostic in &checked.diagnostics {
            let labels: String = diagnostic.labels.iter().map(label).collect();
            let help = diagnostic.help.as_ref().map(|help| format!("help: {}\n", plain(help))).unwrap_or_default();
            let text = format!("{}\n{labels}{help}{}", plain(&diagnostic.message), diagnostic.url);
            let fails = run.fail_on.is_some_and(|least| diagnostic.severity >= least);
            let status = if fails {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(plain(&diagnostic.message)).set_type(diagnostic.severity.as_str());
                status.set_description(text.clone());
                status
            } else {
                TestCaseStatus::success()
            };
            let title = super::github::title(diagnostic);
            let name = format!("{title} at {}", whereabouts(diagnostic));
            let mut case = TestCase::new(plain(&name), status);
            case.set_classname(suite.name.clone());
            if !fails {
                case.set_system_out(format!("{}: {text}", diagnostic.severity.as_str()));
            }
            suite.add_test_case(case);
        }
        if checked.diagnostics.is_empty() {
            // A suite without a case reads as one that did not run.
            let mut case = TestCase::new("lamblint", TestCaseStatus::success());
            case.set_classname(suite.name.clone());
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    for unreadable in run.unreadable {
        let mut suite = TestSuite::new(plain(&run.portable(&unreadable.path)));
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(plain(&unreadable.message)).set_type("unreadable");
        let mut case = TestCase::new("lamblint", status);
        case.set_classname(suite.name.clone());
        suite.add_test_case(case);
        report.add_test_suite(suite);
    }
    // Jenkins' schema has no such attribute on the element around all suites; nothing is ever skipped.
    report.to_string().unwrap_or_default().replacen(" skipped=\"0\"", "", 1)
}

fn label(label: &crate::diagnostic::Label) -> String {
    let document = match label.doc {
        doc if doc.is_text() => format!("{}:{}", label.start.line, label.start.column),
        doc => super::json::document(doc) + label.pointer.as_deref().unwrap_or_default(),
    };
    plain(&format!("{}:{document}: {}", label.path, label.text)) + "\n"
}
