//! Suites that need other people's files: `LAMBLINT_MATERIAL=folder cargo test --test it material -- --ignored`.

mod buildkit_suites;
mod corpus;
mod dockerfile_suites;
mod hadolint_suites;
mod labelled;
mod siblings;
mod templates;
