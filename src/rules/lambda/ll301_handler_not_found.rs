//! LL301 handler-not-found.

use crate::diagnostic::{Finding, Severity};
use crate::launch::{AbsentHandler, Launch};
use crate::path::file_name;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL301-handler-not-found.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    findings.extend(launch.absent_assemblies().map(|absent| {
        let (list, others) = (file_name(&absent.list), absent.names.len().saturating_sub(1));
        let first = absent.names.first().map_or("", String::as_str);
        let message = match others {
            0 => format!("{first} is not in the image, and {list} lists it"),
            _ => format!("{first} and {others} more assemblies are not in the image, and {list} lists them"),
        };
        Finding::new(message)
            .severity(Severity::Warning)
            .at(absent.handler, "the handler's assembly is beside the list")
            .at(absent.layer, format!("{} is there", absent.list))
            .help("copy the whole output of `dotnet publish`")
    }));
    let Some(absent) = launch.absent_handler() else { return };
    findings.push(match absent {
        AbsentHandler::NotBrought { handler, root, file, elsewhere, near, certain } => {
            let looked = file.map_or_else(|| format!("in {root}"), |file| format!("for {file}"));
            let message = format!("nothing puts the file of handler `{}` into {root}", handler.text);
            let finding = Finding::new(message).at(handler.place, format!("the runtime looks {looked}"));
            let finding = elsewhere.into_iter().fold(finding, |finding, copy| {
                let word = if copy.named { "a file of that name" } else { "this" };
                finding.at(copy.place, format!("{word} goes to {}", copy.to))
            });
            let finding = finding.help(match (near, handler.by_base) {
                (Some(near), _) => format!("{} is there: name \"{}\" in CMD", near.path, near.handler),
                (None, true) => "copy it to ${LAMBDA_TASK_ROOT}/".to_owned(),
                (None, false) => format!("copy it to {root}, or set WORKDIR to its folder"),
            });
            if certain { finding } else { finding.severity(Severity::Warning) }
        }
        AbsentHandler::NotInImage(file) => {
            let (looked, handler) = (&file.looked, &file.handler);
            let root = looked.rsplit_once('/').map_or("/", |(root, _)| root);
            Finding::new(format!("{looked} is not in the image, and handler `{}` is read from it", handler.text))
                .at(handler.place, format!("the runtime looks for {looked}"))
                .help(match &file.near {
                    Some(near) => format!("{near} is there: name that in CMD, or copy it to {root}/"),
                    None => format!("copy the file to {root}/"),
                })
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::{Error, Warning};
    use crate::rules::testing::{allows, catches, catches_as};

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
    fn a_file_that_is_not_put_there() {
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
    fn a_file_with_nearly_its_name() {
        let listed = "COPY requirements.txt .\nRUN pip install -r requirements.txt\n";
        let near = |name: &str| format!("{PYTHON}{listed}COPY {name} ./\nCMD [\"ap.handler\"]");
        catches_as(Warning, "LL301", &near("app.py"));
        for name in ["apt.py", "app.py /srv/\nCOPY x.txt", "app.txt", "application.py"] {
            allows("LL301", &near(name));
        }
        allows("LL301", &format!("{PYTHON}{listed}COPY app.py ap/ ./\nCMD [\"ap.handler\"]"));
        allows("LL301", &format!("{PYTHON}RUN pip install ap\nCOPY app.py ./\nCMD [\"ap.handler\"]"));
    }

    #[test]
    fn a_handler_in_shell_form_is_looked_for_too() {
        catches_as(Error, "LL301", &format!("{PYTHON}COPY main.py ./\nCMD app.handler"));
        allows("LL301", &format!("{PYTHON}COPY main.py ./\nCMD python app.handler"));
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
            allows("LL301", &python(steps));
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
            allows("LL301", &python(steps));
        }
        allows("LL301", &node("COPY package.json src ./\nRUN npm run build"));
        allows("LL301", &format!("{NODE}COPY package.json ./\nRUN npm ci\nCMD [\"node_modules/x/dist/h.handler\"]"));
        allows(
            "LL301",
            &format!(
                "{PYTHON}COPY requirements.txt .\nRUN pip install -r requirements.txt\nCMD [\"datadog_lambda.handler.handler\"]"
            ),
        );
    }

    #[test]
    fn who_reads_it() {
        allows(
            "LL301",
            "FROM public.ecr.aws/lambda/provided:al2023\nCOPY b /var/runtime/bootstrap\nCMD [\"app.handler\"]",
        );
        allows("LL301", "FROM bref/php-83:2\nCOPY . /app\nCMD [\"public/index.php\"]");
        allows("LL301", &python("COPY bootstrap /var/runtime/\nCOPY x /x"));
        allows(
            "LL301",
            "FROM acme.example/base\nCOPY x.py /x/\nENTRYPOINT [\"python\",\"-m\",\"awslambdaric\"]\nCMD [\"app.handler\"]",
        );
        allows("LL301", &format!("{RIC}WORKDIR /app\nCOPY . .\n{START}"));
        allows("LL301", &format!("{PYTHON}RUN pip install requests==2.32.0\nCMD [\"app.handler\"]"));
        allows(
            "LL301",
            "FROM public.ecr.aws/lambda/java:21\nCOPY build/libs/* ${LAMBDA_TASK_ROOT}/lib/\nCMD [\"a.B::c\"]",
        );
        allows("LL301", "FROM public.ecr.aws/lambda/dotnet:8\nCOPY --from=build /out .\nCMD [\"A::B::C\"]");
    }
}
