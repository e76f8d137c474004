//! Saved images in every form, whole and broken.

use crate::support::internals::check;
use crate::support::internals::image::{self, Image, ReadOptions, Resolution};
use crate::support::{Picture, check_picture, pack};
use lamblint::Options;
use std::io::Read;
use std::path::Path;

const PICTURE: &str = r#"
name = "app:1"
[config.config]
Entrypoint = ["/main"]
[[layer]]
files = ["main 755 = main", "etc/", "etc/a", "etc/b", "link -> etc/a", "hard => main"]
[[layer]]
files = ["etc/", "etc/.wh.a", "etc/c"]
"#;

fn picture(form: &str, compression: &str) -> Picture {
    let mut picture: Picture = toml::from_str(PICTURE).unwrap();
    (picture.form, picture.compression) = (form.to_owned(), compression.to_owned());
    picture
}

/// What every form of the picture must give.
fn assert_read(images: &[Image]) {
    let [image] = images else { panic!("{} images", images.len()) };
    assert_eq!(image.faults, []);
    assert_eq!(image.name.as_deref(), Some("app:1"));
    assert_eq!(image.layers.len(), 2);
    // Six headers, three blocks of content and two blocks of zeros; three, one and two.
    assert_eq!(image.unpacked_bytes(), Some((6 + 3 + 2 + 3 + 2 + 2) * 512));
    // main, etc/b and etc/c; the hard link is no file of its own, etc/a is gone.
    assert_eq!(image.flattened_bytes(), Some(4 + 5 + 5));
    assert_eq!(image.file_count(), Some(5));
    assert!(matches!(image.files.resolve("/link"), Resolution::Missing(path) if path == "/etc/a"));
}

#[test]
fn every_form_reads_the_same() {
    for (form, compression) in [("oci", "gzip"), ("oci", "plain"), ("oci", "zstd"), ("docker", "plain")] {
        let folder = tempfile::tempdir().unwrap();
        let path = pack(&picture(form, compression), folder.path());
        for verify in [false, true] {
            assert_read(
                &image::open(&path, &ReadOptions { verify, ..ReadOptions::default() }, std::convert::identity).unwrap(),
            );
        }
        let bytes = std::fs::read(&path).unwrap();
        assert_read(&image::from_reader(bytes.as_slice(), &ReadOptions::default(), std::convert::identity).unwrap());
        let mut gz = Vec::new();
        flate2::read::GzEncoder::new(bytes.as_slice(), flate2::Compression::fast()).read_to_end(&mut gz).unwrap();
        assert_read(&image::from_reader(gz.as_slice(), &ReadOptions::default(), std::convert::identity).unwrap());
        let zst = ruzstd::encoding::compress_to_vec(bytes.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
        std::fs::write(folder.path().join("image.tar.zst"), zst).unwrap();
        assert_read(
            &image::open(&folder.path().join("image.tar.zst"), &ReadOptions::default(), std::convert::identity)
                .unwrap(),
        );
        // The same, unpacked into a folder, and under names that begin with `./`.
        let layout = folder.path().join("layout");
        tar::Archive::new(bytes.as_slice()).unpack(&layout).unwrap();
        assert_read(&image::open(&layout, &ReadOptions::default(), std::convert::identity).unwrap());
        let mut dotted = tar::Builder::new(Vec::new());
        dotted.append_dir_all("./", &layout).unwrap();
        assert_read(
            &image::from_reader(
                dotted.into_inner().unwrap().as_slice(),
                &ReadOptions::default(),
                std::convert::identity,
            )
            .unwrap(),
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_memory_that_was_taken_is_told() {
    let said = |subject: &str| {
        let mut lamblint = std::process::Command::new(env!("CARGO_BIN_EXE_lamblint"));
        lamblint.current_dir(env!("CARGO_MANIFEST_DIR")).args(["check", "--verbose", "--no-config", subject]);
        String::from_utf8_lossy(&lamblint.output().unwrap().stderr).contains("MiB of memory at most")
    };
    assert!(said("tests/example/image.tar") && !said("tests/example/Dockerfile"));
}

#[test]
fn an_image_is_picked_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = pack(&picture("oci", "gzip"), folder.path());
    let pick = |name: &str| {
        image::open(
            &path,
            &ReadOptions { image: Some(name.to_owned()), ..ReadOptions::default() },
            std::convert::identity,
        )
    };
    assert_eq!(pick("app:1").unwrap().len(), 1);
    assert_eq!(pick("1").unwrap().len(), 1);
    assert!(pick("other").unwrap_err().to_string().contains("there are app:1"));
}

fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let Ok(images) = image::from_reader(bytes, &ReadOptions::default(), std::convert::identity) else {
        return Vec::new();
    };
    let options = Options::new(jiff::civil::date(2026, 11, 24));
    images.iter().flat_map(|image| check::image("x", image, &options).diagnostics).map(|d| d.code).collect()
}

#[test]
fn a_cut_archive_never_panics_and_never_passes_for_whole() {
    for (form, compression) in [("oci", "gzip"), ("docker", "plain")] {
        let folder = tempfile::tempdir().unwrap();
        let bytes = std::fs::read(pack(&picture(form, compression), folder.path())).unwrap();
        // The last kilobyte is the end mark, which tar does not insist on.
        for length in (0..bytes.len() - 2048).step_by(97) {
            let path = folder.path().join("cut.tar");
            std::fs::write(&path, &bytes[..length]).unwrap();
            let options = Options::new(jiff::civil::date(2026, 11, 24));
            if let Ok(images) = image::open(&path, &ReadOptions::default(), std::convert::identity) {
                assert!(
                    images.iter().all(|image| !check::image("x", image, &options).diagnostics.is_empty()),
                    "{length}"
                );
            }
            codes(&bytes[..length]);
        }
    }
}

#[test]
fn a_damaged_archive_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    for (form, compression) in [("oci", "gzip"), ("oci", "plain"), ("docker", "plain"), ("oci", "zstd")] {
        let bytes = std::fs::read(pack(&picture(form, compression), folder.path())).unwrap();
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..1500 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let at = (seed >> 8) as usize % damaged.len();
                damaged[at] = seed as u8;
            }
            codes(&damaged);
        }
    }
}

#[test]
fn one_byte_decides() {
    let limit = 10 * 1024 * 1024 * 1024_u64;
    let options = Options::new(jiff::civil::date(2026, 11, 24));
    // A layer of one file of zeros: a header, the file, and the end mark.
    for (size, wanted) in [(limit - 1536, "LL107"), (limit - 1024, "LL106")] {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "compression = \"plain\"\n[config.config]\nEntrypoint = [\"/hole\"]\n[[layer]]\nhole = \"{size}\"\n"
        );
        let path = pack(&toml::from_str(&text).unwrap(), folder.path());
        let images = image::open(&path, &ReadOptions::default(), std::convert::identity).unwrap();
        let checked = check::image("x", &images[0], &options);
        assert_eq!(checked.image().unwrap().unpacked_bytes, Some(size + 1536));
        let of_size = checked.diagnostics.iter().map(|d| d.code).filter(|code| code.starts_with("LL10"));
        assert_eq!(of_size.collect::<Vec<_>>(), [wanted]);
    }
}

#[test]
fn the_example_is_packed_from_its_picture() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example");
    let picture: Picture = toml::from_str(&std::fs::read_to_string(folder.join("image.toml")).unwrap()).unwrap();
    let packed = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(pack(&picture, packed.path())).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(folder.join("image.tar"), &bytes).unwrap();
    }
    let codes = codes(&std::fs::read(folder.join("image.tar")).unwrap());
    assert_eq!(codes, ["LL101", "LL203"]);
}

#[test]
fn the_report_says_what_was_verified() {
    let read = |compression: &str| {
        let picture = format!(
            "form = \"oci\"\ncompression = \"{compression}\"\n[[layer]]\nfiles = [\"main 755 = zeros 1MiB\"]\n"
        );
        let checked = check_picture(&picture, &Options::new(jiff::civil::date(2026, 11, 25)));
        (checked.image().unwrap().verified_layers, checked.notes.join("\n"))
    };
    let (verified, notes) = read("gzip");
    assert_eq!(verified, 1);
    assert!(notes.contains("1 of 1 layers were read whole"), "{notes}");
    // In a file, a plain layer is passed over unless it is small.
    let (verified, notes) = read("plain");
    assert_eq!(verified, 0);
    assert!(notes.contains("--verify"), "{notes}");
}

mod with_material {
    use super::*;
    use crate::support::material::material;

    /// (file, layers, unpacked bytes, files) as tar and skopeo count them; the rest are no images.
    const KNOWN: &[(&str, usize, u64)] = &[
        ("dive__.data_test-docker-image.tar", 14, 1_470_464),
        ("dive__.data_test-kaniko-image.tar", 14, 1_588_224),
        ("dive__.data_test-oci-estargz-image.tar", 1, 14_848),
        ("dive__.data_test-oci-gzip-image.tar", 1, 12_800),
        ("dive__.data_test-oci-uncompressed-image.tar", 1, 12_800),
        ("dive__.data_test-oci-zstd-image.tar", 1, 12_800),
        ("go-containerregistry__pkg_v1_mutate_testdata_overwritten_file.tar", 3, 30_720),
        ("go-containerregistry__pkg_v1_mutate_testdata_whiteout_image.tar", 3, 30_720),
        ("go-containerregistry__pkg_v1_tarball_testdata_hello-world-v25.tar", 1, 10_752),
        ("go-containerregistry__pkg_v1_tarball_testdata_test_bundle.tar", 1, 10_240),
        ("go-containerregistry__pkg_v1_tarball_testdata_test_image_2.tar", 1, 10_240),
        ("go-containerregistry__pkg_v1_tarball_testdata_test_link.tar", 1, 10_240),
        ("image__docker_archive_fixtures_almostempty.tar", 1, 1_536),
        ("stereoscope__pkg_image_oci_testdata_valid-oci.tar", 1, 2_048),
    ];

    #[test]
    #[ignore = "needs LAMBLINT_MATERIAL"]
    fn archives_that_other_tools_made() {
        let root = material("images");
        let mut refused = 0;
        for entry in std::fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let known = KNOWN.iter().find(|(file, ..)| *file == name);
            match (image::open(&path, &ReadOptions::default(), std::convert::identity), known) {
                (Ok(images), Some(&(_, layers, bytes))) => {
                    assert_eq!((images[0].layers.len(), images[0].unpacked_bytes()), (layers, Some(bytes)), "{name}");
                    assert_eq!(images[0].faults, [], "{name}");
                }
                (Err(error), None) => {
                    assert!(error.to_string().contains("no image"), "{error}");
                    refused += 1;
                }
                // A list of images that is there and is no list is a finding, and not an archive of something else.
                (Ok(images), None) => {
                    assert!(images.iter().all(|image| !image.faults.is_empty()), "{name} is no image");
                    refused += 1;
                }
                (Err(error), Some(_)) => panic!("{error}"),
            }
        }
        println!("{} images read, {refused} others refused", KNOWN.len());
    }
}
