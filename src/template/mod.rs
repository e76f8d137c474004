//! Templates: the declarations that deploy an image as a function, in any language.
//!
//! A reader for each language lowers what it reads to the same [`Function`], whose fields are three-valued and know
//! their places. What only a deployment can evaluate is unknown; the default of a parameter is not its value.

mod builders;
mod cdk;
mod cloudformation;
mod comments;
mod deploy;
mod hcl;
mod image_uri;
mod intrinsics;
mod limits;
mod lower;
mod pipeline;
mod pulumi;
mod push;
mod read;
mod serverless;
mod terraform;
mod terraform_build;
mod value;

pub use builders::{builders, is_builder};
pub use comments::Comment;
pub use deploy::{BuildPaths, Linked, Located, Missing};
pub use image_uri::{Image, Uri};
pub use limits::{MAX_BYTES, MAX_FILES, MAX_MODULE_BYTES};
pub use push::{Builder, Index, Push};
pub use read::{Template, TemplateFile, is_script, is_terraform, looks_like_template, read};
pub use value::{Key, Text};

use crate::diagnostic::Location;
use crate::launch::{Arg, Argv, Setting};

/// The language of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// AWS SAM: `AWS::Serverless::Function`.
    Sam,
    /// CloudFormation, written by hand or by the CDK: `AWS::Lambda::Function`.
    CloudFormation,
    /// Terraform or OpenTofu: `aws_lambda_function`.
    Terraform,
    /// A call of the module terraform-aws-modules/lambda.
    TerraformModule,
    /// A call of another Terraform module, which may do anything with its arguments.
    OtherModule,
    /// The Serverless Framework: `functions` of serverless.yml.
    Serverless,
    /// Pulumi in YAML: `aws:lambda:Function`.
    Pulumi,
}

/// How a function is packaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// A container image.
    Image,
    /// A zip archive.
    Zip,
}

/// A function as a template declares it.
#[derive(Clone, Debug)]
pub struct Function {
    /// Logical id, resource name or key.
    pub id: String,
    /// The name it has on Lambda.
    pub name: Setting<String>,
    /// The template's language.
    pub language: Language,
    /// Its id in the template.
    pub place: Location,
    /// `false` if a plugin, a transform or a module of others decides what becomes of it.
    pub sure: bool,
    /// How it is packaged, after the language's own default.
    pub package: Setting<Package>,
    /// Where its image comes from.
    pub image: Image,
    /// The override of CMD.
    pub command: Setting<Argv>,
    /// The override of ENTRYPOINT.
    pub entrypoint: Setting<Argv>,
    /// The override of WORKDIR.
    pub workdir: Setting<String>,
    /// The architectures as a list, as the template has them.
    pub architectures: Setting<Vec<Arg>>,
    /// Memory in MB.
    pub memory: Setting<u64>,
    /// Timeout in seconds.
    pub timeout: Setting<u64>,
    /// Size of /tmp in MB.
    pub storage: Setting<u64>,
    /// Environment variables.
    pub env: Vec<Variable>,
    /// `true` if an expression may add variables that are not in `env`.
    pub env_open: bool,
    /// Keys that only a zip function may have, and that are there and not null.
    pub zip_only: Vec<Named>,
    /// Whether SnapStart is on.
    pub snapstart: Setting<bool>,
    /// Whether the template publishes versions.
    pub publishes: Setting<bool>,
    /// Whether it runs on a capacity provider.
    pub managed: Setting<bool>,
    /// Whether it has a VPC.
    pub vpc: Setting<bool>,
    /// File systems.
    pub mounts: Vec<Mount>,
    /// The API that invokes it, if nothing else does.
    pub gateway: Option<Gateway>,
    /// The Region of the template's provider, as a literal.
    pub region: Setting<String>,
    /// Terraform's hash of the source.
    pub source_hash: bool,
    /// The repository of the same Terraform module that the image is in, if nothing pushes to it.
    pub own_repository: Option<Location>,
    /// `true` if `sam deploy` pushes the image to ECR, which it takes from the local Docker.
    pub pushed_by_sam: bool,
    /// How its image is built, if the template tells.
    pub build: Option<ImageBuild>,
    /// `true` if the module that is called packs a zip archive as well.
    pub packs_zip: bool,
    /// Keys that stand where they do nothing.
    pub misplaced: Vec<Misplaced>,
    /// Where its image comes from, once that was looked up.
    pub located: Located,
}

/// An environment variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Key,
    /// Its value.
    pub value: Setting<Text>,
    /// `true` if an expression may leave it out.
    pub optional: bool,
}

impl Variable {
    /// `true` if the function may not have it.
    pub fn may_be_left_out(&self) -> bool {
        self.optional || self.value == Setting::Unset
    }
}

/// A key of a template and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The key as the language writes it.
    pub name: String,
    /// Where it stands.
    pub place: Location,
}

/// A file system that the function mounts.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where it is mounted.
    pub path: Setting<String>,
    /// `true` if it is an EFS access point, as far as the template tells.
    pub efs: bool,
    /// Where it is declared.
    pub place: Location,
}

/// An API in front of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// `REST API` or `HTTP API`.
    pub kind: &'static str,
    /// How long it waits, in seconds.
    pub seconds: u64,
    /// Where it is declared.
    pub place: Location,
}

/// A key that does nothing where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The key.
    pub key: Named,
    /// Where it belongs.
    pub belongs: String,
}

/// The tool that builds an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `sam build`.
    Sam,
    /// The CDK's asset publisher.
    Cdk,
    /// `dotnet lambda`, which builds the Dockerfile beside the template unless its own settings name another.
    Dotnet,
    /// The Serverless Framework, which runs `docker build`.
    Serverless,
    /// A Terraform provider or module.
    Terraform,
}

/// How an image is built: the same questions for every tool.
#[derive(Clone, Debug)]
pub struct ImageBuild {
    /// The tool.
    pub tool: Tool,
    /// The build context, from the template's folder.
    pub context: Setting<String>,
    /// The Dockerfile, from the context.
    pub dockerfile: Setting<String>,
    /// The stage.
    pub target: Setting<String>,
    /// Build arguments.
    pub args: Vec<(Key, Setting<String>)>,
    /// `true` if an expression may add build arguments that are not in `args`.
    pub args_open: bool,
    /// Build arguments that are not a map.
    pub args_fault: Option<Location>,
    /// The platform, `linux/amd64`.
    pub platform: Setting<String>,
    /// Whether BuildKit adds attestations, if the tool or the template says so.
    pub attestations: Setting<bool>,
    /// `false` if the tool has no key to switch them off.
    pub can_switch_attestations: bool,
    /// Keys that the tool does not know or does not use, and what to write in their place.
    pub odd_keys: Vec<(Named, OddKey)>,
    /// The tag that `sam build` gives the image.
    pub tag: Setting<String>,
    /// Where it is declared.
    pub place: Location,
}

/// Why a key of a build has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OddKey {
    /// It is misspelt; this is the key that was meant.
    Misspelt(&'static str),
    /// The tool uses it for zip functions only.
    ZipBuild,
    /// Its value is an attribute of a resource, which is not there when the tool builds.
    Attribute,
}

impl Function {
    /// `true` if it is known to be an image function.
    pub fn is_image(&self) -> bool {
        self.package.value() == Some(&Package::Image)
    }

    /// The architecture, if there is exactly one that Lambda has.
    pub fn architecture(&self) -> Setting<crate::arch::Arch> {
        let arch = |list: &Vec<Arg>| match list.as_slice() {
            [one] => crate::arch::Arch::parse(&one.text),
            _ => None,
        };
        match &self.architectures {
            Setting::Set(list, place) => arch(list).map_or(Setting::Unknown(*place), |arch| Setting::Set(arch, *place)),
            Setting::Inherited(list, place) => {
                arch(list).map_or(Setting::Unknown(*place), |arch| Setting::Inherited(arch, *place))
            }
            Setting::Unset => Setting::Unset,
            Setting::Unknown(place) => Setting::Unknown(*place),
        }
    }
}
