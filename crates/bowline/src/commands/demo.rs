//! `bowline demo [DIR]`: a sample repository, a release, a second one that is killed in the middle and resumed, both
//! verified. No account, no network, nothing outside its own folder.
//!
//! The demo is a user: it calls this very program as a child for everything Bowline does, and `git` for everything a
//! developer would do.

use crate::args::DemoArgs;
use crate::output::write_err;
use crate::session::Session;
use bowline_host::process::SystemProcess;
use bowline_model::release::ReleaseResult;
use bowline_model::{Failure, FailureKind};
use bowline_port::process::{Command, Output, Process, ProcessError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs the demo.
pub fn run(session: &Session, args: &DemoArgs) -> Result<u8, Failure> {
    let demo = Demo::new(session, args)?;
    demo.say(&format!("Making a sample repository in {}", demo.root.display()));
    demo.make_repository()?;

    demo.say("What would a release do? (bowline plan)");
    demo.bowline(&["plan"], &[])?.ok()?;

    demo.say("Releasing it (bowline release)");
    let first = demo.result(&["release", "--yes"])?;

    demo.say("Two more commits, and a second release that is killed with SIGKILL right after its push");
    demo.more_commits()?;
    let killed = demo.bowline(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "effect:push/refs")])?;
    if killed.code.is_some() {
        return Err(failed("the second release was to be killed and was not"));
    }
    demo.say("Killed. The tag is public, the release is not. What does the repository say? (bowline status)");
    demo.bowline(&["status"], &[])?.ok()?;

    demo.say("Going on where it stopped (bowline resume)");
    let second = demo.result(&["resume", "--yes"])?;

    demo.say("Doing everything again changes nothing (bowline release)");
    demo.bowline(&["release", "--yes"], &[])?.ok()?;

    demo.say("Checking both releases from outside");
    for result in [&first, &second] {
        demo.verify(result)?;
    }
    demo.closing(&first, &second);
    Ok(0)
}

struct Demo<'s> {
    session: &'s Session,
    root: PathBuf,
    program: PathBuf,
    process: SystemProcess,
}

/// What a child came to.
struct Child {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
    what: String,
}

impl Child {
    fn ok(self) -> Result<Vec<u8>, Failure> {
        match self.code {
            Some(0) => Ok(self.stdout),
            Some(code) => Err(failed(&format!("`{}` ended with exit code {code}", self.what))),
            None => Err(failed(&format!("`{}` was ended by a signal", self.what))),
        }
    }
}

impl<'s> Demo<'s> {
    fn new(session: &'s Session, args: &DemoArgs) -> Result<Self, Failure> {
        let root = match &args.into {
            Some(dir) => session.dir()?.join(dir),
            None => std::env::temp_dir().join(format!("bowline-demo-{}", std::process::id())),
        };
        let empty = std::fs::read_dir(&root).map_or(true, |mut entries| entries.next().is_none());
        if !empty {
            return Err(Failure::new(
                FailureKind::Usage,
                "demo_folder_in_use",
                format!("{} is not empty", root.display()),
            )
            .hint("name a folder that is empty or does not exist"));
        }
        let io = |error: std::io::Error| {
            Failure::from_error(FailureKind::Failed, "demo_folder", &error)
                .hint("name another folder: bowline demo DIR")
        };
        std::fs::create_dir_all(&root).map_err(io)?;
        let root = root.canonicalize().map_err(io)?;
        let program = std::env::current_exe().map_err(io)?;
        let process = SystemProcess::new(session.environment.clone(), session.screen.child_line());
        Ok(Self { session, root, program, process })
    }

    fn make_repository(&self) -> Result<(), Failure> {
        self.git(&self.root, &["init", "--quiet", "--bare", "--initial-branch=main", "remote/kestrel.git"])?;
        self.git(&self.root, &["clone", "--quiet", "remote/kestrel.git", "kestrel"])?;
        self.git(&self.work(), &["symbolic-ref", "HEAD", "refs/heads/main"])?;
        let config = "[forge]\nkind = \"local\"\npath = \"../releases\"\n\n[artifacts]\ninclude = [\"dist/*\"]\n";
        let files = [
            ("bowline.toml", config),
            (".gitignore", "dist/\n"),
            ("package.json", "{\n  \"name\": \"kestrel\",\n  \"version\": \"1.1.0\",\n  \"private\": true\n}\n"),
            (
                "CHANGELOG.md",
                "# Changelog\n\nAll notable changes to kestrel.\n\n## 1.1.0\n\n- Written by hand before Bowline came, and kept as it is.\n",
            ),
            ("src/hover.js", "export const hover = () => 'hovering';\n"),
        ];
        for (path, text) in files {
            self.write(path, text)?;
        }
        self.commit("feat: hover in place", 0)?;
        self.git(&self.work(), &["tag", "v1.1.0"])?;
        let history = [
            ("src/dive.js", "export const dive = (depth) => depth * 9.81;\n", "feat(flight): dive from any height"),
            (
                "src/hover.js",
                "export const hover = (wind) => `hovering against ${wind}`;\n",
                "fix(flight): hold still in strong wind (#12)",
            ),
            ("docs/flight.md", "# Flight\n", "docs: describe how flight works"),
        ];
        for (number, (path, text, message)) in history.into_iter().enumerate() {
            self.write(path, text)?;
            self.commit(message, number + 1)?;
        }
        self.write("dist/kestrel.js", "export * from '../src/hover.js';\n")?;
        self.write("dist/kestrel.txt", "kestrel, a small falcon\n")?;
        self.git(&self.work(), &["push", "--quiet", "--tags", "--set-upstream", "origin", "main"])
    }

    fn more_commits(&self) -> Result<(), Failure> {
        self.write("src/dive.js", "export const dive = (depth) => Math.sqrt(2 * 9.81 * depth);\n")?;
        self.commit("fix(flight): compute the speed of a dive from its depth", 4)?;
        self.write("src/land.js", "export const land = (branch) => branch;\n")?;
        self.commit(
            "feat(flight)!: land on a named branch\n\nBREAKING CHANGE: `land` takes the branch to land on.",
            5,
        )?;
        self.write("dist/kestrel.txt", "kestrel, a small falcon that lands\n")?;
        self.git(&self.work(), &["push", "--quiet"])
    }

    /// Runs a command that ends with a result, and reads it.
    fn result(&self, args: &[&str]) -> Result<ReleaseResult, Failure> {
        let mut with_json = vec!["--json"];
        with_json.extend(args);
        let child = self.child(&with_json, &[], Output::Capture)?;
        let show = self.session.screen.child_line();
        child.stderr.lines().for_each(|line| show(line));
        let stdout = child.ok()?;
        serde_json::from_slice(&stdout).map_err(|error| failed("the result is not a result document").because(&error))
    }

    /// Both tag and assets, found without Bowline's help where possible: git for the tag, SHA256SUMS for the assets.
    fn verify(&self, result: &ReleaseResult) -> Result<(), Failure> {
        let Some(package) = result.packages.first() else { return Err(failed("the result names no package")) };
        let refs = self.git_output(
            &self.root.join("remote/kestrel.git"),
            &["rev-parse", &format!("refs/tags/{}^{{commit}}", package.tag)],
        )?;
        let commit = package.commit.map(|commit| commit.to_string()).unwrap_or_default();
        if refs.trim() != commit {
            return Err(failed(&format!("tag {} is not on commit {commit}", package.tag)));
        }
        let assets = self.root.join("releases").join(package.tag.as_str()).join("assets");
        let sums = std::fs::read_to_string(assets.join("SHA256SUMS"))
            .map_err(|error| failed("SHA256SUMS cannot be read").because(&error))?;
        for line in sums.lines() {
            let Some((hex, name)) = line.split_once("  ") else {
                return Err(failed("SHA256SUMS has a line that is none"));
            };
            let bytes = std::fs::read(assets.join(name))
                .map_err(|error| failed(&format!("asset {name} cannot be read")).because(&error))?;
            if bowline_model::Digest::of(&bytes).hex() != hex {
                return Err(failed(&format!("asset {name} has other bytes than SHA256SUMS says")));
            }
        }
        self.note(&format!(
            "  {} is tag {} on {}; {} assets match SHA256SUMS",
            package.name,
            package.tag,
            &commit.chars().take(10).collect::<String>(),
            sums.lines().count()
        ));
        Ok(())
    }

    fn closing(&self, first: &ReleaseResult, second: &ReleaseResult) {
        let tags: Vec<String> =
            [first, second].iter().flat_map(|result| &result.packages).map(|package| package.tag.to_string()).collect();
        let style = self.session.screen.style();
        self.session.screen.text(&format!(
            "{} {} released, one of them across a kill -9.\n\nLook around:\n  {}  what a visitor sees\n  {}  the checkout: git log --stat, CHANGELOG.md\n  {}  plan, manifest and checksums of a release\n\nIn a repository of your own, begin with: bowline plan\n",
            style.green("✓"),
            tags.join(" and "),
            self.root.join("releases/index.html").display(),
            self.work().display(),
            self.root.join("releases").join(tags.last().map_or("", String::as_str)).join("assets").display(),
        ));
        self.session
            .screen
            .document(&serde_json::json!({"schema": "bowline/demo/v1", "folder": self.root, "tags": tags}));
    }

    fn work(&self) -> PathBuf {
        self.root.join("kestrel")
    }

    fn say(&self, text: &str) {
        self.note(&format!("\n{} {}", self.session.screen.style().cyan("▶"), self.session.screen.style().bold(text)));
    }

    fn note(&self, text: &str) {
        if !self.session.global.quiet {
            write_err(&format!("{text}\n"));
        }
    }

    fn bowline(&self, args: &[&str], env: &[(&str, &str)]) -> Result<Child, Failure> {
        self.child(args, env, Output::Show)
    }

    fn child(&self, args: &[&str], env: &[(&str, &str)], output: Output) -> Result<Child, Failure> {
        let mut argv = vec![self.program.to_string_lossy().into_owned()];
        argv.extend(args.iter().map(|&arg| arg.to_owned()));
        let mut variables = self.variables();
        variables.push(("BOWLINE_STATE_DIR".to_owned(), self.root.join("state").to_string_lossy().into_owned()));
        variables.push(("CI".to_owned(), String::new()));
        variables.extend(env.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        let what = format!("bowline {}", args.join(" "));
        let finished = self.start(argv, self.work(), variables, output)?;
        let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
        Ok(Child { code: finished.code, stdout: finished.stdout, stderr, what })
    }

    fn git(&self, dir: &Path, args: &[&str]) -> Result<(), Failure> {
        self.git_output(dir, args).map(drop)
    }

    fn git_output(&self, dir: &Path, args: &[&str]) -> Result<String, Failure> {
        self.git_at(dir, args, 0)
    }

    /// The demo's history is the same every time: fixed names, fixed dates, nobody's configuration.
    fn git_at(&self, dir: &Path, args: &[&str], number: usize) -> Result<String, Failure> {
        let mut argv = vec!["git".to_owned()];
        argv.extend(args.iter().map(|&arg| arg.to_owned()));
        let mut variables = self.variables();
        let date = format!("2026-11-{:02}T09:30:00Z", 2 + number);
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "Ada Falconer"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada Falconer"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_DATE", &date),
        ] {
            variables.push((name.to_owned(), value.to_owned()));
        }
        let what = format!("git {}", args.join(" "));
        let finished = self.start(argv, dir.to_path_buf(), variables, Output::Capture)?;
        if finished.success() {
            return Ok(String::from_utf8_lossy(&finished.stdout).into_owned());
        }
        let said = bowline_model::text::one_line(&String::from_utf8_lossy(&finished.stderr), 300).into_owned();
        Err(failed(&format!("`{what}` failed: {said}")))
    }

    fn commit(&self, message: &str, number: usize) -> Result<(), Failure> {
        self.git_at(&self.work(), &["add", "--all"], number)?;
        self.git_at(&self.work(), &["commit", "--quiet", "--message", message], number).map(drop)
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.work().join(path);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        made.map_err(|error| failed(&format!("{} cannot be written", path.display())).because(&error))
    }

    fn variables(&self) -> Vec<(String, String)> {
        [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    fn start(
        &self,
        argv: Vec<String>,
        dir: PathBuf,
        env: Vec<(String, String)>,
        output: Output,
    ) -> Result<bowline_port::process::Finished, Failure> {
        let command = Command {
            argv,
            dir,
            env,
            pass_env: Vec::new(),
            timeout: Duration::from_secs(120),
            output,
            input: Vec::new(),
        };
        self.process.run(&command).map_err(|error| match &error {
            ProcessError::NotFound { program } if program == "git" => {
                Failure::from_error(FailureKind::Missing, "tool_missing", &error).hint("install git")
            }
            _ => Failure::from_error(FailureKind::Failed, "demo", &error),
        })
    }
}

fn failed(message: &str) -> Failure {
    Failure::new(FailureKind::Failed, "demo_failed", message)
}
