//! LL313 gems-not-found.

use crate::diagnostic::Finding;
use crate::launch::{Launch, UnfoundGems};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL313-gems-not-found.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(gems) = launch.unfound_gems() else { return };
    findings.push(match gems {
        UnfoundGems::Installed { place } => Finding::new("the gems go where the base's Ruby does not look for them")
            .at(place, "neither GEM_HOME nor BUNDLE_PATH says where to put them")
            .help("put ENV GEM_HOME=${LAMBDA_TASK_ROOT} above it"),
        UnfoundGems::Files { stray, place } => {
            let names = super::list_some(&stray.names);
            Finding::new(format!("{names} lies where the base's Ruby does not look for gems"))
                .at(place, format!("{}, and no GEM_HOME, GEM_PATH or BUNDLE_PATH names it", stray.folder))
                .help("put ENV GEM_HOME=${LAMBDA_TASK_ROOT} above the RUN that installs them")
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

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
        allows("LL313", &format!("{BASE}ENV GEM_HOME=${{LAMBDA_TASK_ROOT}}\nRUN bundle install{CMD}"));
        allows("LL313", &format!("{BASE}RUN bundle install --path vendor/bundle{CMD}"));
        allows("LL313", &format!("{BASE}RUN bundle config set --local path vendor/bundle && bundle install{CMD}"));
        allows("LL313", &format!("{BASE}RUN bundle config --local deployment true && bundle install{CMD}"));
        allows("LL313", &format!("{BASE}RUN GEM_HOME=/var/task bundle install{CMD}"));
        allows("LL313", &format!("{BASE}RUN bundle config set path vendor/bundle\nRUN bundle install{CMD}"));
        allows("LL313", &format!("{BASE}RUN gem install bundler:2.5.0{CMD}"));
        allows("LL313", &format!("{BASE}RUN gem install bundler && bundle install && rake build{CMD}"));
        allows("LL313", &format!("{BASE}COPY .bundle/config .bundle/config\nRUN bundle install{CMD}"));
        allows("LL313", "FROM ruby:3.3\nRUN bundle install\nCMD [\"app.lambda_handler\"]");
    }
}
