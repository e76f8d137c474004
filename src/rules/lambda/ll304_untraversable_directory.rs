//! LL304 untraversable-directory.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Launch, Others, Ran, RanArg};
use crate::path::{is_file, under};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL304-untraversable-directory.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else {
        let (above, below) = launch.closed_directories();
        let told = |(path, mode): &(String, u32)| in_image(launch, path, *mode);
        findings.extend(above.iter().map(told));
        findings.extend(below.iter().take(10).map(told).map(|finding| finding.severity(Severity::Warning)));
        return;
    };
    let candidates: Vec<_> = build.final_ran().filter_map(|(_, ran)| Some((ran, closed(ran)?))).take(20).collect();
    if candidates.is_empty() {
        return;
    }
    let mut needed = launch.code_folders();
    needed.extend(launch.needed_files());
    needed.extend(launch.program_path().map(|(path, _)| path));
    let copies = build.copies();
    for (ran, args) in candidates {
        for arg in args {
            let Some(folder) = path(ran, arg).filter(|path| !is_file(path) && !under(path, "/root")) else { continue };
            let certain = needed.iter().any(|path| under(path, &folder))
                && launch.program_path().is_none_or(|(p, _)| p != folder);
            // A folder for code, into which something was copied.
            let below = needed.iter().any(|code| under(&folder, code))
                && copies.iter().any(|copied| {
                    copied
                        .destination
                        .as_deref()
                        .is_some_and(|to| under(to, &folder) && to != folder || (to == folder && copied.folder))
                });
            let still = match build.mode(&folder, true).execute {
                Some((open, span)) => !open && span == arg.span,
                None => ran.program != "chmod",
            };
            if still && (certain || below) {
                let finding = Finding::new(format!("`{}` closes {folder} to Lambda's user", ran.line()))
                    .at(arg.span, "Lambda's user is neither owner nor group: others need x to pass through")
                    .help("leave others r and x on folders: chmod 755, or chmod -R a+rX");
                findings.push(if certain { finding } else { finding.severity(Severity::Warning) });
            }
        }
    }
}

fn in_image(launch: &Launch<'_>, path: &str, mode: u32) -> Finding {
    let (what, label) = match mode & 0o001 {
        0 => ("pass through", "others need x on every folder above a file"),
        _ => ("list", "Python lists the folders of its modules: others need r and x"),
    };
    Finding::new(format!("{path} has mode {mode:04o}, and Lambda's user cannot {what} it"))
        .at(launch.place_of_file(path), label)
        .help(format!("chmod 755 {path}"))
}

/// The folders that a command leaves without x for others.
fn closed(ran: &Ran) -> Option<Vec<&RanArg>> {
    if ran.guarded {
        return None;
    }
    let takes = |mode: Others| mode.execute == Some(false);
    if ran.program == "chmod" {
        let (mode, _, operands) = ran.chmod_parts()?;
        return takes(mode).then_some(operands);
    }
    let makes = ran.program == "mkdir" || (ran.program == "install" && ran.has(&["-d", "--directory"]));
    let flags = ["-m", "--mode", "-pm", "-dm", "-o", "-g"];
    let mode = ran.value(&flags[..4]).filter(|_| makes)?;
    takes(Others::parse(mode)?).then(|| ran.operands(&flags))
}

/// The folder that an argument means; unknown behind a `cd`, and for a pattern.
fn path(ran: &Ran, arg: &RanArg) -> Option<String> {
    ran.absolute(arg.text.as_deref()?).filter(|path| !path.contains('*') && path != "/")
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches_as, spares};

    fn python(steps: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{steps}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn folders_that_nobody_else_can_enter() {
        catches_as(Error, "LL304", &python("COPY . .\nRUN chmod 700 /var/task"));
        catches_as(Error, "LL304", &python("COPY . .\nRUN chmod -R 644 ${LAMBDA_TASK_ROOT}"));
        catches_as(Error, "LL304", &python("COPY . .\nRUN chmod -R 750 ."));
        catches_as(
            Error,
            "LL304",
            "FROM python:3.13\nRUN mkdir -m 700 /app\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"m.py\"]",
        );
        catches_as(Warning, "LL304", &python("COPY app.py .\nCOPY models/ models/\nRUN chmod 700 models"));
    }

    #[test]
    fn near_misses() {
        for steps in [
            "COPY . .\nRUN chmod -R 755 /var/task",
            "COPY . .\nRUN chmod -R a+rX,go-w /var/task",
            "COPY . .\nRUN chmod -R 700 /var/task && chmod -R a+rX /var/task",
            "COPY . .\nRUN chmod 644 app.py",
            "COPY . .\nRUN chmod 700 /opt/build && mkdir -m 700 /secrets",
            "COPY . .\nRUN chmod -R 700 /root/.ssh",
            "COPY . .\nRUN chmod 1777 /tmp",
            "COPY . .\nRUN cd /x && chmod 700 .",
        ] {
            spares("LL304", &python(steps));
        }
        spares("LL304", "FROM python:3.13\nCOPY run /app/run\nRUN chmod 700 /app/run\nENTRYPOINT [\"/app/run\"]");
    }
}
