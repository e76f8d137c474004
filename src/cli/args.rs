//! The arguments, as `--help` shows them.

#[cfg(feature = "registry")]
use super::arg_types::duration;
use super::arg_types::{
    Color, Depth, FailOn, Handler, Level, ListFormat, Network, OnOff, Size, SizeFormat, TryFormat, When, arch, bytes,
    family, handler, preset, report, size_report, sized,
};
#[cfg(feature = "registry")]
use super::shard_args::{MergeArgs, PlanArgs, ScanLayersArgs, ShardArgs};
use super::{generate, other_names};
use crate::arch::Arch;
use crate::page::Family;
use crate::report::Format;
use crate::selection::Preset;
use clap::error::Error;
use clap::{ArgMatches, Args, FromArgMatches, Id, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Know, before you push, whether AWS Lambda will accept, start and run your container image.
#[derive(Parser)]
#[command(name = "lamblint", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
#[command(after_help = generate::after_help())]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: CheckArgs,
}

/// The same where a command stands first: the flags of the program itself, which are those of check, need no look.
#[derive(Parser)]
#[command(name = "lamblint", version, max_term_width = 100)]
struct Named {
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// Reads a command line: the command that it names, or else check.
    pub(super) fn read(words: &[OsString]) -> Result<Command, Error> {
        if words.get(1).and_then(|word| word.to_str()).is_some_and(Command::has_subcommand) {
            return Named::try_parse_from(words).map(|named| named.command).map_err(other_names::meant);
        }
        let cli = Self::try_parse_from(words).map_err(other_names::meant)?;
        Ok(cli.command.unwrap_or_else(|| Command::Check(Box::new(Deferred(cli.check)))))
    }
}

/// Arguments that are defined when their command is asked for. To define all of them would take longer than to check a
/// short Dockerfile.
pub(super) struct Deferred<T>(pub(super) T);

impl<T: Args> Args for Deferred<T> {
    fn group_id() -> Option<Id> {
        T::group_id()
    }

    fn augment_args(command: clap::Command) -> clap::Command {
        command.defer(T::augment_args)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command.defer(T::augment_args_for_update)
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check Dockerfiles, saved images, templates and folders (the default command).
    Check(Box<Deferred<CheckArgs>>),
    /// Write the findings of today to a file, so that --baseline reports only new ones.
    Baseline(Box<Deferred<BaselineArgs>>),
    /// Print the settings that apply to a path, and the file that each comes from.
    Config {
        /// A file or a folder.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// How to print them.
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
        /// Print a `.hadolint.yaml` as a `lamblint.toml` instead. [default: the nearest upward]
        #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = ".")]
        from_hadolint: Option<PathBuf>,
    },
    /// Print a rule's page, or find the rules that an error message is about.
    ///
    /// A page says why the rule matters, quotes the error that users see, and has bad and good examples.
    Explain {
        /// A code such as LL203, a rule's name, or any part of an error message; `-` reads one from standard input.
        #[arg(required = true, allow_hyphen_values = true)]
        what: Vec<String>,
    },
    /// Show what Lambda would start: program, arguments, folder, variables, architecture, and where each comes from.
    ///
    /// Of a Dockerfile, of an image, and of every function of a template.
    Launch(Box<Deferred<LaunchArgs>>),
    /// Show where an image's bytes are: layers, folders, files, and what is wasted.
    Size(Box<Deferred<SizeArgs>>),
    /// Serve an editor: the language server, over standard input and output.
    ///
    /// An editor starts it. docs/editors.md tells how, for each.
    Server {
        /// Accepted because clients give it: there is no other transport.
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Start a saved image as Lambda would, without Docker, and give it events (Linux only).
    ///
    /// It is unpacked into a temporary folder and started in a sandbox: read-only, as Lambda's user, with an empty /tmp, a
    /// small /dev, no network and the limits of the function. lamblint is its Runtime API. Code of the image runs: do not
    /// try images that you would not `docker run`.
    ///
    /// Exit code: 0 it answers, 1 it does not start or does not answer, 2 usage or an image that cannot be read, 3 it
    /// cannot be tried here.
    Try(Box<Deferred<TryArgs>>),
    /// Look after the folder of --cache.
    #[cfg(feature = "registry")]
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Make a plan for several workers: which images there are, each by its digest, and the different layers that they have.
    ///
    /// Manifests alone are read. An image that cannot be read is in the plan with the reason, and `lamblint merge` reports
    /// it; the exit code is 2 only if none can be read. docs/fleet.md tells how workers share a plan.
    #[cfg(feature = "registry")]
    Plan(Box<Deferred<PlanArgs>>),
    /// Scan a shard of the layers of a plan into the folder of --cache, without those that are there.
    ///
    /// Exit code: 0 all are there, 2 some could not be fetched or written. The same shard may be started again.
    #[cfg(feature = "registry")]
    ScanLayers(Box<Deferred<ScanLayersArgs>>),
    /// Merge what `lamblint check --plan` has written of all shards into the report of one run.
    ///
    /// The report and the exit code are those of `lamblint check` with the whole list. A shard that is missing, there twice,
    /// of another plan or checked with other options is an error.
    #[cfg(feature = "registry")]
    Merge(Box<Deferred<MergeArgs>>),
    /// List the rules, all or some.
    Rules {
        /// Only these: codes, beginnings such as LL2, or families.
        codes: Vec<String>,
        /// Only those of a family: lambda, hadolint or buildkit.
        #[arg(long, value_parser = family)]
        family: Option<Family>,
        /// Only those of a severity.
        #[arg(long, value_enum)]
        severity: Option<Level>,
        /// How to print them.
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
    /// Show facts that the rules use, such as the AWS runtimes and their dates.
    #[command(subcommand)]
    Facts(Facts),
    /// Print a completion script for a shell: source it, or put it where the shell looks.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the man page of the program or of one of its commands.
    Man {
        /// A command such as check.
        command: Option<String>,
    },
}

#[derive(Subcommand)]
pub(super) enum Facts {
    /// The AWS runtimes: their dates, and which are past.
    Runtimes {
        /// How to print them.
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
        /// The day to count from. [default: today, UTC]
        #[arg(long, value_name = "YYYY-MM-DD")]
        today: Option<jiff::civil::Date>,
    },
}

#[cfg(feature = "registry")]
#[derive(Subcommand)]
pub(super) enum CacheCommand {
    /// Remove the layers that no run has used for some time.
    Prune {
        /// How long: 30d, 12h, 45m.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        unused_for: std::time::Duration,
        /// The folder.
        #[arg(env = "LAMBLINT_CACHE", hide_env_values = true)]
        cache: PathBuf,
    },
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) subject: SubjectArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,

    /// Exit with 1 if there is a finding of this severity or worse. [default: warning]
    #[arg(help_heading = "Output", long, value_enum)]
    pub(super) fail_on: Option<FailOn>,

    /// Leave out the findings that are in this file; `lamblint baseline` writes it.
    #[arg(help_heading = "Files and configuration", long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Check only files that git says have changed since a revision, or that it does not track yet.
    #[arg(help_heading = "Files and configuration", long, value_name = "REV")]
    pub(super) changed_since: Option<String>,

    #[cfg(feature = "registry")]
    #[command(flatten)]
    pub(super) shards: ShardArgs,

    /// Apply safe fixes to the Dockerfiles.
    #[arg(help_heading = "Fixes", long)]
    pub(super) fix: bool,
    /// With --fix or --diff: also apply fixes that may change what a working image does.
    #[arg(help_heading = "Fixes", long)]
    pub(super) unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing.
    #[arg(help_heading = "Fixes", long)]
    pub(super) diff: bool,

    /// Print only the findings.
    #[arg(help_heading = "Output", long, short)]
    pub(super) quiet: bool,
    /// Also say what was skipped, and why, and how much memory images took.
    #[arg(help_heading = "Output", long, short)]
    pub(super) verbose: bool,
}

#[derive(Args)]
pub(super) struct BaselineArgs {
    #[command(flatten)]
    pub(super) subject: SubjectArgs,
    /// Where to write it; paths in it are from there. [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct LaunchArgs {
    /// Dockerfiles, templates, image archives, OCI layouts, folders, or references such as `host/orders:1.4` and
    /// docker:orders; `-` reads standard input. [default: .]
    pub(super) paths: Vec<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = ListFormat::Human)]
    pub(super) format: ListFormat,
    /// A template whose functions deploy what is shown, besides those that are found; may be given several times.
    #[arg(long, value_name = "FILE", conflicts_with = "no_template")]
    pub(super) template: Vec<PathBuf>,
    /// The function that deploys it, by its name in the template or on Lambda; may be given several times.
    #[arg(long, value_name = "NAME", conflicts_with = "no_template")]
    pub(super) function: Vec<String>,
    /// Do not search for templates.
    #[arg(long)]
    pub(super) no_template: bool,
    /// Show also the function's own files that are loaded with the handler of Python, Node or Ruby, the packages that they
    /// import, and own files of a saved image that nothing imports.
    #[arg(long)]
    pub(super) imports: bool,
    /// The architecture the function is declared with: `x86_64` or arm64.
    #[arg(long, value_parser = arch)]
    pub(super) arch: Option<Arch>,
    /// The stage to look at instead of the last, as for `docker build --target`.
    #[arg(long, value_name = "STAGE")]
    pub(super) target: Option<String>,
    /// A build argument, as for `docker build`: NAME=VALUE, or NAME to take it from the environment.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) build_arg: Vec<String>,
    /// The build context, as for `docker build`. [default: the Dockerfile's folder]
    #[arg(long, value_name = "DIR")]
    pub(super) context: Option<PathBuf>,
    /// The image to look at if an archive holds several, by name or tag.
    #[arg(long, value_name = "NAME")]
    pub(super) image: Option<String>,
    #[command(flatten)]
    pub(super) remote: RemoteArgs,
    /// A configuration file, `lamblint.toml` or `.hadolint.yaml`, instead of the nearest.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Do not read `lamblint.toml` and `.hadolint.yaml`.
    #[arg(long, conflicts_with = "config")]
    pub(super) no_config: bool,
    /// Also say what was skipped, and why.
    #[arg(long, short)]
    pub(super) verbose: bool,
}

#[derive(Args)]
pub(super) struct SizeArgs {
    /// Image archives, OCI layouts or references; `-` reads standard input.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = SizeFormat::Human)]
    pub(super) format: SizeFormat,
    /// Write one more report: FORMAT=FILE, for example markdown=size.md; may be given several times.
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = size_report)]
    pub(super) more: Vec<(SizeFormat, PathBuf)>,
    /// The image to look at if an archive holds several, by name or tag.
    #[arg(long, value_name = "NAME")]
    pub(super) image: Option<String>,
    /// An older image: show what the image has that it has not, by layer, folder and file, and what is to be downloaded.
    #[arg(long, value_name = "IMAGE")]
    pub(super) against: Option<PathBuf>,
    /// Exit with 1 if the unpacked size has grown by more: bytes, 50MB (decimal) or 50MiB (binary).
    #[arg(long, value_name = "SIZE", requires = "against", value_parser = sized)]
    pub(super) max_growth: Option<Size>,
    #[command(flatten)]
    pub(super) remote: RemoteArgs,
    /// Maximum number of folders, and of files, that are listed.
    #[arg(long, value_name = "NUMBER", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) top: u16,
}

#[derive(Args)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere nothing is started"))]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere nothing is started"))]
pub(super) struct TryArgs {
    /// An image archive or an OCI layout; `-` reads standard input.
    pub(super) path: PathBuf,
    /// The image to try if an archive holds several, by name or tag.
    #[arg(help_heading = "Image", long, value_name = "NAME")]
    pub(super) image: Option<String>,
    /// An event: a file, JSON, or `-` for standard input; may be given several times. [default: {}]
    #[arg(help_heading = "Events", long, value_name = "EVENT", allow_hyphen_values = true)]
    pub(super) event: Vec<String>,
    /// In place of CMD: the handler.
    #[arg(help_heading = "Function", long, value_name = "HANDLER", conflicts_with = "command")]
    pub(super) handler: Option<String>,
    /// In place of ENTRYPOINT: one word, several by several flags, or a JSON array.
    #[arg(help_heading = "Function", long, value_name = "WORD", allow_hyphen_values = true)]
    pub(super) entrypoint: Vec<String>,
    /// In place of CMD: one word, several by several flags, or a JSON array.
    #[arg(help_heading = "Function", long, value_name = "WORD", allow_hyphen_values = true)]
    pub(super) command: Vec<String>,
    /// In place of WORKDIR.
    #[arg(help_heading = "Function", long, value_name = "DIR")]
    pub(super) workdir: Option<String>,
    /// A variable of the function: NAME=VALUE, or NAME to take it from the environment; may be given several times.
    #[arg(help_heading = "Function", long, value_name = "NAME=VALUE")]
    pub(super) env: Vec<String>,
    /// A file of such lines.
    #[arg(help_heading = "Function", long, value_name = "FILE")]
    pub(super) env_file: Vec<PathBuf>,
    /// A template whose function brings overrides, variables, memory and time-out.
    #[arg(help_heading = "Function", long, value_name = "FILE")]
    pub(super) template: Option<PathBuf>,
    /// The function, by its name in the template or on Lambda.
    #[arg(help_heading = "Function", long, value_name = "NAME", requires = "template")]
    pub(super) function: Option<String>,
    /// Seconds for an event. [default: 3]
    #[arg(help_heading = "Limits", long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=900))]
    pub(super) timeout: Option<u64>,
    /// Seconds for the start. [default: 10]
    #[arg(help_heading = "Limits", long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=900))]
    pub(super) init_timeout: Option<u64>,
    /// Memory in MB. [default: 128]
    #[arg(help_heading = "Limits", long, value_name = "MB", value_parser = clap::value_parser!(u64).range(128..=10240))]
    pub(super) memory: Option<u64>,
    /// Size of /tmp in MB. [default: 512]
    #[arg(help_heading = "Limits", long, value_name = "MB", value_parser = clap::value_parser!(u64).range(512..=10240))]
    pub(super) tmp: Option<u64>,
    /// Whether extensions in /opt/extensions are started.
    #[arg(help_heading = "Sandbox", long, value_enum, default_value_t = OnOff::On)]
    pub(super) extensions: OnOff,
    /// The network: none, or that of this machine.
    #[arg(help_heading = "Sandbox", long, value_enum, default_value_t = Network::None)]
    pub(super) net: Network,
    /// Unpack into this empty folder, and keep it.
    #[arg(help_heading = "Sandbox", long, value_name = "DIR")]
    pub(super) keep: Option<PathBuf>,
    /// How to print what happened.
    #[arg(help_heading = "Output", long, value_enum, default_value_t = TryFormat::Human)]
    pub(super) format: TryFormat,
    /// KB of log that are kept of each stream.
    #[arg(help_heading = "Output", long, value_name = "KB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=65536))]
    pub(super) log_limit: u64,
    /// Exit with 1 if `lamblint check` has an error of its start, and it answers.
    #[arg(help_heading = "Output", long)]
    pub(super) strict: bool,
    /// Exit with 1 instead of 3 if it cannot be tried here.
    #[arg(help_heading = "Output", long)]
    pub(super) require: bool,
    /// A configuration file, `lamblint.toml` or `.hadolint.yaml`, instead of the nearest.
    #[arg(help_heading = "Image", long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Do not read `lamblint.toml` and `.hadolint.yaml`.
    #[arg(help_heading = "Image", long, conflicts_with = "config")]
    pub(super) no_config: bool,
}

// What to look at, and which rules. (clap would take a comment with three slashes for that of the command.)
#[derive(Args, Default)]
pub(super) struct SubjectArgs {
    /// Dockerfiles, templates, image archives, OCI layouts, folders, or references such as `host/orders:1.4` and
    /// docker:orders; `-` reads standard input. [default: .]
    pub(super) paths: Vec<PathBuf>,

    /// The architecture the function is declared with: `x86_64` or arm64.
    #[arg(help_heading = "Function", long, value_parser = arch)]
    pub(super) arch: Option<Arch>,
    /// The stage to check instead of the last, as for `docker build --target`.
    #[arg(help_heading = "Function", long, value_name = "STAGE")]
    pub(super) target: Option<String>,
    /// A build argument, as for `docker build`: NAME=VALUE, or NAME to take it from the environment.
    #[arg(help_heading = "Function", long, value_name = "NAME=VALUE")]
    pub(super) build_arg: Vec<String>,
    /// The build context, as for `docker build`. [default: the Dockerfile's folder]
    #[arg(help_heading = "Function", long, value_name = "DIR")]
    pub(super) context: Option<PathBuf>,
    /// A template whose functions deploy what is checked, besides those that are found; may be given several times.
    #[arg(help_heading = "Function", long, value_name = "FILE", conflicts_with = "no_template")]
    pub(super) template: Vec<PathBuf>,
    /// The function that deploys what is checked, by its name in the template or on Lambda; may be given several times.
    #[arg(help_heading = "Function", long, value_name = "NAME", conflicts_with = "no_template")]
    pub(super) function: Vec<String>,
    /// Do not search for templates.
    #[arg(help_heading = "Function", long)]
    pub(super) no_template: bool,
    /// Where the handler comes from: `in-template` or `in-cmd`.
    #[arg(help_heading = "Function", long, value_parser = handler, value_name = "WHERE")]
    pub(super) handler: Option<Handler>,
    /// The image to check if an archive holds several, by name or tag.
    #[arg(help_heading = "Image", long, value_name = "NAME")]
    pub(super) image: Option<String>,
    /// The Dockerfile that made the image: findings about a layer point at its instruction.
    #[arg(help_heading = "Image", long, value_name = "FILE")]
    pub(super) dockerfile: Option<PathBuf>,
    /// Warn above this unpacked size: bytes, 2GB (decimal) or 1.5GiB (binary).
    #[arg(help_heading = "Image", long, value_name = "SIZE", value_parser = bytes)]
    pub(super) max_size: Option<u64>,
    /// Check the images in this list too, a reference a line; `-` is standard input.
    #[arg(help_heading = "Image", long, value_name = "FILE")]
    pub(super) refs: Option<PathBuf>,
    /// Check the functions in this list too, a line of JSON each as `aws lambda get-function` prints it; `-` is standard
    /// input.
    #[arg(help_heading = "Image", long, value_name = "FILE")]
    pub(super) functions: Option<PathBuf>,
    /// Say which functions of the list run another image than the one that their tag leads to now.
    #[arg(help_heading = "Image", long, requires = "functions")]
    pub(super) moved_tags: bool,
    /// How much to read of an image: `config` answers within milliseconds what its manifest and config tell.
    #[arg(help_heading = "Image", long, value_enum, default_value_t = Depth::Layers)]
    pub(super) depth: Depth,
    /// Hash all layers; without this, only the headers of plain layers are read.
    #[arg(help_heading = "Image", long)]
    pub(super) verify: bool,
    #[command(flatten)]
    pub(super) remote: RemoteArgs,
    /// The day that lifecycle rules count from. [default: today, UTC]
    #[arg(help_heading = "Function", long, value_name = "YYYY-MM-DD")]
    pub(super) today: Option<jiff::civil::Date>,

    /// The rules to run unless --select names them: recommended, hadolint (its own defaults) or all.
    #[arg(help_heading = "Rules", long, value_parser = preset)]
    pub(super) preset: Option<Preset>,
    /// Run only these rules: codes, beginnings such as LL2, or families (lambda, hadolint, buildkit,
    /// shellcheck).
    #[arg(help_heading = "Rules", long, value_name = "CODE", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Do not run these rules.
    #[arg(help_heading = "Rules", long, value_name = "CODE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Make these rules errors.
    #[arg(help_heading = "Rules", long, value_name = "CODE", value_delimiter = ',')]
    pub(super) error: Vec<String>,
    /// Make these rules warnings.
    #[arg(help_heading = "Rules", long, value_name = "CODE", value_delimiter = ',')]
    pub(super) warning: Vec<String>,
    /// Make these rules infos.
    #[arg(help_heading = "Rules", long, value_name = "CODE", value_delimiter = ',')]
    pub(super) info: Vec<String>,

    /// Whether ShellCheck checks the scripts of RUN: if it is installed, always, or never. [default: auto]
    #[arg(
        help_heading = "Rules",
        long,
        value_enum,
        value_name = "WHEN",
        env = "LAMBLINT_SHELLCHECK",
        hide_env_values = true
    )]
    pub(super) shellcheck: Option<When>,
    /// Run the Lambda rules on every Dockerfile, even one in which nothing points to Lambda.
    #[arg(help_heading = "Function", long)]
    pub(super) lambda: bool,
    /// Do not check the files that match a pattern, as in a `.gitignore`; may be given several times.
    #[arg(help_heading = "Files and configuration", long, value_name = "PATTERN")]
    pub(super) exclude: Vec<String>,
    /// Leave out excluded files even if they are named, as pre-commit and editors do.
    #[arg(help_heading = "Files and configuration", long)]
    pub(super) force_exclude: bool,
    /// The path of the file that standard input holds, for its configuration and its name in reports.
    #[arg(help_heading = "Files and configuration", long, value_name = "PATH")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// A configuration file, `lamblint.toml` or `.hadolint.yaml`, instead of the nearest.
    #[arg(help_heading = "Files and configuration", long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Do not read `lamblint.toml` and `.hadolint.yaml`.
    #[arg(help_heading = "Files and configuration", long, conflicts_with = "config")]
    pub(super) no_config: bool,
}

// How to reach an image that is not in a file.
#[derive(Args, Clone, Default)]
pub(super) struct RemoteArgs {
    #[command(flatten)]
    pub(super) registry: RegistryArgs,
    /// Keep what was scanned of layers in this folder, and take it from there in later runs.
    #[arg(help_heading = "Image", long, value_name = "DIR", env = "LAMBLINT_CACHE", hide_env_values = true)]
    pub(super) cache: Option<PathBuf>,
    /// Take layers from the cache, and write none.
    #[arg(help_heading = "Image", long)]
    pub(super) cache_read_only: bool,
}

// How to reach a registry.
#[derive(Args, Clone, Default)]
pub(super) struct RegistryArgs {
    /// Ask this registry without TLS, as this machine's own is asked; may be given several times.
    #[arg(help_heading = "Image", long, value_name = "HOST")]
    pub(super) plain_http: Vec<String>,
    /// Trust the certificates in this file too, in PEM, for registries.
    #[arg(help_heading = "Image", long, value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
}

// How to say it.
#[derive(Args)]
pub(super) struct ReportArgs {
    /// How to print what was found.
    #[arg(help_heading = "Output", long, value_enum, default_value_t = Format::Human, hide_possible_values = false)]
    pub(super) format: Format,
    /// Print how many findings each rule has, instead of the findings.
    #[arg(help_heading = "Output", long)]
    pub(super) statistics: bool,
    /// Write that report to a file instead of standard output.
    #[arg(help_heading = "Output", long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Write one more report: FORMAT=FILE, for example sarif=lamblint.sarif; may be given several times.
    #[arg(help_heading = "Output", long = "report", value_name = "FORMAT=FILE", value_parser = report)]
    pub(super) more: Vec<(Format, PathBuf)>,
    /// Colours: by the terminal, always or never (`NO_COLOR` is honoured).
    #[arg(help_heading = "Output", long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
