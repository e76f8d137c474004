//! The language server, asked as clients ask it: in this process, over `Connection::memory()`.

mod diagnostics;
mod editor;
mod fixing;
mod ignoring;
mod lifecycle;
mod pages;
mod settings;
