//! What the files of the build context prove: scripts that RUN starts, lists of dependencies, modes.

use crate::support::internals::check::{self, Subject};
use crate::support::pages::folder;
use lamblint::{Folder, Options};
use std::path::Path;

/// The severities with which a code is reported, and nothing else: `LL303 error`.
pub(crate) fn said_in(root: &Path, given: bool, code: &str, dockerfile: &str) -> Vec<String> {
    let mut options = Options::new(jiff::civil::date(2026, 11, 28));
    options.function = Some(true);
    let context = Folder { dockerfile: root.join("Dockerfile"), path: root.to_path_buf(), given };
    let subject = Subject { context: Some(&context), ..Subject::new("Dockerfile", dockerfile.as_bytes()) };
    let checked = check::subject(&subject, &options);
    let of_code = checked.diagnostics.iter().filter(|diagnostic| diagnostic.code == code);
    of_code.map(|diagnostic| diagnostic.severity.as_str().to_owned()).collect()
}

/// The same in a context with these files, a line each: path, mode, text.
#[track_caller]
fn said(files: &str, code: &str, dockerfile: &str) -> Vec<String> {
    let root = folder(files);
    said_in(root.path(), true, code, dockerfile)
}

const PYTHON: &str = "FROM public.ecr.aws/lambda/python:3.13\n";

/// LL303's error behind a RUN, or its silence.
#[track_caller]
fn closed_after(files: &str, run: &str, stays: bool) {
    let dockerfile =
        format!("{PYTHON}COPY --chmod=600 app.py ./\nCOPY *.sh lib /scripts/\n{run}\nCMD [\"app.handler\"]\n");
    let wanted: &[&str] = if stays { &["error"] } else { &[] };
    let files = format!("app.py 644 x\nlib/x.sh 644 echo\n{files}");
    assert_eq!(said(&files, "LL303", &dockerfile), wanted, "{run} with {files}");
}

#[test]
fn scripts_that_run_starts_are_read() {
    let idle = "fix.sh 755 #!/bin/bash\\nset -e\\necho hello\\nmkdir -p /x";
    closed_after(idle, "RUN bash /scripts/fix.sh", true);
    closed_after(idle, "RUN /scripts/fix.sh", true);
    closed_after(idle, "WORKDIR /scripts\nRUN ./fix.sh && echo done", true);
    closed_after(idle, "RUN cd /scripts && sudo -u root sh ./fix.sh x", true);
    closed_after(idle, "RUN [\"/scripts/fix.sh\"]", true);
    closed_after(idle, "RUN . /scripts/fix.sh", true);
    let opens = "fix.sh 755 #!/bin/sh\\nchmod -R a+rX \"$LAMBDA_TASK_ROOT\"";
    closed_after(opens, "RUN bash /scripts/fix.sh", false);
    let called = "a.sh 755 cd /scripts\\n./b.sh\nb.sh 755 #!/bin/sh\\nchmod 644 /var/task/app.py";
    closed_after(called, "RUN bash /scripts/a.sh", false);
    let harmless = "a.sh 755 cd /scripts\\n./b.sh\nb.sh 755 #!/bin/sh\\necho";
    closed_after(harmless, "RUN bash /scripts/a.sh", true);
}

#[test]
fn what_cannot_be_read_may_do_anything() {
    let idle = "fix.sh 755 #!/bin/bash\\necho hello";
    closed_after("fix.sh 755", "RUN bash /scripts/fix.sh", false);
    closed_after("fix.sh 755 #!/usr/bin/env python3\\nprint(1)", "RUN /scripts/fix.sh", false);
    closed_after("fix.sh 755 echo 'unfinished", "RUN bash /scripts/fix.sh", false);
    closed_after("fix.sh 755 #!/bin/sh\\n/scripts/tool x", "RUN bash /scripts/fix.sh", false);
    closed_after("fix.sh 755 #!/bin/sh\\n$1 644 /var/task/app.py", "RUN bash /scripts/fix.sh chmod", false);
    closed_after("fix.sh 755 #!/bin/sh\\nchmod 644 $APP", "RUN APP=/var/task/app.py sh /scripts/fix.sh", false);
    closed_after("fix.sh 755 #!/bin/sh\\nchmod 644 $APP", "ENV APP=/x\nRUN export APP=$Y; sh /scripts/fix.sh", false);
    // The text may be another by then.
    closed_after(idle, "RUN sed -i s/a/b/ /scripts/fix.sh && bash /scripts/fix.sh", false);
    closed_after(idle, "RUN curl -o /scripts/fix.sh https://example.com/x && bash /scripts/fix.sh", false);
    closed_after(idle, "COPY --from=x /y /scripts/\nRUN bash /scripts/fix.sh", false);
    closed_after(idle, "RUN bash /elsewhere/fix.sh", false);
    closed_after(&format!("{idle}\n.dockerignore 644 fix.sh"), "RUN bash /scripts/fix.sh", false);
    closed_after("fix.sh 755 #!/bin/sh\\n/scripts/fix.sh", "RUN /scripts/fix.sh", false);
}

#[test]
fn scripts_come_from_documents_stages_and_mounts() {
    let document = "COPY <<'EOF' /fix.sh\n#!/bin/sh\necho hello\nEOF\nRUN /fix.sh";
    closed_after("a.sh 644", document, true);
    closed_after("a.sh 644", &document.replace("echo hello", "chmod 644 /var/task/app.py"), false);
    closed_after("a.sh 644", &document.replace("'EOF'", "EOF").replace("hello", "$X"), false);
    let idle = "fix.sh 755 #!/bin/bash\\necho hello";
    closed_after(idle, "RUN --mount=type=bind,source=fix.sh,target=/m/fix.sh bash /m/fix.sh", true);
    closed_after(idle, "RUN --mount=target=/m bash /m/fix.sh", true);
    closed_after(idle, "RUN --mount=type=cache,target=/scripts bash /scripts/fix.sh", false);
    let stages = |text: &str| {
        let files = format!("app.py 644 x\nfix.sh 755 #!/bin/sh\\n{text}");
        let dockerfile = "FROM alpine:3.20 AS a\nCOPY . /src\nFROM public.ecr.aws/lambda/python:3.13\nCOPY --chmod=600 \
                          app.py ./\nCOPY --from=a /src/fix.sh /b/\nRUN sh /b/fix.sh\nCMD [\"app.handler\"]\n";
        said(&files, "LL303", dockerfile)
    };
    assert_eq!((stages("echo"), stages("make")), (vec!["error".to_owned()], Vec::new()));
}

#[test]
fn a_folder_that_may_not_be_the_context_proves_nothing() {
    let files = "app.py 644 x\nfix.sh 755 #!/bin/sh\\necho";
    let root = folder(files);
    let dockerfile = |copy: &str| {
        format!("{PYTHON}COPY --chmod=600 app.py ./\nCOPY {copy} /\nRUN sh /fix.sh\nCMD [\"app.handler\"]\n")
    };
    assert_eq!(said_in(root.path(), false, "LL303", &dockerfile("fix.sh")), ["error"]);
    assert!(said_in(root.path(), false, "LL303", &dockerfile("fix.sh gone.txt")).is_empty());
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    let outside = folder("fix.sh 755 #!/bin/sh\\necho");
    let root = folder("app.py 644 x");
    std::os::unix::fs::symlink(outside.path().join("fix.sh"), root.path().join("fix.sh")).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("all")).unwrap();
    for source in ["fix.sh", "all/fix.sh", "all", "../fix.sh"] {
        let dockerfile =
            format!("{PYTHON}COPY --chmod=600 app.py ./\nCOPY {source} /\nRUN sh /fix.sh\nCMD [\"app.handler\"]\n");
        assert!(said_in(root.path(), true, "LL303", &dockerfile).is_empty(), "{source}");
    }
}

#[test]
fn lists_tell_whether_a_client_is_there() {
    let batch = |files: &str, install: &str| {
        let dockerfile = format!("{PYTHON}COPY . .\n{install}\nENTRYPOINT [\"python\", \"batch.py\"]\n");
        !said(&format!("batch.py 644 import requests\n{files}"), "LL224", &dockerfile).is_empty()
    };
    let pip = "RUN pip install -r requirements.txt";
    assert!(batch("requirements.txt 644 requests==2.32.0\\nboto3", pip));
    assert!(batch("requirements.txt 644 -r req/base.txt\nreq/base.txt 644 boto3", pip));
    assert!(batch("pyproject.toml 644 [project]\\ndependencies = ['boto3']", "RUN uv sync"));
    assert!(batch("Pipfile 644 [packages]\\nboto3 = '*'", "RUN pipenv install --system"));
    // Not read, or not all of it.
    assert!(!batch("", pip));
    assert!(!batch("requirements.txt 644", pip));
    assert!(!batch("requirements.txt 644 -r other.txt", pip));
    assert!(!batch("requirements.txt 644 -r requirements.txt", pip));
    assert!(!batch("requirements.txt 644 boto3\\n-e .", pip));
    assert!(!batch("requirements.txt 644 --extra-index-url https://pypi.example.com\\nx", pip));
    assert!(!batch("requirements.txt 644 boto3", "RUN pip install -r requirements.txt ./lib"));
    assert!(!batch("requirements.txt 644 boto3", "RUN pip install -r $LIST"));
    assert!(!batch("x 644", "RUN poetry install"));
    assert!(!batch("requirements.txt 644 boto3\nenvironment.yml 644 x", &format!("{pip}\nRUN conda env update")));
    assert!(!batch("requirements.txt 644 boto3", &format!("RUN sed -i s/a/b/ requirements.txt\n{pip}")));
    // A client, or what may be one.
    assert!(!batch("requirements.txt 644 awslambdaric==3.1.1", pip));
    assert!(!batch("requirements.txt 644 aws-lambda-powertools", pip));
    assert!(!batch("requirements.txt 644 -r a.txt\na.txt 644 mangum", pip));
    // Lists of another language do not matter.
    assert!(batch("package.json 644 {}", "RUN npm ci"));
    assert!(batch("app.js 644", "RUN npm ci"));
}

#[test]
fn the_code_that_starts_tells_it_too() {
    let batch = |text: &str| {
        let files = format!("batch.py 644 {text}");
        !said(&files, "LL224", &format!("{PYTHON}COPY . .\nENTRYPOINT [\"python\", \"batch.py\"]\n")).is_empty()
    };
    assert!(batch("import boto3"));
    assert!(!batch("import os\\napi = os.environ['AWS_LAMBDA_RUNTIME_API']"));
    assert!(!batch("from awslambdaric import bootstrap"));
}

#[test]
fn frameworks_of_lists_count() {
    let server = |files: &str, install: &str| {
        let dockerfile = format!("FROM node:22\nWORKDIR /app\nCOPY . .\n{install}\nCMD [\"node\", \"server.js\"]\n");
        !said(&format!("server.js 644 x\n{files}"), "LL214", &dockerfile).is_empty()
    };
    assert!(server("package.json 644 {\"dependencies\": {\"express\": \"^4\"}}", "RUN npm ci"));
    assert!(!server("package.json 644 {\"dependencies\": {\"axios\": \"^1\"}}", "RUN npm ci"));
    assert!(!server("package.json 644", "RUN npm ci"));
    assert!(!server(
        "package.json 644 {\"dependencies\": {\"express\": \"^4\", \"aws-lambda-ric\": \"3\"}}",
        "RUN npm ci"
    ));
    assert!(!server("package.json 644 {\"dependencies\": {\"express\": \"^4\", \"own\": \"file:own\"}}", "RUN npm ci"));
    let locked = "package.json 644 {\"dependencies\": {\"express\": \"^4\"}}\n\
                  package-lock.json 644 {\"lockfileVersion\": 3, \"packages\": {\"node_modules/aws-lambda-ric\": {}}}";
    assert!(!server(locked, "RUN npm ci"));
    let stages = "FROM node:22 AS b\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM node:22\nWORKDIR /app\n";
    let built = |copy: &str| {
        let dockerfile = format!("{stages}{copy}\nRUN npm install express\nCMD [\"node\", \"server.js\"]\n");
        !said("server.js 644 x", "LL214", &dockerfile).is_empty()
    };
    assert!(built("COPY --from=b /app/dist ."), "what the other stage installs is not copied");
    assert!(!built("COPY --from=b /app ."));
    assert!(!built("COPY --from=b /app/node_modules node_modules"));
}

#[cfg(unix)]
#[test]
fn modes_of_the_context_are_kept() {
    let closed = |files: &str, steps: &str| said(files, "LL303", &format!("{PYTHON}{steps}\nCMD [\"app.handler\"]\n"));
    assert_eq!(closed("app.py 600 x", "COPY app.py ./"), ["error"]);
    assert_eq!(closed("app.py 000 x", "COPY app.py ${LAMBDA_TASK_ROOT}"), ["error"]);
    assert_eq!(closed("app.py 640 x\nb.py 644 x", "COPY . ./"), ["error"]);
    assert_eq!(closed("src/app.py 600 x", "COPY src/ ./"), ["error"]);
    assert_eq!(closed("app.py 600 x\nlib.py 600 x", "COPY *.py ./"), ["error"]);
    assert_eq!(closed("app.py 644 x\nlib.py 600 x", "COPY app.py .\nCOPY lib.py ./"), ["warning"]);
    let silent: &[(&str, &str)] = &[
        ("app.py 644 x", "COPY app.py ./"),
        ("app.py 604 x", "COPY . ./"),
        ("app.py 600 x", "COPY --chmod=644 app.py ./"),
        ("app.py 600 x", "ARG M\nCOPY --chmod=$M app.py ./"),
        ("app.py 600 x", "COPY app.py ./\nRUN chmod 644 app.py"),
        ("app.py 600 x", "COPY . .\nRUN chmod -R a+rX /var/task"),
        ("app.py 600 x", "COPY . .\nRUN make"),
        ("app.py 600 x", "COPY . .\nRUN ./fix.sh"),
        ("app.py 600 x\nb/app.py 644 x", "COPY app.py ./\nCOPY b/app.py ./"),
        ("app.py 644 x\nkey.pem 600 x", "COPY . ./"),
        ("app.py 644 x\nkey.pem 600 x", "COPY app.py key.pem ./"),
        ("app.py 600 x\n.dockerignore 644 app.py", "COPY . ./"),
        ("app.py 644 x\nlib.py 600 x", "COPY app.py ./\nCOPY lib.py /build/"),
    ];
    for (files, steps) in silent {
        assert!(closed(files, steps).is_empty(), "{files}: {steps}");
    }
    let root = folder("app.py 600 x");
    let dockerfile = format!("{PYTHON}COPY app.py ./\nCMD [\"app.handler\"]\n");
    assert_eq!(said_in(root.path(), false, "LL303", &dockerfile), ["warning"], "nobody has named the context");
}
