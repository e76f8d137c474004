//! lamblint where people meet it: pre-commit's hooks, the GitHub action, GitLab's component, the wheel, the image and the
//! scripts that make a release, and images of the tools that people build with.
//!
//! The scripts in `tests/hands` need pre-commit, pip and a network, so they run only when asked for:
//! `cargo test --test it hands -- --ignored`. The rest runs always.

use crate::support::internals::discover::{is_candidate, is_dockerfile};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LAMBLINT: &str = env!("CARGO_BIN_EXE_lamblint");
const FAULT: &str = "FROM public.ecr.aws/lambda/python:3.13\nCMD app.handler\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// Runs one of the scripts in `tests/hands`.
fn script(name: &str, args: &[&Path]) {
    let status = Command::new("bash").arg(root().join("tests/hands").join(name)).args(args).status().unwrap();
    assert!(status.success(), "{name} failed: see what it says above");
}

fn work(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
#[ignore = "needs pre-commit and a network"]
fn the_hooks_in_pre_commit_itself() {
    let program = std::env::var("LAMBLINT_PRE_COMMIT").unwrap_or_else(|_| "pre-commit".into());
    script("pre-commit.sh", &[Path::new(&program), Path::new(LAMBLINT), &work("pre-commit")]);
}

#[test]
#[ignore = "needs Python and PyPI"]
fn the_wheel_in_an_empty_environment() {
    let profile = std::env::var("LAMBLINT_WHEEL_PROFILE").unwrap_or_else(|_| "release".into());
    script("wheel.sh", &[&work("wheel"), Path::new(&profile)]);
}

#[test]
#[ignore = "needs Python 3.11 and git"]
fn packaging_scripts_do_what_they_say() {
    script("packaging.sh", &[Path::new(LAMBLINT), &work("packaging")]);
}

#[test]
#[ignore = "needs Python and PyPI"]
fn ci_files_by_their_published_schemas() {
    script("schemas.sh", &[Path::new(LAMBLINT), &work("schemas")]);
}

/// `LAMBLINT_DOCKER=unix:///…` adds what Docker's engine builds and saves.
#[test]
#[ignore = "needs Python, buildah, podman, skopeo and umoci"]
fn images_of_real_tools_in_every_form() {
    let mut command = Command::new("python3");
    command.arg(root().join("tests/hands/real_tools.py")).arg(LAMBLINT).arg(work("real-tools"));
    let status = command.args(std::env::var_os("LAMBLINT_DOCKER")).status().unwrap();
    assert!(status.success(), "an image is judged in two ways: see what it says above");
}

/// A value in single quotes behind a key.
fn quoted<'a>(text: &'a str, key: &str) -> &'a str {
    text.split_once(key).and_then(|(_, rest)| rest.split('\'').nth(1)).unwrap()
}

#[test]
fn hooks_take_the_names_that_lamblint_takes() {
    let hooks = read(".pre-commit-hooks.yaml");
    let files = regex::Regex::new(quoted(&hooks, "files: &files")).unwrap();
    let exclude = regex::Regex::new(quoted(&hooks, "exclude: &exclude")).unwrap();
    let names = [
        "Dockerfile",
        "Dockerfile.dev",
        "Dockerfile.a.b",
        "api.Dockerfile",
        "api.dockerfile",
        "API.DOCKERFILE",
        "Containerfile",
        "Containerfile.dev",
        "x.containerfile",
        ".dockerfile",
        "Dockerfile-prod",
        "Dockerfile_prod",
        "dockerfile",
        "MyDockerfile",
        "dockerfiles",
        "Dockerfile~",
        "Dockerfile.md",
        "Dockerfile.MD",
        "Dockerfile.orig",
        "Dockerfile.rej",
        "Dockerfile.bak",
        ".Dockerfile.swp",
        "Dockerfile.swp",
        "Dockerfile.j2",
        "Dockerfile.tmpl",
        "Dockerfile.erb",
        "Dockerfile.dockerignore",
        ".dockerignore",
        "api.Dockerfile.dev",
        "app.py",
        "Dockerfile.",
        "template.yaml",
        "serverless.yml",
        "main.tf",
        "main.tf.json",
        "main.tofu",
        "S.template.json",
        "serverless.template",
        "template-prod.json",
        "package.json",
        "Makefile",
        "GNUmakefile",
        "xMakefile",
        "Makefile.am",
        "build.mk",
        "deploy.sh",
        "template.yaml.j2",
    ];
    for name in names {
        for path in [name.to_owned(), format!("a b/{name}")] {
            let taken = files.is_match(&path) && !exclude.is_match(&path);
            assert_eq!(taken, is_dockerfile(name) || is_candidate(name), "{path}: the hook and src/discover.rs differ");
        }
    }
    assert!(!files.is_match("Dockerfile.d/app.py"));
    // `--output=src` may be the name of a folder.
    assert!(exclude.is_match("--output=src/Dockerfile") && hooks.matches("\n  args: [--]\n").count() == 2);
}

/// What lies in the mirror's repository must be a copy: it is read there, without lamblint's own.
#[test]
fn the_mirror_is_a_copy() {
    let (hooks, mirror) = (read(".pre-commit-hooks.yaml"), read("packaging/pre-commit-mirror/.pre-commit-hooks.yaml"));
    assert_eq!(quoted(&mirror, "  files: "), quoted(&hooks, "files: &files"));
    assert_eq!(quoted(&mirror, "  exclude: "), quoted(&hooks, "exclude: &exclude"));
    assert!(mirror.contains("\n  args: [--]\n"));
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        assert_eq!(read(&format!("packaging/pre-commit-mirror/{licence}")), read(licence));
    }
    // The hook without a mirror, which docs/ci.md shows, names the same files.
    assert_eq!(quoted(&read("docs/ci.md"), "        files: "), quoted(&hooks, "files: &files"));
}

/// A tag can be moved, and a cache can bring in what another job has built.
#[test]
fn workflows_pin_actions_and_releases_cache_nothing() {
    let pinned = regex::Regex::new(r"^[a-z/-]+@[0-9a-f]{40} # v[0-9.]+$").unwrap();
    let mut uses = 0;
    for workflow in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let text = read(workflow);
        for action in text.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses: ")) {
            assert!(pinned.is_match(action), "{workflow}: {action}");
            uses += 1;
        }
        assert!(text.contains("\npermissions: {}\n") && !text.contains("actions/cache"), "{workflow}");
    }
    assert!(uses > 10, "{uses} actions");
    assert!(!read(".github/workflows/release.yml").contains("cache:"));
}

/// The scripts of the steps of `action.yml`, each with the name of its step.
fn steps() -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    let (mut id, mut inside) = (String::new(), false);
    for line in read("action.yml").lines() {
        if let Some(name) = line.strip_prefix("    - id: ") {
            name.clone_into(&mut id);
        }
        inside &= line.is_empty() || line.starts_with("        ");
        if inside {
            let (_, script) = steps.last_mut().unwrap();
            script.push_str(line.strip_prefix("        ").unwrap_or_default());
            script.push('\n');
        }
        if line == "      run: |" {
            steps.push((id.clone(), String::new()));
            inside = true;
        }
    }
    steps
}

/// A folder for a job, with programs of its own.
struct Job(tempfile::TempDir);

impl Job {
    fn new() -> Self {
        let job = Self(tempfile::tempdir().unwrap());
        for folder in ["bin", "temp", "repository/a b"] {
            std::fs::create_dir_all(job.path(folder)).unwrap();
        }
        std::fs::write(job.path("repository/a b/Dockerfile"), FAULT).unwrap();
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        std::fs::write(&path, format!("#!/bin/bash\n{script}\n")).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
    }

    /// Runs a script as a step of a job does; its outcome, and what it hands to later steps.
    fn run(&self, script: &str, env: &[(&str, &str)]) -> (Output, String) {
        let _ = std::fs::remove_file(self.path("output"));
        std::fs::write(self.path("step.sh"), script).unwrap();
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(self.path("step.sh"))
            .current_dir(self.path("repository"))
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()))
            .env("RUNNER_TEMP", self.path("temp"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_WORKSPACE", self.path("repository"))
            .env("CI_PROJECT_DIR", self.path("repository"))
            .env_remove("GITHUB_STEP_SUMMARY")
            .envs(env.iter().copied())
            .output()
            .unwrap();
        (output, std::fs::read_to_string(self.path("output")).unwrap_or_default())
    }
}

fn step(id: &str) -> String {
    steps().into_iter().find(|(name, _)| name == id).unwrap_or_else(|| panic!("no step {id}")).1
}

#[test]
fn the_actions_scripts_hold_no_expression() {
    assert_eq!(steps().iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["install", "check"]);
    for (id, script) in steps() {
        assert!(!script.contains("${{"), "{id}: an expression becomes part of the script");
    }
}

#[test]
fn the_action_checks_and_keeps_the_exit_code() {
    let job = Job::new();
    let check = |paths: &str, args: &str| {
        let env = [("LAMBLINT_PROGRAM", LAMBLINT), ("LAMBLINT_PATHS", paths), ("LAMBLINT_ARGS", args)];
        let (output, handed) = job.run(&step("check"), &env);
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), handed)
    };
    let sarif = job.path("temp/lamblint.sarif");
    for paths in [".", "a b/Dockerfile\n", "\na b\r\n"] {
        let (code, said, handed) = check(paths, "");
        assert_eq!((code, handed), (Some(1), format!("exit-code=1\nsarif={}\n", sarif.display())));
        assert!(said.starts_with("::error file=a b/Dockerfile,line=2,"), "{said}");
        assert!(std::fs::read_to_string(&sarif).unwrap().contains("\"uri\": \"a%20b/Dockerfile\""));
    }
    let (code, _, handed) = check(".", "--fail-on never\n--ignore LL404");
    assert_eq!((code, handed.starts_with("exit-code=0\n")), (Some(0), true), "{handed}");
    // What comes from outside is arguments, and nothing but arguments.
    for (paths, args) in [("$(touch stolen)", ""), (".", "$(touch stolen) `touch stolen` ; touch stolen"), (".", "*")] {
        assert_eq!(check(paths, args).0, Some(2));
    }
    let (code, _, handed) = check("--fix\na b", "");
    assert_eq!((code, handed.starts_with("exit-code=2\n")), (Some(2), true), "a path is no flag: {handed}");
    assert!(!job.path("repository/stolen").exists());
    assert_eq!(std::fs::read_to_string(job.path("repository/a b/Dockerfile")).unwrap(), FAULT);
}

#[test]
fn the_action_installs_a_wheel_or_builds() {
    let job = Job::new();
    let own = env!("CARGO_PKG_VERSION");
    let action = root().to_str().unwrap();
    let install =
        |version: &str| job.run(&step("install"), &[("LAMBLINT_VERSION", version), ("LAMBLINT_ACTION", action)]);
    // A Python whose pip writes down what it is to install and where it runs, and has one release.
    let pip = format!(
        "#!/bin/bash\necho \"$PWD $@\" >> {}/said\n[ \"${{@: -1}}\" = lamblint=={own} ] && exit\n\
         echo \"ERROR: ${{MOOD:-No matching distribution found}}\" >&2; exit 1",
        job.path("").display()
    );
    std::fs::write(job.path("pip"), pip).unwrap();
    let venv =
        format!("mkdir -p \"$4/bin\"; cp {} \"$4/bin/python\"; chmod +x \"$4/bin/python\"", job.path("pip").display());
    job.program("python3", &venv);
    job.program("cargo", &format!("echo \"$PWD cargo $@\" >> {}/said", job.path("").display()));
    job.program("lamblint", "");
    let said = || std::fs::read_to_string(job.path("said")).unwrap_or_default();

    let (output, handed) = install("");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let temp = job.path("temp").display().to_string();
    assert!(
        handed.starts_with(&format!("program={temp}/lamblint.")) && handed.ends_with("/bin/lamblint\n"),
        "{handed}"
    );
    assert!(
        said().starts_with(&format!("{temp} -I -m pip install "))
            && said().ends_with(&format!("--only-binary :all: lamblint=={own}\n"))
            && !said().contains("cargo"),
        "{}",
        said()
    );

    let (output, handed) = install("0.0.9");
    assert!(output.status.success());
    assert!(handed.starts_with(&format!("program={temp}/lamblint.")), "{handed}");
    let built =
        format!("{temp} cargo install --quiet --locked --git https://github.com/lamblint/lamblint --tag v0.0.9");
    assert!(said().contains(&built), "outside of the checkout: {}", said());

    // Only where there is no wheel: another error of pip's is not hidden by a build.
    let env = [("LAMBLINT_VERSION", "0.0.8"), ("LAMBLINT_ACTION", action), ("MOOD", "no network")];
    let (output, handed) = job.run(&step("install"), &env);
    assert_eq!((output.status.code(), handed.as_str(), said().contains("v0.0.8")), (Some(2), "", false));

    job.program("python3", "exit 1");
    assert!(install("").0.status.success());
    assert!(said().contains(&format!("--path {action} --root ")), "{}", said());

    assert_eq!(
        install("installed").1,
        format!("program={}/bin/lamblint\n", job.path("").display().to_string().trim_end_matches('/'))
    );
    assert_eq!(install("1.0 $(touch stolen); touch stolen").0.status.code(), Some(2));
    assert!(!job.path("repository/stolen").exists());
}

/// Puts into a checkout what Python, pip and cargo would find and run there.
fn lay_traps(job: &Job) {
    let trap = "open('stolen', 'w')\n";
    for name in ["venv.py", "pip.py", "logging.py", "types.py", "platform.py", "ensurepip.py", "sitecustomize.py"] {
        std::fs::write(job.path("repository").join(name), trap).unwrap();
    }
    let site = job.path("repository/.lamblint/lib/python3/site-packages");
    std::fs::create_dir_all(&site).unwrap();
    std::fs::write(site.join("e.pth"), "import os; open('stolen', 'w')\n").unwrap();
    std::fs::write(job.path("repository/pyvenv.cfg"), "home = .\n").unwrap();
    std::fs::write(job.path("repository/rust-toolchain.toml"), "[toolchain]\nchannel = \"stolen\"\n").unwrap();
}

#[test]
fn installing_runs_nothing_of_the_checkout() {
    let own = env!("CARGO_PKG_VERSION");
    for script in [step("install"), gitlab()] {
        let job = Job::new();
        lay_traps(&job);
        // The real Python makes the environment, without pip, which would take long; cargo is not asked.
        job.program("python3", "exec $(PATH=/usr/bin:/bin command -v python3) \"$@\" --without-pip");
        job.program("cargo", "exit 3");
        let action = root().to_str().unwrap();
        let env =
            [("LAMBLINT_VERSION", own), ("LAMBLINT_ACTION", action), ("LAMBLINT_PATHS", "."), ("LAMBLINT_ARGS", "")];
        let (output, _) = job.run(&script, &env);
        assert!(!output.status.success());
        assert!(!job.path("repository/stolen").exists(), "{}", String::from_utf8_lossy(&output.stderr));
        let left: Vec<_> = std::fs::read_dir(job.path("repository/.lamblint")).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is put into the checkout");
    }
}

/// The scripts of GitLab's component.
fn gitlab() -> String {
    let mut script = String::new();
    let mut inside = false;
    for line in read("templates/lamblint.yml").lines() {
        inside = if line == "    - |" { true } else { inside && line.starts_with("      ") };
        if inside {
            script.push_str(line.strip_prefix("      ").unwrap_or_default());
            script.push('\n');
        }
    }
    script
}

#[test]
fn gitlabs_component_checks_and_leaves_its_reports() {
    assert!(!gitlab().contains("$[["), "an input becomes part of the script");
    let job = Job::new();
    job.program("lamblint", &format!("exec {LAMBLINT} \"$@\""));
    let env = |args| [("LAMBLINT_VERSION", "installed"), ("LAMBLINT_PATHS", "."), ("LAMBLINT_ARGS", args)];
    let (output, _) = job.run(&gitlab(), &env(""));
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    for report in ["gl-code-quality-report.json", "lamblint.xml"] {
        let text = std::fs::read_to_string(job.path("repository").join(report)).unwrap();
        assert!(text.contains("LL203"), "{report}: {text}");
    }
    assert_eq!(job.run(&gitlab(), &env("--fail-on never")).0.status.code(), Some(0));
    assert_eq!(job.run(&gitlab(), &env("$(touch stolen)")).0.status.code(), Some(2));
    assert!(!job.path("repository/stolen").exists());
    assert!(read("templates/lamblint.yml").contains(&format!("default: \"{}\"", env!("CARGO_PKG_VERSION"))));
}

/// The image of lamblint itself is no function, so the general rules alone judge it, and find nothing.
#[test]
fn the_tools_own_dockerfile_has_no_fault() {
    for preset in ["recommended", "hadolint"] {
        let args = ["check", "--preset", preset, "--fail-on", "info", "Dockerfile"];
        let output = Command::new(LAMBLINT).args(args).current_dir(root()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{preset}: {}", String::from_utf8_lossy(&output.stdout));
    }
    let program = std::env::var("LAMBLINT_HADOLINT").unwrap_or_else(|_| "hadolint".into());
    match Command::new(&program).arg("Dockerfile").current_dir(root()).output() {
        Err(_) => println!("skipped: {program} does not run here"),
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
    }
}

/// What the image is built from is all that the build needs: every path that sources include is let in.
#[test]
fn the_tools_own_context_is_whole() {
    let ignored = read(".dockerignore");
    for name in ["Cargo.toml", "Cargo.lock", "src", "rules", "schemas"] {
        assert!(ignored.lines().any(|line| line.strip_prefix('!') == Some(name)), "{name} is left out");
        assert!(read("Dockerfile").contains(name), "{name} is not copied");
    }
    let wanted = regex::Regex::new(r#"include_(?:str|bytes)!\("(?:\.\./)+([a-z]+)/"#).unwrap();
    for entry in ignore::WalkBuilder::new(root().join("src")).build().map(Result::unwrap) {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        // What only tests include, at the end of a file, no build needs.
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for found in wanted.captures_iter(text) {
            let known = ["rules", "schemas", "dockerfile"].contains(&&found[1]);
            assert!(known, "{}: {}", entry.path().display(), &found[0]);
        }
    }
}
