//! Any bytes as the standard input of the language server: messages, garbage or an end, and never memory that a header
//! only promises.
#![no_main]

use lamblint::fuzz::server::{Frame, read_frame};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut from = bytes;
    while let Ok(Frame::Message(_) | Frame::Garbage(_)) = read_frame(&mut from) {}
});
