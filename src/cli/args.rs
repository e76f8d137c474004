//! The arguments, as `--help` shows them.

use clap::{Args, Parser, Subcommand, ValueEnum};
use lamblint::check::Arch;
use lamblint::diagnostic::Severity;
use lamblint::report::Format;
use lamblint::rules::Preset;
use lamblint::{size, suggest};
use std::path::PathBuf;

/// Know, before you push, whether AWS Lambda will accept, start and run your container image.
#[derive(Parser)]
#[command(name = "lamblint", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 could not look at something.")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: CheckArgs,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check Dockerfiles, saved images and folders (the default command).
    Check(Box<CheckArgs>),
    /// Print a rule's page: why it matters, the error users see, bad and good examples.
    Explain {
        /// A code such as LL203, or a rule's name.
        code: String,
    },
    /// Show where an image's bytes are: layers, folders, files, and what is there in vain.
    Size {
        /// Image archives or OCI layouts; `-` reads standard input.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
        /// The image to look at where an archive holds several, by name or tag.
        #[arg(long, value_name = "NAME")]
        image: Option<String>,
    },
    /// List the rules.
    Rules {
        /// How to print them.
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ListFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    /// The mildest severity that fails.
    pub(super) fn least(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
pub(super) enum Handler {
    InTemplate,
    InCmd,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// A size in bytes with a decimal or binary unit.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    size::parse(text).ok_or_else(|| format!("`{text}` is no size; write bytes, 2GB (10^9) or 1.5GiB (2^30)"))
}

fn arch(text: &str) -> Result<Arch, String> {
    Arch::parse(text).ok_or_else(|| "Lambda has x86_64 (amd64) and arm64 (aarch64)".to_owned())
}

fn preset(text: &str) -> Result<Preset, String> {
    Preset::parse(text).ok_or_else(|| "there are recommended, hadolint and all".to_owned())
}

/// `sarif=out.sarif`.
fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let names = || Format::value_variants().iter().filter_map(Format::to_possible_value);
    let names: Vec<String> = names().map(|value| value.get_name().to_owned()).collect();
    let (name, file) = text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or("write FORMAT=FILE")?;
    let format =
        Format::from_str(name, true).map_err(|_| match suggest::nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("there is no format {name}; did you mean {near}?"),
            None => format!("there is no format {name}; there are {}", names.join(", ")),
        })?;
    Ok((format, PathBuf::from(file)))
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) subject: SubjectArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,

    /// The mildest severity that makes the exit code 1. [default: warning]
    #[arg(long, value_enum)]
    pub(super) fail_on: Option<FailOn>,

    /// Mend what can be mended safely, in place.
    #[arg(long)]
    pub(super) fix: bool,
    /// With --fix or --diff: mend also what may change what a working image does.
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing.
    #[arg(long)]
    pub(super) diff: bool,

    /// Print nothing but the findings.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Say also what was left out, and why.
    #[arg(long, short)]
    pub(super) verbose: bool,
}

/// What to look at, and which rules.
#[derive(Args)]
pub(super) struct SubjectArgs {
    /// Dockerfiles, image archives, OCI layouts or folders; `-` reads standard input. [default: .]
    pub(super) paths: Vec<PathBuf>,

    /// The architecture the function is declared with: `x86_64` or arm64.
    #[arg(long, value_parser = arch)]
    pub(super) arch: Option<Arch>,
    /// The stage to check in place of the last, as for `docker build --target`.
    #[arg(long, value_name = "STAGE")]
    pub(super) target: Option<String>,
    /// A build argument, as for `docker build`: NAME=VALUE, or NAME to take it from the environment.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) build_arg: Vec<String>,
    /// The build context, as for `docker build`. [default: the Dockerfile's folder]
    #[arg(long, value_name = "DIR")]
    pub(super) context: Option<PathBuf>,
    /// Where the handler comes from: from the function's template, or from CMD.
    #[arg(long, value_enum)]
    pub(super) handler: Option<Handler>,
    /// The image to check where an archive holds several, by name or tag.
    #[arg(long, value_name = "NAME")]
    pub(super) image: Option<String>,
    /// The Dockerfile that made the image: findings about a layer point at its instruction.
    #[arg(long, value_name = "FILE")]
    pub(super) dockerfile: Option<PathBuf>,
    /// Your own bound on unpacked size: bytes, 2GB (decimal) or 1.5GiB (binary).
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(super) max_size: Option<u64>,
    /// Hash everything: plain layers too, of which otherwise only the headers are read.
    #[arg(long)]
    pub(super) verify: bool,
    /// The day that lifecycle rules count from. [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) today: Option<jiff::civil::Date>,

    /// What runs where nothing is selected: recommended, hadolint (its own defaults) or all.
    #[arg(long, value_parser = preset)]
    pub(super) preset: Option<Preset>,
    /// Run only these rules: codes, beginnings such as LL2, or families (lambda, hadolint, buildkit).
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Do not run these rules.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Make these rules errors.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) error: Vec<String>,
    /// Make these rules warnings.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) warning: Vec<String>,
    /// Make these rules infos.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) info: Vec<String>,

    /// Treat every Dockerfile as a Lambda function, even one in which nothing points to Lambda.
    #[arg(long)]
    pub(super) lambda: bool,
    /// A configuration file in place of the nearest lamblint.toml.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Read no lamblint.toml.
    #[arg(long, conflicts_with = "config")]
    pub(super) no_config: bool,
}

/// How to say it.
#[derive(Args)]
pub(super) struct ReportArgs {
    /// How to print what was found.
    #[arg(long, value_enum, default_value_t = Format::Human, hide_possible_values = false)]
    pub(super) format: Format,
    /// Write that report to a file in place of standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Write one more report: FORMAT=FILE, for example sarif=lamblint.sarif; may be given several times.
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub(super) more: Vec<(Format, PathBuf)>,
    /// Colours: by the terminal, always or never (`NO_COLOR` is honoured).
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_report_is_a_format_and_a_file() {
        assert_eq!(report("sarif=a=b.sarif"), Ok((Format::Sarif, PathBuf::from("a=b.sarif"))));
        assert_eq!(report("serif=x"), Err("there is no format serif; did you mean sarif?".into()));
        assert!(report("sarif").is_err() && report("sarif=").is_err());
    }
}
