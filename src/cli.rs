//! The command line: what to check, how to say it, and the exit code.

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use lamblint::check::{self, Arch, Checked, Options};
use lamblint::config::Config;
use lamblint::diagnostic::Severity;
use lamblint::discover::{self, Found};
use lamblint::image::{self, ReadOptions};
use lamblint::inventory::Inventory;
use lamblint::report::{self, Format, Style};
use lamblint::rules::Preset;
use lamblint::{explain, fix, rules, size, suggest};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Know, before you push, whether AWS Lambda will accept, start and run your container image.
#[derive(Parser)]
#[command(name = "lamblint", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 could not look at something.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: CheckArgs,
}

#[derive(Subcommand)]
enum Command {
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
enum ListFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
enum Color {
    Auto,
    Always,
    Never,
}

/// A size in bytes with a decimal or binary unit.
fn bytes(text: &str) -> Result<u64, String> {
    size::parse(text).ok_or_else(|| format!("`{text}` is no size; write bytes, 2GB (10^9) or 1.5GiB (2^30)"))
}

fn arch(text: &str) -> Result<Arch, String> {
    Arch::parse(text).ok_or_else(|| "Lambda has x86_64 (amd64) and arm64 (aarch64)".to_owned())
}

fn preset(text: &str) -> Result<Preset, String> {
    Preset::parse(text).ok_or_else(|| "there are recommended, hadolint and all".to_owned())
}

#[derive(Args)]
struct CheckArgs {
    /// Dockerfiles, image archives, OCI layouts or folders; `-` reads standard input. [default: .]
    paths: Vec<PathBuf>,

    /// How to print what was found.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write the report to a file in place of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Colours: by the terminal, always or never (`NO_COLOR` is honoured).
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,

    /// The architecture the function is declared with: `x86_64` or arm64.
    #[arg(long, value_parser = arch)]
    arch: Option<Arch>,
    /// The stage to check in place of the last, as for `docker build --target`.
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// A build argument, as for `docker build`: NAME=VALUE, or NAME to take it from the environment.
    #[arg(long, value_name = "NAME=VALUE")]
    build_arg: Vec<String>,
    /// The image to check where an archive holds several, by name or tag.
    #[arg(long, value_name = "NAME")]
    image: Option<String>,
    /// The Dockerfile that made the image: findings about a layer point at its instruction.
    #[arg(long, value_name = "FILE")]
    dockerfile: Option<PathBuf>,
    /// Your own bound on unpacked size: bytes, 2GB (decimal) or 1.5GiB (binary).
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    max_size: Option<u64>,
    /// Hash everything: plain layers too, of which otherwise only the headers are read.
    #[arg(long)]
    verify: bool,
    /// The day that lifecycle rules count from. [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<jiff::civil::Date>,

    /// What runs where nothing is selected: recommended, hadolint (its own defaults) or all.
    #[arg(long, value_parser = preset)]
    preset: Option<Preset>,
    /// Run only these rules: codes, beginnings such as LL2, or families (lambda, hadolint, buildkit).
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not run these rules.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Make these rules errors.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    error: Vec<String>,
    /// Make these rules warnings.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    warning: Vec<String>,
    /// Make these rules infos.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    info: Vec<String>,
    /// The mildest severity that makes the exit code 1. [default: warning]
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,

    /// Treat every Dockerfile as a Lambda function, even one in which nothing points to Lambda.
    #[arg(long)]
    lambda: bool,
    /// A configuration file in place of the nearest lamblint.toml.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read no lamblint.toml.
    #[arg(long, conflicts_with = "config")]
    no_config: bool,

    /// Mend what can be mended safely, in place.
    #[arg(long)]
    fix: bool,
    /// With --fix or --diff: mend also what may change what a working image does.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing.
    #[arg(long)]
    diff: bool,

    /// Print nothing but the findings.
    #[arg(long, short)]
    quiet: bool,
    /// Say also what was left out, and why.
    #[arg(long, short)]
    verbose: bool,
}

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe behind `--help` is nobody's error.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let done = match cli.command {
        None => check_all(&cli.check),
        Some(Command::Check(args)) => check_all(&args),
        Some(Command::Explain { code }) => explain_one(&code),
        Some(Command::Size { paths, format, image }) => sizes(&paths, format, image),
        Some(Command::Rules { format }) => {
            let text = match format {
                ListFormat::Human => explain::list(),
                ListFormat::Json => explain::json(),
            };
            print(&text).map(|()| 0)
        }
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            complain(&message);
            ExitCode::from(2)
        }
    }
}

fn print(text: &str) -> Result<(), String> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        // `lamblint … | head` has seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

fn complain(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "lamblint: {}", report::plain(message));
}

/// `lamblint size`: 0, or 2 where something could not be looked at.
fn sizes(paths: &[PathBuf], format: ListFormat, image: Option<String>) -> Result<u8, String> {
    let read = ReadOptions { image, verify: false };
    let (mut inventories, mut blind) = (Vec::new(), false);
    for path in paths {
        let images = if path == Path::new("-") {
            image::from_reader(std::io::stdin().lock(), &read)
        } else {
            image::open(path, &read)
        };
        match images {
            Ok(images) => inventories.extend(images.iter().map(Inventory::of)),
            Err(error) => {
                complain(&error.to_string());
                blind = true;
            }
        }
    }
    let text = match format {
        ListFormat::Human => inventories.iter().map(Inventory::human).collect::<Vec<_>>().join("\n"),
        ListFormat::Json => serde_json::to_string_pretty(&inventories).unwrap_or_default() + "\n",
    };
    print(&text).map(|()| if blind { 2 } else { 0 })
}

fn explain_one(code: &str) -> Result<u8, String> {
    let named = rules::RULES.iter().copied().find(|rule| rule.name() == code);
    match rules::find(code).or(named) {
        Some(rule) => print(&explain::page(rule)).map(|()| 0),
        None => Err(unknown_rule(code)),
    }
}

fn unknown_rule(code: &str) -> String {
    let known = rules::RULES.iter().flat_map(|rule| [rule.code(), rule.name()]);
    match suggest::nearest(code, known) {
        Some(near) => format!("there is no rule {code}; did you mean {near}?"),
        None => format!("there is no rule {code}; `lamblint rules` lists them"),
    }
}

/// Everything one run does; the exit code.
fn check_all(args: &CheckArgs) -> Result<u8, String> {
    let options = options(args)?;
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
    let mut checked: Vec<Checked> = Vec::new();
    let mut blind = false;
    for found in discover::all(paths) {
        let done = found.map_err(|error| error.to_string()).and_then(|found| one(args, &options, &found));
        match done {
            Ok(subjects) => checked.extend(subjects),
            Err(message) => {
                complain(&message);
                blind = true;
            }
        }
    }
    checked.sort_by(|a, b| (&a.path, &a.image).cmp(&(&b.path, &b.image)));
    let fails = checked.iter().any(|checked| checked.fails);
    if !args.diff {
        emit(args, &checked)?;
    }
    Ok(if blind { 2 } else { u8::from(fails) })
}

fn options(args: &CheckArgs) -> Result<Options, String> {
    let today = args.today.unwrap_or_else(|| jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date());
    let mut options = Options::new(today);
    for code in args.select.iter().chain(&args.ignore).chain(&args.error).chain(&args.warning).chain(&args.info) {
        if !rules::RULES.iter().any(|rule| rules::selects(code, rule.code())) {
            return Err(unknown_rule(code));
        }
    }
    options.arch = args.arch;
    options.target.clone_from(&args.target);
    options.max_size = args.max_size;
    options.preset = args.preset.unwrap_or_default();
    options.select.clone_from(&args.select);
    options.ignore.clone_from(&args.ignore);
    options.function = args.lambda.then_some(true);
    for (codes, severity) in
        [(&args.error, Severity::Error), (&args.warning, Severity::Warning), (&args.info, Severity::Info)]
    {
        options.severities.extend(codes.iter().map(|code| (code.clone(), severity)));
    }
    for pair in &args.build_arg {
        let value = match pair.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), value.to_owned())),
            None => std::env::var(pair).ok().map(|value| (pair.clone(), value)),
        };
        options.build_args.extend(value);
    }
    Ok(options)
}

/// The configuration that holds for a path, and the folder it lies in.
fn config(args: &CheckArgs, path: &Path) -> Result<Option<(Config, PathBuf)>, String> {
    let file = match &args.config {
        Some(file) => Some(file.clone()),
        None if args.no_config => None,
        None => Config::find(path),
    };
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let config = Config::read(&file, &text).map_err(|error| error.to_string())?;
    let folder = std::path::absolute(&file).ok().and_then(|file| file.parent().map(Path::to_path_buf));
    Ok(Some((config, folder.unwrap_or_default())))
}

fn one(args: &CheckArgs, options: &Options, found: &Found) -> Result<Vec<Checked>, String> {
    let mut options = options.clone();
    let mut fail_on = args.fail_on;
    if let Some((config, folder)) = config(args, found.path())? {
        let settings = config.settings_for(&folder, found.path());
        settings.apply(&mut options);
        options.bases.clone_from(&config.base_images);
        if let Some(size) = settings.max_size.as_deref().filter(|_| options.max_size.is_none()) {
            options.max_size = Some(bytes(size)?);
        }
        if fail_on.is_none() {
            fail_on = settings.fail_on.as_deref().and_then(|word| FailOn::from_str(word, true).ok());
        }
    }
    let made_by = match &args.dockerfile {
        Some(file) => {
            Some((file.display().to_string(), std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?))
        }
        None => None,
    };
    let made_by = made_by.as_ref().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let mut subjects = match found {
        Found::Dockerfile { path, bytes } => {
            options.dockerignore = dockerignore(path);
            vec![dockerfile(args, &options, path, bytes)?]
        }
        Found::Image { path } => {
            let read = ReadOptions { image: args.image.clone(), verify: args.verify };
            let images = image::open(path, &read).map_err(|error| error.to_string())?;
            let name = path.display().to_string();
            images.iter().map(|image| check::image_of(&name, image, made_by, &options)).collect()
        }
        Found::Stream { head, .. } => {
            let read = ReadOptions { image: args.image.clone(), verify: args.verify };
            let stream = std::io::Read::chain(head.as_slice(), std::io::stdin().lock());
            let images = image::from_reader(stream, &read).map_err(|error| format!("standard input: {error}"))?;
            images.iter().map(|image| check::image_of("-", image, made_by, &options)).collect()
        }
    };
    let least = match fail_on.unwrap_or(FailOn::Warning) {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::Never => None,
    };
    for subject in &mut subjects {
        subject.fails = least.is_some_and(|least| subject.diagnostics.iter().any(|d| d.severity >= least));
        if args.verbose || made_by.is_some() {
            subject.notes.iter().for_each(|note| complain(&format!("{}: {note}", subject.path)));
        }
    }
    Ok(subjects)
}

/// What the build leaves out of its context: `Dockerfile.dockerignore` beside the file, or else the `.dockerignore`
/// beside it, where the context nearly always begins.
fn dockerignore(path: &Path) -> Option<String> {
    let mut own = path.file_name()?.to_os_string();
    own.push(".dockerignore");
    let read = |name: &Path| std::fs::read_to_string(path.with_file_name(name)).ok();
    read(Path::new(&own)).or_else(|| read(Path::new(".dockerignore")))
}

fn dockerfile(args: &CheckArgs, options: &Options, path: &Path, bytes: &[u8]) -> Result<Checked, String> {
    let name = path.display().to_string();
    if !args.fix && !args.diff {
        let checked = check::dockerfile(&name, bytes, options);
        return match &checked.error {
            Some(error) => Err(format!("{name}: {error}")),
            None => Ok(checked),
        };
    }
    let fixed = fix::apply(&name, bytes, options, args.unsafe_fixes);
    if args.diff {
        print(&fix::diff(&name, bytes, &fixed.bytes))?;
    } else if !fixed.applied.is_empty() {
        if path == Path::new("-") {
            return Err("standard input cannot be fixed in place; --diff shows the changes".into());
        }
        std::fs::write(path, &fixed.bytes).map_err(|error| format!("{name}: {error}"))?;
        if !args.quiet {
            let plural = if fixed.applied.len() == 1 { "" } else { "es" };
            complain(&format!("{name}: {} fix{plural} applied", fixed.applied.len()));
        }
    }
    Ok(fixed.checked)
}

fn emit(args: &CheckArgs, checked: &[Checked]) -> Result<(), String> {
    let terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let color = match args.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let style =
        Style { color, links: terminal && color, unicode: terminal, width: columns.unwrap_or(100), quiet: args.quiet };
    let text = report::render(args.format, checked, &style);
    match &args.output {
        Some(file) => std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display())),
        None => print(&text),
    }
}

/// The whole command, for tests that look at its shape.
#[allow(dead_code, reason = "asked by the test below")]
fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_holds_together() {
        super::command().debug_assert();
    }
}
