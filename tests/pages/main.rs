//! One test for each rule page and one for each drawn image, so that a name selects: `cargo test LL203` runs the page
//! of LL203 and the images that must have it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod image_case;
mod page;
#[path = "../support/mod.rs"]
mod support;

use libtest_mimic::{Arguments, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let trials = page::trials().chain(image_case::trials()).collect();
    run(&Arguments::from_args(), trials).exit_code()
}
