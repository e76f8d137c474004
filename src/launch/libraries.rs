//! Libraries of a saved image, found or not found as the dynamic loader would.

use super::copy::MAX_LISTED;
use super::{Launch, Setting};
use crate::facts;
use crate::image::{Elf, EntryKind, FileContent, Image, Resolution};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// A library or a version that is needed and not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingLibrary {
    /// The library; where it lies though the loader does not look there, if anywhere.
    Library(String, Option<String>),
    /// The library, the version that it does not define, and the newest of that kind that it does.
    Version(String, String, Option<String>),
}

/// What is needed and not there, by whom.
#[derive(Clone, Debug, Default)]
pub struct Lacks {
    /// Needed by what starts, directly or through other libraries: paths of those that need it.
    pub start: BTreeMap<MissingLibrary, Vec<String>>,
    /// Needed by other files under folders that hold code of the function.
    pub elsewhere: BTreeMap<MissingLibrary, Vec<String>>,
}

/// Libraries that a driver brings and no image has.
const OF_DRIVERS: &[&str] = &["libcuda.so", "libnvidia", "libnvcuvid", "libGLX_nvidia", "libvdpau", "libneuron"];
/// Names that musl's loader takes for itself.
const OF_MUSL: &[&str] = &["libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet.", "ld-linux"];
/// Folders that a distribution fills, and keeps consistent by itself.
const OF_SYSTEM: &[&str] =
    &["/usr/lib", "/lib", "/usr/libexec/", "/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/var/lang/lib/"];

impl Launch<'_> {
    /// What a loader would miss in a saved image; nothing where there is none, or where it could not be read.
    pub fn lacks(&self) -> &Lacks {
        self.cache.lacks.get_or_init(|| self.find_lacks())
    }

    fn find_lacks(&self) -> Lacks {
        let mut lacks = Lacks::default();
        // Without LD_LIBRARY_PATH and LD_PRELOAD nothing is known of where the loader looks.
        let Some(image) = self.image.filter(|image| image.is_whole() && self.env_known) else {
            return lacks;
        };
        let loader = Loader::new(self, image);
        let mut started: BTreeSet<String> = BTreeSet::new();
        let mut loaded: BTreeSet<String> = BTreeSet::new();
        let chains = self.extensions().into_iter().flatten().chain(self.chain().iter().cloned());
        let mut open: Vec<String> = chains.filter(|link| link.fault.is_none()).map(|link| link.path).collect();
        let preload = self.env("LD_PRELOAD").and_then(Setting::value).map_or("", String::as_str);
        open.extend(preload.split([':', ' ']).filter(|path| path.starts_with('/')).map(str::to_owned));
        while let Some(path) = open.pop() {
            let Resolution::Found(node, path) = image.files.resolve(&path) else { continue };
            let Some(FileContent::Elf(elf)) = node.facet.as_deref() else { continue };
            if started.insert(path.clone()) {
                for (name, path) in loader.judge(&path, elf, &mut lacks.start) {
                    loaded.insert(name);
                    open.push(path);
                }
            }
        }
        // What is in the process already is not looked for a second time, wherever the first had it from.
        lacks.start.retain(|lack, _| !matches!(lack, MissingLibrary::Library(name, _) if loaded.contains(name)));
        let started = started.iter().filter_map(|path| image.files.get(path)?.inode()).collect();
        lacks.elsewhere = self.lacks_elsewhere(image, &loader, started);
        // Who gave up looking does not know what is missing.
        if loader.left.get() == 0 { Lacks::default() } else { lacks }
    }
}

impl Launch<'_> {
    /// What files of the function lack. A file is loaded under any of its names, and lacks what it lacks under all of
    /// them; `done` are those that start.
    fn lacks_elsewhere(
        &self,
        image: &Image,
        loader: &Loader<'_>,
        mut done: BTreeSet<u32>,
    ) -> BTreeMap<MissingLibrary, Vec<String>> {
        let mut files: BTreeMap<u32, BTreeMap<MissingLibrary, Vec<String>>> = BTreeMap::new();
        let mut count = 0;
        for library in image.files.told() {
            let (Some(FileContent::Elf(elf)), Some(file)) = (library.facet.as_deref(), library.inode()) else {
                continue;
            };
            let path = &library.path();
            // A package's part for another C library is foreign to the image, and not short of something.
            if is_optional(path) || (package(path).is_some() && elf.other_libc(image).is_some()) {
                done.insert(file);
            }
            let fits = self.machine().is_some_and(|machine| machine.oci() == elf.architecture());
            if fits && is_of_function(path) && !done.contains(&file) && count < MAX_LACKS {
                let mut own = BTreeMap::new();
                loader.judge(path, elf, &mut own);
                count += own.len();
                files.entry(file).or_insert_with(|| own.clone()).retain(|lack, _| own.contains_key(lack));
            }
        }
        let mut lacks: BTreeMap<MissingLibrary, Vec<String>> = BTreeMap::new();
        for (lack, users) in files.into_iter().filter(|(file, _)| !done.contains(file)).flat_map(|(_, lacks)| lacks) {
            lacks.entry(lack).or_default().extend(users);
        }
        lacks.values_mut().for_each(|users| users.sort_unstable());
        lacks
    }
}

/// Whether a file lies where code lies that the function may load.
fn is_of_function(path: &str) -> bool {
    facts::is_installed(path) || !OF_SYSTEM.iter().any(|folder| path.starts_with(folder))
}

/// Whether a file is a plug-in or a test that may be of no use.
fn is_optional(path: &str) -> bool {
    let optional = ["/test", "/plugins/", "/stubs/", "/coders/", "/examples/", "/gconv/", "/prebuilds/"];
    optional.iter().any(|part| path.contains(part))
}

/// Files that are looked for, and no image needs a hundredth: a file may name a thousand libraries in a thousand folders.
const MAX_LOOKUPS: u32 = 5_000_000;
/// Maximum number of missing things: after that the search ends.
const MAX_LACKS: usize = 1000;

struct Loader<'a> {
    image: &'a Image,
    /// Folders that are searched for every file: `LD_LIBRARY_PATH`, `ld.so.conf`, the default ones.
    folders: Vec<String>,
    musl: bool,
    /// Where libraries lie, by name, for those that are in no folder that is searched.
    anywhere: OnceCell<BTreeMap<String, Vec<String>>>,
    /// What was found in the folders: nearly all ask for the same few.
    searched: RefCell<BTreeMap<String, Option<String>>>,
    /// How many files may still be looked for.
    left: Cell<u32>,
}

impl<'a> Loader<'a> {
    fn new(launch: &Launch<'_>, image: &'a Image) -> Self {
        let mut folders: Vec<String> = launch.listed("LD_LIBRARY_PATH").into_iter().map(str::to_owned).collect();
        let conf = |path: &str| match image.files.resolve(path) {
            Resolution::Found(node, _) => match node.facet.as_deref() {
                Some(FileContent::Text(text)) => String::from_utf8_lossy(text).into_owned(),
                _ => String::new(),
            },
            _ => String::new(),
        };
        let mut lines = conf("/etc/ld.so.conf");
        for (name, _) in image.files.children("/etc/ld.so.conf.d").take(MAX_LISTED) {
            lines.push_str(&conf(&format!("/etc/ld.so.conf.d/{}", String::from_utf8_lossy(name))));
            lines.push('\n');
        }
        let listed = lines.lines().map(str::trim).filter(|line| line.starts_with('/'));
        folders.extend(listed.take(MAX_LISTED).map(str::to_owned));
        let default = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];
        let multiarch = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
        folders.extend(default.map(str::to_owned));
        folders.extend(multiarch.iter().flat_map(|triple| [format!("/lib/{triple}"), format!("/usr/lib/{triple}")]));
        let musl = image.files.children("/lib").any(|(name, _)| name.starts_with(b"ld-musl-"));
        Self {
            image,
            folders,
            musl,
            anywhere: OnceCell::new(),
            searched: RefCell::default(),
            left: Cell::new(MAX_LOOKUPS),
        }
    }

    /// Where libraries of a name lie.
    fn anywhere(&self, name: &str) -> &[String] {
        let all = self.anywhere.get_or_init(|| {
            let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let libraries = self.image.files.called(|name| name.contains(".so"));
            for file in libraries.filter(|file| file.kind != EntryKind::Directory) {
                all.entry(file.name().into_owned()).or_default().push(file.path());
            }
            all
        });
        all.get(name).map_or(&[], Vec::as_slice)
    }

    /// Notes what a file lacks; the names of the libraries it has, and their paths.
    fn judge(&self, path: &str, elf: &Elf, lacks: &mut BTreeMap<MissingLibrary, Vec<String>>) -> Vec<(String, String)> {
        let mut found: BTreeMap<&str, String> = BTreeMap::new();
        if self.left.get() == 0 || lacks.len() > MAX_LACKS {
            return Vec::new();
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let origin =
            |text: &String| text.replace("$ORIGIN", folder).replace("${ORIGIN}", folder).replace("$LIB", "lib64");
        let own: Vec<String> = elf.search.iter().take(MAX_LISTED).map(origin).collect();
        for name in elf.needed.iter().filter(|name| !self.is_given(name)) {
            match self.find(path, &own, name) {
                Some(path) => {
                    found.insert(name, path);
                }
                // A file system that is mounted may hold it.
                None if self.folders.iter().any(|folder| crate::path::under(folder, "/mnt")) => {}
                None => {
                    let elsewhere = self.anywhere(name).first().cloned();
                    lacks.entry(MissingLibrary::Library(name.clone(), elsewhere)).or_default().push(path.to_owned());
                }
            }
        }
        for (name, version) in &elf.needs {
            let library = found.get(name.as_str()).cloned().or_else(|| self.find(path, &own, name));
            let Some(Resolution::Found(node, _)) = library.map(|path| self.image.files.resolve(&path)) else {
                continue;
            };
            let Some(FileContent::Elf(library)) = node.facet.as_deref() else { continue };
            let known = library.complete && !library.defines.is_empty();
            if known && is_of_toolchain(version) && !library.defines.contains(version) {
                let newest = newest(&library.defines, version);
                lacks
                    .entry(MissingLibrary::Version(name.clone(), version.clone(), newest))
                    .or_default()
                    .push(path.to_owned());
            }
        }
        found.into_iter().map(|(name, path)| (name.to_owned(), path)).collect()
    }

    fn is_given(&self, name: &str) -> bool {
        name.starts_with("linux-vdso")
            || OF_DRIVERS.iter().any(|beginning| name.starts_with(beginning))
            || (self.musl && OF_MUSL.iter().any(|beginning| name.starts_with(beginning)))
    }

    fn find(&self, path: &str, own: &[String], name: &str) -> Option<String> {
        let there = |path: &str| match self.image.files.resolve(path) {
            Resolution::Found(node, found) if node.kind == EntryKind::File => Some(found),
            _ => None,
        };
        if name.contains('/') {
            return there(name);
        }
        let at = |folder: &str| {
            self.left.set(self.left.get().checked_sub(1)?);
            there(&format!("{folder}/{name}"))
        };
        let found = own.iter().find_map(|folder| at(folder)).or_else(|| {
            let mut searched = self.searched.borrow_mut();
            let found = searched.entry(name.to_owned());
            found.or_insert_with(|| self.folders.iter().find_map(|folder| at(folder))).clone()
        });
        // A package may load its libraries itself before it needs them, from anywhere in its own folder or in
        // the `*.libs` beside it.
        found.or_else(|| {
            let package = package(path)?;
            let near = |other: &&String| other.starts_with(package) || is_libs_of(other, package);
            self.anywhere(name).iter().find(near).cloned()
        })
    }
}

impl Elf {
    /// The C library that a file was built for, where the image has another one.
    pub(super) fn other_libc(&self, image: &Image) -> Option<&'static str> {
        let has = |folders: &[&str], beginning: &[u8]| {
            folders.iter().any(|folder| image.files.children(folder).any(|(name, _)| name.starts_with(beginning)))
        };
        let needs = |beginning: &str| self.needed.iter().any(|name| name.starts_with(beginning));
        let musl = has(&["/lib", "/usr/lib"], b"ld-musl-");
        let glibc = has(&["/lib64", "/lib", "/usr/lib64", "/usr/lib"], b"ld-linux-");
        match (needs("libc.musl-"), needs("libc.so.6"), musl, glibc) {
            (true, _, false, true) => Some("musl"),
            (_, true, true, false) => Some("glibc"),
            _ => None,
        }
    }
}

/// The folder of a package: `…/site-packages/numpy/`, `…/node_modules/@img/`.
fn package(path: &str) -> Option<&str> {
    let Some(start) = facts::installed_from(path) else {
        // The libraries of a wheel, wherever it was installed: its modules bring their own search path for them.
        return path.get(..path.find(".libs/")? + ".libs/".len());
    };
    let end = path.get(start..)?.find('/')?;
    path.get(..=start + end)
}

/// Whether a library lies in a `*.libs` folder, or in another package, beside a package.
fn is_libs_of(other: &str, package: &str) -> bool {
    let beside = package.trim_end_matches('/').rsplit_once('/').map_or("", |(beside, _)| beside);
    let rest = other.strip_prefix(beside).and_then(|rest| rest.strip_prefix('/'));
    rest.and_then(|rest| rest.split('/').next())
        .is_some_and(|first| first.ends_with(".libs") || first == "nvidia" || first == "@img")
}

/// Whether a version is one of libc's or of the compiler's own libraries.
fn is_of_toolchain(version: &str) -> bool {
    ["GLIBC_2", "GLIBCXX_", "CXXABI_"].iter().any(|kind| version.starts_with(kind))
}

/// The newest version of the same kind: `GLIBC_2.34` for `GLIBC_2.38`.
fn newest(defines: &[String], version: &str) -> Option<String> {
    let kind = version.split('_').next()?;
    let numbers = |text: &str| {
        let rest = text.strip_prefix(kind)?.strip_prefix('_')?;
        rest.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>().ok()
    };
    defines.iter().filter_map(|text| Some((numbers(text)?, text))).max().map(|(_, text)| text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages() {
        assert_eq!(package("/v/site-packages/numpy/core/x.so"), Some("/v/site-packages/numpy/"));
        assert_eq!(package("/v/site-packages/x.so"), None);
        assert_eq!(package("/a/node_modules/b/node_modules/c/d.node"), Some("/a/node_modules/b/node_modules/c/"));
        assert!(is_libs_of("/v/site-packages/numpy.libs/a.so", "/v/site-packages/numpy/"));
        assert!(!is_libs_of("/v/other/a.so", "/v/site-packages/numpy/"));
    }

    #[test]
    fn versions() {
        let defines = ["GLIBC_2.9", "GLIBC_2.34", "GLIBC_PRIVATE", "GLIBCXX_3.4"].map(str::to_owned);
        assert_eq!(newest(&defines, "GLIBC_2.38").as_deref(), Some("GLIBC_2.34"));
        assert!(is_of_toolchain("CXXABI_1.3.9") && !is_of_toolchain("GLIBC_PRIVATE"));
    }
}
