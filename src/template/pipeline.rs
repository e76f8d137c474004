//! Workflows, Makefiles and scripts that push the image of a function: GitHub's workflows, what other services run, and
//! files of commands.

use super::push::{Builder, Command, Index, Push, is_off, is_several, may_be_in_ecr};
use crate::diagnostic::{DocumentId, Location};
use crate::shell::{self, SimpleCommand};
use crate::source::Span;
use crate::yaml::{Kind, Node};
use std::borrow::Cow;

/// Maximum builds of a file that are looked at.
const MAX_PUSHES: usize = 64;
/// Maximum scripts of a file that are read.
const MAX_SCRIPTS: usize = 512;
/// Maximum commands of a file that may be builds.
const MAX_COMMANDS: usize = 256;
/// Maximum length of an expression of Make or of a workflow, in bytes.
const MAX_EXPRESSION: usize = 1024;
/// Maximum nesting of values that scripts are looked for in.
const MAX_DEPTH: usize = 16;

/// Keys of workflows that have commands.
const SCRIPT_KEYS: &[&str] =
    &["run", "script", "before_script", "after_script", "commands", "command", "cmds", "cmd", "bash", "inlineScript"];

/// What a file's words say of it before it is read.
pub(super) fn may_push(bytes: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    let builds = has("build-push-action") || has("docker") && has("build");
    let ecr = has("ecr") || has("ECR");
    let lambda = has("lambda") || has("Lambda") || has("LAMBDA");
    builds && (ecr || lambda)
}

/// One script of a file: its text, and where it stands.
struct Script<'a> {
    text: Cow<'a, str>,
    /// The bytes of the file that it stands in.
    span: Span,
    /// `true` if it stands there byte by byte.
    exact: bool,
}

/// A file that may push images, with what is said for all of it.
struct File<'a> {
    text: &'a str,
    doc: DocumentId,
    /// `true` if something in it switches attestations off for all builds.
    switched_off: bool,
    /// `true` if it runs on a machine of the service, whose Docker keeps its images as it always did.
    hosted: bool,
}

/// What is known of a file after its scripts were read.
#[derive(Default)]
struct Seen {
    pushes: Vec<Push>,
    /// Builds without a push of their own.
    builds: Vec<Push>,
    /// How many commands may be builds.
    looked: usize,
    /// `docker push`.
    pushed: bool,
    /// `aws lambda update-function-code --image-uri`.
    deployed: bool,
}

/// The pushes of a workflow in YAML.
pub(super) fn of_yaml(root: &Node, text: &str, doc: DocumentId) -> Vec<Push> {
    let file = File::new(text, doc, true);
    let mut seen = Seen::default();
    let mut nodes = Nodes::default();
    nodes.collect(root, 0);
    for step in nodes.steps {
        file.action(step, &mut seen);
    }
    for node in nodes.scripts.into_iter().take(MAX_SCRIPTS) {
        let Some(script) = node.text() else { continue };
        let script = Script { text: without_expressions(script), span: node.span, exact: false };
        file.script(&script, &mut seen);
    }
    file.finish(seen)
}

/// The pushes of a script.
pub(super) fn of_script(text: &str, doc: DocumentId) -> Vec<Push> {
    let file = File::new(text, doc, false);
    let mut seen = Seen::default();
    let script = Script { text: Cow::Borrowed(text), span: Span::new(0, text.len()), exact: true };
    file.script(&script, &mut seen);
    file.finish(seen)
}

/// The pushes of commands that stand at one place of a file, and whose image the same file deploys.
pub(super) fn of_command(script: &str, place: Location) -> Vec<Push> {
    let file = File::new(script, place.doc, false);
    let mut seen = Seen::default();
    file.script(&Script { text: Cow::Borrowed(script), span: Span::new(0, script.len()), exact: true }, &mut seen);
    seen.deployed = true;
    let at = |push: Push| {
        let index = match push.index {
            Index::Default => Index::Default,
            Index::Asked(_) => Index::Asked(place),
            Index::Platforms(_) => Index::Platforms(place),
        };
        Push { place, index, ..push }
    };
    file.finish(seen).into_iter().map(at).collect()
}

/// The pushes of a Makefile: each recipe is a script.
pub(super) fn of_makefile(text: &str, doc: DocumentId) -> Vec<Push> {
    let file = File::new(text, doc, false);
    let mut seen = Seen::default();
    let mut start = 0;
    let mut recipe: Option<(usize, String)> = None;
    let mut scripts = Vec::new();
    for line in text.split_inclusive('\n') {
        let continued = recipe.as_ref().is_some_and(|(_, text)| text.trim_end().ends_with('\\'));
        if line.starts_with('\t') || continued {
            let (_, script) = recipe.get_or_insert_with(|| (start, String::new()));
            script.push_str(&as_shell(line, continued));
        } else if let Some(done) = recipe.take() {
            scripts.push(done);
        }
        start += line.len();
    }
    scripts.extend(recipe);
    for (start, script) in scripts.into_iter().take(MAX_SCRIPTS) {
        let span = Span::new(start, start + script.len());
        file.script(&Script { text: Cow::Owned(script), span, exact: true }, &mut seen);
    }
    file.finish(seen)
}

/// A line of a recipe as the shell gets it, with as many bytes: what Make expands is unknown.
fn as_shell(line: &str, continued: bool) -> String {
    let mut shell = String::with_capacity(line.len());
    let mut rest = line;
    if !continued {
        let lead = line.len() - line.trim_start_matches(['\t', ' ', '@', '-', '+']).len();
        shell.push_str(&" ".repeat(lead));
        rest = &line[lead..];
    }
    while let Some(at) = rest.find('$') {
        let (before, behind) = rest.split_at(at);
        shell.push_str(before);
        let closing = match behind.as_bytes().get(1) {
            Some(b'$') => {
                shell.push_str(" $");
                rest = &behind[2..];
                continue;
            }
            Some(b'(') => find(behind, ")"),
            Some(b'{') => find(behind, "}"),
            _ => None,
        };
        let end = closing.map_or(1, |closing| closing + 1);
        shell.push('$');
        shell.push_str(&"_".repeat(end - 1));
        rest = &behind[end..];
    }
    shell.push_str(rest);
    shell
}

/// Where an expression ends, if it is no longer than such are.
fn find(expression: &str, end: &str) -> Option<usize> {
    memchr::memmem::find(expression.as_bytes().get(..MAX_EXPRESSION).unwrap_or(expression.as_bytes()), end.as_bytes())
}

/// A script with as many bytes, in which expressions of a workflow are variables.
fn without_expressions(script: &str) -> Cow<'_, str> {
    if !script.contains("${{") {
        return Cow::Borrowed(script);
    }
    let (mut plain, mut rest) = (String::with_capacity(script.len()), script);
    while let Some((before, behind)) = rest.split_once("${{") {
        plain.push_str(before);
        let length = find(behind, "}}").map_or(0, |end| end + 2);
        plain.push('$');
        plain.push_str(&"_".repeat(length + 2));
        rest = &behind[length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The steps and the scripts of a workflow.
#[derive(Default)]
struct Nodes<'a> {
    steps: Vec<&'a Node>,
    scripts: Vec<&'a Node>,
}

impl<'a> Nodes<'a> {
    fn collect(&mut self, node: &'a Node, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        match &node.kind {
            Kind::Map(entries) => {
                if node.get("uses").is_some() {
                    self.steps.push(node);
                }
                for (key, value) in entries {
                    if key.text().is_some_and(|key| SCRIPT_KEYS.contains(&key)) {
                        self.commands(value, depth);
                    }
                    self.collect(value, depth + 1);
                }
            }
            Kind::List(list) => list.iter().for_each(|node| self.collect(node, depth + 1)),
            Kind::Scalar { .. } => {}
        }
    }

    fn commands(&mut self, node: &'a Node, depth: usize) {
        match &node.kind {
            Kind::Scalar { .. } => self.scripts.push(node),
            Kind::List(list) if depth < MAX_DEPTH => list.iter().for_each(|node| self.commands(node, depth + 1)),
            Kind::List(_) | Kind::Map(_) => {}
        }
    }
}

impl<'a> File<'a> {
    fn new(text: &'a str, doc: DocumentId, hosted: bool) -> Self {
        let code = || text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let off = |line: &str| line.contains("BUILDX_NO_DEFAULT_ATTESTATIONS") || line.contains("DOCKER_BUILDKIT=0");
        Self { text, doc, switched_off: code().any(off), hosted }
    }

    /// What the commands of a script build, push and deploy.
    fn script(&self, script: &Script<'_>, seen: &mut Seen) {
        for simple in shell::commands(&script.text) {
            seen.deployed |= deploys(&simple, &script.text);
            seen.pushed |= is_push(&simple);
            let Some(command) = Command::of(&simple, &script.text) else { continue };
            seen.looked += 1;
            if seen.looked > MAX_COMMANDS {
                return;
            }
            let Some((index, bytes)) = command.index() else { continue };
            if self.is_silenced(index) || command.open_words().iter().any(|word| self.may_switch_off(word)) {
                continue;
            }
            let tags = command.tags();
            if !tags.is_empty() && !tags.iter().any(|tag| may_be_in_ecr(tag)) && command.pushes() {
                continue;
            }
            let first = simple.words.first().map_or((0, 0), |word| word.span);
            let place = |bytes| self.place(script, bytes);
            let index = match index {
                Index::Default => index,
                Index::Asked(_) => Index::Asked(place(bytes.unwrap_or(first))),
                Index::Platforms(_) => Index::Platforms(place(bytes.unwrap_or(first))),
            };
            let last = simple.words.last().map_or(first, |word| word.span);
            let whole = (first.0, last.1);
            let builder = if command.buildx || command.pushes() { Builder::Buildx } else { Builder::Docker };
            let deployed = tags.iter().any(|tag| names_lambda(tag));
            let push = Push { place: place(whole), index, builder, from: command.from(), deployed };
            if command.pushes() {
                seen.pushes.push(push);
            } else {
                seen.builds.push(Push { builder: Builder::Docker, ..push });
            }
        }
    }

    /// `true` if attestations are switched off, and nothing else makes an index.
    fn is_silenced(&self, index: Index) -> bool {
        index == Index::Default && self.switched_off
    }

    /// `true` if a word that a variable makes may hold a flag that switches attestations off.
    fn may_switch_off(&self, word: &str) -> bool {
        let name = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let set = |line: &str| {
            let words = line.trim_start().trim_start_matches("export ").trim_start_matches("local ");
            let rest = words.strip_prefix(name).map(|rest| rest.trim_start_matches([' ', ':', '?', '+']));
            rest.is_some_and(|rest| rest.starts_with('='))
        };
        self.text.contains("provenance")
            || self.text.contains("attest")
            || name.is_empty()
            || !self.text.lines().any(set)
    }

    /// Bytes of a script as bytes of the file: those of its line where it was folded or indented.
    fn place(&self, script: &Script<'_>, (start, end): (usize, usize)) -> Location {
        if script.exact {
            return Location::new(self.doc, Span::new(script.span.start + start, script.span.start + end));
        }
        let whole = Location::new(self.doc, script.span);
        let here = self.text.get(script.span.start..script.span.end).unwrap_or_default();
        // Expressions were taken out: the first word is enough to find the line, and lines before it tell which.
        let word = script.text.get(start..end).unwrap_or_default();
        let word = word.split(['$', '\n', '\\']).next().unwrap_or_default().trim_end();
        let before = script.text.get(..start).unwrap_or_default().matches(word).count();
        if word.is_empty() {
            return whole;
        }
        match here.match_indices(word).nth(before) {
            Some((at, _)) => {
                let start = script.span.start + at;
                Location::new(self.doc, Span::new(start, start + word.len()))
            }
            None => whole,
        }
    }

    /// A step that uses an action.
    fn action(&self, step: &Node, seen: &mut Seen) {
        let Some(uses) = step.get("uses").and_then(Node::text) else { return };
        let with = |key: &str| step.get("with").and_then(|with| with.get(key));
        if uses.contains("lambda") && ["image-uri", "image_uri", "imageUri"].iter().any(|key| with(key).is_some()) {
            seen.deployed = true;
        }
        let Some(version) = uses.strip_prefix("docker/build-push-action@") else { return };
        let text = |key: &str| with(key).and_then(Node::text).unwrap_or_default();
        let to_registry = |text: &str| text.contains("type=registry") || text.contains("push=true");
        let pushes = !["", "false"].contains(&text("push")) || to_registry(text("outputs"));
        let tags = text("tags");
        let elsewhere = !tags.is_empty() && !tags.split(['\n', ',']).any(|tag| may_be_in_ecr(tag.trim()));
        if !pushes || elsewhere || seen.pushes.len() >= MAX_PUSHES {
            return;
        }
        let place = |key: &str| with(key).map(|node| Location::new(self.doc, node.span));
        let is_expression = |key: &str| text(key).contains("${{");
        let asked = |key: &str| !text(key).is_empty() && !is_off(text(key)) && !is_expression(key);
        let index = if let (true, Some(place)) = (is_several(text("platforms")), place("platforms")) {
            Index::Platforms(place)
        } else if let Some(place) = ["sbom", "provenance", "attests"].into_iter().find(|key| asked(key)).and_then(place)
        {
            Index::Asked(place)
        } else {
            Index::Default
        };
        let off = is_off(text("provenance")) || is_expression("provenance") || text("attests").contains("provenance");
        let quiet = off || !has_attestations(version, self.line_of(step)) || self.has_classic_driver();
        if index == Index::Default && (quiet || self.switched_off) {
            return;
        }
        let context = match text("context") {
            "" => ".",
            context => context,
        };
        let file = match text("file") {
            "" => format!("{}/Dockerfile", context.trim_end_matches('/')),
            file => file.to_owned(),
        };
        let literal = !context.contains("${{") && !file.contains("${{");
        let from = literal.then(|| (context.to_owned(), file));
        let uses = step.get("uses").map_or(step.span, |node| node.span);
        seen.pushes.push(Push {
            place: Location::new(self.doc, uses),
            index,
            builder: Builder::Action,
            from,
            deployed: tags.split(['\n', ',']).any(names_lambda),
        });
    }

    /// The rest of the line after the name of an action, where a pinned one has its version as a comment.
    fn line_of(&self, step: &Node) -> &'a str {
        let end = step.get("uses").map_or(step.span.end, |node| node.span.end);
        self.text.get(end..).unwrap_or_default().lines().next().unwrap_or_default()
    }

    /// `true` if Docker's own driver builds, which makes no attestations.
    fn has_classic_driver(&self) -> bool {
        self.text.lines().any(|line| line.trim() == "driver: docker")
    }

    /// The pushes that go to Lambda, or may.
    fn finish(&self, seen: Seen) -> Vec<Push> {
        let later = if seen.pushed && !self.hosted { seen.builds } else { Vec::new() };
        let several = |push: &Push| matches!(push.index, Index::Platforms(_));
        let mut all = seen.pushes;
        all.extend(later.into_iter().filter(|push| !several(push)));
        all.truncate(MAX_PUSHES);
        let ecr = self.text.contains(".dkr.ecr") || self.text.contains("ecr-login") || self.text.contains("aws ecr ");
        all.iter_mut().for_each(|push| push.deployed = seen.deployed || push.deployed && ecr);
        // Whether it is built from a function's Dockerfile is looked up on the disk.
        all.retain(|push| push.deployed || ecr && push.from.is_some());
        all
    }
}

/// `true` if an image is called after Lambda: `$ECR/orders-lambda:1`.
fn names_lambda(tag: &str) -> bool {
    let path = tag.rsplit_once('/').map_or("", |(_, last)| last).split(':').next().unwrap_or_default();
    let mut words = path.split(|c: char| !c.is_ascii_alphanumeric());
    may_be_in_ecr(tag) && words.any(|word| word.eq_ignore_ascii_case("lambda"))
}

/// Whether a version of `docker/build-push-action` adds attestations: 4 and later, as far as it is named, and 3.3.0.
fn has_attestations(version: &str, comment: &str) -> bool {
    let major = |text: &str| {
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        digits.split(|c: char| !c.is_ascii_digit()).next().and_then(|major| major.parse::<u32>().ok())
    };
    let pinned = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let named = if pinned { major(comment) } else { major(version) };
    named.map_or(!pinned, |major| major >= 4) || [version, comment].iter().any(|text| text.ends_with("v3.3.0"))
}

/// `aws lambda update-function-code` or `create-function` with an image.
fn deploys(simple: &SimpleCommand, script: &str) -> bool {
    let raw: Vec<&str> = simple.words.iter().filter_map(|word| script.get(word.span.0..word.span.1)).collect();
    let aws = simple.program().is_some_and(|(program, _)| program == "aws" || program == "awslocal");
    let verb = raw.iter().any(|word| ["update-function-code", "create-function"].contains(word));
    let image = raw.iter().any(|word| word.starts_with("--image-uri") || word.contains("ImageUri"));
    aws && raw.contains(&"lambda") && verb && image
}

fn is_push(simple: &SimpleCommand) -> bool {
    let docker = simple.program().is_some_and(|(program, _)| program == "docker");
    let mut verbs =
        simple.texts().skip_while(|text| !text.ends_with("docker")).skip(1).filter(|text| !text.starts_with('-'));
    docker && verbs.by_ref().take(2).any(|verb| verb == "push")
}
