//! Gems that the build installs where the Ruby of an AWS base does not look.

use super::misplaced_packages::MisplacedPackages;
use super::{Build, Launch, RunCommand, Step};
use crate::diagnostic::Location;

/// Gems that are not found.
#[derive(Clone, Debug)]
pub enum UnfoundGems {
    /// A command installs them, and no variable says where to.
    Installed { place: Location },
    /// They lie in a folder that no variable names.
    Files { stray: MisplacedPackages, place: Location },
}

/// Variables that say where gems go, or where bundler's settings are.
const PLACES: &[&str] = &["GEM_HOME", "GEM_PATH", "BUNDLE_PATH", "BUNDLE_DEPLOYMENT", "BUNDLE_APP_CONFIG"];

impl Launch<'_> {
    /// Gems where the base's Ruby does not look for them.
    pub fn unfound_gems(&self) -> Option<UnfoundGems> {
        let Some(build) = self.build else {
            let stray = self.stray_gems()?;
            return Some(UnfoundGems::Files { place: self.place_of_file(&stray.folder), stray });
        };
        let told = || PLACES.iter().any(|name| self.env(name).is_some() || build.runs_mention(name));
        if self.base.family != Some("ruby") || !self.starts_lambda_entrypoint() || told() || is_configured(build) {
            return None;
        }
        let (_, ran) = build.final_commands().find(|(step, ran)| installs_gems(step, ran))?;
        Some(UnfoundGems::Installed { place: ran.span.into() })
    }
}

/// Whether it installs a function's gems: not bundler itself, not a gem file that was built here.
fn installs_gems(step: &Step<'_>, ran: &RunCommand) -> bool {
    if PLACES.iter().any(|name| step.state.env.contains_key(*name) || step.state.args.contains_key(*name)) {
        return false;
    }
    match (ran.program.as_str(), ran.verb()) {
        ("bundle" | "bundler", "" | "install") => {
            !ran.has(&["--path", "--deployment", "--standalone", "--version", "-v", "--help"])
        }
        ("gem", "install" | "i") => {
            let tools = ["bundler", "rake", "aws_lambda_ric", "rails"];
            let here = ran.has(&["-i", "--install-dir"]);
            let install = ran.install();
            let packages = install.iter().flat_map(|install| &install.packages);
            let mut gems = packages.filter(|gem| !tools.contains(&gem.name.as_str()) && !gem.name.ends_with(".gem"));
            !here && gems.next().is_some()
        }
        _ => false,
    }
}

/// Whether bundler is told by its settings, or the bundle is for building a gem.
fn is_configured(build: &Build<'_>) -> bool {
    let told = |ran: &RunCommand| {
        let sets = |word: &str| ran.texts().any(|text| text == word);
        match ran.program.as_str() {
            "bundle" | "bundler" => ran.verb() == "config" && (sets("path") || sets("deployment")),
            "rake" | "gem" => ran.verb() == "build",
            _ => false,
        }
    };
    let settings = |source: &str| source.split('/').any(|part| part == ".bundle" || part == "vendor");
    let copies = build.copies();
    let mut sources = copies.iter().flat_map(|copied| &copied.sources);
    build.final_commands().any(|(_, ran)| told(ran))
        || sources.any(|(source, _)| source.as_deref().is_none_or(settings))
}
