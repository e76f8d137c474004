//! What a `package.json` says that decides how its package is found.

use serde_json::Value;

/// A package's description.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The file that is loaded, from the package's folder.
    pub main: Option<String>,
    /// Whether `.js` files of it are ES modules.
    pub is_module: bool,
    /// Whether it says what `.js` files of it are.
    pub has_type: bool,
    /// What may be loaded of it, and from which files.
    #[serde(with = "as_text")]
    pub exports: Option<Value>,
    /// What its own files may load by names with `#`.
    #[serde(with = "as_text")]
    pub imports: Option<Value>,
    /// The packages that it needs.
    pub dependencies: Vec<String>,
}

/// JSON as its text, for formats in which a value does not say what it is.
mod as_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    #[allow(clippy::ref_option, reason = "serde gives the field as it is")]
    pub(super) fn serialize<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Value::to_string).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| serde_json::from_str(&text).map_err(D::Error::custom)).transpose()
    }
}

/// Maximum length of `exports` or `imports` that is kept, in bytes of JSON; of a package with more nothing is said.
const MAX_MAP: usize = 16 * 1024;

impl Package {
    /// Reads one; `None` if it is not a JSON object.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut value: Value = serde_json::from_slice(text).ok()?;
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let keys = |value: &Value| -> Vec<String> {
            value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        let mut optional = keys(&value["optionalDependencies"]);
        for list in ["bundleDependencies", "bundledDependencies"] {
            optional.extend(value[list].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        let mut package = Self {
            name: text(&value, "name"),
            version: text(&value, "version"),
            main: value["main"].as_str().map(str::to_owned),
            is_module: value["type"] == "module",
            has_type: value["type"].is_string(),
            dependencies: keys(&value["dependencies"]).into_iter().filter(|name| !optional.contains(name)).collect(),
            ..Self::default()
        };
        let map = value.as_object_mut()?;
        let mut taken = |key: &str| map.get_mut(key).map(Value::take).filter(|value| !value.is_null());
        package.exports = taken("exports");
        package.imports = taken("imports");
        let long = |value: &Option<Value>| value.as_ref().is_some_and(|value| value.to_string().len() > MAX_MAP);
        if long(&package.exports) || long(&package.imports) {
            return None;
        }
        Some(package)
    }

    /// About how many bytes it takes.
    pub fn cost(&self) -> usize {
        let map = |value: &Option<Value>| value.as_ref().map_or(0, |value| 4 * value.to_string().len());
        let names: usize = self.dependencies.iter().map(|name| 24 + name.len()).sum();
        size_of::<Self>() + self.name.len() + self.version.len() + names + map(&self.exports) + map(&self.imports)
    }
}

#[cfg(test)]
mod tests {
    use super::Package;

    #[test]
    fn descriptions() {
        let text = r#"{"name": "a", "type": "module", "main": "x.js", "exports": {".": "./x.js"},
            "dependencies": {"b": "1", "c": "2"}, "optionalDependencies": {"c": "2"}}"#;
        let package = Package::read(text.as_bytes()).unwrap();
        assert!(package.is_module && package.exports.is_some() && package.imports.is_none());
        assert_eq!((package.dependencies, package.main.as_deref()), (vec!["b".to_owned()], Some("x.js")));
        assert!(Package::read(b"[]").is_none() && Package::read(b"{").is_none());
        assert!(Package::read(format!("{{\"exports\": \"{}\"}}", "x".repeat(99_999)).as_bytes()).is_none());
    }
}
