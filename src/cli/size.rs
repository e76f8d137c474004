//! `lamblint size`: where an image's bytes are, and with `--against` what it has that an older image has not.

use super::arg_types::{Size, SizeFormat};
use super::args::SizeArgs;
use super::progress::Waiting;
use super::remote::Remotes;
use super::{complain, output, print, print_json, print_report};
use crate::discover::{self, Found};
use crate::image::{self, Depth, Image, ReadOptions};
use crate::inventory::{Growth, Inventory, Weights};
use crate::{report, save};
use std::path::Path;
use std::sync::Arc;

/// 0, 1 where the image has grown too much, or 2 where something could not be looked at.
pub(super) fn all(args: &SizeArgs) -> Result<u8, String> {
    let read = args.paths.iter().chain(&args.against).map(std::path::PathBuf::as_path);
    output::refuse_to_overwrite(args.more.iter().map(|(_, file)| file.as_path()), read)?;
    match &args.against {
        Some(old) => against(args, old),
        None => sizes(args),
    }
}

fn sizes(args: &SizeArgs) -> Result<u8, String> {
    let listed = usize::from(args.top);
    let remotes = Remotes::new(args.remote.clone());
    let (mut inventories, mut blind) = (Vec::new(), false);
    for path in &args.paths {
        match read(&remotes, path, args.image.as_deref(), |image| Inventory::of(&image, listed)) {
            Ok(all) => inventories.extend(all),
            Err(error) => {
                complain(&error);
                blind = true;
            }
        }
    }
    let text = |format: SizeFormat, style: &report::SizeStyle| match format {
        SizeFormat::Human => joined(inventories.iter().map(|one| report::size_for_people(one, style))),
        SizeFormat::Json => json(&inventories),
        SizeFormat::Markdown => joined(inventories.iter().map(|one| report::size_as_markdown(one, listed))),
        SizeFormat::Html => report::size_as_html(&inventories),
    };
    tell(args, text)?;
    Ok(if blind { 2 } else { 0 })
}

/// Images that are compared at most: the weights of all files of each are held.
const MAX_COMPARED: usize = 8;

fn against(args: &SizeArgs, old: &Path) -> Result<u8, String> {
    let [new] = args.paths.as_slice() else {
        return Err("--against compares one image with an older one: name one path".into());
    };
    if new == Path::new("-") && old == Path::new("-") {
        return Err("standard input holds one image, and --against needs another one".into());
    }
    let listed = usize::from(args.top);
    let remotes = Remotes::new(args.remote.clone());
    let new = Weighed::all(&remotes, new, args.image.as_deref(), listed)?;
    let old = Weighed::all(&remotes, old, None, listed)?;
    let mut all = Vec::new();
    for image in &new {
        let older = image.older(&old)?;
        all.push(Growth::of((&older.inventory, &older.weights), (&image.inventory, &image.weights)));
    }
    let limit = args.max_growth.as_ref();
    let text = |format: SizeFormat, style: &report::SizeStyle| match format {
        SizeFormat::Human => joined(all.iter().map(|one| report::growth_for_people(one, style))),
        SizeFormat::Json => json(&all),
        SizeFormat::Markdown => joined(all.iter().map(|one| {
            let over = limit.filter(|limit| exceeds(one, limit) == Some(true)).map(|limit| limit.text.as_str());
            report::growth_as_markdown(one, over, listed)
        })),
        SizeFormat::Html => {
            let pairs: Vec<_> = all.iter().zip(new.iter().map(|image| &image.inventory)).collect();
            report::growth_as_html(&pairs)
        }
    };
    tell(args, text)?;
    let mut code = 0;
    for (growth, limit) in all.iter().zip(limit.into_iter().cycle()) {
        let name = growth.image.as_deref().unwrap_or("the image");
        match exceeds(growth, limit) {
            None => return Err(format!("{name}: a layer could not be read, so its growth is unknown")),
            Some(false) => {}
            Some(true) => {
                let bytes = growth.unpacked.growth.unwrap_or(0).unsigned_abs();
                let grown = crate::size::show(bytes);
                complain(&format!("{name} has grown by {grown} ({bytes} bytes), over --max-growth {}", limit.text));
                code = 1;
            }
        }
    }
    Ok(code)
}

/// Whether an image has grown by more than a limit; `None` where that is unknown.
fn exceeds(growth: &Growth, limit: &Size) -> Option<bool> {
    growth.unpacked.growth.map(|bytes| u64::try_from(bytes).is_ok_and(|bytes| bytes > limit.bytes))
}

/// An image with what all its files weigh.
struct Weighed {
    inventory: Inventory,
    weights: Weights,
    architecture: Option<String>,
}

impl Weighed {
    fn all(remotes: &Remotes, path: &Path, name: Option<&str>, listed: usize) -> Result<Vec<Self>, String> {
        let mut left = MAX_COMPARED;
        let weigh = |image: Image| {
            left = left.checked_sub(1)?;
            let weights = Weights::of(&image);
            let architecture = image.config.as_ref().and_then(|config| config.value["architecture"].as_str());
            let architecture = architecture.map(str::to_owned);
            Some(Self { inventory: Inventory::weighed(&image, &weights, listed), weights, architecture })
        };
        let all: Option<Vec<Self>> = read(remotes, path, name, weigh)?.into_iter().collect();
        let all = all.ok_or_else(|| {
            format!("{}: over {MAX_COMPARED} images; --image names one of the new ones", path.display())
        })?;
        if all.is_empty() { Err(format!("{}: there is no image in it", path.display())) } else { Ok(all) }
    }

    /// The image that this one is compared with: the only one, or the one of the same name for the same processor.
    fn older<'a>(&self, all: &'a [Self]) -> Result<&'a Self, String> {
        if let [one] = all {
            return Ok(one);
        }
        let named = |one: &&Self| one.inventory.image == self.inventory.image;
        let alike = |one: &&Self| one.architecture == self.architecture;
        let mut built_alike = all.iter().filter(alike);
        let only = built_alike.next().filter(|_| built_alike.next().is_none());
        all.iter().find(|one| named(one) && alike(one)).or(only).ok_or_else(|| {
            let name = self.inventory.image.as_deref().unwrap_or("without a name");
            format!("--against holds {} images, and none fits the image {name}", all.len())
        })
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("\n")
}

fn json<T: serde::Serialize>(value: &T) -> String {
    report::plain_json(&(serde_json::to_string_pretty(value).unwrap_or_default() + "\n"))
}

/// Writes every report that is asked for, and prints one; a report that cannot be written stops no other.
fn tell(args: &SizeArgs, text: impl Fn(SizeFormat, &report::SizeStyle) -> String) -> Result<(), String> {
    let listed = usize::from(args.top);
    let in_file = report::SizeStyle { listed, ..report::SizeStyle::default() };
    let mut failed = Vec::new();
    for (format, file) in &args.more {
        failed.extend(save::report(file, &text(*format, &in_file)).err().map(|error| error.to_string()));
    }
    let printed = text(args.format, &output::size_style(listed));
    let done = match args.format {
        SizeFormat::Json => print_json(&printed),
        SizeFormat::Html => print_report(Some(report::Format::Html), &printed),
        SizeFormat::Human | SizeFormat::Markdown => print(&printed),
    };
    failed.extend(done.err());
    let last = failed.pop();
    failed.iter().for_each(|message| complain(message));
    last.map_or(Ok(()), Err)
}

/// Reads the images of a path.
fn read<T>(remotes: &Remotes, path: &Path, name: Option<&str>, each: impl FnMut(Image) -> T) -> Result<Vec<T>, String> {
    let waiting = Waiting::at(&path.display().to_string(), false);
    let progress = Arc::clone(&waiting.progress);
    let options = ReadOptions { image: name.map(str::to_owned), verify: false, depth: Depth::Layers, progress };
    let all = if path == Path::new("-") {
        image::from_reader(std::io::stdin().lock(), &options, each)
    } else {
        match discover::remote(path).transpose().map_err(|error| error.to_string())? {
            Some(Found::Remote { reference, .. }) => return remotes.read(path, &reference, &options, each),
            _ => image::open(path, &options, each),
        }
    };
    all.map_err(|error| error.to_string())
}
