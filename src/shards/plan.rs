//! The plan: which images there are, each by its digest, and the different layers that they have.

use super::seal::{self, Kind};
use crate::error::Error;
use crate::registry::{MAX_IMAGES, Repository};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

const KIND: Kind = Kind { name: "plan", format: 1, command: "lamblint plan" };

/// A plan, as its document has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    lamblint: String,
    format: u32,
    /// What it is known by: the digest of its text.
    pub digest: String,
    /// The lamblint that wrote it.
    version: String,
    /// The day that lifecycle rules count from, on all machines alike.
    pub today: Date,
    /// The images, in the order of the list.
    pub subjects: Vec<Planned>,
    /// Their different layers, in the order in which the images have them.
    pub layers: Vec<PlannedLayer>,
}

/// An image of a plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// What reports call it.
    pub path: String,
    /// `host/name:tag@digest`; none where it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its layers, by their numbers in the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<usize>,
    /// The function that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<PlannedFunction>,
    /// Why it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A function, as a template would declare it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFunction {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub properties: Map<String, Value>,
}

/// A layer of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedLayer {
    /// Its digest.
    pub digest: String,
    /// Its length as it is fetched, in bytes.
    pub size: u64,
    /// Its type.
    pub media_type: String,
    /// An image that has it.
    pub reference: String,
}

impl Plan {
    /// A plan that has no digest yet.
    pub fn new(today: Date, subjects: Vec<Planned>, layers: Vec<PlannedLayer>) -> Self {
        Self {
            lamblint: KIND.name.to_owned(),
            format: KIND.format,
            digest: seal::UNSEALED.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            today,
            subjects,
            layers,
        }
    }

    /// Its document.
    pub fn text(&self) -> String {
        seal::seal(self).0
    }

    /// Reads one.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let plan: Self = seal::read(file, &KIND)?;
        plan.fault()
            .map_or(Ok(plan), |why| Err(Error::new(format!("{}: no plan of lamblint's: {why}", file.display()))))
    }

    /// What is in it that lamblint would not have written.
    fn fault(&self) -> Option<String> {
        if self.subjects.len() > MAX_IMAGES {
            return Some(format!("over {MAX_IMAGES} images"));
        }
        let mut known = BTreeSet::new();
        for (at, layer) in self.layers.iter().enumerate() {
            let named = crate::registry::is_digest(&layer.digest) && Repository::pinned(&layer.reference).is_some();
            if !named || !known.insert(&layer.digest) {
                return Some(format!("layer {at} is not one by its digest and reference"));
            }
        }
        let wrong = |subject: &Planned| {
            let named = subject.reference.as_deref().is_some_and(|reference| Repository::pinned(reference).is_some());
            let one = if subject.error.is_some() { subject.reference.is_none() } else { named };
            !one || subject.layers.iter().any(|layer| *layer >= self.layers.len())
        };
        let at = self.subjects.iter().position(wrong)?;
        Some(format!("image {at} has no reference with a digest, or a layer that is not there"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    fn digest(at: usize) -> String {
        format!("sha256:{at:064x}")
    }

    fn plan() -> Plan {
        let reference = format!("h.e/orders:1@{}", digest(9));
        let layers = vec![PlannedLayer {
            digest: digest(1),
            size: 7,
            media_type: "application/vnd.oci.image.layer.v1.tar+gzip".into(),
            reference: reference.clone(),
        }];
        let properties = json!({"Environment": {"Variables": {"z": "1", "a": "\"digest\": \""}}, "Timeout": 3});
        let function = PlannedFunction { name: "orders".into(), properties: properties.as_object().unwrap().clone() };
        let read = Planned {
            path: "arn:orders".into(),
            reference: Some(reference),
            layers: vec![0],
            function: Some(function),
            error: None,
        };
        let gone = Planned { path: "h.e/gone:1".into(), error: Some("h.e/gone:1: no".into()), ..Planned::default() };
        Plan::new(date(2026, 11, 28), vec![read, gone], layers)
    }

    fn reread(text: &str) -> Result<Plan, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Plan::read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let (plan, text, again) = (plan(), plan().text(), plan().text());
        let read = reread(&text).unwrap();
        assert_eq!(format!("{:?}", read.subjects), format!("{:?}", plan.subjects));
        assert_eq!((read.layers.clone(), read.today), (plan.layers, plan.today));
        assert!(text.contains(&read.digest) && read.digest != seal::UNSEALED);
        assert_eq!(text, again, "the same plan has the same digest");
    }

    #[test]
    fn what_lamblint_would_not_write_is_refused() {
        let with = |change: &dyn Fn(&mut Plan)| {
            let mut plan = plan();
            change(&mut plan);
            reread(&plan.text()).unwrap_err()
        };
        for (said, words) in [
            (with(&|plan| plan.layers[0].digest = "sha256:../../etc/passwd".into()), "layer 0"),
            (with(&|plan| plan.layers[0].reference = "../etc/passwd".into()), "layer 0"),
            (with(&|plan| plan.layers.push(plan.layers[0].clone())), "layer 1"),
            (with(&|plan| plan.subjects[0].layers[0] = 1), "image 0"),
            (with(&|plan| plan.subjects[0].reference = Some("h.e/orders:1".into())), "image 0"),
            (with(&|plan| plan.subjects[1].error = None), "image 1"),
            (with(&|plan| plan.subjects[1].reference = plan.subjects[0].reference.clone()), "image 1"),
            (with(&|plan| plan.subjects = vec![plan.subjects[1].clone(); MAX_IMAGES + 1]), "over 100000 images"),
        ] {
            assert!(said.contains("no plan of lamblint's: ") && said.contains(words), "{said}");
        }
    }
}
