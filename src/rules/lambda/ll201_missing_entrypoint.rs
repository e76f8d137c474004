//! LL201 missing-entrypoint.

use crate::diagnostic::Finding;
use crate::launch::Launch;
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL201-missing-entrypoint.md"), check: Check::Launch(check) };

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    if launch.on_lambda_base() || launch.argv().is_none_or(|argv| !argv.is_empty()) {
        return;
    }
    // An image of files for others has nothing to start.
    if launch.function().is_no() {
        return;
    }
    let emptied = launch.entrypoint.place().or(launch.cmd.place());
    if emptied.is_none() && !launch.final_stage_points_to_lambda() {
        return;
    }
    let label = if emptied.is_some() { "this empties it" } else { "the base brings none either" };
    findings.push(
        Finding::new("neither ENTRYPOINT nor CMD says what to start")
            .at(emptied.unwrap_or(launch.base_place), label)
            .help("add ENTRYPOINT with the program that answers Lambda, for example ENTRYPOINT [\"/main\"]"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    #[test]
    fn near_misses() {
        catches("LL201", "FROM scratch\nCOPY main /main");
        catches("LL201", "FROM alpine:3.20\nENTRYPOINT []\nCMD []");
        allows("LL201", "FROM scratch\nCOPY main /main\nCMD [\"/main\"]");
        allows("LL201", "FROM scratch AS files\nCOPY a /a\nFROM python:3.13\nCMD [\"/a\"]");
        allows("LL201", "FROM ${BASE}\nCOPY a /a");
        allows("LL201", "FROM debian:12");
        catches("LL201", "FROM scratch\nCOPY x /opt/extensions/x\nCOPY main /main");
    }

    #[test]
    fn what_is_for_other_images_has_nothing_to_start() {
        let stage = "FROM golang:1.25 AS made\nRUN go build -o /opt/extensions/x .\nFROM scratch\n";
        allows("LL201", &format!("{stage}WORKDIR /opt/extensions\nCOPY --from=made /opt/extensions ."));
        allows("LL201", &format!("{stage}WORKDIR /opt\nCOPY --from=made /opt/extensions/x extensions/x"));
        allows("LL201", &format!("{stage}COPY --from=made /opt/extensions/x /opt/extensions/x"));
        allows("LL201", "FROM scratch\nCOPY layer /opt/");
    }
}
