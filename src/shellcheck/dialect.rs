//! Which shell reads a script, and so in which language ShellCheck reads it.

use super::script::Around;
use crate::launch::Parent;

/// Who reads a script.
pub(super) struct Reader {
    /// The line that a script begins with.
    pub(super) shebang: String,
    /// Whether it is known which shell it is.
    pub(super) known: bool,
}

impl Reader {
    /// The shell of the stage at this step.
    pub(super) fn of_step(around: &Around<'_>) -> Option<Self> {
        let state = &around.written.step.state;
        if let Some(dialect) = &state.dialect {
            return Self::of_words(around, [dialect.as_str()]);
        }
        match state.shell.as_ref().filter(|_| !(around.strict && around.written.onbuild)) {
            Some(words) => Self::of_words(around, words.iter().map(String::as_str)),
            None => Self::sh(around),
        }
    }

    /// The shell that a command line starts; `None` for what ShellCheck does not know.
    pub(super) fn of_words<'w>(around: &Around<'_>, words: impl IntoIterator<Item = &'w str>) -> Option<Self> {
        let mut words = words.into_iter();
        let base = |word: &str| word.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let mut name = base(words.next()?);
        if name == "env" {
            name = base(words.find(|word| !word.starts_with('-'))?);
        }
        let mut reader = match name.as_str() {
            "sh" => Self::sh(around)?,
            "bash" => Self { shebang: "#!/bin/bash".into(), known: true },
            "dash" => Self { shebang: "#!/bin/dash".into(), known: true },
            "ash" if around.strict => Self { shebang: "#!/bin/ash".into(), known: true },
            "ash" | "busybox" => Self::busybox(),
            "ksh" | "ksh93" => Self { shebang: "#!/bin/ksh".into(), known: true },
            _ => return None,
        };
        let mut flags = words.take_while(|word| *word != "-c").peekable();
        while let Some(flag) = flags.next() {
            let letters = flag.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or_default();
            let named = letters.ends_with('o') && flags.peek() == Some(&"errexit");
            if letters.contains('e') || named {
                reader.shebang.push_str(" -e");
                break;
            }
        }
        Some(reader)
    }

    /// `/bin/sh`, which is another program on each system.
    fn sh(around: &Around<'_>) -> Option<Self> {
        let parent = around.written.stage.map(|stage| &around.build.root(stage).parent);
        let os = match parent {
            Some(Parent::Image(base)) => base.os.map_or("", |os| os.id),
            _ => "",
        };
        let image = around.written.stage.and_then(|stage| stage.image.value()).map_or("", String::as_str);
        let is_windows =
            around.build.dockerfile.escape == '`' || image.contains("windows") || image.contains("nanoserver");
        if is_windows {
            return None;
        }
        let is = |names: &[&str]| names.iter().any(|name| os.starts_with(name));
        let shebang = match () {
            () if is(&["windows"]) => return None,
            () if around.strict => "#!/bin/sh",
            () if is(&["AL", "rhel"]) => "#!/bin/bash",
            () if is(&["debian", "ubuntu"]) => "#!/bin/dash",
            () if is(&["alpine"]) => return Some(Self::busybox()),
            () => return Some(Self { shebang: "#!/bin/sh".into(), known: false }),
        };
        Some(Self { shebang: shebang.into(), known: true })
    }

    /// Only new versions of ShellCheck know what it has beyond dash.
    fn busybox() -> Self {
        Self { shebang: "#!/bin/busybox sh".into(), known: false }
    }
}
