//! `lamblint completions` and `lamblint man`: written from the arguments themselves.

use super::args::Cli;
use super::print;
use crate::suggest;
use clap::CommandFactory;

pub(super) fn completions(shell: clap_complete::Shell) -> Result<u8, String> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lamblint", &mut bytes);
    print(&String::from_utf8_lossy(&bytes)).map(|()| 0)
}

/// The man page of the program, or of one of its commands.
pub(super) fn man(name: Option<&str>) -> Result<u8, String> {
    let mut command = Cli::command();
    command.build();
    let (page, title) = match name {
        None => (command, "lamblint".to_owned()),
        Some(name) => {
            let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            let known = match suggest::nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.join(", ")),
            };
            let found = command.find_subcommand(name).ok_or_else(|| format!("there is no command {name}; {known}"))?;
            (found.clone(), format!("lamblint-{name}"))
        }
    };
    let mut bytes = Vec::new();
    clap_mangen::Man::new(page).title(title).render(&mut bytes).map_err(|error| error.to_string())?;
    print(&String::from_utf8_lossy(&bytes)).map(|()| 0)
}
