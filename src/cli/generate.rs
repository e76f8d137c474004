//! `lamblint completions` and `lamblint man`, written from the arguments themselves, and the lines below `--help`.

use super::args::Cli;
use super::print;
use crate::rules::RULES;
use crate::suggest;
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory};
use clap_mangen::Man;
use std::fmt::Write;

const EXAMPLES: &[(&str, &str)] = &[
    ("lamblint", "check all Dockerfiles and templates below this folder"),
    ("lamblint app/Dockerfile", "check one Dockerfile"),
    ("lamblint --fix", "apply safe fixes"),
    ("lamblint image.tar", "check an image that `docker save` has written"),
    ("docker save app:1 | lamblint -", "the same, without a file"),
    ("lamblint explain LL203", "print a rule's page"),
    ("lamblint explain 'exec format error'", "find the rule behind a message"),
];

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "no finding of the severity of --fail-on (warning) or worse"),
    ("1", "there is such a finding"),
    ("2", "something could not be checked, or nothing was found to check"),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("LAMBLINT_SHELLCHECK", "auto, on or off, as --shellcheck"),
    ("LAMBLINT_CACHE", "the folder of --cache"),
    ("LAMBLINT_SHARD", "which shard --shard auto is, as I/N"),
    ("LAMBLINT_SHARDS", "how many there are, for AWS_BATCH_JOB_ARRAY_INDEX and JOB_COMPLETION_INDEX"),
    ("NO_COLOR", "no colours"),
    ("FORCE_COLOR, CLICOLOR_FORCE", "colours, even without a terminal"),
    ("COLUMNS", "the width of the report, instead of the terminal's"),
    ("GITHUB_STEP_SUMMARY", "where --format github adds its table"),
];

const FILES: &[(&str, &str)] = &[
    ("lamblint.toml", "settings; those in folders above a file apply, the nearest wins, key by key"),
    (".hadolint.yaml", "hadolint's settings, if there is no lamblint.toml"),
    (".gitignore, .ignore", "files that a search of a folder leaves out"),
    (".dockerignore", "files that are not in the build context"),
];

const DOCUMENTATION: &str = "https://github.com/lamblint/lamblint";

/// Examples, exit status and where to read more.
pub(super) fn after_help() -> String {
    let mut text = String::new();
    for (title, rows, width) in [("Examples", EXAMPLES, 38), ("Exit status", EXIT_STATUS, 3)] {
        let _ = writeln!(text, "{title}:");
        for (term, what) in rows {
            let _ = writeln!(text, "  {term:width$}{what}");
        }
        text.push('\n');
    }
    text + "Documentation: " + DOCUMENTATION
}

pub(super) fn completions(shell: clap_complete::Shell) -> Result<u8, String> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut with_values(Cli::command()), "lamblint", &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    match shell {
        clap_complete::Shell::Fish => print(&for_fish(&text)).map(|()| 0),
        clap_complete::Shell::Zsh => print(&for_zsh(&text)).map(|()| 0),
        _ => print(&text).map(|()| 0),
    }
}

/// A script for zsh in which the first word may be a command or a path. clap's takes it for a path if the program has
/// paths of its own, and then offers nothing after a command.
fn for_zsh(script: &str) -> String {
    let cli = Cli::command();
    let names: Vec<&str> = cli.get_subcommands().map(Command::get_name).chain(["help"]).collect();
    let own_paths = |line: &&str| line.starts_with("'::paths -- ");
    let Some(paths) = script.lines().find(own_paths) else { return script.to_owned() };
    let either = "_lamblint_first() {\n    _lamblint_commands\n    _files\n}\n\n";
    let others = format!(
        "        [[ \" {} \" == *\" $line[1] \"* ]] || {{ _files; return }}\n        case $line[1] in",
        names.join(" ")
    );
    let text = script.replacen(&format!("{paths}\n"), "", 1).replacen("$line[2]", "$line[1]", 2);
    let text = text.replacen("        case $line[2] in", &others, 1);
    let text = text.replacen("\":: :_lamblint_commands\"", "\":: :_lamblint_first\"", 1);
    text.replacen(
        "(( $+functions[_lamblint_commands] ))",
        &(either.to_owned() + "(( $+functions[_lamblint_commands] ))"),
        1,
    )
}

/// A script for fish that offers what clap's leaves out: the values of flags before a command, at which argparse refuses
/// the line that is not complete yet, and the codes that two commands take.
fn for_fish(script: &str) -> String {
    let mut text = script.replacen("2>/dev/null\n    or return\n", "2>/dev/null\n    or return 0\n", 1);
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code()).collect();
    for command in ["explain", "rules"] {
        let condition = format!("__fish_lamblint_using_subcommand {command}");
        let _ = writeln!(text, "complete -c lamblint -n \"{condition}\" -f -a \"{}\"", codes.join(" "));
    }
    text
}

/// The command with the values that a shell may offer: codes of rules, architectures, presets. Parsing takes more, such
/// as the beginnings of codes.
fn with_values(mut command: Command) -> Command {
    const CODES: &[&str] = &["select", "ignore", "error", "warning", "info", "codes", "what"];
    command.build();
    let codes = || RULES.iter().map(|rule| rule.code());
    let offer = |arg: Arg| match arg.get_id().as_str() {
        id if CODES.contains(&id) => arg.value_parser(PossibleValuesParser::new(codes())),
        "arch" => arg.value_parser(["x86_64", "arm64"]),
        "preset" => arg.value_parser(["recommended", "hadolint", "all"]),
        "family" => arg.value_parser(["lambda", "hadolint", "buildkit"]),
        _ => arg,
    };
    command.mut_args(offer).mut_subcommands(|command| command.mut_args(offer))
}

/// The man page of the program, or of one of its commands.
pub(super) fn man(name: Option<&str>) -> Result<u8, String> {
    let mut command = Cli::command().after_help("");
    command.build();
    let (page, title) = match name {
        None => (command, "lamblint".to_owned()),
        Some(name) => {
            let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let known = match suggest::nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            let found = command.find_subcommand(name).ok_or_else(|| format!("there is no command {name}; {known}"))?;
            (found.clone(), format!("lamblint-{name}"))
        }
    };
    let text = page_of(page, &title, name.is_none()).map_err(|error| error.to_string())?;
    print(&text).map(|()| 0)
}

fn page_of(mut command: Command, title: &str, whole: bool) -> std::io::Result<String> {
    let usage = command.render_usage().to_string();
    let commands = command.has_subcommands();
    let man = Man::new(command).title(title);
    let mut bytes = Vec::new();
    man.render_title(&mut bytes)?;
    man.render_name_section(&mut bytes)?;
    let usage = usage.trim_start_matches("Usage:").lines().map(|line| format!("{}\n.br\n", roff(line.trim())));
    bytes.extend(format!(".SH SYNOPSIS\n{}", usage.collect::<String>()).bytes());
    man.render_description_section(&mut bytes)?;
    man.render_options_section(&mut bytes)?;
    if commands {
        man.render_subcommands_section(&mut bytes)?;
    }
    if whole {
        for (title, rows) in
            [("EXAMPLES", EXAMPLES), ("EXIT STATUS", EXIT_STATUS), ("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)]
        {
            let rows = rows.iter().map(|(term, what)| format!(".TP\n\\fB{}\\fR\n{}\n", roff(term), roff(what)));
            bytes.extend(format!(".SH \"{title}\"\n{}", rows.collect::<String>()).bytes());
        }
        bytes.extend(format!(".SH \"SEE ALSO\"\n{}\n", roff(DOCUMENTATION)).bytes());
        man.render_version_section(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text in which nothing is a command of roff's.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{for_fish, for_zsh, with_values};
    use crate::cli::args::Cli;
    use clap::CommandFactory;
    use clap_complete::Shell;

    fn script(shell: Shell) -> String {
        let mut bytes = Vec::new();
        clap_complete::generate(shell, &mut with_values(Cli::command()), "lamblint", &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn commands_and_paths_are_offered_in_zsh() {
        let text = for_zsh(&script(Shell::Zsh));
        assert!(!text.contains("$line[2]") && text.contains("_lamblint_first() {"));
        assert!(text.contains("\":: :_lamblint_first\"") && text.contains("baseline"));
    }

    #[test]
    fn values_and_codes_are_offered_in_fish() {
        let text = for_fish(&script(Shell::Fish));
        assert!(text.contains("or return 0") && text.contains("using_subcommand explain\" -f -a \"LL001"));
    }
}
