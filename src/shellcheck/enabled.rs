//! ShellCheck's rules among ours: which of them speak. They have no pages and no checks here.

use crate::options::Options;
use crate::page::{Family, Page};
use crate::selection::{self, Preset, names_shellcheck, selects};

/// `true` if any ShellCheck rule is on; if not, ShellCheck is not run.
pub fn may_speak(options: &Options) -> bool {
    let all = |selector: &String| {
        selector == "all"
            || Family::named(selector) == Some(Family::Shellcheck)
            || (!selector.is_empty() && selector.len() <= 2 && selects(selector, "SC1000"))
    };
    let some = |selector: &String| all(selector) || names_shellcheck(selector);
    let on = match options.select.as_slice() {
        [] => true,
        list => list.iter().any(some),
    };
    on && !options.ignore.iter().any(all)
}

/// `true` if a remark is reported; without a selection, only levels that stand for faults are.
pub fn speaks(options: &Options, page: &Page) -> bool {
    let chosen = !options.select.is_empty() || options.preset != Preset::Recommended;
    options.runs(page) && (chosen || page.severity >= selection::shellcheck_from())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

    fn options(select: &[&str], ignore: &[&str]) -> Options {
        let mut options = Options::new(jiff::civil::date(2026, 11, 24));
        options.select = select.iter().map(|&code| code.to_owned()).collect();
        options.ignore = ignore.iter().map(|&code| code.to_owned()).collect();
        options
    }

    #[test]
    fn it_is_not_run_if_no_rule_is_on() {
        for select in [&[][..], &["all"], &["shellcheck"], &["LL203", "SC2086"], &["sc2"], &["S"]] {
            assert!(may_speak(&options(select, &[])), "{select:?}");
        }
        assert!(may_speak(&options(&[], &["SC2086", "lambda", "SC3"])));
        for select in [&["lambda"][..], &["LL"], &["DL3008", "SecretsUsedInArgOrEnv"]] {
            assert!(!may_speak(&options(select, &[])), "{select:?}");
        }
        assert!(!may_speak(&options(&[], &["shellcheck"])) && !may_speak(&options(&["SC2086"], &["SC"])));
    }

    #[test]
    fn style_wants_to_be_chosen() {
        let says = |options: &Options, severity| speaks(options, &Page::of_shellcheck("SC2086", severity));
        let plain = options(&[], &[]);
        assert!(says(&plain, Severity::Warning) && !says(&plain, Severity::Info));
        assert!(says(&options(&["SC2"], &[]), Severity::Info));
        assert!(!says(&options(&["SC2"], &["SC2086"]), Severity::Error));
        let hadolint = Options { preset: Preset::Hadolint, ..plain };
        assert!(says(&hadolint, Severity::Info));
    }
}
