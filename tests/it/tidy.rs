//! What a person forgets: pages, modules, index and README that have drifted apart.

mod layers;

use crate::support::internals::page::{Family, Page};
use crate::support::internals::rules::RULES;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        // A family whose first rule is still to come has no folder.
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    // A family whose rules are still to come has no folder.
    if root().join(folder).is_dir() {
        walk(&root().join(folder), ending, &mut found);
    }
    found.sort();
    found
}

fn stems(folder: &str, ending: &str) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().trim_end_matches(ending).to_owned();
    files(folder, ending).iter().map(name).filter(|name| name != "mod" && name != "README").collect()
}

#[test]
fn pages_modules_and_table_are_the_same_rules() {
    for family in [Family::Lambda, Family::Hadolint, Family::Buildkit] {
        let of_family = RULES.iter().filter(|rule| rule.family() == family);
        let table: Vec<String> = of_family.map(|rule| Page::file(rule.code(), rule.name())).collect();
        let folder = format!("rules/{}", family.name());
        let pages: Vec<String> =
            stems(&folder, ".md").iter().map(|stem| format!("{}/{stem}.md", family.name())).collect();
        assert_eq!(pages, table, "{folder}/*.md against the table");
        let modules: Vec<String> = table.iter().map(|file| module(file)).collect();
        let folder = format!("src/rules/{}", family.name());
        // A module of hadolint's that is named after no code serves several rules.
        let rules = |stem: &String| family != Family::Hadolint || stem.starts_with("dl");
        let found: Vec<String> = stems(&folder, ".rs").into_iter().filter(rules).collect();
        assert_eq!(found, modules, "{folder}/*.rs against the table");
    }
}

/// An image has hundreds of thousands of files. They are gone through once, for all that rules ask of them: by name, by
/// folder, or by what is known of them.
#[test]
fn no_rule_walks_an_image_by_itself() {
    for file in ["src/rules", "src/launch"].into_iter().flat_map(|folder| files(folder, ".rs")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let walks = |line: &&str| line.contains("files.below(") || line.contains("inside(\"/\")");
        assert_eq!(text.lines().find(walks), None, "{}: ask for `called`, `told` or `inside`", file.display());
    }
}

/// `lambda/LL203-handler-shell-form.md` is checked in `ll203_handler_shell_form`, `buildkit/StageNameCasing.md` in
/// `stage_name_casing`.
fn module(file: &str) -> String {
    let stem = file.rsplit('/').next().unwrap().trim_end_matches(".md");
    if stem.contains('-') || stem.starts_with("DL") {
        return stem.to_lowercase().replace('-', "_");
    }
    let mut name = String::new();
    let letters: Vec<char> = stem.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let next_is_small = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if at > 0 && letter.is_uppercase() && (next_is_small || letters[at - 1].is_ascii_lowercase()) {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[test]
fn every_page_has_its_parts() {
    for rule in RULES {
        let page = rule.page();
        let code = page.code;
        let meta: toml::Table = page.meta.parse().unwrap_or_else(|error| panic!("{code}: {error}"));
        let severity = meta["severity"].as_str().unwrap();
        assert_eq!(severity, page.severity.as_str(), "{code}: severity");
        assert!(meta["references"].as_array().is_some_and(|list| !list.is_empty()), "{code}: no references");
        let since: Vec<u32> = meta["since"].as_str().unwrap().split('.').map(|n| n.parse().unwrap()).collect();
        let now: Vec<u32> = env!("CARGO_PKG_VERSION").split('.').map(|n| n.parse().unwrap()).collect();
        assert!(since <= now, "{code}: since {since:?} is in the future");
        assert!(page.summary.ends_with('.') && !page.summary.contains("```"), "{code}: summary `{}`", page.summary);
        for part in ["## Why\n", "## Bad\n", "## Good\n", "```output\n"] {
            assert!(page.body.contains(part), "{code}: no {part}");
        }
    }
}

/// A near miss is what looks like the fault and is none: a silent block of the page, or a `allows` of the module.
#[test]
fn every_rule_has_two_near_misses() {
    let mut poor = Vec::new();
    for rule in RULES {
        let page = rule.page();
        let (_, good) = page.body.split_once("## Good\n").unwrap_or_default();
        let blocks = ["```dockerfile", "```image", "```template"];
        let silent: usize = blocks.iter().map(|block| good.matches(block).count()).sum();
        let file = format!("src/rules/{}.rs", module(&Page::file(page.code, page.name)));
        let path = root().join(file.replace("rules/", &format!("rules/{}/", page.family.name())));
        let spared = std::fs::read_to_string(path).unwrap().matches("allows(").count();
        if silent + spared < 2 {
            poor.push(page.code);
        }
    }
    assert_eq!(poor, Vec::<&str>::new(), "rules with fewer than two near misses");
}

#[test]
fn the_index_is_up_to_date() {
    let path = root().join("rules/README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- rules -->\n").expect("rules/README.md has no <!-- rules --> mark");
    let (_, tail) = rest.split_once("<!-- end of rules -->").expect("no <!-- end of rules --> mark");
    let mut index = String::from("| code | name | severity | finds |\n|--|--|--|--|\n");
    for rule in RULES {
        let (code, name) = (rule.code(), rule.name());
        let file = Page::file(code, name);
        let summary = rule.summary().replace('\n', " ").replace('|', "\\|");
        let severity = rule.severity().as_str();
        writeln!(index, "| [{code}]({file}) | {name} | {severity} | {summary} |").unwrap();
    }
    let updated = format!("{head}<!-- rules -->\n{index}<!-- end of rules -->{tail}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, updated).unwrap();
    } else {
        assert!(text == updated, "rules/README.md: the index is out of date; UPDATE=1 cargo test rewrites it");
    }
}

#[test]
fn every_module_says_what_it_is() {
    for path in files("src", ".rs").into_iter().chain(files("tests", ".rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{}: no sentence at the head", path.display());
    }
}

#[test]
fn the_changelog_names_every_rule() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    for rule in RULES.iter().filter(|rule| rule.family() == Family::Lambda) {
        assert!(text.contains(rule.code()), "CHANGELOG.md does not name {}", rule.code());
    }
}

/// The address of a file of this repository.
const OWN_FILES: &str = "https://github.com/lamblint/lamblint/blob/main/";

#[test]
fn paths_in_documents_exist() {
    let mut documents = vec!["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "rules/README.md"];
    documents.extend([
        "rules/facts/README.md",
        "docs/ci.md",
        "docs/deploy-fails.md",
        "docs/releasing.md",
        "docs/size.md",
    ]);
    documents.extend([
        "docs/templates.md",
        "docs/proofs.md",
        "docs/try.md",
        "docs/editors.md",
        "editors/vscode/README.md",
    ]);
    documents.push(".github/pull_request_template.md");
    for document in documents {
        let folder = root().join(document).parent().unwrap().to_path_buf();
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap();
            if let Some(path) = path.strip_prefix(OWN_FILES) {
                assert!(root().join(path).exists(), "{document}: {path} does not exist");
            } else if !target.contains("://") && !path.is_empty() {
                // PyPI shows README.md without the files beside it, and so does a registry of images.
                assert!(document != "README.md", "{document}: {target} is dead outside of the repository");
                assert!(folder.join(path).exists(), "{document}: {path} does not exist");
            }
        }
    }
}

/// Words that break the language rules of CONTRIBUTING.md.
const HARD_WORDS: &[&str] = &[
    "nobody",
    "somebody",
    "so many",
    "anew",
    "in vain",
    "of aws's",
    "one's own",
    "all the same",
    "is none of",
    "who asks",
];

#[test]
fn no_hard_word_is_left() {
    let count = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap().to_lowercase();
        HARD_WORDS.iter().map(|word| text.matches(word).count()).sum::<usize>()
    };
    let code: usize = files("src", ".rs").iter().map(count).sum();
    let mut texts = files("rules", ".md");
    texts.extend(files("docs", ".md"));
    texts.push(root().join("README.md"));
    let texts: usize = texts.iter().map(count).sum();
    assert_eq!(code, 0, "hard words in src: CONTRIBUTING.md says what to write");
    assert_eq!(texts, 0, "hard words in what users read: CONTRIBUTING.md says what to write");
}

/// Code lines of a rule: what stands above its tests, without comments and empty lines.
fn code_lines(text: &str) -> usize {
    let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).map(str::trim_start);
    code.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[test]
fn rules_about_a_launch_are_short() {
    const MAX_LINES: usize = 100;
    const MAX_MEDIAN: usize = 40;
    let texts = files("src/rules/lambda", ".rs").into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    });
    let of_launch = texts.filter(|(_, text)| text.contains("check: Check::Launch("));
    let mut lines: Vec<(usize, PathBuf)> = of_launch.map(|(path, text)| (code_lines(&text), path)).collect();
    lines.sort();
    let (longest, path) = lines.last().expect("there are rules about a launch");
    assert!(*longest <= MAX_LINES, "{} has {longest} code lines: what it finds out belongs to launch/", path.display());
    let (median, _) = lines[lines.len() / 2];
    assert!(median <= MAX_MEDIAN, "half of the rules about a launch have more than {median} code lines");
}
