//! What the fuzzers in `fuzz/` call: there where cargo-fuzz builds the crate, and nowhere else.

pub use crate::config::Config;
pub use crate::inventory::Inventory;
pub use crate::rules::unknown;

pub mod check {
    pub use crate::check::{Checked, Subject, dockerfile, image, template};
}
pub mod fix {
    pub use crate::fix::apply;
}
pub mod image {
    pub use crate::image::{Image, ReadOptions, from_reader, open};
}
pub mod template {
    pub use crate::template::read;
}
pub mod server {
    pub use crate::server::{Frame, read_frame};
}
pub mod node {
    pub use crate::node::{Package, summarise};
}
pub mod python {
    pub use crate::python::summarise;
}
pub mod report {
    pub use crate::report::{Format, Run, SizeStyle, Style, render, size_for_people};
}
