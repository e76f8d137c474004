//! The Lambda rules, a file each: the code first, so that a file finder finds it.

use super::Rule;
use crate::diagnostic::Finding;
use crate::image::{FaultKind, Image};

mod ll001_unreadable_instruction;
mod ll002_no_stage;
mod ll003_unused_suppression;
mod ll010_digest_mismatch;
mod ll011_missing_blob;
mod ll012_broken_layer;
mod ll013_broken_document;
mod ll101_image_index;
mod ll106_image_too_large;
mod ll107_over_size_budget;
mod ll108_not_linux;
mod ll109_unsupported_architecture;
mod ll201_missing_entrypoint;
mod ll202_missing_handler;
mod ll203_handler_shell_form;
mod ll204_handler_argument_count;
mod ll205_broken_exec_form;
mod ll206_entrypoint_not_found;
mod ll210_broken_script_start;
mod ll213_missing_bootstrap;
mod ll215_handler_as_program;
mod ll314_foreign_native_module;
mod ll401_deprecated_base;
mod ll403_retired_base;
mod ll404_unpinned_base;
mod ll406_not_a_function_base;
mod ll407_unknown_base_tag;
mod ll801_wrong_package_manager;
mod ll802_package_not_on_base;
mod ll803_tool_not_on_base;
mod ll804_unknown_stage;
mod ll805_source_not_in_context;
mod ll806_client_will_not_build;
mod ll807_placeholder_binary;
mod ll808_archive_not_extracted;
mod ll809_uv_without_system;
mod ll810_wildcard_flattens;

/// Every Lambda rule, in the order of codes.
pub(super) const RULES: &[&Rule] = &[
    &ll001_unreadable_instruction::RULE,
    &ll002_no_stage::RULE,
    &ll003_unused_suppression::RULE,
    &ll010_digest_mismatch::RULE,
    &ll011_missing_blob::RULE,
    &ll012_broken_layer::RULE,
    &ll013_broken_document::RULE,
    &ll101_image_index::RULE,
    &ll106_image_too_large::RULE,
    &ll107_over_size_budget::RULE,
    &ll108_not_linux::RULE,
    &ll109_unsupported_architecture::RULE,
    &ll201_missing_entrypoint::RULE,
    &ll202_missing_handler::RULE,
    &ll203_handler_shell_form::RULE,
    &ll204_handler_argument_count::RULE,
    &ll205_broken_exec_form::RULE,
    &ll206_entrypoint_not_found::RULE,
    &ll210_broken_script_start::RULE,
    &ll213_missing_bootstrap::RULE,
    &ll215_handler_as_program::RULE,
    &ll314_foreign_native_module::RULE,
    &ll401_deprecated_base::RULE,
    &ll403_retired_base::RULE,
    &ll404_unpinned_base::RULE,
    &ll406_not_a_function_base::RULE,
    &ll407_unknown_base_tag::RULE,
    &ll801_wrong_package_manager::RULE,
    &ll802_package_not_on_base::RULE,
    &ll803_tool_not_on_base::RULE,
    &ll804_unknown_stage::RULE,
    &ll805_source_not_in_context::RULE,
    &ll806_client_will_not_build::RULE,
    &ll807_placeholder_binary::RULE,
    &ll808_archive_not_extracted::RULE,
    &ll809_uv_without_system::RULE,
    &ll810_wildcard_flattens::RULE,
];

/// What could not be read of an image: LL010 to LL013 differ only in which faults they take.
fn report(image: &Image, kind: FaultKind, findings: &mut Vec<Finding>) {
    for fault in image.faults.iter().filter(|fault| fault.kind == kind) {
        findings.push(Finding::new(&fault.message).at(fault.place, &fault.label));
    }
}
