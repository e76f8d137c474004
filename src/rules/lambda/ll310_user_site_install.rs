//! LL310 user-site-install.

use crate::diagnostic::Finding;
use crate::launch::{Launch, UserSite};
use crate::rules::{Check, Rule};

pub(super) const RULE: Rule =
    Rule { page: include_str!("../../../rules/lambda/LL310-user-site-install.md"), check: Check::Launch(check) };

const INSTALL: &str = "leave out --user, or install with --target ${LAMBDA_TASK_ROOT}";

fn check(launch: &Launch<'_>, findings: &mut Vec<Finding>) {
    let Some(site) = launch.user_site() else { return };
    let (message, place, help) = match site {
        UserSite::Installed { place } => {
            ("pip install --user puts packages into the builder's ~/.local".to_owned(), place, INSTALL)
        }
        UserSite::Copied { to, place } => {
            let help = "copy them to /usr/local, or install with --target";
            (format!("packages are copied into the home folder, {to}"), place, help)
        }
        UserSite::Files { stray, place } => {
            (format!("{} lies in the builder's ~/.local", super::list_some(&stray.names)), place, INSTALL)
        }
    };
    findings.push(
        Finding::new(message).at(place, "on Lambda the home folder is another one, and /root is closed").help(help),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{allows, catches};

    const BASE: &str = "FROM public.ecr.aws/lambda/python:3.13\nCOPY . .\n";

    #[test]
    fn packages_in_the_home_folder() {
        catches("LL310", &format!("{BASE}RUN pip install --user -r requirements.txt"));
        catches("LL310", &format!("{BASE}RUN python3 -m pip install --user requests"));
        catches("LL310", &format!("{BASE}ENV PIP_USER=1\nRUN pip install requests"));
        catches(
            "LL310",
            "FROM python:3.13 AS b\nRUN pip install --user x\nFROM python:3.13\nCOPY --from=b /root/.local /root/.local\nENV PATH=/root/.local/bin:$PATH",
        );
        catches("LL310", "FROM python:3.13\nCOPY --from=b /root/.local /home/app/.local");
    }

    #[test]
    fn near_misses() {
        allows("LL310", &format!("{BASE}RUN pip install --user poetry==1.8.0"));
        allows("LL310", &format!("{BASE}RUN pip install --user -t ${{LAMBDA_TASK_ROOT}} requests"));
        allows("LL310", &format!("{BASE}ENV PYTHONUSERBASE=/opt/py\nRUN pip install --user requests"));
        allows("LL310", &format!("{BASE}ENV HOME=/app\nRUN pip install --user requests"));
        allows(
            "LL310",
            "FROM python:3.13 AS b\nRUN pip install --user x\nFROM python:3.13\nCOPY --from=b /root/.local /usr/local",
        );
        allows(
            "LL310",
            "FROM python:3.13 AS b\nRUN pip install --user x\nFROM python:3.13\nCOPY --from=b /root/.local/lib/python3.13/site-packages /var/task",
        );
        allows("LL310", &format!("{BASE}RUN gem install --user-install x"));
    }
}
