//! LL803 tool-not-on-base.

use crate::diagnostic::{Edit, Finding, Fix};
use crate::facts::{ImageRef, Os, packages};
use crate::launch::{Build, LackingTool, OffPath, Stage};
use crate::rules::{Check, Rule};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL803-tool-not-on-base.md"), check: Check::Build(check) };

fn check(build: &Build<'_>, findings: &mut Vec<Finding>) {
    let off_path = build.off_path();
    // The tools that are still missing at the end of each stage: one built FROM it goes on from there.
    let mut ends: Vec<Vec<&str>> = Vec::new();
    for stage in &build.stages {
        let os = build.base_of(stage).and_then(|base| base.os);
        let of_base = || os.map(|os| os.absent_tools.clone()).unwrap_or_default();
        let mut missing: Vec<&str> = stage.passed_on(&ends).unwrap_or_else(of_base);
        if let Some(os) = os.filter(|_| !missing.is_empty()) {
            follow(build, stage, os, &mut missing, &off_path, findings);
        }
        ends.push(missing);
    }
    // What is not installed is reported as that.
    let reported =
        |tool: &OffPath<'_, '_>, finding: &Finding| finding.labels.iter().any(|label| label.place == tool.span.into());
    let installed = |tool: &&OffPath<'_, '_>| !findings.iter().any(|finding| reported(tool, finding));
    let installed: Vec<_> = off_path.iter().filter(installed).copied().collect();
    let steps = installed.chunk_by(|one, next| std::ptr::eq(one.stage, next.stage) && one.step == next.step);
    let hidden: Vec<Finding> = steps.filter_map(|tools| hidden(build, tools)).collect();
    findings.extend(hidden);
    findings.extend(build.lacking_tools().iter().map(|lacking| lacking_tool(build, lacking)));
}

/// A tool of a language that AWS's base leaves out.
fn lacking_tool(build: &Build<'_>, lacking: &LackingTool<'_, '_>) -> Finding {
    let (tool, chain) = (lacking.tool, lacking.chain);
    let install = chain.install.as_ref().filter(|(family, _)| Some(*family) == lacking.base.family);
    let help = match install {
        Some((_, command)) => format!("RUN {command}, before this"),
        None => format!("build in a stage FROM {}, and copy from there what the function needs", chain.image),
    };
    let base = lacking.base.reference.as_ref().map_or_else(|| "the base".to_owned(), ImageRef::familiar);
    Finding::new(format!("{base} has no {tool}"))
        .at(lacking.span, format!("{tool}: command not found"))
        .at(build.root(lacking.stage).image_place, "this base image")
        .help(help)
}

/// What is installed, and lies where PATH does not lead: one finding a step.
fn hidden(build: &Build<'_>, tools: &[OffPath<'_, '_>]) -> Option<Finding> {
    let first = tools.first()?;
    let names: Vec<&str> = tools.iter().map(|tool| tool.tool).collect();
    let (lie, them) = if names.len() == 1 { ("lies", first.tool) } else { ("lie", "them") };
    let mut finding = Finding::new(format!("{} {lie} in /usr/sbin, which is not on PATH", names.join(", ")));
    for tool in tools {
        finding = finding.at(tool.span, format!("{}: command not found", tool.tool));
    }
    let title = format!("write {them} with the folder");
    Some(
        finding
            .at(build.root(first.stage).image_place, "this base sets PATH without /usr/sbin")
            .help(format!("write /usr/sbin/{}", first.tool))
            .fix(Fix { safe: false, title, edits: tools.iter().map(with_folder).collect() }),
    )
}

fn with_folder(tool: &OffPath<'_, '_>) -> Edit {
    Edit { start: tool.span.start, end: tool.span.end, text: format!("/usr/sbin/{}", tool.tool) }
}

/// Goes through a stage; takes from the missing tools what is brought, and what has been reported: the next
/// RUN has the same cure.
fn follow(
    build: &Build<'_>,
    stage: &Stage<'_>,
    os: &Os,
    missing: &mut Vec<&str>,
    off_path: &[OffPath<'_, '_>],
    findings: &mut Vec<Finding>,
) {
    let (copies, mut ran) = (build.copies_of(stage), stage.ran().iter().peekable());
    let mut copies = copies.iter().peekable();
    for (at, step) in stage.steps.iter().enumerate() {
        if let Some(copied) = copies.next_if(|copied| std::ptr::eq(copied.step, step)) {
            missing.retain(|tool| !copied.may_bring(tool));
        }
        let mut wrong: Vec<(&str, Span)> = Vec::new();
        while let Some(ran) = ran.next_if(|ran| ran.step == at) {
            for (tool, span) in ran.tools().into_iter().filter(|_| !ran.guarded) {
                if let Some(index) = missing.iter().position(|one| *one == tool) {
                    wrong.push((missing.remove(index), span));
                }
            }
            if ran.is_opaque() {
                missing.clear();
            }
            let brings = ran.may_bring();
            missing.retain(|tool| !brings(tool));
        }
        let hidden = off_path.iter().filter(|tool| wrong.iter().any(|(_, span)| *span == tool.span));
        findings.extend(report(build, stage, os, at, &wrong, &hidden.copied().collect::<Vec<_>>()));
    }
}

fn report(
    build: &Build<'_>,
    stage: &Stage<'_>,
    os: &Os,
    step: usize,
    wrong: &[(&str, Span)],
    hidden: &[OffPath<'_, '_>],
) -> Option<Finding> {
    wrong.first()?;
    let tools: Vec<&str> = wrong.iter().map(|(tool, _)| *tool).collect();
    let mut needed: Vec<&str> = Vec::new();
    for tool in &tools {
        let package = packages().of_tool(tool);
        if !needed.contains(&package) {
            needed.push(package);
        }
    }
    let install = format!("dnf install -y {}", needed.join(" "));
    let mut finding = Finding::new(format!("{} has no {}", os.name, tools.join(", ")));
    for (tool, span) in wrong {
        finding = finding.at(*span, format!("{tool}: command not found"));
    }
    let written = hidden.first().map_or_else(String::new, |tool| format!(", and write /usr/sbin/{}", tool.tool));
    finding = finding
        .at(build.root(stage).image_place, "this base image")
        .help(format!("RUN {install} && dnf clean all, before this{written}"));
    // In front of the instruction there is always room for another.
    let start = stage.steps.get(step)?.instruction.span.start;
    let text = format!("RUN {install} && dnf clean all\n");
    let mut fix = Fix::replace(false, format!("install {}", needed.join(" ")), Span::new(start, start), text);
    fix.edits.extend(hidden.iter().map(with_folder));
    Some(finding.fix(fix))
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity::Warning;
    use crate::rules::testing::{allows, catches, catches_as};

    fn run(text: &str) -> String {
        format!("FROM public.ecr.aws/lambda/nodejs:22\n{text}\n")
    }

    #[test]
    fn tools_that_are_not_there() {
        catches_as(Warning, "LL803", &run("RUN find . -type d -exec chmod 755 {} \\;"));
        catches("LL803", &run("RUN curl -L https://x.example/a.tar.gz | tar xz -C /opt"));
        catches("LL803", &run("RUN dnf install -y tar && curl -L https://x.example/a.tgz | tar xz -C /opt"));
        catches("LL803", &run("RUN unzip a.zip && dnf install -y unzip"));
        catches("LL803", &run("RUN groupadd -r app && useradd -r app"));
        catches("LL803", &run("RUN cat list | xargs rm"));
        catches("LL803", &run("RUN dnf install -y findutils && find . -name '*.zip' -exec unzip {} \\;"));
        catches("LL803", "FROM public.ecr.aws/lambda/python:3.13\nRUN pip install git+https://x.example/a.git");
        catches("LL803", &run("RUN dnf install -y libffi-devel && git clone https://x.example/a"));
    }

    #[test]
    fn tools_that_were_brought() {
        allows("LL803", &run("RUN dnf install -y tar gzip && curl -L https://x.example/a.tgz | tar xz"));
        allows("LL803", &run("RUN dnf install -y findutils\nRUN find . -name x | xargs rm"));
        allows("LL803", &run("RUN dnf install -y $PACKAGES\nRUN unzip a.zip"));
        allows("LL803", &run("RUN dnf groupinstall -y 'Development Tools'\nRUN make"));
        allows("LL803", &run("RUN dnf install -y '@Development Tools'\nRUN make"));
        allows("LL803", &run("COPY --from=amazonlinux:2023 /usr/bin/tar /usr/bin/tar\nRUN tar xf a.tar"));
        allows("LL803", &run("COPY --from=busybox:1.36 /bin/ /usr/local/bin/\nRUN tar xf a.tar"));
        allows("LL803", &run("RUN dnf install -y busybox && ln -s /usr/sbin/busybox /usr/bin/unzip && unzip a.zip"));
        allows("LL803", "FROM public.ecr.aws/lambda/nodejs:22 AS a\nRUN dnf install -y tar\nFROM a\nRUN tar xf a.tar");
        allows("LL803", &run("COPY setup.sh /\nRUN ./setup.sh && unzip a.zip"));
        allows("LL803", &run("RUN dnf install -y git && git clone x && less x"));
        allows("LL803", &run("RUN dnf install -y gcc-c++ && make && gcc x.c"));
    }

    #[test]
    fn tools_of_languages() {
        let java = |text: &str| format!("FROM public.ecr.aws/lambda/java:21\n{text}\n");
        let python = |text: &str| format!("FROM public.ecr.aws/lambda/python:3.13\n{text}\n");
        catches_as(Warning, "LL803", &java("COPY . .\nRUN mvn -B package"));
        catches("LL803", &java("RUN gradle build"));
        catches("LL803", "FROM public.ecr.aws/lambda/provided:al2 AS b\nRUN go build -o main .\nFROM alpine");
        catches("LL803", &run("COPY . .\nRUN pnpm install --frozen-lockfile"));
        catches("LL803", &run("RUN npm ci && yarn build"));
        catches("LL803", &java("RUN [\"/bin/sh\", \"-ec\", \"mvn package\"]"));
        catches("LL803", &java("RUN bash -c 'cd /src && mvn package'"));
        catches("LL803", &python("RUN npm ci"));
        catches("LL803", &python("RUN poetry install"));
        catches("LL803", "ARG T\nFROM public.ecr.aws/lambda/python:$T\nRUN uv sync");
    }

    #[test]
    fn tools_of_languages_that_may_be_there() {
        let java = |text: &str| format!("FROM public.ecr.aws/lambda/java:21\n{text}\n");
        let python = |text: &str| format!("FROM public.ecr.aws/lambda/python:3.13\n{text}\n");
        let al2 = |text: &str| format!("FROM public.ecr.aws/lambda/provided:al2\n{text}\n");
        allows("LL803", &java("RUN ./mvnw package && ./gradlew build"));
        allows("LL803", &java("RUN dnf install -y maven && mvn package"));
        allows("LL803", &java("COPY --from=maven:3 /usr/share/maven /usr/share/maven\nRUN mvn package"));
        allows("LL803", &java("RUN command -v mvn && mvn package"));
        allows("LL803", &java("RUN bash -lc 'mvn package'"));
        allows("LL803", &java("RUN bash -c 'export PATH=/opt/maven/bin:$PATH && mvn package'"));
        allows("LL803", &java("RUN curl -fsSL https://example.com/setup.sh | bash && mvn package"));
        allows("LL803", &al2("RUN yum install -y golang && go build -o main ."));
        allows("LL803", &al2("RUN curl -sL https://go.dev/dl/go.tgz | tar xz -C /usr/local\nRUN go build"));
        allows("LL803", &al2("ENV PATH=/usr/local/go/bin:$PATH\nRUN go build"));
        allows("LL803", &al2("RUN export PATH=$PATH:/opt/x/bin && go build"));
        allows("LL803", &run("RUN npm ci && npx yarn build"));
        allows("LL803", &run("RUN npm install -g pnpm@9 && pnpm install"));
        allows("LL803", &run("RUN corepack enable && yarn install"));
        allows("LL803", &run("RUN npm ci && node build.js"));
        allows("LL803", &python("RUN pip install poetry==2.1 && poetry install"));
        allows("LL803", &python("COPY requirements.txt .\nRUN pip install -r requirements.txt && poetry install"));
        allows("LL803", &python("COPY --from=ghcr.io/astral-sh/uv:0.9 /uv /bin/uv\nRUN uv sync"));
        allows("LL803", &python("RUN --mount=from=ghcr.io/astral-sh/uv:0.9,source=/uv,target=/bin/uv uv sync"));
        allows(
            "LL803",
            &python("RUN curl -sL https://rpm.nodesource.com/setup_22.x | bash - && dnf install -y nodejs\nRUN npm ci"),
        );
        allows("LL803", &python("RUN dnf install -y $PACKAGES\nRUN npm ci"));
        allows("LL803", "FROM public.ecr.aws/lambda/python:3.13 AS b\nRUN pip install uv\nFROM b\nRUN uv sync");
        allows("LL803", "FROM public.ecr.aws/lambda/ruby:3.4\nRUN bundle install && gem install rake");
        allows("LL803", "FROM public.ecr.aws/sam/build-java21\nRUN mvn package");
        allows("LL803", "FROM python:3.13\nRUN poetry install");
    }

    #[test]
    fn programs_of_usr_sbin() {
        let al2 = |text: &str| format!("FROM public.ecr.aws/lambda/python:3.11\n{text}\n");
        catches_as(Warning, "LL803", &run("COPY lib /usr/local/lib\nRUN ldconfig /usr/local/lib"));
        catches("LL803", &run("RUN dnf install -y shadow-utils && useradd app"));
        catches("LL803", &al2("RUN yum install -y shadow-utils && groupadd app && useradd -g app app"));
        catches("LL803", &al2("RUN alternatives --install /usr/bin/python python /usr/bin/python3.8 1"));
        allows("LL803", &run("RUN /usr/sbin/ldconfig"));
        allows("LL803", &run("ENV PATH=$PATH:/usr/sbin\nRUN ldconfig"));
        allows("LL803", &run("RUN export PATH=$PATH:/sbin && ldconfig"));
        allows("LL803", &run("RUN PATH=$PATH:/sbin ldconfig"));
        allows("LL803", &run("RUN ln -s /usr/sbin/ldconfig /usr/bin/ldconfig && ldconfig"));
        allows("LL803", &run("RUN ldconfig || true"));
        allows("LL803", &run("SHELL [\"/bin/bash\", \"-lc\"]\nRUN ldconfig"));
        catches("LL803", &run("RUN [\"/bin/sh\", \"-ec\", \"ldconfig\"]"));
        catches("LL803", &run("RUN nice ldconfig"));
        allows("LL803", &run("RUN bash -lc 'ldconfig'"));
        allows("LL803", &run("RUN [\"/bin/bash\", \"-lc\", \"ldconfig\"]"));
        allows("LL803", &run("RUN dnf install -y sudo && sudo ldconfig"));
        allows("LL803", &run("ARG P\nENV PATH=$P\nRUN ldconfig"));
        allows("LL803", "FROM amazonlinux:2\nRUN ldconfig");
        allows("LL803", "FROM python:3.12-slim\nRUN ldconfig");
    }

    #[test]
    fn near_misses() {
        allows("LL803", &run("RUN command -v unzip || dnf install -y unzip"));
        allows("LL803", &run("RUN find . -name x || true"));
        allows("LL803", &run("RUN ./find x && /opt/tools/tar xf y"));
        allows("LL803", "FROM public.ecr.aws/lambda/python:3.11\nRUN find . -name x");
        allows("LL803", "FROM amazonlinux:2023\nRUN find . -name x");
        allows("LL803", "FROM python:3.13-slim-bookworm\nRUN find . -name x | xargs rm");
        allows("LL803", &run("RUN npm ci && npm install --save-exact find make"));
    }
}
