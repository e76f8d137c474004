//! BuildKit's checks (`docker build --check`) under their own names, a file each.
//!
//! What a finding says is BuildKit's own text, letter by letter, and its first label stands on the line that BuildKit
//! reports, so that people find what they have seen there.

use crate::dockerfile::{Dockerfile, Instruction};
use crate::launch::{Build, Stage, Step};
use crate::rules::Rule;
use crate::source::Span;

mod consistent_instruction_casing;
mod copy_ignored_file;
mod duplicate_stage_name;
mod expose_invalid_format;
mod expose_proto_casing;
mod from_as_casing;
mod from_platform_flag_const_disallowed;
mod invalid_base_image_platform;
mod invalid_default_arg_in_from;
mod invalid_definition_description;
mod json_args_recommended;
mod legacy_key_value_format;
mod maintainer_deprecated;
mod multiple_instructions_disallowed;
mod no_empty_continuation;
mod redundant_target_platform;
mod reserved_stage_name;
mod secrets_used_in_arg_or_env;
mod stage_name_casing;
mod undefined_arg_in_from;
mod undefined_var;
mod workdir_relative_path;

/// In the order of codes.
pub(super) const RULES: &[&Rule] = &[
    &consistent_instruction_casing::RULE,
    &copy_ignored_file::RULE,
    &duplicate_stage_name::RULE,
    &expose_invalid_format::RULE,
    &expose_proto_casing::RULE,
    &from_as_casing::RULE,
    &from_platform_flag_const_disallowed::RULE,
    &invalid_base_image_platform::RULE,
    &invalid_default_arg_in_from::RULE,
    &invalid_definition_description::RULE,
    &json_args_recommended::RULE,
    &legacy_key_value_format::RULE,
    &maintainer_deprecated::RULE,
    &multiple_instructions_disallowed::RULE,
    &no_empty_continuation::RULE,
    &redundant_target_platform::RULE,
    &reserved_stage_name::RULE,
    &secrets_used_in_arg_or_env::RULE,
    &stage_name_casing::RULE,
    &undefined_arg_in_from::RULE,
    &undefined_var::RULE,
    &workdir_relative_path::RULE,
];

/// Every instruction of every stage; an ONBUILD trigger is one of the stage that runs it.
fn steps<'b, 'a>(build: &'b Build<'a>) -> impl Iterator<Item = (&'b Stage<'a>, &'b Step<'a>)> {
    build.stages.iter().flat_map(|stage| stage.steps.iter().map(move |step| (stage, step)))
}

/// The span, if it begins on the instruction's first line, where BuildKit reports; else the keyword.
fn on_first_line(dockerfile: &Dockerfile, instruction: &Instruction, span: Span) -> Span {
    let source = &dockerfile.source;
    let line = source.line(source.line_of(instruction.span.start));
    if line.start <= span.start && span.start <= line.end { span } else { instruction.keyword.span }
}

/// The same for an instruction of a stage. A trigger is reported where the stage begins that runs it.
fn in_stage(build: &Build<'_>, stage: &Stage<'_>, instruction: &Instruction, span: Span) -> Span {
    if instruction.span.start < stage.from.span.start {
        return stage.from.keyword.span;
    }
    on_first_line(build.dockerfile, instruction, span)
}

/// Whether an instruction is an ONBUILD trigger of an earlier stage, which no edit here can fix.
fn is_trigger(stage: &Stage<'_>, instruction: &Instruction) -> bool {
    instruction.span.start < stage.from.span.start
}
