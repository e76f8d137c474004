//! LL313 gems-not-found.

use crate::diagnostic::Finding;
use crate::launch::{Build, Launch, Ran, Step};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL313-gems-not-found.md"), check: Check::Launch(check) };

/// Variables that say where gems go, or where bundler's settings are.
const PLACES: &[&str] = &["GEM_HOME", "GEM_PATH", "BUNDLE_PATH", "BUNDLE_DEPLOYMENT", "BUNDLE_APP_CONFIG"];

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(build) = launch.build else { return findings.extend(in_image(launch)) };
    if launch.base.family != Some("ruby") || !launch.starts_lambda_entrypoint() {
        return;
    }
    let said = PLACES.iter().any(|name| launch.env(name).is_some() || build.runs_mention(name));
    if said || configured(build) {
        return;
    }
    let Some((_, ran)) = build.final_ran().find(|(step, ran)| installs(step, ran)) else { return };
    findings.push(
        Finding::new("the gems go where the base's Ruby does not look for them")
            .at(ran.span, "neither GEM_HOME nor BUNDLE_PATH says where to put them")
            .help("put ENV GEM_HOME=${LAMBDA_TASK_ROOT} above it"),
    );
}

/// Gems of a saved image in a folder that no setting leads to.
fn in_image(launch: &Launch<'_>) -> Option<Finding> {
    let stray = launch.stray_gems()?;
    let names: Vec<&str> = stray.names.iter().map(String::as_str).collect();
    Some(
        Finding::new(format!("{} lies where the base's Ruby does not look for gems", super::few(&names)))
            .at(
                launch.place_of_file(&stray.folder),
                format!("{}, and no GEM_HOME, GEM_PATH or BUNDLE_PATH names it", stray.folder),
            )
            .help("put ENV GEM_HOME=${LAMBDA_TASK_ROOT} above the RUN that installs them"),
    )
}

/// Whether it installs a function's gems: not bundler itself, not a gem file that was built here.
fn installs(step: &Step<'_>, ran: &Ran) -> bool {
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
fn configured(build: &Build<'_>) -> bool {
    let told = |ran: &Ran| {
        let sets = |word: &str| ran.texts().any(|text| text == word);
        match ran.program.as_str() {
            "bundle" | "bundler" => ran.verb() == "config" && (sets("path") || sets("deployment")),
            "rake" => ran.verb() == "build",
            "gem" => ran.verb() == "build",
            _ => false,
        }
    };
    let copied = |source: &str| source.split('/').any(|part| part == ".bundle" || part == "vendor");
    build.final_ran().any(|(_, ran)| told(ran))
        || build
            .copies()
            .iter()
            .flat_map(|copied| &copied.sources)
            .any(|(source, _)| source.as_deref().is_none_or(copied))
}

#[cfg(test)]
mod tests {
    use crate::rules::tried::{catches, spares};

    const BASE: &str = "FROM public.ecr.aws/lambda/ruby:3.3\nCOPY app.rb Gemfile ./\n";
    const CMD: &str = "\nCMD [\"app.lambda_handler\"]";

    #[test]
    fn gems_in_the_interpreters_own_folder() {
        catches("LL313", &format!("{BASE}RUN bundle install{CMD}"));
        catches("LL313", &format!("{BASE}RUN gem install bundler && bundle install --jobs=4{CMD}"));
        catches("LL313", &format!("{BASE}RUN bundle config set without test && bundle install{CMD}"));
        catches("LL313", &format!("{BASE}RUN gem install httparty{CMD}"));
    }

    #[test]
    fn near_misses() {
        spares("LL313", &format!("{BASE}ENV GEM_HOME=${{LAMBDA_TASK_ROOT}}\nRUN bundle install{CMD}"));
        spares("LL313", &format!("{BASE}RUN bundle install --path vendor/bundle{CMD}"));
        spares("LL313", &format!("{BASE}RUN bundle config set --local path vendor/bundle && bundle install{CMD}"));
        spares("LL313", &format!("{BASE}RUN bundle config --local deployment true && bundle install{CMD}"));
        spares("LL313", &format!("{BASE}RUN GEM_HOME=/var/task bundle install{CMD}"));
        spares("LL313", &format!("{BASE}RUN bundle config set path vendor/bundle\nRUN bundle install{CMD}"));
        spares("LL313", &format!("{BASE}RUN gem install bundler:2.5.0{CMD}"));
        spares("LL313", &format!("{BASE}RUN gem install bundler && bundle install && rake build{CMD}"));
        spares("LL313", &format!("{BASE}COPY .bundle/config .bundle/config\nRUN bundle install{CMD}"));
        spares("LL313", "FROM ruby:3.3\nRUN bundle install\nCMD [\"app.lambda_handler\"]");
    }
}
