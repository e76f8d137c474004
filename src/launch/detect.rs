//! Whether a Dockerfile is for Lambda at all: most Dockerfiles in the world are not, and get no Lambda rule.

use super::{Build, Launch, Parent};
use crate::dockerfile::{Instruction, Kind};
use crate::facts::BaseKind;
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// Where extensions lie.
const EXTENSIONS: &str = "/opt/extensions";

/// Words that are only written into images for Lambda.
const WORDS: &[&str] = &[
    "awslambdaric",
    "aws-lambda-ric",
    "aws_lambda_ric",
    "aws-lambda-rie",
    "aws-lambda-adapter",
    "lambda-adapter",
    "aws-lambda-java",
    "Amazon.Lambda.",
    "lambda.runtime.api.client",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "AWS_LAMBDA_",
    "AWS_LWA_",
    EXTENSIONS,
    "/var/runtime",
    "/var/task",
    "/lambda-entrypoint.sh",
    "public.ecr.aws/lambda/",
    "amazon/aws-lambda-",
    "cargo lambda",
    "cargo-lambda",
    "lambda_handler",
    "com.amazonaws.lambda",
    "com.amazonaws.services.lambda",
    "com.amazonaws.lambda.feature",
];

/// The words, each with what finds it: every text of every Dockerfile is searched for all of them.
static FINDERS: LazyLock<Vec<(&'static str, Finder<'static>)>> =
    LazyLock::new(|| WORDS.iter().map(|word| (*word, Finder::new(*word))).collect());

impl Build<'_> {
    /// Whether anything in the file points to Lambda: an AWS base, a client, the adapter, Lambda's own
    /// variables and folders, or a handler for CMD.
    pub fn points_to_lambda(&self) -> bool {
        let based = |parent: &Parent| match parent {
            Parent::Image(base) => {
                matches!(base.kind, BaseKind::Lambda | BaseKind::Client | BaseKind::NotAFunction)
                    || base.retired.is_some()
            }
            Parent::Stage(_) => false,
        };
        self.stages.iter().any(|stage| based(&stage.parent)) || self.dockerfile.instructions.iter().any(points)
    }
}

/// Whether a path ends where the word does: `/var/taskd` is another one.
fn whole(text: &str, at: usize, word: &str) -> bool {
    let next = text.get(at + word.len()..).and_then(|rest| rest.chars().next());
    !(word.starts_with('/') && next.is_some_and(|next| next.is_ascii_alphanumeric()))
}

impl Launch<'_> {
    /// Whether an instruction of the final image itself points to Lambda, and not only one of a build stage: what
    /// ends in `FROM scratch` and COPY may be made to be taken out again (`docker build -o`). Extensions do not count:
    /// images that lend them have nothing else.
    pub fn final_stage_points_to_lambda(&self) -> bool {
        self.options.function == Some(true)
            || self.build.is_none_or(|build| {
                build.final_steps().iter().any(|step| points_by(step.instruction, |word| word != EXTENSIONS))
            })
    }

    /// Whether the final image itself is a function's: advice is for those alone, and not for an image that
    /// builds functions, or one that a Dockerfile for something else names Lambda in.
    pub fn is_function(&self) -> bool {
        const CLIENTS: &[&str] = &["awslambdaric", "aws-lambda-ric", "aws_lambda_ric", "lambda-adapter"];
        let named = || self.build.is_some_and(|build| CLIENTS.iter().any(|client| build.runs_mention(client)));
        let based = matches!(self.base.kind, BaseKind::Lambda | BaseKind::Client);
        let other = self.base.kind == BaseKind::NotAFunction || self.base.retired.is_some();
        let said = self.options.function == Some(true) || self.image.is_some();
        !other
            && !self.function().is_no()
            && (said || based || self.client().is_some() || self.adapter().is_some() || named())
    }
}

fn points(instruction: &Instruction) -> bool {
    points_by(instruction, |_| true)
}

fn points_by(instruction: &Instruction, counts: impl Fn(&str) -> bool) -> bool {
    let stands =
        |text: &str, word: &str, finder: &Finder<'_>| finder.find_iter(text.as_bytes()).any(|at| whole(text, at, word));
    let speaks = |text: &str| FINDERS.iter().any(|(word, finder)| counts(word) && stands(text, word, finder));
    if speaks(&instruction.rest.text) || instruction.heredocs.iter().any(|heredoc| speaks(&heredoc.body.text)) {
        return true;
    }
    if instruction.flags.iter().filter_map(|flag| flag.value.as_ref()).any(|value| speaks(&value.text)) {
        return true;
    }
    // `CMD ["app.handler"]`: nothing but a function has a handler.
    matches!(instruction.kind, Kind::Cmd(_)) && {
        let text = instruction.rest.text.trim_matches(|c: char| "[]\"' ".contains(c));
        text.ends_with(".handler") && !text.contains(char::is_whitespace)
    }
}
