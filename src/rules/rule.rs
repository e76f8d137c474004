//! What a rule is: a page and a check.

use crate::diagnostic::{Finding, Severity};
use crate::dockerfile::Dockerfile;
use crate::image::Image;
use crate::launch::{Build, Launch};
use crate::options::Options;
use crate::page::{Family, Page};
use crate::suppress::Suppression;
use crate::template::{Function, Template};

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The rule's page: its code, name, severity and prose.
    pub page: &'static str,
    /// What it looks at, and how.
    pub check: Check,
}

/// What a rule looks at. A check cannot fail, print, read the clock or touch the disk.
#[derive(Clone, Copy)]
pub enum Check {
    /// The Dockerfile as written.
    Dockerfile(fn(&Dockerfile, &mut Vec<Finding>)),
    /// The Dockerfile as a build of stages.
    Build(fn(&Build<'_>, &mut Vec<Finding>)),
    /// The same for any image: rules that are not about Lambda.
    Docker(fn(&DockerfileContext<'_>, &mut Vec<Finding>)),
    /// What Lambda would start, from a Dockerfile or an image.
    Launch(fn(&Launch<'_>, &mut Vec<Finding>)),
    /// A saved image.
    Image(fn(&Image, &Options, &mut Vec<Finding>)),
    /// A function as a template declares it.
    Function(fn(&Deployed<'_>, &mut Vec<Finding>)),
    /// A template as a whole, a workflow or a script among them.
    Template(fn(&Template, &mut Vec<Finding>)),
    /// A comment that silences rules, after all others have run.
    Suppression(fn(&Suppression, &mut Vec<Finding>)),
}

/// What rules look at that are not about Lambda.
pub struct DockerfileContext<'a> {
    /// The build.
    pub build: &'a Build<'a>,
    /// What the user says about the check.
    pub options: &'a Options,
    /// Whether it is a Lambda function, where USER and HEALTHCHECK say nothing.
    pub lambda: bool,
}

/// A function that a template declares, and what is known of its image.
pub struct Deployed<'a> {
    /// The function.
    pub function: &'a Function,
    /// What the user says about the check.
    pub options: &'a Options,
    /// The build of its image, if the Dockerfile is looked at.
    pub build: Option<&'a Build<'a>>,
    /// What it starts, if its image is looked at.
    pub launch: Option<&'a Launch<'a>>,
    /// Its image, if that is looked at.
    pub image: Option<&'a Image>,
}

impl Rule {
    /// The page, taken apart.
    pub const fn page(&self) -> Page {
        Page::new(self.page)
    }

    /// Whose rule it is.
    pub fn family(&self) -> Family {
        self.page().family
    }

    /// `LL203`.
    pub fn code(&self) -> &'static str {
        self.page().code
    }

    /// `handler-shell-form`.
    pub fn name(&self) -> &'static str {
        self.page().name
    }

    /// The one sentence that says what the rule finds.
    pub fn summary(&self) -> &'static str {
        self.page().summary
    }

    /// The severity its findings have unless they or the user say otherwise.
    pub fn severity(&self) -> Severity {
        self.page().severity
    }
}
