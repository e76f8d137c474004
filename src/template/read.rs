//! From the bytes of one or several files to a template: which language it is, and what it declares.

use super::comments::{self, Comment};
use super::intrinsics::Evaluator;
use super::limits::{MAX_FILES, TREE};
use super::terraform::{File, Module};
use super::{Function, Push, cdk, cloudformation, pipeline, pulumi, serverless};
use crate::diagnostic::DocumentId;
use crate::source::{Source, Span};
use crate::yaml::{self, Fault, Kind, Node};
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Body, Structure};
use hcl_edit::visit::{Visit, visit_block, visit_expr};

/// A template, read.
#[derive(Debug, Default)]
pub struct Template {
    /// Its path as the user named it; that of the folder for a Terraform module.
    pub path: String,
    /// Its files; the first is the template itself, the others are read with it.
    pub files: Vec<TemplateFile>,
    /// The functions from an image, and those that are half declared so.
    pub functions: Vec<Function>,
    /// What a workflow or a script pushes that may be a function's image.
    pub pushes: Vec<Push>,
    /// What could not be read of it.
    pub notes: Vec<String>,
}

impl Template {
    /// The file that declares a function.
    pub fn file_of(&self, function: &Function) -> Option<&TemplateFile> {
        self.files.iter().find(|file| file.doc == function.place.doc)
    }
}

/// One file of a template.
#[derive(Debug)]
pub struct TemplateFile {
    /// The document that places in it name.
    pub doc: DocumentId,
    /// Its path as the user named it, or as a folder led to it.
    pub path: String,
    /// Its text.
    pub source: Source,
    /// Its comments to lamblint.
    pub comments: Vec<Comment>,
}

/// `true` if a file's name and content say that it may declare functions. The content is only searched for words.
pub fn looks_like_template(name: &str, bytes: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "AWS::Serverless::Function",
        "AWS::Lambda::Function",
        "aws_lambda_function",
        "terraform-aws-modules/lambda",
        "terraform-aws-lambda",
        "image_uri",
        "aws:lambda",
    ];
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    let service = is_serverless(name) && has("functions") && has("image");
    match language_of(name) {
        None => false,
        Some(Form::Script | Form::Makefile) => pipeline::may_push(bytes),
        Some(form) => WORDS.iter().any(|word| has(word)) || service || form == Form::Tree && pipeline::may_push(bytes),
    }
}

fn is_serverless(name: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).unwrap_or_default();
    stem.starts_with("serverless")
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Tree,
    Hcl,
    TerraformJson,
    Script,
    Makefile,
}

fn language_of(name: &str) -> Option<Form> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[".tf.json", ".tofu.json"]) {
        Some(Form::TerraformJson)
    } else if ends(&[".tf", ".tofu"]) {
        Some(Form::Hcl)
    } else if ends(&[".yaml", ".yml", ".json", ".template"]) {
        Some(Form::Tree)
    } else if ends(&[".sh", ".bash"]) {
        Some(Form::Script)
    } else if ends(&[".mk"]) || ["Makefile", "makefile", "GNUmakefile"].contains(&crate::path::file_name(name)) {
        Some(Form::Makefile)
    } else {
        None
    }
}

/// `true` if a file's name says that it is a script or a Makefile.
pub fn is_script(name: &str) -> bool {
    matches!(language_of(name), Some(Form::Script | Form::Makefile))
}

/// `true` if all files of the folder are one module.
pub fn is_terraform(name: &str) -> bool {
    matches!(language_of(name), Some(Form::Hcl | Form::TerraformJson))
}

/// Reads a template from its files, each with its path; `first` is the number of the first document. The files of a
/// Terraform module are all of them the template; of any other the first is, and the others are manifests of CDK assets.
/// `Ok(None)` if it declares no function from an image.
pub fn read(path: &str, mut files: Vec<(String, Vec<u8>)>, first: usize) -> Result<Option<Template>, Fault> {
    for (_, bytes) in &mut files {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
    }
    crate::meter::begin();
    let mut template = Template { path: path.to_owned(), ..Template::default() };
    let functions = match files.first().and_then(|(name, _)| language_of(name)) {
        Some(Form::Hcl | Form::TerraformJson) => module(&mut template, files, first)?,
        Some(form @ (Form::Script | Form::Makefile)) => {
            script(&mut template, files, first, form)?;
            None
        }
        _ => tree(&mut template, files, first)?,
    };
    template.functions = functions.unwrap_or_default();
    template.functions.retain(Function::concerns_image);
    Ok((!template.functions.is_empty() || !template.pushes.is_empty()).then_some(template))
}

impl Function {
    /// `true` if it is declared from an image, or says something that only an image function can.
    fn concerns_image(&self) -> bool {
        use super::Image;
        use crate::launch::Setting;
        self.is_image()
            || !matches!(self.image, Image::Unset | Image::Later(_))
            || self.command != Setting::Unset
            || self.entrypoint != Setting::Unset
            || self.workdir != Setting::Unset
    }
}

/// A template in YAML or JSON.
fn tree(template: &mut Template, files: Vec<(String, Vec<u8>)>, first: usize) -> Result<Option<Vec<Function>>, Fault> {
    let mut functions = None;
    let mut manifests = Vec::new();
    for (at, (path, bytes)) in files.into_iter().take(MAX_FILES).enumerate() {
        let doc = DocumentId::File(first + at);
        let node = parsed(&bytes).and_then(|text| yaml::read(text, TREE));
        let node = match (node, at) {
            (Ok(node), _) => node,
            (Err(fault), 0) => return Err(fault),
            (Err(fault), _) => {
                template.notes.push(format!("{path}: {fault}"));
                None
            }
        };
        let mut marks = Marks::default();
        let plain = Evaluator { doc, variables: false };
        if let Some(root) = &node {
            marks.of_node(root);
            if at == 0 {
                functions = cloudformation::functions(root, plain)
                    .or_else(|| serverless::functions(root, Evaluator { doc, variables: true }))
                    .or_else(|| pulumi::functions(root, Evaluator { doc, variables: true }));
                if functions.is_none() && pipeline::may_push(&bytes) {
                    template.pushes = pipeline::of_yaml(root, &String::from_utf8_lossy(&bytes), doc);
                }
            } else {
                manifests.extend(cdk::Manifest::of(root, plain));
            }
        }
        template.files.push(file(doc, path, bytes, marks));
    }
    if let Some(functions) = &mut functions {
        cdk::join(functions, &manifests);
    }
    Ok(functions)
}

/// A script or a Makefile.
fn script(template: &mut Template, files: Vec<(String, Vec<u8>)>, first: usize, form: Form) -> Result<(), Fault> {
    let Some((path, bytes)) = files.into_iter().next() else { return Ok(()) };
    let doc = DocumentId::File(first);
    let text = parsed(&bytes)?;
    template.pushes =
        if form == Form::Makefile { pipeline::of_makefile(text, doc) } else { pipeline::of_script(text, doc) };
    let marks = Marks { entries: template.pushes.iter().map(|push| push.place.span).collect(), texts: Vec::new() };
    template.files.push(file(doc, path, bytes, marks));
    Ok(())
}

/// A Terraform module: a file that cannot be read is left out, unless there is no other.
fn module(
    template: &mut Template,
    files: Vec<(String, Vec<u8>)>,
    first: usize,
) -> Result<Option<Vec<Function>>, Fault> {
    let only = files.len() == 1;
    let mut read = Vec::new();
    for (at, (path, bytes)) in files.into_iter().take(MAX_FILES).enumerate() {
        let doc = DocumentId::File(first + at);
        let mut marks = Marks::default();
        let file_read = match language_of(&path) {
            Some(Form::TerraformJson) => parsed(&bytes).and_then(|text| yaml::read(text, TREE)).map(|node| {
                node.map(|node| {
                    marks.of_node(&node);
                    File::Json(doc, node)
                })
            }),
            _ => parsed(&bytes).and_then(|text| {
                let body = hcl_edit::parser::parse_body(text)
                    .map_err(|error| Fault { line: error.location().line(), message: error.message().to_owned() })?;
                marks.of_body(&body);
                Ok(Some(File::Hcl(doc, body)))
            }),
        };
        match file_read {
            Ok(file) => read.extend(file),
            Err(fault) if only => return Err(fault),
            Err(fault) => template.notes.push(format!("{path}: {fault}")),
        }
        template.files.push(file(doc, path, bytes, marks));
    }
    let module = Module::of(&read);
    let functions = module.functions();
    if functions.iter().any(Function::concerns_image) {
        template.pushes = module.pushes();
    }
    Ok(Some(functions))
}

fn parsed(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = Source::new(bytes).line_of(error.valid_up_to());
        Fault { line, message: "not UTF-8".to_owned() }
    })
}

fn file(doc: DocumentId, path: String, bytes: Vec<u8>, marks: Marks) -> TemplateFile {
    let source = Source::new(bytes);
    let comments = comments::of(&source, marks.entries, &marks.texts);
    TemplateFile { doc, path, source, comments }
}

/// What comments can be about, and where none can be.
#[derive(Default)]
struct Marks {
    entries: Vec<Span>,
    texts: Vec<Span>,
}

impl Marks {
    fn of_node(&mut self, node: &Node) {
        match &node.kind {
            Kind::Scalar { .. } => self.texts.push(node.span),
            Kind::List(list) => list.iter().for_each(|node| {
                self.entries.push(node.span);
                self.of_node(node);
            }),
            Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.entries.push(key.span.join(value.span));
                self.of_node(value);
            }),
        }
    }

    fn of_body(&mut self, body: &Body) {
        for structure in body {
            self.visit_structure(structure);
        }
    }
}

impl Visit for Marks {
    fn visit_structure(&mut self, node: &Structure) {
        self.entries.extend(node.span().map(|span| Span::new(span.start, span.end)));
        hcl_edit::visit::visit_structure(self, node);
    }

    fn visit_block(&mut self, node: &hcl_edit::structure::Block) {
        visit_block(self, node);
    }

    fn visit_expr(&mut self, node: &Expression) {
        if matches!(node, Expression::String(_) | Expression::StringTemplate(_) | Expression::HeredocTemplate(_)) {
            self.texts.extend(node.span().map(|span| Span::new(span.start, span.end)));
        }
        visit_expr(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn functions(name: &str, text: &str) -> Result<Vec<Function>, Fault> {
        let found = read(name, vec![(name.to_owned(), text.as_bytes().to_vec())], 0)?;
        Ok(found.map(|template| template.functions).unwrap_or_default())
    }

    #[test]
    fn hostile_texts_end_soon_and_with_a_bound() {
        let start = Instant::now();
        let resource = "resource \"aws_lambda_function\" \"f\" {\n  image_uri = local.a0\n}\n";
        let mut locals = "locals {\n".to_owned();
        for at in 0..30 {
            let next = at + 1;
            locals = format!("{locals}  a{at} = [{}]\n", vec![format!("local.a{next}"); 20].join(", "));
        }
        assert_eq!(functions("main.tf", &format!("{locals}}}\n{resource}")).unwrap().len(), 1);
        let loop_ = "locals {\n  a0 = local.a1\n  a1 = local.a0\n}\n";
        assert_eq!(functions("main.tf", &format!("{loop_}{resource}")).unwrap().len(), 1);
        for text in ["[".repeat(20_000), "a:\n".repeat(20_000), "{".repeat(1000), "&a [*a]".to_owned(), "\0".to_owned()]
        {
            assert!(functions("template.yaml", &text).map_or(true, |found| found.is_empty()));
            assert!(functions("main.tf", &text).map_or(true, |found| found.is_empty()));
            assert!(functions("main.tf.json", &text).map_or(true, |found| found.is_empty()));
        }
        let deep = format!("x = {}1{}\n", "(".repeat(5000), ")".repeat(5000));
        assert!(functions("main.tf", &deep).is_err());
        let one = "  F{}:\n    Type: AWS::Serverless::Function\n    Properties: {PackageType: Image}\n";
        let many: String = (0..3000).map(|at| one.replace("{}", &at.to_string())).collect();
        assert_eq!(functions("template.yaml", &format!("Resources:\n{many}")).unwrap().len(), 500);
        assert!(functions("template.yaml", &" ".repeat(1 << 21)).unwrap_err().message.contains("bytes"));
        assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
    }

    #[test]
    fn what_is_not_a_template_is_left_alone() {
        assert_eq!(functions("values.yaml", "image: app\n").unwrap().len(), 0);
        assert_eq!(functions("template.yaml", "Resources: [1]\n").unwrap().len(), 0);
        let zip = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: python3.13}\n";
        assert_eq!(functions("template.yaml", zip).unwrap().len(), 0);
        let jinja = "Resources:\n{%- if cookiecutter.x %}\n  F: {Type: a}\n{%- endif %}\n";
        assert_eq!(functions("template.yaml", jinja).unwrap_err().line, 2);
        assert!(functions("main.tf", "resource \"x\" {\n").is_err());
    }

    #[test]
    fn comments_have_targets_in_both_languages() {
        let text = "# lamblint: ignore=LL701\nresource \"aws_lambda_function\" \"f\" {\n  package_type = \"Image\"\n  \
                    runtime = \"x\" # lamblint: ignore=LL701 -- why\n}\n";
        let files = vec![("main.tf".to_owned(), text.as_bytes().to_vec())];
        let template = read("main.tf", files, 0).unwrap().unwrap();
        let targets: Vec<_> =
            template.files[0].comments.iter().map(|comment| &text[comment.target.start..comment.target.end]).collect();
        assert_eq!(targets[0].lines().next(), Some("resource \"aws_lambda_function\" \"f\" {"));
        assert_eq!(targets[1], "runtime = \"x\"");
    }
}
