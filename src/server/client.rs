//! What the client can do, as it says when it connects. What it says wrongly it is taken not to say.

use crate::source::Unit;
use serde_json::Value;

/// The abilities of a client that the server asks about.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// What columns are counted in.
    pub unit: Unit,
    /// It asks for diagnostics, so that none are sent unasked.
    pub pulls: bool,
    /// It can be told to ask for them again.
    pub refresh_diagnostics: bool,
    /// It can be told to ask for inlay hints again.
    pub refresh_hints: bool,
    /// A diagnostic may name other places.
    pub related: bool,
    /// A diagnostic may have an address that says more.
    pub code_description: bool,
    /// A diagnostic may have tags.
    pub tags: bool,
    /// Code actions may be more than commands.
    pub code_actions: bool,
    /// An edit may name the version of the document.
    pub versioned_edits: bool,
    /// An edit may create a file.
    pub creates_files: bool,
    /// An edit may have a place for the cursor.
    pub snippet_edits: bool,
    /// Text is shown as Markdown.
    pub markdown: bool,
    /// A completion may be marked as deprecated.
    pub completion_tags: bool,
    /// It watches files on request.
    pub watches: bool,
    /// It can be asked for its settings.
    pub configures: bool,
}

impl Client {
    /// Reads the parameters of `initialize`.
    pub fn of(params: &Value) -> Self {
        let at = |pointer: &str| params.pointer(&format!("/capabilities/{pointer}")).filter(|value| !value.is_null());
        let is = |pointer: &str| at(pointer).and_then(Value::as_bool) == Some(true);
        let lists = |pointer: &str, word: &str| {
            at(pointer).and_then(Value::as_array).is_some_and(|list| list.iter().any(|one| one == word))
        };
        let utf8 = lists("general/positionEncodings", "utf-8");
        let edit = "workspace/workspaceEdit";
        Self {
            unit: if utf8 { Unit::Utf8 } else { Unit::Utf16 },
            pulls: at("textDocument/diagnostic").is_some(),
            refresh_diagnostics: is("workspace/diagnostics/refreshSupport"),
            refresh_hints: is("workspace/inlayHint/refreshSupport"),
            related: is("textDocument/publishDiagnostics/relatedInformation")
                || is("textDocument/diagnostic/relatedInformation"),
            code_description: is("textDocument/publishDiagnostics/codeDescriptionSupport")
                || is("textDocument/diagnostic/codeDescriptionSupport"),
            tags: at("textDocument/publishDiagnostics/tagSupport").is_some_and(|tags| tags != false)
                || at("textDocument/diagnostic/tagSupport").is_some(),
            code_actions: at("textDocument/codeAction/codeActionLiteralSupport").is_some(),
            versioned_edits: is(&format!("{edit}/documentChanges")),
            creates_files: is(&format!("{edit}/documentChanges"))
                && lists(&format!("{edit}/resourceOperations"), "create"),
            snippet_edits: is(&format!("{edit}/documentChanges")) && is(&format!("{edit}/snippetEditSupport")),
            markdown: lists("textDocument/hover/contentFormat", "markdown"),
            completion_tags: at("textDocument/completion/completionItem/tagSupport").is_some(),
            watches: is("workspace/didChangeWatchedFiles/dynamicRegistration"),
            configures: is("workspace/configuration"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_said_wrongly_is_not_said() {
        let client = Client::of(&json!({"capabilities": {"general": 3, "textDocument": {"diagnostic": null}}}));
        assert!(client.unit == Unit::Utf16 && !client.pulls);
        let said = json!({"capabilities": {
            "general": {"positionEncodings": ["utf-16", "utf-8"]},
            "textDocument": {"diagnostic": {}},
        }});
        let client = Client::of(&said);
        assert!(client.unit == Unit::Utf8 && client.pulls && !client.code_actions);
    }
}
