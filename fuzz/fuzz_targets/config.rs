//! Any text as `lamblint.toml`, and what it sets put to use.
#![no_main]

use lamblint::fuzz::{Config, check, unknown};
use std::path::Path;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(config) = Config::read(Path::new("lamblint.toml"), text, &unknown) else { return };
    let mut options = lamblint_fuzz::options();
    config.settings.apply(&mut options);
    check::dockerfile("api/Dockerfile", &b"FROM base.example.com/x:1\nRUN yum install -y jq\nCMD app.handler\n"[..], &options);
});
