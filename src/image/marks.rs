//! Bytes by which a program shows what it is: that it speaks the Runtime API, or that nothing in it can be read.

/// The string that everything that speaks the Runtime API holds.
pub(super) const RUNTIME_API: &[u8] = b"AWS_LAMBDA_RUNTIME_API";
/// The same as .NET writes it, in UTF-16.
pub(super) const RUNTIME_API_WIDE: &[u8] = b"A\0W\0S\0_\0L\0A\0M\0B\0D\0A\0_\0R\0U\0N\0T\0I\0M\0E\0_\0A\0P\0I\0";
/// What a program bears that holds another one packed, in which nothing can be read: the cookie of `PyInstaller`.
pub(super) const PACKED: &[u8] = b"MEI\x0c\x0b\x0a\x0b\x0e";
/// The same of UPX, in the first bytes.
pub(super) const UPX: &[u8] = b"UPX!";

/// Whether bytes stand somewhere in others.
pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}
