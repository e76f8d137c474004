//! The Lambda rules, a file each: the code first, so that a file finder finds it.

use crate::diagnostic::Finding;
use crate::facts::RuntimeClient;
use crate::image::{FaultKind, Image};
use crate::launch::NamedBy;
use crate::rules::Rule;

mod ll001_unreadable_instruction;
mod ll002_no_stage;
mod ll003_unused_suppression;
mod ll010_digest_mismatch;
mod ll011_missing_blob;
mod ll012_broken_layer;
mod ll013_broken_document;
mod ll101_image_index;
mod ll102_unsupported_manifest;
mod ll103_unsupported_layer;
mod ll104_unproven_layer_compression;
mod ll105_missing_parent_directory;
mod ll106_image_too_large;
mod ll107_over_size_budget;
mod ll108_not_linux;
mod ll109_unsupported_architecture;
mod ll110_settings_too_large;
mod ll111_large_manifest;
mod ll112_dangling_hardlink;
mod ll201_missing_entrypoint;
mod ll202_missing_handler;
mod ll203_handler_shell_form;
mod ll204_handler_argument_count;
mod ll205_broken_exec_form;
mod ll206_entrypoint_not_found;
mod ll207_entrypoint_not_executable;
mod ll208_wrong_architecture_binary;
mod ll209_missing_interpreter;
mod ll210_broken_script_start;
mod ll211_glibc_too_new;
mod ll212_missing_shared_library;
mod ll213_missing_bootstrap;
mod ll214_no_runtime_client;
mod ll215_handler_as_program;
mod ll216_emulator_as_entrypoint;
mod ll217_invalid_workdir;
mod ll218_init_needs_pid1;
mod ll219_broken_extension;
mod ll220_entrypoint_shell_form;
mod ll221_architecture_mismatch;
mod ll222_second_runtime_client;
mod ll223_entrypoint_not_absolute;
mod ll224_base_entrypoint_bypassed;
mod ll301_handler_not_found;
mod ll302_malformed_handler;
mod ll303_unreadable_file;
mod ll304_untraversable_directory;
mod ll305_cache_outside_tmp;
mod ll306_launcher_writes_home;
mod ll307_content_in_tmp;
mod ll308_content_in_build_home;
mod ll309_virtualenv_not_used;
mod ll310_user_site_install;
mod ll311_shadowed_sdk;
mod ll312_jar_outside_lib;
mod ll313_gems_not_found;
mod ll314_foreign_native_module;
mod ll315_dangling_symlink;
mod ll316_search_path_clobbered;
mod ll317_dangling_env_path;
mod ll318_reserved_env;
mod ll319_web_adapter_misconfigured;
mod ll320_ignored_instruction;
mod ll321_module_format_mismatch;
mod ll322_stage_libc_mismatch;
mod ll323_runtime_client_task_root;
mod ll324_exec_wrapper_ignored;
mod ll325_unexpanded_variable;
mod ll326_runtime_library_left_behind;
mod ll327_useless_write_permission;
mod ll328_incomplete_runtime_client;
mod ll329_missing_prisma_engine;
mod ll330_class_version_too_new;
mod ll331_missing_ca_certificates;
mod ll332_missing_module;
mod ll333_handler_not_in_module;
mod ll334_missing_name;
mod ll335_relative_import_outside_package;
mod ll336_missing_requirement;
mod ll337_conflicting_requirement;
mod ll338_wheel_for_another_python;
mod ll339_module_left_in_context;
mod ll341_home_written_at_first_use;
mod ll342_missing_system_library;
mod ll343_extension_for_other_libc;
mod ll344_unexpanded_tilde;
mod ll345_packages_left_in_stage;
mod ll401_deprecated_base;
mod ll402_base_deprecates_soon;
mod ll403_retired_base;
mod ll404_unpinned_base;
mod ll405_unpinned_copy_source;
mod ll406_not_a_function_base;
mod ll407_unknown_base_tag;
mod ll408_incompatible_runtime_client;
mod ll409_docker_hub_base;
mod ll410_unpinned_runtime_client;
mod ll501_wasted_space;
mod ll502_package_cache_kept;
mod ll503_build_tools_shipped;
mod ll504_context_junk_shipped;
mod ll505_emulator_shipped;
mod ll506_duplicated_content;
mod ll601_secret_in_environment;
mod ll602_secret_in_build_argument;
mod ll603_secret_file_shipped;
mod ll604_secret_in_lower_layer;
mod ll605_secret_in_template;
mod ll701_package_type_conflict;
mod ll702_invalid_image_uri;
mod ll703_reserved_template_env;
mod ll704_environment_too_large;
mod ll705_handler_as_entrypoint;
mod ll706_docker_metadata;
mod ll707_template_architecture;
mod ll708_function_limits;
mod ll709_snapstart_not_allowed;
mod ll710_attestations_enabled;
mod ll711_undefined_image;
mod ll712_misplaced_override;
mod ll713_mutable_image_tag;
mod ll714_unpinned_platform;
mod ll715_image_not_pushed;
mod ll716_invalid_env_name;
mod ll717_gateway_timeout;
mod ll718_file_system_config;
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
mod ll811_removed_command;
mod ll812_conflicting_package;
mod ll813_source_build_without_compiler;
mod ll814_archived_distribution;
mod ll815_version_as_redirection;

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
    &ll102_unsupported_manifest::RULE,
    &ll103_unsupported_layer::RULE,
    &ll104_unproven_layer_compression::RULE,
    &ll105_missing_parent_directory::RULE,
    &ll106_image_too_large::RULE,
    &ll107_over_size_budget::RULE,
    &ll108_not_linux::RULE,
    &ll109_unsupported_architecture::RULE,
    &ll110_settings_too_large::RULE,
    &ll111_large_manifest::RULE,
    &ll112_dangling_hardlink::RULE,
    &ll201_missing_entrypoint::RULE,
    &ll202_missing_handler::RULE,
    &ll203_handler_shell_form::RULE,
    &ll204_handler_argument_count::RULE,
    &ll205_broken_exec_form::RULE,
    &ll206_entrypoint_not_found::RULE,
    &ll207_entrypoint_not_executable::RULE,
    &ll208_wrong_architecture_binary::RULE,
    &ll209_missing_interpreter::RULE,
    &ll210_broken_script_start::RULE,
    &ll211_glibc_too_new::RULE,
    &ll212_missing_shared_library::RULE,
    &ll213_missing_bootstrap::RULE,
    &ll214_no_runtime_client::RULE,
    &ll215_handler_as_program::RULE,
    &ll216_emulator_as_entrypoint::RULE,
    &ll217_invalid_workdir::RULE,
    &ll218_init_needs_pid1::RULE,
    &ll219_broken_extension::RULE,
    &ll220_entrypoint_shell_form::RULE,
    &ll221_architecture_mismatch::RULE,
    &ll222_second_runtime_client::RULE,
    &ll223_entrypoint_not_absolute::RULE,
    &ll224_base_entrypoint_bypassed::RULE,
    &ll301_handler_not_found::RULE,
    &ll302_malformed_handler::RULE,
    &ll303_unreadable_file::RULE,
    &ll304_untraversable_directory::RULE,
    &ll305_cache_outside_tmp::RULE,
    &ll306_launcher_writes_home::RULE,
    &ll307_content_in_tmp::RULE,
    &ll308_content_in_build_home::RULE,
    &ll309_virtualenv_not_used::RULE,
    &ll310_user_site_install::RULE,
    &ll311_shadowed_sdk::RULE,
    &ll312_jar_outside_lib::RULE,
    &ll313_gems_not_found::RULE,
    &ll314_foreign_native_module::RULE,
    &ll315_dangling_symlink::RULE,
    &ll316_search_path_clobbered::RULE,
    &ll317_dangling_env_path::RULE,
    &ll318_reserved_env::RULE,
    &ll319_web_adapter_misconfigured::RULE,
    &ll320_ignored_instruction::RULE,
    &ll321_module_format_mismatch::RULE,
    &ll322_stage_libc_mismatch::RULE,
    &ll323_runtime_client_task_root::RULE,
    &ll324_exec_wrapper_ignored::RULE,
    &ll325_unexpanded_variable::RULE,
    &ll326_runtime_library_left_behind::RULE,
    &ll327_useless_write_permission::RULE,
    &ll328_incomplete_runtime_client::RULE,
    &ll329_missing_prisma_engine::RULE,
    &ll330_class_version_too_new::RULE,
    &ll331_missing_ca_certificates::RULE,
    &ll332_missing_module::RULE,
    &ll333_handler_not_in_module::RULE,
    &ll334_missing_name::RULE,
    &ll335_relative_import_outside_package::RULE,
    &ll336_missing_requirement::RULE,
    &ll337_conflicting_requirement::RULE,
    &ll338_wheel_for_another_python::RULE,
    &ll339_module_left_in_context::RULE,
    &ll341_home_written_at_first_use::RULE,
    &ll342_missing_system_library::RULE,
    &ll343_extension_for_other_libc::RULE,
    &ll344_unexpanded_tilde::RULE,
    &ll345_packages_left_in_stage::RULE,
    &ll401_deprecated_base::RULE,
    &ll402_base_deprecates_soon::RULE,
    &ll403_retired_base::RULE,
    &ll404_unpinned_base::RULE,
    &ll405_unpinned_copy_source::RULE,
    &ll406_not_a_function_base::RULE,
    &ll407_unknown_base_tag::RULE,
    &ll408_incompatible_runtime_client::RULE,
    &ll409_docker_hub_base::RULE,
    &ll410_unpinned_runtime_client::RULE,
    &ll501_wasted_space::RULE,
    &ll502_package_cache_kept::RULE,
    &ll503_build_tools_shipped::RULE,
    &ll504_context_junk_shipped::RULE,
    &ll505_emulator_shipped::RULE,
    &ll506_duplicated_content::RULE,
    &ll601_secret_in_environment::RULE,
    &ll602_secret_in_build_argument::RULE,
    &ll603_secret_file_shipped::RULE,
    &ll604_secret_in_lower_layer::RULE,
    &ll605_secret_in_template::RULE,
    &ll701_package_type_conflict::RULE,
    &ll702_invalid_image_uri::RULE,
    &ll703_reserved_template_env::RULE,
    &ll704_environment_too_large::RULE,
    &ll705_handler_as_entrypoint::RULE,
    &ll706_docker_metadata::RULE,
    &ll707_template_architecture::RULE,
    &ll708_function_limits::RULE,
    &ll709_snapstart_not_allowed::RULE,
    &ll710_attestations_enabled::RULE,
    &ll711_undefined_image::RULE,
    &ll712_misplaced_override::RULE,
    &ll713_mutable_image_tag::RULE,
    &ll714_unpinned_platform::RULE,
    &ll715_image_not_pushed::RULE,
    &ll716_invalid_env_name::RULE,
    &ll717_gateway_timeout::RULE,
    &ll718_file_system_config::RULE,
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
    &ll811_removed_command::RULE,
    &ll812_conflicting_package::RULE,
    &ll813_source_build_without_compiler::RULE,
    &ll814_archived_distribution::RULE,
    &ll815_version_as_redirection::RULE,
];

/// What could not be read of an image: LL010 to LL013 differ only in which faults they take.
fn report(image: &Image, kind: FaultKind, findings: &mut Vec<Finding>) {
    findings.extend(faults(image, kind));
}

fn faults(image: &Image, kind: FaultKind) -> impl Iterator<Item = Finding> {
    let faults = image.faults.iter().filter(move |fault| fault.kind == kind);
    faults.map(|fault| Finding::new(&fault.message).at(fault.place, &fault.label))
}

/// What stands between a client and its version in the words of its package manager.
fn pin_sign(client: &RuntimeClient) -> &'static str {
    match client.manager {
        "pip" => "==",
        "gem" => ":",
        _ => "@",
    }
}

/// Why a path that a setting names is needed.
fn why_needed(by: NamedBy) -> &'static str {
    match by {
        NamedBy::Workdir => "the function starts in this folder",
        NamedBy::Command => "Lambda starts this",
        NamedBy::Variable => "the function finds this in its environment",
    }
}

/// The first few of a list of names, and how many more there are.
fn list_some(names: &[impl AsRef<str>]) -> String {
    few_of(names, names.len())
}

/// Maximum number of names of a list that are told.
const NAMED: usize = 5;

/// The same for a list of which only the first names are at hand.
fn few_of(names: &[impl AsRef<str>], count: usize) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    match count.saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
