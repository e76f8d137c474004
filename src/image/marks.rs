//! Bytes by which a program shows what it is: that it speaks the Runtime API, or that nothing in it can be read.

/// The string that everything that speaks the Runtime API holds.
pub(super) const RUNTIME_API: &[u8] = b"AWS_LAMBDA_RUNTIME_API";
/// The same as .NET writes it, in UTF-16.
pub(super) const RUNTIME_API_WIDE: &[u8] = b"A\0W\0S\0_\0L\0A\0M\0B\0D\0A\0_\0R\0U\0N\0T\0I\0M\0E\0_\0A\0P\0I\0";
/// What a program bears that holds another one packed, in which nothing can be read: the cookie of `PyInstaller`.
pub(super) const PACKED: &[u8] = b"MEI\x0c\x0b\x0a\x0b\x0e";
/// The same of UPX, in the first bytes.
pub(super) const UPX: &[u8] = b"UPX!";

/// What a text holds that runs what Lambda or an AWS base brings.
const HANDS_ON: &[&[u8]] = &[
    b"lambda-entrypoint",
    b"/var/runtime",
    b"LAMBDA_RUNTIME_DIR",
    b"awslambdaric",
    b"aws-lambda-ric",
    b"aws_lambda_ric",
];

/// What is known of a file by the words in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Marks {
    /// Whether all of it was searched.
    pub searched: bool,
    /// Whether it names the variable that leads to the Runtime API.
    pub speaks: bool,
    /// Whether it names a runtime client, or a program that leads to one.
    pub hands_on: bool,
}

impl Marks {
    /// The marks of a text.
    pub(super) fn of(text: &[u8]) -> Self {
        let hands_on = HANDS_ON.iter().any(|word| contains(text, word));
        Self { searched: true, speaks: contains(text, RUNTIME_API), hands_on }
    }
}

/// Whether bytes stand somewhere in others.
pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}
