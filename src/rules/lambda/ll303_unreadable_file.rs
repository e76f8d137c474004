//! LL303 unreadable-file.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Build, Copied, Launch, Others, Ran, is_script};
use crate::path::{is_file, last, under};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL303-unreadable-file.md"), check: Check::Launch(check) };

/// What the rule looks for, worked out once.
struct Needs<'b, 'a> {
    build: &'b Build<'a>,
    /// Files that the start needs.
    files: Vec<String>,
    /// Folders with code.
    folders: Vec<String>,
    /// The program, of which LL207 asks more.
    program: Option<String>,
}

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return in_image(launch, findings) };
    let program = launch.program_path().map(|(path, _)| path);
    let needs = Needs { build, files: launch.needed_files(), folders: launch.code_folders(), program };
    for copied in build.copies().into_iter().filter(|copied| copied.chmod.is_some() || copied.fetches()).take(20) {
        if let Some((span, mode, path, certain)) = needs.copied(&copied) {
            findings.push(finding(span, &mode, &path, certain));
        }
    }
    for (_, ran) in build.final_ran().filter(|(_, ran)| ran.program == "chmod" && !ran.guarded).take(20) {
        if let Some((span, path, certain)) = needs.changed(ran) {
            findings.push(finding(span, &ran.line(), &path, certain));
        }
    }
}

/// So many folders are told of a saved image; each with how many files it has.
const MOST: usize = 10;

fn in_image(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let (needed, rest) = launch.unreadable();
    let help = "chmod -R a+rX on the folder before it is copied, or COPY --chmod=755";
    for (path, mode) in needed.iter().take(MOST) {
        findings.push(
            Finding::new(format!("{path} has mode {mode:04o}, and Lambda's user cannot read it"))
                .at(launch.place_of_file(path), "the function needs it; others need r")
                .help(help),
        );
    }
    let files: usize = rest.iter().map(|folder| folder.count).sum();
    for folder in rest.iter().take(MOST) {
        let message = match folder.count {
            1 => format!("{} has mode {:04o}, and Lambda's user cannot read it", folder.first, folder.mode),
            count => format!("{count} files in {} cannot be read by Lambda's user", folder.folder),
        };
        let label =
            format!("{} has mode {:04o}; {files} files in {} folders in all", folder.first, folder.mode, rest.len());
        let finding = Finding::new(message).at(launch.place_of_file(&folder.first), label).help(help);
        findings.push(finding.severity(Severity::Warning));
    }
}

fn finding(span: Span, by: &str, path: &str, certain: bool) -> Finding {
    let finding = Finding::new(format!("{by} leaves {path} unreadable for Lambda's user"))
        .at(span, "Lambda's user is neither owner nor group: others need r")
        .help("give others read access: 755, or a+rX");
    if certain { finding } else { finding.severity(Severity::Warning) }
}

impl Needs<'_, '_> {
    fn is_code(&self, path: &str) -> bool {
        self.folders.iter().any(|folder| under(path, folder))
    }

    /// Whether the bits at a path are still those that a span set.
    fn holds(&self, path: &str, span: Span) -> bool {
        self.build.mode(path, false).read == Some((false, span))
    }

    fn copied(&self, copied: &Copied<'_, '_>) -> Option<(Span, String, String, bool)> {
        // What ADD fetches belongs to root, mode 600.
        let fetched = || ("600".to_owned(), copied.span());
        let (mode, span) = &copied.chmod.clone().unwrap_or_else(fetched);
        let others = Others::parse(mode).filter(|others| others.read == Some(false))?;
        let by = if copied.chmod.is_some() { format!("--chmod={mode}") } else { "ADD from an address".to_owned() };
        let to = copied.destination.as_deref()?;
        for (source, _) in &copied.sources {
            let source = source.as_deref()?;
            let file = is_file(source);
            let path = match copied.lands(source)? {
                // `COPY app.py /var/task`: the folder is there, and the file goes into it.
                path if file && self.folders.contains(&path) => format!("{path}/{}", last(source)),
                path if file => path,
                path => format!("{}/x", path.trim_end_matches('/')),
            };
            if self.program.as_deref() == Some(path.as_str()) && others.execute == Some(false) {
                return None;
            }
            let needed = self.files.iter().find(|needed| if file { **needed == path } else { under(needed, to) });
            let at = needed.map_or(path.as_str(), String::as_str);
            // A folder of keys may be closed on purpose; code is not.
            let code = needed.is_some()
                || (copied.chmod.is_none() && self.is_code(&path))
                || (self.is_code(&path) && (is_script(source) || source == "." || !source.contains('.')));
            if code && self.holds(at, *span) {
                let shown = if file { path.clone() } else { to.to_owned() };
                let only = || self.build.copies().iter().filter(|other| other.may_hold(at) != Some(false)).count() == 1;
                return Some((*span, by, shown, needed.is_some() && (file || only())));
            }
        }
        None
    }

    fn changed(&self, ran: &Ran) -> Option<(Span, String, bool)> {
        let (others, recursive, operands) = ran.chmod_parts()?;
        if others.read != Some(false) {
            return None;
        }
        operands.into_iter().find_map(|arg| {
            let text = arg.text.as_deref()?;
            let path = ran.absolute(text)?;
            let closed = others.execute == Some(false);
            // A folder that nobody can pass through is LL304's, and a program that nobody can start LL207's.
            if closed && (recursive || self.program.as_deref() == Some(path.as_str())) {
                return None;
            }
            let folder = path.rsplit_once('/').filter(|(_, name)| name.contains('*')).map(|(folder, _)| folder);
            let needed = self.files.iter().find(|needed| match folder {
                Some(folder) => under(needed, folder),
                None => **needed == path || (recursive && under(needed, &path)),
            });
            let file = folder.is_some() || recursive || is_script(&path);
            let at = match needed {
                Some(needed) => needed.clone(),
                None if self.is_code(&path) && file && folder.is_none() => path.clone(),
                None => return None,
            };
            self.holds(&at, arg.span).then(|| (arg.span, path.clone(), needed.is_some() && folder.is_none()))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches_as, spares};

    fn python(steps: &str) -> String {
        format!("FROM public.ecr.aws/lambda/python:3.13\n{steps}\nCMD [\"app.handler\"]")
    }

    #[test]
    fn files_that_nobody_else_can_read() {
        catches_as(Error, "LL303", &python("COPY --chmod=600 app.py ${LAMBDA_TASK_ROOT}/"));
        catches_as(Error, "LL303", &python("COPY --chmod=700 . ${LAMBDA_TASK_ROOT}/"));
        catches_as(Error, "LL303", &python("COPY app.py .\nRUN chmod 600 app.py"));
        catches_as(Error, "LL303", &python("COPY app.py .\nRUN chmod go-r ${LAMBDA_TASK_ROOT}/app.py"));
        catches_as(Error, "LL303", &python("COPY . .\nRUN chmod -R go-r /var/task"));
        catches_as(Warning, "LL303", &python("COPY app.py .\nADD https://example.com/model.bin ./"));
        catches_as(Warning, "LL303", &python("COPY . .\nRUN chmod 600 lib.py"));
        catches_as(Warning, "LL303", &python("COPY app.py .\nCOPY --chmod=0600 lib.py ./"));
        catches_as(
            Error,
            "LL303",
            "FROM node:22\nWORKDIR /app\nCOPY --chmod=640 s.js .\nENTRYPOINT [\"node\", \"/app/s.js\"]",
        );
    }

    #[test]
    fn near_misses() {
        for steps in [
            "COPY --chmod=755 app.py ./",
            "COPY app.py .\nADD --chmod=644 https://example.com/model.bin ./",
            "COPY app.py .\nADD https://example.com/model.bin ./\nRUN chmod 644 model.bin",
            "COPY app.py .\nADD https://example.com/aws-lambda-rie /usr/local/bin/",
            "COPY --chmod=600 app.py ./\nRUN chmod -R a+rX /var/task",
            "COPY app.py .\nRUN chmod 600 app.py && chmod 644 app.py",
            "COPY app.py .\nCOPY --chmod=600 key.pem ./",
            "COPY app.py .\nRUN chmod 600 /etc/ssl/x.key",
            "COPY app.py .\nRUN umask 077 && mkdir x",
            "COPY app.py .\nRUN chmod 600 app.py || true",
            "COPY app.py .\nRUN cd /x && chmod 600 app.py",
            "COPY app.py .\nARG M\nRUN chmod $M app.py",
            "COPY app.py .\nCOPY --chmod=600 x.py /build/",
        ] {
            spares("LL303", &python(steps));
        }
        spares("LL303", "FROM python:3.13 AS b\nCOPY --chmod=600 app.py /var/task/\nFROM python:3.13\nCOPY app.py .");
        spares("LL303", "FROM debian:12\nCOPY --chmod=711 main /main\nENTRYPOINT [\"/main\"]");
    }
}
