//! What people see.

use super::*;
use crate::check::{self, Checked};
use crate::options::Options;

fn shown(text: &[u8]) -> String {
    let checked = check::dockerfile("Dockerfile", text, &Options::new(jiff::civil::date(2026, 11, 24)));
    let style = Style { color: false, links: false, unicode: false, width: 100, quiet: false };
    render(&Run::new(&[checked], &[], jiff::civil::date(2026, 11, 24)), &style)
}

#[test]
fn control_bytes_never_reach_the_terminal() {
    let text = shown(b"FROM scratch\nRUNN \x1b[31mred\x07 \xe2\x80\xae\xff\n");
    assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text}");
    assert!(text.contains("LL001"));
}

#[test]
fn long_lines_are_cut_around_the_underline() {
    let long = format!("FROM scratch\nCOPY --{}x a b\n", "y".repeat(60_000));
    let text = shown(long.as_bytes());
    assert!(text.lines().all(|line| line.len() < 70_000));
    let far = format!("FROM scratch\nONBUILD {} RUNN x\n", " ".repeat(60_000));
    assert!(shown(far.as_bytes()).lines().all(|line| line.len() < 400));
}

#[test]
fn the_summary_is_plain_and_true() {
    let clean = shown(b"FROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.handler\"]\n");
    assert_eq!(clean, "no problems in 1 Dockerfile\n");
    assert!(shown(b"").contains("1 error in 1 Dockerfile\n"));
}

fn drawn(files: &[(&str, &str)], style: &Style) -> String {
    let options = Options { function: Some(true), ..Options::new(jiff::civil::date(2026, 11, 24)) };
    let checked: Vec<Checked> = files.iter().map(|(path, text)| check::dockerfile(path, text, &options)).collect();
    render(&Run::new(&checked, &[], jiff::civil::date(2026, 11, 24)), style)
}

const PLAIN: Style = Style { color: false, links: false, unicode: false, width: 100, quiet: false };

#[test]
fn errors_stand_last_and_the_header_has_the_primary_place() {
    let file = "FROM public.ecr.aws/lambda/python:3.13\nRUN yum install -y jq && pip install x\nCMD app.handler\n";
    let text = drawn(&[("Dockerfile", file)], &PLAIN);
    let at = |code: &str| text.find(code).unwrap_or_else(|| panic!("{code} in {text}"));
    assert!(at("info[LL502") < at("error[LL801") && at("info[LL502") < at("error[LL203"), "{text}");
    assert!(text.contains("[Dockerfile:2:5]"), "{text}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let long = "a-rather-long-name-of-a-file-that-is-copied".repeat(3);
    let file = format!(
        "FROM public.ecr.aws/lambda/python:3.8\nRUN yum install -y jq && pip install {long}\nCOPY {long} /etc/x\nENV A_SECRET_KEY={long}\nCMD app.handler\n"
    );
    for width in [60, 80, 200] {
        let style = Style { width, unicode: true, ..PLAIN };
        let text = drawn(&[("Dockerfile", &file)], &style);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= width, "{widest} of {width}\n{text}");
    }
}

#[test]
fn infos_of_one_rule_are_one_picture_and_a_list() {
    let file = "FROM public.ecr.aws/lambda/python:3.13\nRUN pip install x\nCOPY . .\nCMD [\"app.handler\"]\n";
    let names: Vec<String> = (0..9).map(|at| format!("{at}/Dockerfile")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), file)).collect();
    let text = drawn(&files, &PLAIN);
    assert_eq!(text.matches("info[LL502").count(), 1, "{text}");
    assert!(text.contains("LL502 also at:\n    1/Dockerfile:2:5\n"), "{text}");
    assert!(text.contains("and 6 more in 6 files"), "{text}");
}

#[test]
fn what_fix_mends_is_marked_and_counted() {
    let text = drawn(&[("Dockerfile", "FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler\n")], &PLAIN);
    assert!(text.contains("error[LL203 handler-shell-form] [*]"), "{text}");
    assert!(text.contains("[*] 1 can be fixed with lamblint --fix\n"), "{text}");
    assert!(text.ends_with("why, and examples: lamblint explain LL203\n"), "{text}");
}

#[test]
fn a_file_that_is_no_function_is_not_praised() {
    let options = Options::new(jiff::civil::date(2026, 11, 24));
    let checked = [check::dockerfile("Dockerfile", "FROM debian:12\nRUN true\n", &options)];
    let text = render(&Run::new(&checked, &[], jiff::civil::date(2026, 11, 24)), &PLAIN);
    assert!(text.contains("the Dockerfile is not recognised as a Lambda function"), "{text}");
}
