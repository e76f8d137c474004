//! The language server, asked as clients ask it: in this process, over `Connection::memory()`.

mod diagnostics;
mod editor;
mod fixing;
mod frames;
mod ignoring;
mod lifecycle;
mod pages;
mod reading;
mod settings;
mod templates;
