//! hadolint's rules under their codes, a file each. Written from what the rules mean; hadolint itself is GPL, and no
//! line of it is here.

mod caches;
mod dl1001_inline_ignore;
mod dl3000_relative_workdir;
mod dl3001_interactive_command;
mod dl3002_runs_as_root;
mod dl3003_cd_in_run;
mod dl3004_sudo;
mod dl3006_untagged_base;
mod dl3007_latest_base;
mod dl3008_unpinned_apt_package;
mod dl3009_apt_lists_kept;
mod dl3010_archive_copied;
mod dl3011_impossible_port;
mod dl3012_second_healthcheck;
mod dl3013_unpinned_pip_package;
mod dl3014_apt_asks;
mod dl3015_recommended_packages;
mod dl3016_unpinned_npm_package;
mod dl3018_unpinned_apk_package;
mod dl3019_apk_index_kept;
mod dl3020_add_for_copy;
mod dl3021_copy_of_many_into_a_file;
mod dl3022_copy_from_unknown_stage;
mod dl3023_copy_from_itself;
mod dl3024_stage_name_taken;
mod dl3025_shell_form;
mod dl3026_untrusted_registry;
mod dl3027_apt_for_people;
mod dl3028_unpinned_gem;
mod dl3029_fixed_platform;
mod dl3030_yum_asks;
mod dl3032_yum_cache_kept;
mod dl3033_unpinned_yum_package;
mod dl3034_zypper_asks;
mod dl3035_zypper_dist_upgrade;
mod dl3036_zypper_cache_kept;
mod dl3037_unpinned_zypper_package;
mod dl3038_dnf_asks;
mod dl3040_dnf_cache_kept;
mod dl3041_unpinned_dnf_package;
mod dl3042_pip_cache_kept;
mod dl3043_forbidden_trigger;
mod dl3044_variable_of_the_same_env;
mod dl3045_copy_without_workdir;
mod dl3046_useradd_with_high_id;
mod dl3047_wget_progress;
mod dl3048_invalid_label_key;
mod dl3049_missing_label;
mod dl3050_superfluous_label;
mod dl3051_empty_label;
mod dl3052_label_is_no_url;
mod dl3053_label_is_no_date;
mod dl3054_label_is_no_licence;
mod dl3055_label_is_no_commit;
mod dl3056_label_is_no_version;
mod dl3057_missing_healthcheck;
mod dl3058_label_is_no_email;
mod dl3059_consecutive_runs;
mod dl3060_yarn_cache_kept;
mod dl3061_instruction_before_from;
mod dl3062_unpinned_go_package;
mod dl3063_reserved_stage_name;
mod dl3064_secret_in_variable;
mod dl3065_redundant_platform;
mod dl3066_user_by_name;
mod dl3067_whole_filesystem_copied;
mod dl4000_maintainer;
mod dl4001_wget_and_curl;
mod dl4003_second_cmd;
mod dl4004_second_entrypoint;
mod dl4005_shell_replaced_by_link;
mod dl4006_pipe_hides_failure;
mod installs;
mod labels;
mod seen;
#[cfg(test)]
mod tests;

use crate::rules::Rule;

/// In the order of codes.
pub(super) const RULES: &[&Rule] = &[
    &dl1001_inline_ignore::RULE,
    &dl3000_relative_workdir::RULE,
    &dl3001_interactive_command::RULE,
    &dl3002_runs_as_root::RULE,
    &dl3003_cd_in_run::RULE,
    &dl3004_sudo::RULE,
    &dl3006_untagged_base::RULE,
    &dl3007_latest_base::RULE,
    &dl3008_unpinned_apt_package::RULE,
    &dl3009_apt_lists_kept::RULE,
    &dl3010_archive_copied::RULE,
    &dl3011_impossible_port::RULE,
    &dl3012_second_healthcheck::RULE,
    &dl3013_unpinned_pip_package::RULE,
    &dl3014_apt_asks::RULE,
    &dl3015_recommended_packages::RULE,
    &dl3016_unpinned_npm_package::RULE,
    &dl3018_unpinned_apk_package::RULE,
    &dl3019_apk_index_kept::RULE,
    &dl3020_add_for_copy::RULE,
    &dl3021_copy_of_many_into_a_file::RULE,
    &dl3022_copy_from_unknown_stage::RULE,
    &dl3023_copy_from_itself::RULE,
    &dl3024_stage_name_taken::RULE,
    &dl3025_shell_form::RULE,
    &dl3026_untrusted_registry::RULE,
    &dl3027_apt_for_people::RULE,
    &dl3028_unpinned_gem::RULE,
    &dl3029_fixed_platform::RULE,
    &dl3030_yum_asks::RULE,
    &dl3032_yum_cache_kept::RULE,
    &dl3033_unpinned_yum_package::RULE,
    &dl3034_zypper_asks::RULE,
    &dl3035_zypper_dist_upgrade::RULE,
    &dl3036_zypper_cache_kept::RULE,
    &dl3037_unpinned_zypper_package::RULE,
    &dl3038_dnf_asks::RULE,
    &dl3040_dnf_cache_kept::RULE,
    &dl3041_unpinned_dnf_package::RULE,
    &dl3042_pip_cache_kept::RULE,
    &dl3043_forbidden_trigger::RULE,
    &dl3044_variable_of_the_same_env::RULE,
    &dl3045_copy_without_workdir::RULE,
    &dl3046_useradd_with_high_id::RULE,
    &dl3047_wget_progress::RULE,
    &dl3048_invalid_label_key::RULE,
    &dl3049_missing_label::RULE,
    &dl3050_superfluous_label::RULE,
    &dl3051_empty_label::RULE,
    &dl3052_label_is_no_url::RULE,
    &dl3053_label_is_no_date::RULE,
    &dl3054_label_is_no_licence::RULE,
    &dl3055_label_is_no_commit::RULE,
    &dl3056_label_is_no_version::RULE,
    &dl3057_missing_healthcheck::RULE,
    &dl3058_label_is_no_email::RULE,
    &dl3059_consecutive_runs::RULE,
    &dl3060_yarn_cache_kept::RULE,
    &dl3061_instruction_before_from::RULE,
    &dl3062_unpinned_go_package::RULE,
    &dl3063_reserved_stage_name::RULE,
    &dl3064_secret_in_variable::RULE,
    &dl3065_redundant_platform::RULE,
    &dl3066_user_by_name::RULE,
    &dl3067_whole_filesystem_copied::RULE,
    &dl4000_maintainer::RULE,
    &dl4001_wget_and_curl::RULE,
    &dl4003_second_cmd::RULE,
    &dl4004_second_entrypoint::RULE,
    &dl4005_shell_replaced_by_link::RULE,
    &dl4006_pipe_hides_failure::RULE,
];
