//! Reports that were wrong, or were worth no report, by class. The Dockerfiles are small and made up.
//!
//! `A…`: a step that is not seen can make an error untrue, so no error may stand. `B…`: what files that were not written
//! for us have shown to be no fault, or not worth a warning.

use crate::support::internals::check::{self, Subject};
use crate::support::internals::diagnostic::{Diagnostic, Severity};
use crate::support::pages::{TODAY, folder};
use lamblint::{Folder, Options};
use std::collections::BTreeSet;

/// A Dockerfile, and the most that may be said of it under some codes.
struct Row {
    name: &'static str,
    codes: &'static [&'static str],
    /// The worst severity that may be reported; `None` if nothing may.
    most: Option<Severity>,
    dockerfile: String,
    /// The build context, as a page draws it.
    context: &'static str,
    handler_in_template: bool,
    /// How many reports there may be.
    reports: usize,
    /// A report whose help says this is right.
    helped_by: Option<&'static str>,
}

impl Row {
    fn within(mut self, context: &'static str) -> Self {
        self.context = context;
        self
    }

    fn with_handler_in_template(mut self) -> Self {
        self.handler_in_template = true;
        self
    }

    fn found(&self) -> Vec<Diagnostic> {
        let mut options = Options::new(TODAY);
        options.function = Some(true);
        options.handler_in_template = self.handler_in_template;
        let drawn = (!self.context.is_empty()).then(|| folder(self.context));
        let folder = drawn.as_ref().map(|folder| Folder {
            path: folder.path().to_path_buf(),
            given: true,
            dockerfile: folder.path().join("Dockerfile"),
        });
        let subject = Subject { context: folder.as_ref(), ..Subject::new("Dockerfile", self.dockerfile.as_bytes()) };
        let mut found = check::subject(&subject, &options).diagnostics;
        found.retain(|d| self.codes.contains(&d.code) && self.most.is_none_or(|most| d.severity > most));
        let helps =
            |d: &Diagnostic| self.helped_by.is_some_and(|text| d.help.as_ref().is_some_and(|h| h.contains(text)));
        found.retain(|d| !helps(d));
        if found.len() <= self.reports { Vec::new() } else { found }
    }
}

/// No error may stand.
fn no_error(name: &'static str, code: &'static [&'static str], dockerfile: impl Into<String>) -> Row {
    let most = Some(Severity::Warning);
    Row {
        name,
        codes: code,
        most,
        dockerfile: dockerfile.into(),
        context: "",
        handler_in_template: false,
        reports: 0,
        helped_by: None,
    }
}

/// One fault, and one report of it.
fn one_report(name: &'static str, codes: &'static [&'static str], dockerfile: impl Into<String>) -> Row {
    Row { reports: 1, ..silent(name, codes, dockerfile) }
}

/// At most advice may be given.
fn no_warning(name: &'static str, codes: &'static [&'static str], dockerfile: impl Into<String>) -> Row {
    Row { most: Some(Severity::Info), ..no_error(name, codes, dockerfile) }
}

/// Nothing may be said.
fn silent(name: &'static str, codes: &'static [&'static str], dockerfile: impl Into<String>) -> Row {
    Row { most: None, ..no_error(name, codes, dockerfile) }
}

const PYTHON: &str = "FROM public.ecr.aws/lambda/python:3.13\n";
const NODE: &str = "FROM public.ecr.aws/lambda/nodejs:24\n";
const CUSTOM: &str = "FROM public.ecr.aws/lambda/provided:al2023\n";

/// A file that others cannot read, and a step behind it.
fn closed_file(step: &str) -> String {
    format!("{PYTHON}COPY --chmod=600 orders.py ${{LAMBDA_TASK_ROOT}}/\n{step}\nCMD [\"orders.handler\"]\n")
}

/// A folder that others cannot enter, and a step behind it.
fn closed_folder(step: &str) -> String {
    format!("{PYTHON}COPY orders.py ./\nRUN chmod 700 /var/task\n{step}\nCMD [\"orders.handler\"]\n")
}

/// A working directory that is gone, and a step behind it.
fn no_workdir(step: &str) -> String {
    format!(
        "FROM python:3.13-slim\nRUN pip install --no-cache-dir awslambdaric==3.1.1\nWORKDIR /orders\nCOPY orders.py /srv/\n\
         RUN rm -rf /orders\n{step}\nENTRYPOINT [\"/usr/local/bin/python\", \"-m\", \"awslambdaric\"]\nCMD [\"orders.handler\"]\n"
    )
}

/// The base without a program, and steps that may bring one.
fn no_bootstrap(steps: &str) -> String {
    format!("{CUSTOM}{steps}\nCMD [\"orders\"]\n")
}

fn steps_not_seen() -> Vec<Row> {
    vec![
        no_error("A1", &["LL303"], closed_file("RUN [\"/bin/sh\", \"-c\", \"chmod -R a+rX ${LAMBDA_TASK_ROOT}\"]")),
        no_error("A2", &["LL303"], closed_file("RUN sudo -u root chmod 644 /var/task/orders.py")),
        no_error("A3", &["LL303"], closed_file("COPY open.sh /\nRUN bash /open.sh")),
        no_error("A4", &["LL303"], closed_file("RUN python3 -c \"import os; os.chmod('/var/task/orders.py', 0o644)\"")),
        no_error("A5 perl", &["LL303"], closed_file("RUN perl -e \"chmod 0644, q(/var/task/orders.py)\"")),
        no_error("A5 setfacl", &["LL303"], closed_file("RUN setfacl -R -m o:rX /var/task")),
        no_error("A5 make", &["LL303"], closed_file("RUN make open")),
        no_error("A5 rsync", &["LL303"], closed_file("RUN rsync -a --chmod=F644 /srv/ /var/task/")),
        no_error("A5 xargs", &["LL303"], closed_file("RUN ls | xargs chmod 644")),
        no_error("A5 timeout", &["LL303"], closed_file("RUN timeout 60 chmod -R a+rX /var/task")),
        no_error("A6 script", &["LL304"], closed_folder("COPY open.sh /\nRUN sh /open.sh")),
        no_error("A6 exec form", &["LL304"], closed_folder("RUN [\"/bin/sh\", \"-c\", \"chmod 755 /var/task\"]")),
        no_error("A7 exec form", &["LL217"], no_workdir("RUN [\"/bin/sh\", \"-c\", \"mkdir -p /orders\"]")),
        no_error("A7 python", &["LL217"], no_workdir("RUN python -c \"import os; os.makedirs('/orders')\"")),
        no_error("A8", &["LL213"], no_bootstrap("COPY install.sh /\nRUN /install.sh")),
        no_error("A9 make", &["LL213"], no_bootstrap("COPY . /src\nRUN cd /src && make install")),
        no_error("A9 package", &["LL213"], no_bootstrap("RUN dnf install -y orders-function")),
        no_error("A9 rpm", &["LL213"], no_bootstrap("RUN rpm -i https://example.com/orders.rpm")),
        no_error("A9 tar", &["LL213"], no_bootstrap("COPY orders.tar /\nRUN tar xf /orders.tar -C /")),
        no_error("A9 curl", &["LL213"], no_bootstrap("RUN curl -fsSL https://example.com/orders.sh | sh")),
        no_error("A10", &["LL213"], no_bootstrap("ARG TREE=tree.tar.gz\nADD ${TREE} /var/")),
        no_error(
            "A11",
            &["LL213"],
            no_bootstrap("COPY orders /srv/\nRUN mv /srv/orders \"${LAMBDA_RUNTIME_DIR}/boot\"\"strap\""),
        ),
        no_error(
            "A12",
            &["LL307"],
            "FROM python:3.12-slim\nENV ORDERS_DIR=/tmp/orders\nCOPY . /tmp/orders\n\
             RUN pip install awslambdaric==3.1.1 /tmp/orders && rm -rf /tmp/orders\nWORKDIR /var/task\n\
             ENV LAMBDA_TASK_ROOT=/var/task\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"orders.handler\"]\n",
        ),
        no_error(
            "A13 local",
            &["LL308"],
            "FROM python:3.13 AS build\nRUN pip install --user flask\nFROM python:3.13\nENV WHERE=/root/.local\n\
             COPY --from=build /root/.local $WHERE\nENV PATH=/root/.local/bin:$PATH\nCMD [\"gunicorn\", \"orders:app\"]\n",
        ),
        no_error(
            "A13 keys",
            &["LL308"],
            "FROM node:24\nENV KEYS=/root/.ssh\nCOPY known_hosts $KEYS/\nRUN git clone git@example.com:orders /orders\n\
             CMD [\"node\", \"/orders/server.js\"]\n",
        ),
        no_error(
            "A15 installed",
            &["LL801"],
            format!(
                "{PYTHON}RUN [\"dnf\", \"install\", \"-y\", \"yum\"]\nRUN yum install -y gcc\nCOPY orders.py ./\nCMD [\"orders.handler\"]\n"
            ),
        ),
        no_error(
            "A15 linked",
            &["LL801"],
            format!(
                "{PYTHON}RUN [\"/bin/sh\", \"-c\", \"ln -s /usr/bin/dnf /usr/bin/yum\"]\nRUN yum install -y gcc\nCOPY orders.py ./\nCMD [\"orders.handler\"]\n"
            ),
        ),
        silent(
            "A warning: find",
            &["LL803"],
            format!(
                "{NODE}RUN [\"/bin/sh\", \"-c\", \"dnf install -y findutils\"]\nRUN find . -name '*.md' -delete\nCOPY orders.js ./\nCMD [\"orders.handler\"]\n"
            ),
        ),
        silent(
            "A warning: GOARCH",
            &["LL221"],
            "FROM --platform=linux/amd64 golang:1.25 AS build\nWORKDIR /src\nCOPY . .\nRUN <<EOF\nset -e\n\
             GOARCH=arm64 CGO_ENABLED=0 go build -o /orders .\nEOF\nFROM public.ecr.aws/lambda/provided:al2023-arm64\n\
             COPY --from=build /orders /var/runtime/bootstrap\nCMD [\"orders\"]\n",
        ),
        silent(
            "A warning: clean",
            &["LL502"],
            format!(
                "{PYTHON}RUN dnf install -y jq && dnf clean \"all\"\nCOPY orders.py ./\nCMD [\"orders.handler\"]\n"
            ),
        ),
        silent(
            "A warning: tini",
            &["LL325"],
            "FROM debian:12\nRUN apt-get update && apt-get install -y tini && rm -rf /var/lib/apt/lists/*\nCOPY start.sh /\n\
             ENTRYPOINT [\"tini\", \"--\", \"/start.sh\"]\nCMD [\"--port\", \"$PORT\"]\n",
        ),
    ]
}

/// B1: a folder whose name begins with `package`.
fn folders() -> Vec<Row> {
    let of = |name, dockerfile: String| silent(name, &["LL301"], dockerfile);
    let stage = "FROM node:24 AS build\nWORKDIR /repo\nCOPY . .\nRUN npm ci\n";
    vec![
        of("B1 packages", format!("{NODE}COPY packages ./packages\nCMD [\"packages/orders/index.handler\"]\n")),
        of("B1 package", format!("{NODE}COPY package ${{LAMBDA_TASK_ROOT}}\nCMD [\"index.handler\"]\n")),
        of(
            "B1 packages to the root",
            format!("{NODE}COPY packages ${{LAMBDA_TASK_ROOT}}\nCMD [\"orders/index.handler\"]\n"),
        ),
        of(
            "B1 of a stage",
            format!("{stage}{NODE}COPY --from=build /repo/package ${{LAMBDA_TASK_ROOT}}\nCMD [\"index.handler\"]\n"),
        ),
        of(
            "B1 of a stage, plural",
            format!("{stage}{NODE}COPY --from=build /packages ${{LAMBDA_TASK_ROOT}}\nCMD [\"orders/index.handler\"]\n"),
        ),
        of(
            "B1 with a name",
            format!("{stage}{NODE}COPY --from=build /prod/package-orders ./\nCMD [\"index.handler\"]\n"),
        ),
        of(
            "B1 ruby",
            "FROM public.ecr.aws/lambda/ruby:3.4\nCOPY packages ./packages\nCMD [\"packages/orders.handler\"]\n".into(),
        ),
        of(
            "B1 java",
            "FROM maven:3.9 AS build\nCOPY . /src\nRUN mvn -f /src package\nFROM public.ecr.aws/lambda/java:21\n\
             COPY --from=build /package /var/task/\nCMD [\"com.example.Orders::handle\"]\n"
                .into(),
        ),
        of("B1 in sight", format!("{NODE}COPY packages ./packages\nCMD [\"packages/orders/index.handler\"]\n"))
            .within("packages/orders/index.js 644 exports.handler = 1"),
    ]
}

/// B2: images that are no function.
fn no_functions() -> Vec<Row> {
    const CODES: &[&str] = &["LL202", "LL203", "LL204", "LL213", "LL224", "LL406"];
    let of = |name, dockerfile: String| no_warning(name, CODES, dockerfile);
    vec![
        of(
            "B2 asset",
            format!("{PYTHON}COPY requirements.txt ./\nRUN pip install --no-cache-dir -r requirements.txt -t /asset\nCOPY orders.py /asset/\nCMD [\"echo\", \"built\"]\n"),
        ),
        of("B2 output", format!("{PYTHON}COPY . /src\nRUN pip install --no-cache-dir /src -t /output\nCMD [\"true\", \"x\"]\n")),
        of(
            "B2 layer",
            format!("{PYTHON}RUN pip install --no-cache-dir numpy==2.3.4 -t /layer/python && python -m zipfile -c /layer.zip /layer/python\nCMD cp /layer.zip /out/\n"),
        ),
        of(
            "B2 sam builder",
            "FROM public.ecr.aws/sam/build-python3.13:1.140\nCOPY . /src\nRUN pip install -t /asset /src && cd /asset && zip -r /asset.zip .\n".into(),
        ),
        of("B2 base of others", format!("{CUSTOM}RUN dnf install -y gcc && dnf clean all\n").replace(":al2023\n", ":al2023 AS build\n")),
        of(
            "B2 builder",
            "FROM public.ecr.aws/lambda/nodejs:24 AS builder\nCOPY package.json package-lock.json /opt/nodejs/\nRUN cd /opt/nodejs && npm ci\nCMD [\"bash\", \"-c\", \"cp -r /opt/nodejs /out\"]\n".into(),
        ),
        of(
            "B2 shell",
            format!("{NODE}RUN dnf install -y zip && dnf clean all\nCOPY package.json package-lock.json /asset/\nRUN cd /asset && npm ci && zip -r /asset.zip .\nCMD [\"/bin/sh\", \"-c\", \"cp /asset.zip /out\"]\n"),
        ),
    ]
}

/// B3: CMD is replaced by the template.
fn templates() -> Vec<Row> {
    let of = |name, codes, cmd: &str| {
        no_error(name, codes, format!("{PYTHON}COPY orders.py ./\n{cmd}\n")).with_handler_in_template()
    };
    vec![
        of("B3 shell form", &["LL203"], "CMD uvicorn orders:app"),
        of("B3 two elements", &["LL204"], "CMD [\"uvicorn\", \"orders:app\"]"),
        of("B3 broken array", &["LL205"], "CMD ['orders.handler']"),
    ]
}

/// B4 to B6: what a RUN does beside what it names.
fn runs() -> Vec<Row> {
    vec![
        silent(
            "B4 pip",
            &["LL307"],
            format!(
                "{PYTHON}WORKDIR /tmp\nCOPY pyproject.toml ./\nCOPY src/ ./src/\nRUN pip install --no-cache-dir . --target ${{LAMBDA_TASK_ROOT}}\nCMD [\"orders.app.handler\"]\n"
            ),
        ),
        silent(
            "B4 make",
            &["LL307"],
            format!(
                "{PYTHON}COPY Makefile /tmp/orders/\nCOPY src/ /tmp/orders/src/\nRUN cd /tmp/orders && make install\nCMD [\"orders.app.handler\"]\n"
            ),
        ),
        silent(
            "B4 npm",
            &["LL307"],
            format!(
                "{NODE}WORKDIR /tmp/work\nCOPY package.json package-lock.json ./\nCOPY lib/ ./lib/\nRUN npm ci && npm run bundle -- --outdir=/var/task\nWORKDIR /var/task\nCMD [\"orders.handler\"]\n"
            ),
        ),
        silent(
            "B5 workdir",
            &["LL213"],
            "FROM public.ecr.aws/lambda/provided:al2\nWORKDIR /var/runtime\nCOPY build .\nRUN mv orders bootstrap\nCMD [\"orders\"]\n",
        ),
        silent(
            "B5 argument",
            &["LL213"],
            "FROM public.ecr.aws/lambda/provided:al2023\nARG where=\"/var/runtime\"\nCOPY out/bootstrap ${where}\nRUN chmod 0755 ${where}/bootstrap\nCMD [\"orders\"]\n",
        ),
        silent(
            "B6",
            &["LL310"],
            "FROM python:3.13 AS build\nRUN pip install --user awslambdaric==3.1.1\nFROM python:3.13-slim\n\
             COPY --from=build /root/.local /root/.local\nENV PATH=\"/root/.local/bin:$PATH\"\nRUN chmod -R 777 /root\n\
             COPY orders.py /srv/\nWORKDIR /srv\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"orders.handler\"]\n",
        ),
    ]
}

/// B7: a context that is named, and what is made before the build.
fn contexts() -> Vec<Row> {
    let java = "FROM public.ecr.aws/lambda/java:21\nCOPY target/classes ${LAMBDA_TASK_ROOT}/\nCMD [\"com.example.Orders::handle\"]\n";
    vec![
        silent("B7 target", &["LL805"], java).within("pom.xml\nsrc/main/java/Orders.java"),
        silent("B7 dist", &["LL805"], format!("{NODE}COPY dist/orders.js ./\nCMD [\"orders.handler\"]\n"))
            .within("package.json\nsrc/orders.ts"),
        silent("B7 zip", &["LL805"], format!("{PYTHON}COPY orders.py models.zip ./\nCMD [\"orders.handler\"]\n"))
            .within("orders.py"),
        silent(
            "B7 ignored by git",
            &["LL805"],
            format!("{PYTHON}COPY orders.py settings.yaml ./\nCMD [\"orders.handler\"]\n"),
        )
        .within("orders.py\n.git/\n.gitignore 644 settings.yaml"),
    ]
}

/// B8: true, and beside the point.
fn beside_the_point() -> Vec<Row> {
    vec![
        silent(
            "B8 client that never starts",
            &["LL322", "LL408"],
            "FROM node:24 AS build\nWORKDIR /function\nRUN apt-get update && apt-get install -y cmake && npm install aws-lambda-ric@4.0.2\n\
             COPY orders.js ./\nFROM public.ecr.aws/lambda/nodejs:18\nCOPY --from=build /function ${LAMBDA_TASK_ROOT}\nCMD [\"orders.handler\"]\n",
        ),
        no_error(
            "B8 secret by argument",
            &["LL601"],
            format!(
                "{PYTHON}ARG DB_PASSWORD\nENV DB_PASSWORD=${{DB_PASSWORD}}\nCOPY orders.py ./\nCMD [\"orders.handler\"]\n"
            ),
        ),
        silent(
            "B8 poetry.toml",
            &["LL309"],
            format!(
                "{PYTHON}COPY poetry.toml pyproject.toml poetry.lock ./\nRUN pip install poetry==2.2.1 && poetry install --only main\nCOPY orders.py ./\nCMD [\"orders.handler\"]\n"
            ),
        ),
        one_report(
            "B8 one secret",
            &["LL601", "LL602", "LL318", "SecretsUsedInArgOrEnv"],
            format!(
                "{PYTHON}ARG AWS_ACCESS_KEY_ID\nENV AWS_ACCESS_KEY_ID=${{AWS_ACCESS_KEY_ID}}\nCOPY orders.py ./\nCMD [\"orders.handler\"]\n"
            ),
        ),
        Row {
            helped_by: Some("ENTRYPOINT []"),
            ..silent(
                "B8 helps that agree about an adapter",
                &["LL319", "LL302"],
                format!(
                    "{PYTHON}COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.1 /lambda-adapter /opt/extensions/lambda-adapter\n\
                     COPY orders.py run.sh ./\nCMD [\"./run.sh\"]\n"
                ),
            )
        },
        one_report("B8 one base", &["LL202", "LL213"], format!("{CUSTOM}RUN dnf install -y gcc && dnf clean all\n")),
        Row {
            helped_by: Some("apk update"),
            ..silent(
                "B8 help for apk",
                &["LL502"],
                "FROM alpine:3.22\nRUN apk update && apk add --no-cache jq\nCOPY orders /orders\nENTRYPOINT [\"/orders\"]\n",
            )
        },
    ]
}

fn rows() -> Vec<Row> {
    [steps_not_seen(), folders(), no_functions(), templates(), runs(), contexts(), beside_the_point()]
        .into_iter()
        .flatten()
        .collect()
}

/// Rows that are still wrong. A name that is no longer true fails.
const NOT_YET: &[&str] = &[];

#[test]
fn nothing_false_is_reported() {
    let mut failing = BTreeSet::new();
    for row in rows() {
        let found = row.found();
        if !found.is_empty() {
            failing.insert(row.name);
        }
        if !found.is_empty() && !NOT_YET.contains(&row.name) {
            let said: Vec<_> =
                found.iter().map(|d| format!("{}[{}]: {}", d.severity.as_str(), d.code, d.message)).collect();
            println!("== {}: {said:#?}\n{}", row.name, row.dockerfile);
        }
    }
    let known: BTreeSet<_> = NOT_YET.iter().copied().collect();
    let new: Vec<_> = failing.difference(&known).collect();
    assert!(new.is_empty(), "false reports: {new:?}");
    let mended: Vec<_> = known.difference(&failing).collect();
    assert!(mended.is_empty(), "right now, so take them out of NOT_YET: {mended:?}");
    println!("{} rows, {} still wrong", rows().len(), known.len());
}

fn codes(dockerfile: &str) -> Vec<(&'static str, Severity)> {
    let mut options = Options::new(TODAY);
    options.function = Some(true);
    check::dockerfile("Dockerfile", dockerfile, &options).diagnostics.iter().map(|d| (d.code, d.severity)).collect()
}

/// A14: the name of a stage does not decide whether the emulator is an error.
#[test]
fn the_name_of_a_stage_decides_nothing() {
    let of = |name: &str| {
        let stage = format!(
            "FROM python:3.13-slim AS base\nRUN pip install awslambdaric==3.1.1\nCOPY orders.py ./\nFROM base{name}\n\
             ADD https://example.com/aws-lambda-rie /usr/local/bin/aws-lambda-rie\n\
             ENTRYPOINT [\"/usr/local/bin/aws-lambda-rie\", \"python\", \"-m\", \"awslambdaric\"]\nCMD [\"orders.handler\"]\n"
        );
        codes(&stage).into_iter().filter(|(code, _)| *code == "LL216").collect::<Vec<_>>()
    };
    let known = ["", " AS watch", " AS runtime", " AS dev", " AS local", " AS test"].map(of);
    assert!(known.iter().all(|found| *found == known[0]), "{known:?}");
}
