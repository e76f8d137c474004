//! A streamed answer that fails in the middle: what a client says of that behind it.

use super::http::Request;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// What clients write differs in padding.
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The fields that say it, which follow the last part of a body.
const KIND: &str = "Lambda-Runtime-Function-Error-Type";
const BODY: &str = "Lambda-Runtime-Function-Error-Body";

/// The type of the error and what is said of it, if the answer failed in the middle.
pub(super) fn failure(request: &Request) -> Option<(String, Option<String>)> {
    let kind = request.trailer(&KIND.to_lowercase());
    if !kind.is_empty() {
        return Some((kind.to_owned(), decoded(request.trailer(&BODY.to_lowercase()))));
    }
    // The client for Rust sends both lines as the last part of the body itself.
    let streamed = request.header("lambda-runtime-function-response-mode").eq_ignore_ascii_case("streaming");
    streamed.then(|| in_body(&String::from_utf8_lossy(&request.body))).flatten()
}

fn in_body(body: &str) -> Option<(String, Option<String>)> {
    let (_, rest) = body.rsplit_once(&format!("{KIND}: "))?;
    let (kind, rest) = rest.split_once("\r\n")?;
    let told = rest.strip_prefix(&format!("{BODY}: "))?.trim_end();
    (!told.contains(char::is_whitespace)).then(|| (kind.to_owned(), decoded(told)))
}

/// A text in base64, in the standard or the URL alphabet; `None` if it is not base64.
fn decoded(text: &str) -> Option<String> {
    let bytes = ANY_PADDING.decode(text.trim().replace('-', "+").replace('_', "/")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_lengths() {
        for (text, said) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("YWJjZA", "abcd")] {
            assert_eq!(decoded(text).as_deref(), Some(said), "{text}");
        }
        assert_eq!(decoded("a b"), None);
    }

    #[test]
    fn lines_at_the_end_of_a_body_are_what_the_client_for_rust_sends() {
        let body = format!("hello {KIND}: Runtime.StreamError\r\n{BODY}: YQ==\r\n");
        assert_eq!(in_body(&body), Some(("Runtime.StreamError".into(), Some("a".into()))));
        for body in ["", "hello", &format!("{KIND}: x"), &format!("{KIND}: x\r\n{BODY}: YQ==\r\nand more")] {
            assert_eq!(in_body(body), None, "{body}");
        }
    }
}
