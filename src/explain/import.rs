//! Which module a message misses: the handler's own, or one that it imports. Only the names tell, which weigh little
//! elsewhere.

use super::message;

/// The handler's own module is missing.
const OWN: &str = "LL301";
/// A module that the handler leads to is missing.
const OTHER: &str = "LL332";

/// The code of the rule that a message about a missing module leads to; `None` if the message does not tell.
pub(super) fn missing(message: &str) -> Option<&'static str> {
    let text = message::telling(message).join("\n").replace('"', "'");
    python(&text).or_else(|| node(&text))
}

fn python(text: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once("Unable to import module '")?;
    let (handler, rest) = rest.split_once("': No module named '")?;
    let (missing, _) = rest.split_once('\'')?;
    let handler = handler.replace('/', ".");
    let own = handler == missing || handler.strip_prefix(missing).is_some_and(|rest| rest.starts_with('.'));
    Some(if own { OWN } else { OTHER })
}

/// Node says which file has asked; the runtime itself asks for the handler.
fn node(text: &str) -> Option<&'static str> {
    if text.contains("Cannot find package '") {
        return Some(OTHER);
    }
    let (_, rest) = text.split_once("Cannot find module '")?;
    let (missing, rest) = rest.split_once('\'')?;
    let from =
        rest.strip_prefix(" imported from ").or_else(|| rest.split_once("Require stack:\n- ").map(|(_, from)| from));
    match from {
        Some(from) if from.starts_with("/var/runtime/") || from.contains("aws-lambda-ric") => Some(OWN),
        Some(_) => Some(OTHER),
        None => (missing.starts_with("./") || missing.starts_with("../")).then_some(OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::{OTHER, OWN, missing};

    #[test]
    fn whose_module_it_is() {
        assert_eq!(missing("Unable to import module 'a/b': No module named 'a'"), Some(OWN));
        assert_eq!(missing("x: Unable to import module 'app': No module named 'app.db'\\nx"), Some(OTHER));
        assert_eq!(missing("No module named 'a'"), None);
        assert_eq!(missing("Cannot find module 'a'\\nRequire stack:\\n- /var/runtime/index.mjs"), Some(OWN));
        assert_eq!(missing("Cannot find module 'a'\nRequire stack:\n- /var/task/index.js"), Some(OTHER));
        assert_eq!(missing("Cannot find module '/var/task/a.mjs' imported from /var/runtime/index.mjs"), Some(OWN));
        assert_eq!(missing("Cannot find module './a'"), Some(OTHER));
    }
}
