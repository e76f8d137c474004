//! LL301 handler-not-found.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{Copied, Doubt, Handler, HandlerFile, Language, Launch, Presence, Search, Sight};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL301-handler-not-found.md"), check: Check::Launch(check) };

/// Modules of such names are the user's own, never a package that a list of requirements brings.
const OWN: &[&str] =
    &["app", "main", "index", "handler", "handlers", "lambda", "lambda_function", "lambda_handler", "function", "src"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else {
        findings.extend(launch.handler_file().filter(|file| file.found.is_none()).map(in_image));
        return;
    };
    let Some(handler) = launch.handler().filter(|_| launch.wants_handler()) else { return };
    let Some(search) = launch.search(&handler) else { return };
    let copies = build.copies();
    // With nothing copied at all, the code is mounted (a container for development), or the text is not whole.
    if copies.is_empty() {
        return;
    }
    let elsewhere = copies.iter().find(|copied| copied.names().any(|name| search.is_called(name)));
    // No package of Node brings a file into the task root; other languages load modules of packages by their names.
    let own = handler.language == Language::Node
        || search.stem.as_deref().is_none_or(|stem| stem.split('/').next().is_some_and(|part| OWN.contains(&part)));
    let finding = finding(&handler, &search, elsewhere.or(copies.iter().find(|copied| copied.copies_folder())));
    match build.look(&search) {
        Sight { presence: Presence::Absent, .. } => findings.push(finding),
        Sight { doubt: Doubt::Listed, .. } if elsewhere.is_some() => findings.push(finding),
        Sight { doubt: Doubt::Listed | Doubt::Elsewhere, .. } if own => {
            findings.push(finding.severity(Severity::Warning));
        }
        _ => {}
    }
}

/// A saved image in which no file can hold the handler.
fn in_image(file: &HandlerFile) -> Finding {
    let root = file.looked.rsplit_once('/').map_or("/", |(root, _)| root);
    Finding::new(format!("{} is not in the image, and handler `{}` is read from it", file.looked, file.handler.text))
        .at(file.handler.place, format!("the runtime looks for {}", file.looked))
        .help(match &file.near {
            Some(near) => format!("{near} is there: name that in CMD, or copy it to {root}/"),
            None => format!("copy the file to {root}/"),
        })
}

fn finding(handler: &Handler, search: &Search, elsewhere: Option<&Copied<'_, '_>>) -> Finding {
    let root = search.roots.first().map_or("", String::as_str);
    let looked = match &search.stem {
        Some(_) => format!("the runtime looks for {}", search.path()),
        None => format!("the runtime looks in {root}"),
    };
    let mut finding = Finding::new(format!("nothing puts the file of handler `{}` into {root}", handler.text))
        .at(handler.place, looked);
    if let Some((copied, to)) = elsewhere.and_then(|copied| Some((copied, copied.destination.as_deref()?))) {
        let word = if copied.names().any(|name| search.is_called(name)) { "a file of that name" } else { "this" };
        finding = finding.at(copied.span(), format!("{word} goes to {to}"));
    }
    finding.help(if handler.by_base {
        "copy it to ${LAMBDA_TASK_ROOT}/".to_owned()
    } else {
        format!("copy it to {root}, or set WORKDIR to its folder")
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::tried::{catches, catches_as, spares};

    const PYTHON: &str = "FROM public.ecr.aws/lambda/python:3.13\n";
    const NODE: &str = "FROM public.ecr.aws/lambda/nodejs:22\n";
    const RIC: &str = "FROM python:3.13-slim-bookworm\nRUN pip install awslambdaric==3.1.1\n";
    const START: &str = "ENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]";

    fn python(steps: &str) -> String {
        format!("{PYTHON}{steps}\nCMD [\"app.handler\"]")
    }

    fn node(steps: &str) -> String {
        format!("{NODE}{steps}\nCMD [\"index.handler\"]")
    }

    #[test]
    fn a_file_that_nobody_puts_there() {
        catches_as(Error, "LL301", &python("COPY app.py /app/"));
        catches_as(Error, "LL301", &python("WORKDIR /app\nCOPY . ."));
        catches_as(Error, "LL301", &python("COPY lambda_function.py ${LAMBDA_TASK_ROOT}"));
        catches_as(Error, "LL301", &python("COPY App.py ${LAMBDA_TASK_ROOT}"));
        catches_as(Error, "LL301", &python("RUN dnf install -y git && mkdir /x\nCOPY src/ /x"));
        catches_as(
            Warning,
            "LL301",
            &python("COPY src /src\nCOPY requirements.txt .\nRUN pip install -r requirements.txt"),
        );
        catches_as(Error, "LL301", &node("WORKDIR /function\nCOPY index.mjs package*.json ./\nRUN npm ci"));
        catches_as(Error, "LL301", &format!("{RIC}WORKDIR /app\nCOPY app.py /src/\n{START}"));
        catches("LL301", "FROM public.ecr.aws/lambda/ruby:3.3\nCOPY app.rb /app/\nCMD [\"app.handler\"]");
        catches("LL301", "FROM public.ecr.aws/lambda/java:21\nCOPY build/libs/app.jar /app/\nCMD [\"a.B::c\"]");
    }

    #[test]
    fn what_can_hold_it() {
        for steps in [
            "COPY app.py ${LAMBDA_TASK_ROOT}",
            "COPY app.py .",
            "COPY *.py ./",
            "COPY src/* ./",
            "COPY src ${LAMBDA_TASK_ROOT}",
            "COPY app ${LAMBDA_TASK_ROOT}/app",
            "COPY app/__init__.py ./app/",
            "COPY main.py ./app.py",
            "COPY --from=build /out /var/task",
            "COPY rootfs /",
            "ADD code.tar.gz /var/task/",
            "COPY app.cpython-313-x86_64-linux-gnu.so ./",
            "COPY src /opt/python/",
            "ENV PYTHONPATH=/app\nCOPY . /app",
            "ARG D\nCOPY app.py $D",
            "COPY --chmod=755 <<EOF ./app.py\nx\nEOF",
        ] {
            spares("LL301", &python(steps));
        }
    }

    #[test]
    fn what_a_run_may_have_done() {
        for steps in [
            "COPY src /src\nRUN cp -r /src/* /var/task/",
            "COPY src /src\nRUN cd /src && mv x ${LAMBDA_TASK_ROOT}",
            "COPY src /src\nRUN pip install /src",
            "COPY src /src\nRUN pip install --no-deps -t /var/task ./src",
            "COPY src /src\nRUN ln -s /src /var/task/app",
            "COPY src /src\nRUN /src/build.sh",
            "COPY src /src\nRUN $BUILD",
            "COPY src /src\nRUN sed s/a/b/ /src/x > /var/task/app.py",
            "COPY src /src\nRUN poetry config virtualenvs.create false\nRUN poetry install",
            "COPY src /src\nRUN pip install app-toolkit",
            "COPY x.txt /src/\nRUN git clone https://example.com/x.git .",
        ] {
            spares("LL301", &python(steps));
        }
        spares("LL301", &node("COPY package.json src ./\nRUN npm run build"));
        spares("LL301", &format!("{NODE}COPY package.json ./\nRUN npm ci\nCMD [\"node_modules/x/dist/h.handler\"]"));
        spares(
            "LL301",
            &format!(
                "{PYTHON}COPY requirements.txt .\nRUN pip install -r requirements.txt\nCMD [\"datadog_lambda.handler.handler\"]"
            ),
        );
    }

    #[test]
    fn who_reads_it() {
        spares(
            "LL301",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY b /var/runtime/bootstrap\nCMD [\"app.handler\"]",
        );
        spares("LL301", "FROM bref/php-83:2\nCOPY . /app\nCMD [\"public/index.php\"]");
        spares("LL301", &python("COPY bootstrap /var/runtime/\nCOPY x /x"));
        spares(
            "LL301",
            "FROM acme.example/base\nCOPY x.py /x/\nENTRYPOINT [\"python\",\"-m\",\"awslambdaric\"]\nCMD [\"app.handler\"]",
        );
        spares("LL301", &format!("{RIC}WORKDIR /app\nCOPY . .\n{START}"));
        spares("LL301", &format!("{PYTHON}RUN pip install requests==2.32.0\nCMD [\"app.handler\"]"));
        spares(
            "LL301",
            "FROM public.ecr.aws/lambda/java:21\nCOPY build/libs/* ${LAMBDA_TASK_ROOT}/lib/\nCMD [\"a.B::c\"]",
        );
        spares("LL301", "FROM public.ecr.aws/lambda/dotnet:8\nCOPY --from=build /out .\nCMD [\"A::B::C\"]");
    }
}
