//! What may be done to a saved image without changing what Lambda would do with it.

use crate::support::saved::{Archive, Form, Headers, Packed, Saved, SavedEntry, SavedLayer};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tar::EntryType;

/// One change; `false` if the image has nothing to change.
pub(super) struct Change {
    pub(super) name: &'static str,
    pub(super) apply: fn(&mut Saved, &mut Form) -> bool,
    /// Codes about what is changed here: they are not compared.
    pub(super) about: &'static [&'static str],
}

const fn change(name: &'static str, apply: fn(&mut Saved, &mut Form) -> bool) -> Change {
    Change { name, apply, about: &[] }
}

const fn about(name: &'static str, apply: fn(&mut Saved, &mut Form) -> bool, about: &'static [&'static str]) -> Change {
    Change { name, apply, about }
}

/// Types and compression of layers, and what an old docker-archive hides.
const OF_LAYERS: &[&str] = &["LL103", "LL104", "LL105", "LL111"];

pub(super) const CHANGES: &[Change] = &[
    // How it is saved.
    change("a folder", |_, form| set(&mut form.archive, Archive::Folder)),
    about("an old docker-archive", |_, form| set(&mut form.archive, Archive::Docker), OF_LAYERS),
    change("an archive of Docker 25", |_, form| set(&mut form.archive, Archive::Docker25)),
    change("members in another order", |_, form| set(&mut form.reversed, true)),
    change("members below ./", |_, form| set(&mut form.dotted, true)),
    change("the archive in gzip", |_, form| set(&mut form.outer, Packed::Gzip)),
    change("the archive in zstd", |_, form| set(&mut form.outer, Packed::ZstdFrames)),
    about("plain layers", |_, form| set(&mut form.layers, Packed::Plain), OF_LAYERS),
    change("gzip in two members", |_, form| set(&mut form.layers, Packed::GzipTwice)),
    about("layers in zstd", |_, form| set(&mut form.layers, Packed::Zstd), OF_LAYERS),
    about("zstd in frames", |_, form| set(&mut form.layers, Packed::ZstdFrames), OF_LAYERS),
    about("types of Docker", |_, form| set(&mut form.docker_types, true), OF_LAYERS),
    // How tar writes it.
    change("headers of POSIX", |saved, form| headers(saved, form, Headers::Ustar)),
    change("names in extended headers", |saved, form| headers(saved, form, Headers::Pax)),
    change("extended attributes", |saved, form| headers(saved, form, Headers::Attributes)),
    change("names in long entries", |saved, form| headers(saved, form, Headers::LongNames)),
    change("no end mark", |saved, _| end(saved, &[])),
    change("zeros behind the end", |saved, _| end(saved, &[0; 20 * 512])),
    change("anything behind the end", |saved, _| end(saved, &[vec![0; 1024], vec![b'x'; 700]].concat())),
    change("names that begin with ./", |saved, _| rename(saved, |path| format!("./{path}"))),
    change("names that begin with a slash", |saved, _| rename(saved, |path| format!("/{path}"))),
    change("doubled slashes", |saved, _| rename(saved, |path| path.replace('/', "//"))),
    change("folders without a slash", |saved, _| rename(saved, |path| path.trim_end_matches('/').to_owned())),
    change("another order of files", reorder),
    change("folders twice", |saved, _| {
        saved.layers.iter_mut().for_each(|layer| {
            let twice = |entry: &SavedEntry| if entry.kind == EntryType::Directory { 2 } else { 1 };
            layer.entries = layer.entries.iter().flat_map(|e| vec![e.clone(); twice(e)]).collect();
        });
        true
    }),
    // What Lambda does not look at.
    change("other owners", |saved, _| each(saved, |entry| entry.owner = (1000, 1001))),
    change("large owners", |saved, _| each(saved, |entry| entry.owner = (3_000_000_000, 3_000_000_000))),
    change("other times", |saved, _| each(saved, |entry| entry.mtime = 1_769_900_000)),
    change("nobody may write", |saved, _| each(saved, |entry| entry.mode &= !0o222)),
    change("groups passed on", |saved, _| {
        each(saved, |entry| entry.mode |= if entry.kind == EntryType::Directory { 0o2000 } else { 0 })
    }),
    change("a device and a pipe", |saved, _| {
        let special = |path: &str, kind| SavedEntry { kind, ..SavedEntry::file(path, Vec::new()) };
        let entries = vec![
            SavedEntry::folder("dev/"),
            special("dev/null", EntryType::Char),
            special("dev/initctl", EntryType::Fifo),
        ];
        add(saved, entries)
    }),
    change("a page of a manual", |saved, _| {
        let folders = ["usr/", "usr/share/", "usr/share/man/"].map(SavedEntry::folder);
        add(saved, [&folders[..], &[SavedEntry::file("usr/share/man/x.1", b"x".to_vec())]].concat())
    }),
    // Layers.
    change("an empty layer on top", |saved, _| add(saved, Vec::new())),
    change("an empty layer below", |saved, _| {
        saved.layers.insert(0, SavedLayer::default());
        true
    }),
    change("a file that comes and goes", |saved, _| {
        add(saved, vec![SavedEntry::folder("gone/"), SavedEntry::file("gone/x", b"x".to_vec())]);
        add(saved, vec![SavedEntry::file(".wh.gone", Vec::new())])
    }),
    about(
        "the last layer twice",
        |saved, _| {
            let last = saved.layers.last().cloned().unwrap();
            saved.layers.push(last);
            true
        },
        &["LL501"],
    ),
    change("the last layer in two", |saved, _| {
        let last = saved.layers.last_mut().unwrap();
        let middle = last.entries.len() / 2;
        if last.entries.iter().any(|entry| entry.kind == EntryType::XHeader || entry.path.contains(".wh.")) {
            return false;
        }
        let entries = last.entries.split_off(middle);
        add(saved, entries)
    }),
    about(
        "the last two layers in one",
        |saved, _| {
            let special = |layer: &SavedLayer| layer.entries.iter().any(|entry| entry.path.contains(".wh."));
            let twice = has_twice(saved);
            if saved.layers.len() < 2 || twice || saved.layers.iter().any(special) {
                return false;
            }
            let last = saved.layers.pop().unwrap();
            saved.layers.last_mut().unwrap().entries.extend(last.entries);
            true
        },
        &[],
    ),
    // The config.
    change("labels", |saved, _| {
        let missing = saved.config["config"].is_object() && saved.config["config"]["Labels"].is_null();
        (!missing || put(saved, "/config", "Labels", json!({})))
            && put(saved, "/config/Labels", "org.opencontainers.image.title", json!("x"))
    }),
    change("who made it and when", |saved, _| {
        put(saved, "", "author", json!("x")) && put(saved, "", "created", json!("2026-01-01T00:00:00.5Z"))
    }),
    change("a history", |saved, _| {
        let lines: Vec<Value> = saved.layers.iter().map(|_| json!({"created_by": "COPY . . # buildkit"})).collect();
        saved.config["history"].is_null() && put(saved, "", "history", Value::Array(lines))
    }),
    change("what Docker writes", |saved, _| {
        for (key, value) in [
            ("Hostname", json!("")),
            ("AttachStdin", json!(false)),
            ("Image", json!("sha256:0")),
            ("OnBuild", Value::Null),
            ("Volumes", Value::Null),
        ] {
            put(saved, "/config", key, value);
        }
        put(saved, "", "container_config", json!({"Cmd": ["/bin/sh", "-c", "#(nop) CMD"]}))
            && put(saved, "", "docker_version", json!("20.10"))
    }),
    change("settings that are null", |saved, _| {
        let unset: Vec<&str> = ["Entrypoint", "Cmd", "Env", "User", "Labels"]
            .into_iter()
            .filter(|key| saved.config["config"][*key].is_null())
            .collect();
        unset.into_iter().fold(false, |_, key| put(saved, "/config", key, Value::Null))
    }),
    change("variables in another order", |saved, _| {
        let variables = saved.config.pointer_mut("/config/Env").and_then(Value::as_array_mut);
        variables.map(|list| list.reverse()).is_some()
    }),
    change("the architecture's other name", |saved, _| {
        let name = match saved.config["architecture"].as_str() {
            Some("amd64") => "x86_64",
            Some("arm64") => "aarch64",
            _ => return false,
        };
        put(saved, "", "architecture", json!(name))
    }),
    change("a variant", |saved, _| {
        let name = match saved.config["architecture"].as_str() {
            Some("amd64") => "v2",
            Some("arm64") => "v8",
            _ => return false,
        };
        put(saved, "", "variant", json!(name))
    }),
    change("annotations", |saved, _| {
        saved.annotations = json!({"org.opencontainers.image.created": "2026-01-01T00:00:00Z"});
        true
    }),
    // Where files really lie.
    change("/var/task is a link", |saved, _| linked(saved, "var/task", "/srv/code")),
    change("/var/task is a relative link", |saved, _| linked(saved, "var/task", "../srv/code")),
    change("/opt is a link", |saved, _| linked(saved, "opt", "/srv/opt")),
    change("/usr/local is a link", |saved, _| linked(saved, "usr/local", "/srv/local")),
    change("/usr/bin is a link", |saved, _| linked(saved, "usr/bin", "/srv/bin")),
    change("/bin is a link", |saved, _| linked(saved, "bin", "srv/bin")),
    change("/lib64 is a link", |saved, _| linked(saved, "lib64", "srv/lib64")),
    change("/var/lang is a link", |saved, _| linked(saved, "var/lang", "/srv/lang")),
    change("/var/runtime is a link", |saved, _| linked(saved, "var/runtime", "/srv/runtime")),
    change("/function is a link", |saved, _| linked(saved, "function", "/srv/function")),
    change("/app is a link", |saved, _| linked(saved, "app", "/srv/app")),
    change("/root is a link", |saved, _| linked(saved, "root", "/srv/root")),
    change("/etc is a link", |saved, _| linked(saved, "etc", "/srv/etc")),
    change("files are hard links into a store", stored),
];

fn set<T>(field: &mut T, value: T) -> bool {
    *field = value;
    true
}

/// An extended header that the image is drawn with belongs to the entry behind it, which can have no other.
fn headers(saved: &mut Saved, form: &mut Form, headers: Headers) -> bool {
    !saved.entries().any(|entry| entry.kind == EntryType::XHeader) && set(&mut form.headers, headers)
}

fn end(saved: &mut Saved, bytes: &[u8]) -> bool {
    saved.layers.iter_mut().for_each(|layer| layer.end = Some(bytes.to_vec()));
    true
}

fn each(saved: &mut Saved, how: impl Fn(&mut SavedEntry)) -> bool {
    saved.entries().for_each(how);
    true
}

fn rename(saved: &mut Saved, how: impl Fn(&str) -> String) -> bool {
    each(saved, |entry| {
        if entry.kind != EntryType::XHeader {
            entry.path = how(&entry.path);
        }
    })
}

fn add(saved: &mut Saved, entries: Vec<SavedEntry>) -> bool {
    saved.layers.push(SavedLayer { entries, end: None });
    true
}

fn put(saved: &mut Saved, above: &str, key: &str, value: Value) -> bool {
    let Some(Value::Object(map)) = saved.config.pointer_mut(above) else { return false };
    map.insert(key.to_owned(), value);
    true
}

/// Whether a file has more than one entry.
fn has_twice(saved: &Saved) -> bool {
    let entries = saved.layers.iter().flat_map(|layer| &layer.entries);
    let files = entries.filter(|entry| !matches!(entry.kind, EntryType::Directory | EntryType::XHeader));
    let mut seen = BTreeSet::new();
    files.into_iter().any(|entry| !seen.insert(&entry.path))
}

/// Folders first and then files, the last one first; hard links stay behind what they name.
fn reorder(saved: &mut Saved, _: &mut Form) -> bool {
    let plain = |layer: &SavedLayer| {
        let paths: BTreeSet<&str> = layer.entries.iter().map(|entry| entry.path.as_str()).collect();
        let whole = layer.entries.iter().all(|entry| entry.kind != EntryType::XHeader);
        // An entry whose folder comes later, or never, is what LL105 is about.
        let parents = layer.entries.iter().enumerate().all(|(at, entry)| {
            let folder = entry.path.trim_end_matches('/').rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
            folder.is_none_or(|folder| {
                layer.entries[..at].iter().any(|before| before.path == folder) || !paths.contains(&*folder)
            })
        });
        paths.len() == layer.entries.len() && whole && parents
    };
    if !saved.layers.iter().all(plain) {
        return false;
    }
    for layer in &mut saved.layers {
        let rank = |entry: &SavedEntry| match entry.kind {
            EntryType::Directory => 0,
            EntryType::Link => 2,
            _ => 1,
        };
        let (first, mut rest): (Vec<_>, Vec<_>) = layer.entries.drain(..).partition(|entry| rank(entry) == 0);
        rest.reverse();
        rest.sort_by_key(rank);
        layer.entries = first.into_iter().chain(rest).collect();
    }
    true
}

/// Moves a folder to where a link in its place leads to.
fn linked(saved: &mut Saved, folder: &str, target: &str) -> bool {
    // An extended header may name a path below the folder.
    let extended = saved.entries().any(|entry| entry.kind == EntryType::XHeader);
    if extended || !saved.has(folder) || saved.has("srv") {
        return false;
    }
    let real = target.trim_start_matches("../").trim_start_matches('/').to_owned();
    let (own, below) = (format!("{folder}/"), format!("{real}/"));
    let mut made = false;
    for layer in &mut saved.layers {
        let mut entries = Vec::new();
        for mut entry in layer.entries.drain(..) {
            if entry.kind == EntryType::Link
                && let Some(rest) = entry.link.strip_prefix(&own)
            {
                entry.link = format!("{below}{rest}");
            }
            let Some(rest) = entry.path.strip_prefix(&own).map(str::to_owned) else {
                entries.push(entry);
                continue;
            };
            let mode = rest.is_empty().then_some(entry.mode);
            if !made {
                made = true;
                entries.push(SavedEntry::folder("srv/"));
                let mode = mode.unwrap_or(0o755);
                entries.push(SavedEntry { mode, ..SavedEntry::folder(&below) });
                entries.push(SavedEntry::link(folder, target));
            }
            entry.path = format!("{below}{rest}");
            // A relative link out of the folder would lead elsewhere.
            if entry.kind == EntryType::Symlink && entry.link.starts_with("..") {
                return false;
            }
            entries.push(entry);
        }
        layer.entries = entries;
    }
    made
}

/// Puts every file into a store first, as package managers do, and links its own name to that.
fn stored(saved: &mut Saved, _: &mut Form) -> bool {
    let mut count = 0;
    // What a later layer replaces would stay in the store.
    if has_twice(saved) {
        return false;
    }
    for layer in &mut saved.layers {
        let mut store = vec![SavedEntry::folder(".store/")];
        for entry in &mut layer.entries {
            if entry.kind == EntryType::XHeader || entry.path.contains(".wh.") {
                return false;
            }
            if entry.kind != EntryType::Regular {
                continue;
            }
            let path = format!(".store/{count:08x}");
            store.push(SavedEntry { path: path.clone(), ..entry.clone() });
            (entry.kind, entry.link, entry.content) = (EntryType::Link, path, Vec::new());
            count += 1;
        }
        layer.entries.splice(0..0, store);
    }
    count > 0
}
