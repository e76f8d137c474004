//! The arguments of what several workers share.

use super::arg_types::FailOn;
use super::args::{RegistryArgs, ReportArgs};
use clap::Args;
use std::path::PathBuf;

// A shard of a plan instead of paths.
#[derive(Args, Default)]
pub(super) struct ShardArgs {
    /// Check a shard of this plan, and write a document for `lamblint merge`.
    #[arg(help_heading = "Shards", long, value_name = "FILE", requires = "shard", conflicts_with_all = NOT_OF_A_SHARD)]
    pub(super) plan: Option<PathBuf>,
    /// Which shard of how many, counted from 0: 0/8, or auto for what the variables of the job say.
    #[arg(help_heading = "Shards", long, value_name = "I/N", requires = "plan", allow_hyphen_values = true)]
    pub(super) shard: Option<String>,
    /// Keep where each image's bytes are too, for `lamblint merge --format html`.
    #[arg(help_heading = "Shards", long, requires = "plan")]
    pub(super) weigh: bool,
}

/// What is said to `lamblint plan` or to `lamblint merge`, or is about files.
const NOT_OF_A_SHARD: &[&str] = &[
    "paths",
    "refs",
    "functions",
    "target",
    "build_arg",
    "context",
    "template",
    "function",
    "dockerfile",
    "stdin_filename",
    "moved_tags",
    "format",
    "statistics",
    "more",
    "fail_on",
    "baseline",
    "changed_since",
    "fix",
    "unsafe_fixes",
    "diff",
];

#[derive(Args)]
pub(super) struct PlanArgs {
    /// References such as `host/orders:1.4`.
    #[arg(value_name = "REF")]
    pub(super) references: Vec<String>,
    /// Plan the images in this list too, a reference a line; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(super) refs: Option<PathBuf>,
    /// Plan the functions in this list too, a line of JSON each as `aws lambda get-function` prints it; `-` is standard
    /// input. The plan then has their settings, and so the values of their variables.
    #[arg(long, value_name = "FILE")]
    pub(super) functions: Option<PathBuf>,
    /// Where to write it. [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The day that lifecycle rules count from, in all shards. [default: today, UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) today: Option<jiff::civil::Date>,
    /// Leave out the layers in this cache of what is to be downloaded.
    #[arg(long, value_name = "DIR", env = "LAMBLINT_CACHE", hide_env_values = true)]
    pub(super) cache: Option<PathBuf>,
    #[command(flatten)]
    pub(super) registry: RegistryArgs,
    /// Do not say what is to be downloaded.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Also say what was skipped, and why.
    #[arg(long, short)]
    pub(super) verbose: bool,
}

#[derive(Args)]
pub(super) struct ScanLayersArgs {
    /// The plan.
    #[arg(long, value_name = "FILE")]
    pub(super) plan: PathBuf,
    /// Which shard of how many, counted from 0: 0/8, or auto for what the variables of the job say.
    #[arg(long, value_name = "I/N", allow_hyphen_values = true)]
    pub(super) shard: String,
    /// The folder that layers are kept in, which all shards share.
    #[arg(long, value_name = "DIR", env = "LAMBLINT_CACHE", hide_env_values = true)]
    pub(super) cache: PathBuf,
    #[command(flatten)]
    pub(super) registry: RegistryArgs,
    /// Do not say what was done.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Args)]
pub(super) struct MergeArgs {
    /// The documents of all shards.
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    /// Exit with 1 if there is a finding of this severity or worse. [default: warning]
    #[arg(help_heading = "Output", long, value_enum)]
    pub(super) fail_on: Option<FailOn>,
    /// Leave out the findings that are in this file; `lamblint baseline` writes it.
    #[arg(help_heading = "Output", long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Also write SARIF to this folder in as many files as GitHub's limits want.
    #[arg(help_heading = "Output", long, value_name = "DIR")]
    pub(super) split_sarif: Option<PathBuf>,
    /// Print only the findings.
    #[arg(help_heading = "Output", long, short)]
    pub(super) quiet: bool,
    /// Also say what was skipped, and why.
    #[arg(help_heading = "Output", long, short)]
    pub(super) verbose: bool,
}
