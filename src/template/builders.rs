//! Compose files and bake files: they build images, and say nothing about functions.
//!
//! What a service of Compose starts is for a machine of its developer: where its image is built counts, and that the
//! image need not say what it starts.

use super::limits::TREE;
use crate::yaml::{self, Node};
use hcl_edit::expr::Expression;

/// Where an image is built: context and Dockerfile, as the file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builder {
    /// The build context, from the folder of the file.
    pub context: String,
    /// The Dockerfile, from the context.
    pub dockerfile: String,
    /// The name that the image gets.
    pub image: Option<String>,
    /// `true` if a service gives it a command.
    pub command: bool,
}

/// `true` if a file's name says that it builds images.
pub fn is_builder(name: &str) -> bool {
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    yaml && (name.starts_with("docker-compose") || name.starts_with("compose."))
        || ["docker-bake.hcl", "docker-bake.json"].contains(&name)
}

/// The images that a file builds, those whose paths are literal. One that cannot be read builds none.
pub fn builders(name: &str, bytes: &[u8]) -> Vec<Builder> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    if name.ends_with(".hcl") {
        return of_bake(text);
    }
    let Ok(Some(root)) = yaml::read(text, TREE) else { return Vec::new() };
    let entries = |key: &str| root.get(key).and_then(Node::entries).unwrap_or_default();
    let services = entries("services").iter().filter_map(|(_, service)| {
        let build = service.get("build")?;
        let built = match build.text() {
            Some(context) => builder(Some(context), None),
            None => builder(text_of(build.get("context")), text_of(build.get("dockerfile"))),
        };
        let image = service.get("image").and_then(Node::text).map(str::to_owned);
        built.map(|built| Builder { image, command: service.get("command").is_some(), ..built })
    });
    let targets = entries("target")
        .iter()
        .filter_map(|(_, target)| builder(text_of(target.get("context")), text_of(target.get("dockerfile"))));
    services.chain(targets).collect()
}

fn text_of(node: Option<&Node>) -> Option<&str> {
    node.map(|node| node.text().unwrap_or("$"))
}

fn of_bake(text: &str) -> Vec<Builder> {
    let Ok(body) = hcl_edit::parser::parse_body(text) else { return Vec::new() };
    let literal = |value: Option<&Expression>| match value {
        Some(Expression::String(text)) => Some(text.to_string()),
        Some(_) => Some("$".to_owned()),
        None => None,
    };
    let targets = body.get_blocks("target").filter(|block| {
        // One that takes from another is not whole by itself.
        ["inherits", "matrix"].iter().all(|key| block.body.get_attribute(key).is_none())
    });
    targets
        .filter_map(|block| {
            let get = |key: &str| literal(block.body.get_attribute(key).map(|attribute| &attribute.value));
            builder(get("context").as_deref(), get("dockerfile").as_deref())
        })
        .collect()
}

fn builder(context: Option<&str>, dockerfile: Option<&str>) -> Option<Builder> {
    let (context, dockerfile) = (context.unwrap_or("."), dockerfile.unwrap_or("Dockerfile"));
    let literal = |path: &str| !path.contains('$') && !path.contains("://") && !path.starts_with(['/', '~']);
    let both = literal(context) && literal(dockerfile);
    both.then(|| Builder {
        context: context.to_owned(),
        dockerfile: dockerfile.to_owned(),
        image: None,
        command: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Vec<(String, String)> {
        builders(name, text.as_bytes()).into_iter().map(|builder| (builder.context, builder.dockerfile)).collect()
    }

    fn pair(context: &str, dockerfile: &str) -> (String, String) {
        (context.to_owned(), dockerfile.to_owned())
    }

    #[test]
    fn compose() {
        let text = "services:\n  a:\n    build: ./a\n    command: [x]\n  b:\n    build:\n      context: .\n      \
                    dockerfile: b/Dockerfile\n      target: dev\n  c:\n    image: redis\n  d:\n    build: ${DIR}\n";
        assert_eq!(read("docker-compose.yml", text), [pair("./a", "Dockerfile"), pair(".", "b/Dockerfile")]);
        assert_eq!(read("compose.yaml", "services: [a\n"), []);
    }

    #[test]
    fn bake() {
        let hcl = "variable \"T\" {}\ntarget \"a\" {\n  context = \"app\"\n  dockerfile = \"fn.Dockerfile\"\n}\n\
                   target \"b\" {\n  context = T\n}\ntarget \"c\" {\n  inherits = [\"a\"]\n}\n";
        assert_eq!(read("docker-bake.hcl", hcl), [pair("app", "fn.Dockerfile")]);
        let json = "{\"target\": {\"a\": {\"context\": \"app\"}, \"b\": {\"context\": \"https://x/y\"}}}";
        assert_eq!(read("docker-bake.json", json), [pair("app", "Dockerfile")]);
        assert!(is_builder("docker-compose.dev.yml") && is_builder("compose.yaml") && !is_builder("values.yaml"));
    }
}
