//! Which module or name a message misses: the handler's own, one that it imports, or a part of a package. Only the names
//! tell, which weigh little elsewhere.

use super::message;
use crate::facts;

/// The handler's own module is missing.
const OWN: &str = "LL301";
/// A module that the handler leads to is missing.
const OTHER: &str = "LL332";
/// A name is missing in one.
const NAME: &str = "LL334";
/// A name is missing in a package of another version.
const CONFLICT: &str = "LL337";
/// A part of the runtime interface client is missing.
const CLIENT: &str = "LL328";
/// The compiled part of a package is missing.
const COMPILED: &str = "LL338";

/// Rules that the same message is about, besides the one that it leads to: which of them holds depends on the files.
pub(super) fn also(code: &str) -> &'static [&'static str] {
    match code {
        OTHER => &["LL339", "LL336"],
        OWN => &["LL309", "LL310"],
        _ => &[],
    }
}

/// The code of the rule that a message about a missing module leads to; `None` if the message does not tell.
pub(super) fn missing(message: &str) -> Option<&'static str> {
    let text = message::telling(message).join("\n").replace('"', "'");
    name(&text).or_else(|| python(&text)).or_else(|| node(&text))
}

/// A name that Python does not find in a module: other packages ask packages for their names.
fn name(text: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once("cannot import name '")?;
    let (name, rest) = rest.split_once("' from ")?;
    let (module, file) =
        rest.trim_start_matches("partially initialized module ").strip_prefix('\'')?.split_once('\'')?;
    let installed =
        file.contains("-packages/") || facts::is_asked_for_names(module.split('.').next().unwrap_or_default());
    Some(match installed {
        true if name.starts_with('_') => COMPILED,
        true => CONFLICT,
        false => NAME,
    })
}

fn python(text: &str) -> Option<&'static str> {
    let (before, rest) = text.split_once("No module named '")?;
    let (missing, rest) = rest.split_once('\'')?;
    let handler = match before.split_once("Unable to import module") {
        // What is between quotes and a colon looks like a key of JSON, and is gone then.
        Some((_, rest)) => Some(rest.trim_start().strip_prefix('\'')?.split_once('\'')?.0.replace('/', ".")),
        None => None,
    };
    let missing = &missing.replace('/', ".");
    let is_own = |handler: &String| {
        handler == missing || handler.strip_prefix(missing).is_some_and(|rest| rest.starts_with('.'))
    };
    if handler.as_ref().is_some_and(is_own) {
        return Some(OWN);
    }
    let (top, last) = (missing.split('.').next().unwrap_or_default(), missing.rsplit('.').next().unwrap_or_default());
    if top == "awslambdaric" || top == "runtime_client" {
        return None;
    }
    // Packages keep their compiled modules in folders such as `pandas._libs`.
    let hidden = || facts::is_asked_for_names(top) && missing.split('.').skip(1).any(|part| part.starts_with('_'));
    if (last.starts_with('_') && last != missing || hidden()) && !rest.contains("is not a package") {
        return Some(COMPILED);
    }
    // Without the handler only its usual names tell.
    let usual = ["app", "main", "handler", "lambda_function", "lambda_handler", "index", "src"];
    Some(if handler.is_none() && usual.contains(&missing.as_str()) { OWN } else { OTHER })
}

/// Node says which file has asked; the runtime itself asks for the handler.
fn node(text: &str) -> Option<&'static str> {
    if text.contains("Cannot find package '") {
        return Some(OTHER);
    }
    let (_, rest) = text.split_once("Cannot find module '")?;
    let (missing, rest) = rest.split_once('\'')?;
    if missing.contains("aws-lambda-ric") {
        return Some(CLIENT);
    }
    let from =
        rest.strip_prefix(" imported from ").or_else(|| rest.split_once("Require stack:\n- ").map(|(_, from)| from));
    match from {
        Some(from) if from.starts_with("/var/runtime/") || from.contains("aws-lambda-ric") => Some(OWN),
        Some(_) => Some(OTHER),
        None => ["./", "../", "@", ".prisma/"].iter().any(|start| missing.starts_with(start)).then_some(OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::{COMPILED, CONFLICT, NAME, OTHER, OWN, missing};

    #[test]
    fn whose_module_it_is() {
        assert_eq!(missing("Unable to import module 'a/b': No module named 'a'"), Some(OWN));
        assert_eq!(missing("x: Unable to import module 'app': No module named 'app.db'\\nx"), Some(OTHER));
        assert_eq!(missing("No module named 'a'"), Some(OTHER));
        assert_eq!(missing("ModuleNotFoundError: No module named 'src'"), Some(OWN));
        assert_eq!(missing("No module named 'runtime_client'"), None);
        assert_eq!(missing("Unable to import module 'app': No module named 'lxml._etree'"), Some(COMPILED));
        assert_eq!(missing("No module named 'a._b'; 'a' is not a package"), Some(OTHER));
        assert_eq!(missing("cannot import name 'X' from 'own.part' (/var/task/own/part.py)"), Some(NAME));
        assert_eq!(missing("cannot import name 'X' from 'urllib3.util' (/var/task/urllib3/util.py)"), Some(CONFLICT));
        let inside = "cannot import name 'X' from 'p' (/usr/lib/python3.11/site-packages/p/__init__.py)";
        assert_eq!(missing(inside), Some(CONFLICT));
        assert_eq!(missing("cannot import name '_imaging' from 'PIL' (/var/task/PIL/__init__.py)"), Some(COMPILED));
        assert_eq!(missing("cannot import name 'X'"), None);
        assert_eq!(missing("Cannot find module 'a'\\nRequire stack:\\n- /var/runtime/index.mjs"), Some(OWN));
        assert_eq!(missing("Cannot find module 'a'\nRequire stack:\n- /var/task/index.js"), Some(OTHER));
        assert_eq!(missing("Cannot find module '/var/task/a.mjs' imported from /var/runtime/index.mjs"), Some(OWN));
        assert_eq!(missing("Cannot find module './a'"), Some(OTHER));
        assert_eq!(missing("Cannot find module '@org/a'"), Some(OTHER));
        assert_eq!(missing("Cannot find module '.prisma/client/default'"), Some(OTHER));
    }
}
