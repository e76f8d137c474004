//! What on a command line speaks to Lambda's Runtime API, and which argument is the handler.

use super::{Arg, Launch, Process, Setting};
use crate::facts::{self, StartedClient};
use crate::path::file_name;

/// A runtime interface client that a command line starts.
#[derive(Clone, Debug)]
pub struct Client<'a> {
    /// The client's usual name.
    pub name: &'static str,
    /// The language it runs.
    pub language: &'static str,
    /// Whether it needs the handler as an argument.
    pub needs_handler: bool,
    /// The handler, where one follows.
    pub handler: Option<&'a Arg>,
    /// Whether the handler is an argument of ENTRYPOINT or CMD itself, and not a word of a script.
    pub exact: bool,
}

impl Launch<'_> {
    /// The client that ENTRYPOINT and CMD start, through shells, wrappers and scripts whose text is known.
    pub fn client(&self) -> Option<Client<'_>> {
        // The processes after the one that names it have the same words, and nearer to what runs.
        self.all_processes().into_iter().rev().find_map(|process| self.client_of(process))
    }

    fn client_of<'l>(&self, process: &'l Process) -> Option<Client<'l>> {
        let (at, client) =
            process.argv.iter().enumerate().find_map(|(at, arg)| Some((at, started_client(&arg.text)?)))?;
        let rest = process.argv.get(at + 1..)?;
        let handler = rest.iter().find(|arg| !arg.text.starts_with('-'));
        let exact = handler.is_some_and(|handler| {
            let settings = [&self.entrypoint, &self.cmd].into_iter().filter_map(Setting::value);
            settings.flat_map(|argv| argv.args.iter().filter(|_| !argv.shell)).any(|arg| arg == handler)
        });
        let StartedClient { name, language, needs_handler, .. } = client;
        Some(Client { name, language, needs_handler: *needs_handler, handler, exact })
    }

    /// The client that a shell script of ENTRYPOINT starts without a handler after it.
    pub fn client_without_handler(&self) -> Option<&'static str> {
        let client = self.client()?;
        (client.needs_handler && client.handler.is_none()).then_some(client.name)
    }
}

/// The client whose program, module or class an argument names.
fn started_client(argument: &str) -> Option<&'static StartedClient> {
    let package = argument.trim_end_matches("/index.mjs").trim_end_matches("/index.js").trim_end_matches("/bin");
    let last = file_name(package);
    let name = last.split('@').next().unwrap_or(last);
    facts::started_client(last).or_else(|| facts::started_client(name))
}

#[cfg(test)]
mod tests {
    use super::started_client;

    #[test]
    fn clients_are_known_by_the_names_they_are_started_with() {
        let is = |argument: &str, name: &str| started_client(argument).is_some_and(|client| client.name == name);
        assert!(is("awslambdaric", "awslambdaric"));
        assert!(is("node_modules/aws-lambda-ric/bin/index.mjs", "aws-lambda-ric"));
        assert!(is("node_modules/aws-lambda-ric/bin/index.js", "aws-lambda-ric"));
        assert!(is("aws-lambda-ric@3.3.0", "aws-lambda-ric"));
        assert!(!is("/opt/aws-lambda-ric.log", "aws-lambda-ric"));
    }
}
