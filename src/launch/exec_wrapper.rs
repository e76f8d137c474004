//! Whether anything reads `AWS_LAMBDA_EXEC_WRAPPER`: only AWS's own bootstraps for its languages do.

use super::{Launch, Origin};
use crate::diagnostic::Location;
use crate::facts::{self, BaseKind, CommandKind};
use crate::image::{FileContent, Resolution};
use crate::path::{last, under};

/// What starts and does not read the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoredBy {
    /// The user's own bootstrap on an OS-only base.
    Bootstrap,
    /// A program of ENTRYPOINT or CMD.
    Program,
}

/// The variable that names a wrapper.
pub const EXEC_WRAPPER: &str = "AWS_LAMBDA_EXEC_WRAPPER";

impl Launch<'_> {
    /// Where a wrapper is named that nothing starts, and what starts in its place.
    pub fn ignored_wrapper(&self) -> Option<(Location, IgnoredBy)> {
        let (_, value, place) = self.own_env().find(|(name, ..)| *name == EXEC_WRAPPER)?;
        // Some extensions read the variable themselves, too.
        let read = |value: &str| value.is_empty() || facts::programs().wrappers.contains(&last(value));
        if value.is_some_and(read) {
            return None;
        }
        let by = if self.starts_lambda_entrypoint() {
            // The bootstraps that AWS brings for languages start it; on the OS-only base the user brings the bootstrap.
            let own = matches!(self.base.family, Some("provided" | "go"));
            (own && !self.copies_runtime() && !self.bootstrap_may_read()).then_some(IgnoredBy::Bootstrap)
        } else {
            self.starts_without(value).then_some(IgnoredBy::Program)
        };
        Some((place, by?))
    }

    /// Whether a program starts that does not start a wrapper.
    fn starts_without(&self, wrapper: Option<&str>) -> bool {
        let known = matches!(self.base.kind, BaseKind::Lambda | BaseKind::General | BaseKind::Scratch);
        let Some(argv) = self.argv().filter(|_| known || self.image.is_some()) else { return false };
        let Some(started) = self.started().filter(|_| self.starts_own()) else { return false };
        // Any script may start it; only a program that is known not to is evidence.
        let script = started.is_own_script() || started.row().is_some_and(|row| row.kind == CommandKind::Shell);
        let runtime = started.program().starts_with("/var/runtime") || started.name() == "bootstrap";
        let names = |text: &str| text.contains(EXEC_WRAPPER) || wrapper.is_some_and(|wrapper| text.contains(wrapper));
        let named = wrapper.is_some_and(|wrapper| started.mentions(wrapper))
            || started.mentions(EXEC_WRAPPER)
            || argv.iter().any(|arg| names(&arg.text));
        !script && !runtime && !named
    }

    /// Whether the bootstrap of a saved image may read it: a script may, and a compiled program does not.
    fn bootstrap_may_read(&self) -> bool {
        let Some(image) = self.image else { return false };
        let Resolution::Found(node, _) = image.files.resolve("/var/runtime/bootstrap") else { return true };
        !matches!(node.facet.as_deref(), Some(FileContent::Elf(_)))
    }

    /// Whether another image's `/var/runtime` is copied over: its bootstrap may know the variable.
    fn copies_runtime(&self) -> bool {
        let into = |path: &str| under("/var/runtime/bootstrap", path);
        self.copies()
            .iter()
            .any(|copied| matches!(copied.origin, Origin::Image(..)) && copied.destination.as_deref().is_some_and(into))
    }
}
