//! The `lamblint` program.

fn main() -> std::process::ExitCode {
    lamblint::cli_main()
}
