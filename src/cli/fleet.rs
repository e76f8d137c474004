//! Lists of images: a reference a line, or a function a line as `aws lambda get-function` describes it.

use crate::discover::Found;
use crate::registry::{MAX_IMAGES, Reference, Repository};
use crate::report::plural;
use crate::template::{self, Linked};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// One image of a list.
pub(super) struct Listed {
    /// What reports call it: the reference, or the function's ARN and the digest of its image.
    pub(super) path: PathBuf,
    pub(super) found: Result<Found, String>,
    /// The function that runs it.
    pub(super) function: Option<Declared>,
}

/// A function as a template would declare it. The template is made when it is needed: a list may have tens of thousands.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    /// What reports call it.
    pub(super) path: String,
    pub(super) name: String,
    /// Its settings in JSON, which takes an eighth of what values take.
    properties: Box<str>,
}

impl Declared {
    pub(super) fn new(path: String, name: String, properties: &Map<String, Value>) -> Self {
        Self { path, name, properties: serde_json::to_string(properties).unwrap_or_default().into() }
    }

    /// Its settings.
    pub(super) fn properties(&self) -> Map<String, Value> {
        serde_json::from_str(&self.properties).unwrap_or_default()
    }

    /// The function, linked to its image.
    pub(super) fn linked(&self) -> Option<Linked> {
        let resource = json!({"Type": "AWS::Lambda::Function", "Properties": self.properties()});
        let template = json!({"Resources": {&self.name: resource}});
        let text = format!("{template:#}\n").into_bytes();
        let template = template::read(&self.path, vec![(self.path.clone(), text)], 0).ok().flatten()?;
        Some(Linked { template: Rc::new(template), index: 0, context: None })
    }
}

/// The tag that a function was deployed with, and the digest that it led to then.
#[cfg_attr(not(feature = "registry"), allow(dead_code, reason = "nothing is reached without the feature"))]
pub(super) struct Deployed {
    /// What reports call the function.
    pub(super) path: PathBuf,
    pub(super) tag: Repository,
    pub(super) digest: String,
}

/// What lists say.
#[derive(Default)]
pub(super) struct Fleet {
    pub(super) listed: Vec<Listed>,
    pub(super) deployed: Vec<Deployed>,
    pub(super) notes: Vec<String>,
}

/// Bytes of a list: fifty thousand functions with large environments.
const MAX_LIST: u64 = 256 * 1024 * 1024;

/// Reads the lists that flags name: one of references, and one of functions.
pub(super) fn read(refs: Option<&Path>, functions: Option<&Path>) -> Result<Fleet, String> {
    let mut fleet = Fleet::default();
    if let Some(file) = refs {
        fleet.references(&text(file)?);
    }
    if let Some(file) = functions {
        fleet.functions(file, &text(file)?)?;
    }
    fleet.bounded()
}

fn text(file: &Path) -> Result<String, String> {
    let name = file.display();
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(MAX_LIST + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("standard input: {}", crate::error::why(&error)))?;
        bytes
    } else {
        crate::source::read_file(file, MAX_LIST).map_err(|error| error.to_string())?
    };
    if bytes.len() as u64 > MAX_LIST {
        return Err(format!("{name}: over {MAX_LIST} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| format!("{name}: it is not text in UTF-8"))
}

impl Fleet {
    /// The lists, if they are not too long.
    pub(super) fn bounded(self) -> Result<Self, String> {
        if self.listed.len() > MAX_IMAGES {
            return Err(format!("over {MAX_IMAGES} images in a list; split it"));
        }
        Ok(self)
    }

    /// Adds the references of a text, one a line.
    fn references(&mut self, text: &str) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        self.named(lines);
    }

    /// Adds references, each once.
    pub(super) fn named<'t>(&mut self, references: impl Iterator<Item = &'t str>) {
        let mut seen = BTreeSet::new();
        for reference in references.filter(|reference| seen.insert(*reference)) {
            self.reference(reference);
        }
    }

    fn reference(&mut self, line: &str) {
        if let Some(shown) = without_login(line) {
            let why = "a login does not belong into a reference; `docker login` keeps it where lamblint finds it";
            return self.fail(&shown, why);
        }
        let path = PathBuf::from(line);
        let found = match Reference::of_scheme(line).or_else(|| Reference::bare(line).map(Ok)) {
            Some(Ok(reference)) => Ok(Found::Remote { path: path.clone(), reference }),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(format!("{line}: --refs takes references such as host.example/orders:1.4 or docker:orders")),
        };
        self.listed.push(Listed { path, found, function: None });
    }

    fn functions(&mut self, file: &Path, text: &str) -> Result<(), String> {
        let name = file.display();
        let mut zips = 0;
        each_value(text, &mut |number, value| {
            let at = format!("{name}:{number}");
            match value.as_ref().map_err(Clone::clone).and_then(Function::of) {
                Ok(Some(function)) => {
                    let listed = function.listed(&at);
                    self.deployed.extend(function.deployed(&listed.path));
                    self.listed.push(listed);
                }
                Ok(None) => zips += 1,
                Err(why) => self.fail(&at, &why),
            }
        });
        if zips > 0 {
            let zips = plural(zips, "function");
            self.notes.push(format!("{name}: {zips} packaged as a zip archive, which has no image to check"));
        }
        if self.listed.is_empty() && zips == 0 {
            return Err(format!("{name}: no function in it; `aws lambda get-function` describes one"));
        }
        Ok(())
    }

    fn fail(&mut self, at: &str, why: &str) {
        let path = PathBuf::from(at);
        self.listed.push(Listed { path, found: Err(format!("{at}: {why}")), function: None });
    }
}

/// What stands behind the login of a reference that has one.
fn without_login(line: &str) -> Option<String> {
    let mut logins = line.match_indices('@').map(|(at, _)| at);
    let at = logins.rfind(|at| !["@sha256:", "@sha512:"].iter().any(|mark| line[*at..].starts_with(mark)))?;
    Some(format!("***{}", &line[at..]))
}

/// Goes through the JSON values of a list, with the lines that they are on: one a line, or all in one array or object.
fn each_value(text: &str, each: &mut dyn FnMut(usize, Result<Value, String>)) {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(items)) => items.into_iter().enumerate().for_each(|(at, item)| each(at + 1, Ok(item))),
        Ok(value) => each(1, Ok(value)),
        Err(_) => {
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let read = serde_json::from_str(line);
                each(at + 1, read.map_err(|error| format!("it is not JSON ({error}); a function a line is")));
            }
        }
    }
}

/// A function as AWS describes it.
struct Function<'v> {
    /// Its ARN, or its name where that is not told.
    name: &'v str,
    image: &'v str,
    /// What it was deployed with, where AWS tells what that led to.
    tag: Option<&'v str>,
    settings: &'v Value,
}

impl<'v> Function<'v> {
    /// Reads an answer of `get-function`, or a resource's properties; `None` if it is no image function.
    fn of(value: &'v Value) -> Result<Option<Self>, String> {
        let settings = if value["Configuration"].is_object() { &value["Configuration"] } else { value };
        if settings["PackageType"].as_str() == Some("Zip") {
            return Ok(None);
        }
        let text = |value: &'v Value| value.as_str().filter(|text| !text.is_empty());
        let code = &value["Code"];
        let image = text(&code["ResolvedImageUri"])
            .or(text(&code["ImageUri"]))
            .ok_or("no Code.ResolvedImageUri in it; `aws lambda get-function` has it, and list-functions does not")?;
        let name = text(&settings["FunctionArn"]).or(text(&settings["FunctionName"])).unwrap_or(image);
        let tag = text(&code["ImageUri"]).filter(|tag| *tag != image && !tag.contains('@'));
        Ok(Some(Self { name, image, tag, settings }))
    }

    fn deployed(&self, path: &Path) -> Option<Deployed> {
        let Some(Reference::Registry(tag)) = Reference::bare(self.tag?) else { return None };
        let (_, digest) = self.image.split_once('@')?;
        Some(Deployed { path: path.to_owned(), tag, digest: digest.to_owned() })
    }

    fn listed(&self, at: &str) -> Listed {
        let digest = self.image.split_once('@').map_or(String::new(), |(_, digest)| format!("@{digest}"));
        let whole: String = format!("{}{digest}", self.name).chars().filter(|c| !c.is_control()).collect();
        let path = PathBuf::from(whole);
        let read =
            Reference::bare(self.image).ok_or_else(|| format!("{at}: `{}` is not an image in a registry", self.image));
        let found = read.map(|reference| Found::Remote { path: path.clone(), reference });
        Listed { function: Some(self.declared(&path)), found, path }
    }

    /// The function as a template would declare it.
    fn declared(&self, path: &Path) -> Declared {
        let settings = self.settings;
        let mut properties = Map::new();
        let mut put = |key: &str, value: &Value| {
            if !value.is_null() {
                properties.insert(key.to_owned(), value.clone());
            }
        };
        put("PackageType", &json!("Image"));
        put("Code", &json!({"ImageUri": self.image}));
        for key in
            ["FunctionName", "Architectures", "Timeout", "MemorySize", "EphemeralStorage", "CapacityProviderConfig"]
        {
            put(key, &settings[key]);
        }
        let overrides = &settings["ImageConfigResponse"]["ImageConfig"];
        put("ImageConfig", if overrides.is_null() { &settings["ImageConfig"] } else { overrides });
        if settings["SnapStart"]["ApplyOn"].as_str() == Some("PublishedVersions") {
            put("SnapStart", &json!({"ApplyOn": "PublishedVersions"}));
        }
        if settings["VpcConfig"]["SubnetIds"].as_array().is_some_and(|subnets| !subnets.is_empty()) {
            put("VpcConfig", &json!({"SubnetIds": settings["VpcConfig"]["SubnetIds"]}));
        }
        if let Some(mounts) = settings["FileSystemConfigs"].as_array() {
            put("FileSystemConfigs", &json!(mounts));
        }
        match &settings["Environment"]["Variables"] {
            // A function without variables looks as one whose list leaves them out.
            Value::Null => put("Environment", &json!({"Variables": {"Ref": "NotInTheList"}})),
            variables => put("Environment", &json!({"Variables": variables})),
        }
        let name = settings["FunctionName"].as_str().unwrap_or("Function").to_owned();
        Declared::new(path.display().to_string(), name, &properties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(text: &str) -> Fleet {
        let mut fleet = Fleet::default();
        let read = fleet.functions(Path::new("f.jsonl"), text);
        assert!(read.is_ok() || fleet.listed.is_empty());
        fleet
    }

    fn told(fleet: &Fleet) -> Vec<String> {
        let one = |listed: &Listed| match &listed.found {
            Ok(_) => {
                let linked = listed.function.as_ref().and_then(Declared::linked);
                format!("{} {}", listed.path.display(), linked.is_some())
            }
            Err(why) => why.clone(),
        };
        fleet.listed.iter().map(one).collect()
    }

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn lines_arrays_and_properties() {
        let uri = format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders@{DIGEST}");
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders";
        let line = json!({"Code": {"ImageUri": "h.e/orders:1", "ResolvedImageUri": uri},
            "Configuration": {"FunctionArn": arn, "FunctionName": "orders", "PackageType": "Image"}});
        let zip = json!({"Configuration": {"FunctionName": "z", "PackageType": "Zip"}, "Code": {"Location": "x"}});
        let flat = json!({"FunctionName": "flat", "Code": {"ImageUri": "h.e/flat:1"}, "Architectures": ["arm64"]});
        let none = json!({"FunctionName": "listed", "PackageType": "Image"});
        let whole = format!("{line}\n\n{zip}\n{flat}\n{none}\n{{\n");
        let seen = fleet(&whole);
        let told = told(&seen);
        assert_eq!(told[..2], [format!("{arn}@{DIGEST} true"), "flat true".to_owned()]);
        assert!(told[2].starts_with("f.jsonl:5: no Code.ResolvedImageUri in it"), "{told:?}");
        assert!(told[3].starts_with("f.jsonl:6: it is not JSON"), "{told:?}");
        assert_eq!(seen.notes.len(), 1);
        assert_eq!(fleet(&json!([line, flat]).to_string()).listed.len(), 2);
        assert_eq!(fleet(&format!("{flat:#}")).listed.len(), 1);
        assert!(Fleet::default().functions(Path::new("x"), "").is_err());
    }

    #[test]
    fn references() {
        let mut fleet = Fleet::default();
        let logins = "user:geheim@h.e/x@sha256:1\nregistry://geheim@h.e/x";
        fleet.references(&format!("# base\n h.e/orders:1 \n\nh.e/orders:1\ndocker:x\nregistry:x\n./a.tar\n{logins}"));
        let told = told(&fleet);
        assert_eq!(told[..2], ["h.e/orders:1 false", "docker:x false"]);
        assert!(told[2].starts_with("registry:x: ") && told[3].starts_with("./a.tar: --refs takes"), "{told:?}");
        assert!(
            told[4].starts_with("***@h.e/x@sha256:1: a login does not") && told[5].starts_with("***@h.e/x: a login")
        );
    }
}
