//! What on a command line speaks to Lambda's Runtime API, and which argument is the handler.

use super::{Arg, Launch};
use crate::path::file_name;

/// A runtime interface client that a command line starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    /// The client's usual name.
    pub name: &'static str,
    /// The language it runs.
    pub language: &'static str,
    /// Whether it wants the handler as an argument.
    pub needs_handler: bool,
    /// The handler, where one follows.
    pub handler: Option<&'a Arg>,
}

/// Clients by what their programs, modules or classes are called.
const CLIENTS: &[(&str, &str, &str, bool)] = &[
    ("awslambdaric", "awslambdaric", "python", true),
    ("aws-lambda-ric", "aws-lambda-ric", "node", true),
    ("aws_lambda_ric", "aws_lambda_ric", "ruby", true),
    ("com.amazonaws.services.lambda.runtime.api.client.AWSLambda", "the Java runtime interface client", "java", true),
];

impl Launch<'_> {
    /// The client that ENTRYPOINT and CMD start in plain sight; one behind a script is not seen.
    pub fn client(&self) -> Option<Client<'_>> {
        let argv = self.argv()?;
        let (at, &(_, name, language, needs_handler)) = argv.iter().enumerate().find_map(|(at, arg)| {
            let client = CLIENTS.iter().find(|(word, ..)| names(&arg.text, word))?;
            Some((at, client))
        })?;
        // A shell text that starts a client keeps its handler to itself.
        let handler = argv.get(at + 1..)?.iter().copied().find(|arg| !arg.text.starts_with('-'));
        Some(Client { name, language, needs_handler, handler })
    }

    /// The client that the words of a shell script start as the last thing they name: nothing follows that could
    /// be the handler.
    pub fn client_without_handler(&self, words: &[&str]) -> Option<&'static str> {
        let (at, client) = words.iter().enumerate().find_map(|(at, word)| {
            let client = CLIENTS.iter().find(|(name, ..)| names(word, name))?;
            Some((at, client))
        })?;
        let follows = words.get(at + 1..).is_some_and(|rest| rest.iter().any(|word| !word.starts_with('-')));
        (client.3 && !follows).then_some(client.1)
    }
}

/// Whether an argument is a program, module or class of that name.
fn names(argument: &str, word: &str) -> bool {
    let package = argument.trim_end_matches("/index.mjs").trim_end_matches("/index.js").trim_end_matches("/bin");
    let last = file_name(package);
    last == word || last.split('@').next() == Some(word)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn clients_are_known_by_the_names_they_are_started_with() {
        assert!(names("awslambdaric", "awslambdaric"));
        assert!(names("node_modules/aws-lambda-ric/bin/index.mjs", "aws-lambda-ric"));
        assert!(names("node_modules/aws-lambda-ric/bin/index.js", "aws-lambda-ric"));
        assert!(names("aws-lambda-ric@3.3.0", "aws-lambda-ric"));
        assert!(!names("/opt/aws-lambda-ric.log", "aws-lambda-ric"));
    }
}
