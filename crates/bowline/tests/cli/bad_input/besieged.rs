//! A repository in which everything is hostile at once: messages, tags, settings, hooks, links, submodules, attributes.
//!
//! Every command runs in it under `strace`, in each form of output. What must hold: only git and Bowline itself are started,
//! nothing outside of the declared files is changed, no escape sequence and no workflow command comes out anywhere.

use super::hostile::{SUBJECTS, raw_commit, raw_commit_by};
use super::tags::HOSTILE;
use crate::support::{PROGRAM, files, malformed_text, with_package_json};
use bowline_testkit::{World, parts};
use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

#[test]
fn nothing_of_it_runs_writes_or_speaks() {
    if !parts::strace() {
        return;
    }
    let world = besieged(|_| {});
    let before = outside(&world);
    let mut siege = Siege::default();
    for args in LOOKING {
        siege.run(&world, args, 0);
    }
    siege.run(&world, &["release", "--yes", "-v", "--log-level", "trace"], 0);
    assert!(world.visible().contains("refs/tags/v1.1.0 "), "{}", world.visible());
    for args in [&["notes", "1.1.0"][..], &["changelog", "--all"], &["status"], &["release", "--yes"], &["abort"]] {
        siege.run(&world, args, 0);
    }
    for name in ["log.json", "summary.md", "work/CHANGELOG.md"] {
        let text = std::fs::read_to_string(world.root().join(name)).unwrap();
        assert!(!text.trim().is_empty() && malformed_text(&text).is_none(), "{name}: {:?}", malformed_text(&text));
    }
    assert_eq!(outside(&world), before, "files that no release declares");
    // The traps work: git by itself springs one.
    let _ = world.try_git_in(&world.work(), &["status"]);
    assert!(world.root().join("marker").exists(), "nothing was set");
    assert!(siege.started["git"] > 0 && siege.writes > 0, "nothing was watched");
    eprintln!(
        "{} runs, {} messages, {} tags, {} settings: {:?} started, 0 of the repository; {} writes, 0 outside; 0 lines that act",
        siege.runs,
        MESSAGES.len() + SUBJECTS.len(),
        HOSTILE.len(),
        SETTINGS.len(),
        siege.started,
        siege.writes
    );
}

/// The configuration of a branch that somebody wants to have merged: whoever looks at it runs nothing of it.
#[test]
fn a_plan_for_a_strangers_branch_runs_nothing() {
    if !parts::strace() {
        return;
    }
    let world = besieged(|world| {
        world.git(&["checkout", "--quiet", "-b", "theirs"]);
        world.write("bowline.toml", THEIRS.replace("EVIL", &world.root().join("evil.sh").to_string_lossy()));
        world.commit_and_push("feat: more");
        world.git(&["branch", "--quiet", "--set-upstream-to", "origin/theirs"]);
    });
    let before = outside(&world);
    let mut siege = Siege::default();
    for args in LOOKING {
        siege.run(&world, args, 0);
    }
    assert_eq!(outside(&world), before, "files that no release declares");
    assert!(siege.runs > LOOKING.len(), "{}", siege.runs);
}

/// A configuration that names a program and forms commands of a runner.
const THEIRS: &str = r#"
[build]
command = ["EVIL"]
[changelog]
header = "::error::x\n##[group]y"
template = "{{ version }}\n::error::x\n  ##[group]\n{% for group in groups %}{{ group.title }}{% endfor %}"
[notes]
footer = "::add-mask::x ##[error]"
[release]
branches = ["theirs", "main"]
tag_message = "::error::{tag}"
"#;

/// What was run, and what that started.
#[derive(Default)]
struct Siege {
    runs: usize,
    started: BTreeMap<String, usize>,
    writes: usize,
}

impl Siege {
    /// Runs `args` for people and as JSON, with a log file and a job summary, and looks at everything that came of it.
    fn run(&mut self, world: &World, args: &[&str], code: i32) {
        for form in [&[][..], &["--json", "--log-format", "json"], &["--color", "always"]] {
            let log = world.root().join("log.json").to_string_lossy().into_owned();
            let args = [form, &["--log-file", &log], args].concat();
            let (code_found, output, trace) = traced(world, &args);
            let output = if form.contains(&"always") { without_colour(&output) } else { output };
            assert_eq!(malformed_text(&output), None, "{args:?}\n{output}");
            assert_eq!(code_found, Some(code), "{args:?}\n{output}");
            let marker = std::fs::read_to_string(world.root().join("marker")).unwrap_or_default();
            assert!(marker.is_empty(), "{args:?} started {marker}");
            for line in trace.lines() {
                self.judge(line, world, &args);
            }
            self.runs += 1;
        }
    }

    fn judge(&mut self, line: &str, world: &World, args: &[&str]) {
        if let Some(program) = started(line) {
            *self.started.entry(program.clone()).or_default() += 1;
            assert!(["bowline", "git", "sh -c git-"].contains(&program.as_str()), "{args:?} started {line}");
        }
        if let Some(path) = written(line) {
            self.writes += 1;
            let root = world.root().to_string_lossy();
            assert!(path.starts_with(&*root) || path.starts_with("/dev/"), "{args:?} wrote {line}");
        }
    }
}

/// The program that a traced call started: its name, for a shell with what it was given.
fn started(line: &str) -> Option<String> {
    let call = line.split_once("execve(\"").filter(|_| line.ends_with(" = 0"))?.1;
    let (path, rest) = call.split_once('"')?;
    let name = path.rsplit('/').next()?;
    // Git starts the other side of a path by a shell of its own.
    let given = rest.split_once("\"-c\", \"").map_or("", |(_, given)| given.get(..4).unwrap_or(given));
    Some(match name {
        "sh" => format!("sh -c {given}"),
        name if name.starts_with("git") => "git".to_owned(),
        name => name.to_owned(),
    })
}

/// The path that a traced call opened for writing.
fn written(line: &str) -> Option<String> {
    let call = line.split_once("openat(")?.1;
    let (place, rest) = call.split_once(", \"")?;
    let (name, flags) = rest.split_once("\", ")?;
    let writes = ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| flags.contains(flag)) && !flags.contains(" = -1");
    let base = place.split_once('<').map_or("", |(_, path)| path.trim_end_matches('>'));
    writes.then(|| if name.starts_with('/') { name.to_owned() } else { format!("{base}/{name}") })
}

#[expect(clippy::disallowed_methods, reason = "strace is started as it is, and it starts the program")]
fn traced(world: &World, args: &[&str]) -> (Option<i32>, String, String) {
    let trace = world.root().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-s", "200", "-e", "trace=execve,openat", "-e", "signal=none", "-o"]).arg(&trace);
    strace.arg(PROGRAM).args(args).current_dir(world.work()).env_clear().envs(world.variables());
    strace.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", world.root().join("summary.md"));
    let ran = strace.stdin(std::process::Stdio::null()).output().unwrap();
    let output = format!("{}\n{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    // The annotation of a failure is a command that is meant.
    let output = output.replace("::error title=bowline%3A ", "annotation ");
    (ran.status.code(), output, std::fs::read_to_string(&trace).unwrap())
}

/// `text` without our own colours.
fn without_colour(text: &str) -> String {
    let colours = ["0", "1", "2", "1;31", "32", "33", "36"];
    colours.iter().fold(text.to_owned(), |text, code| text.replace(&format!("\u{1b}[{code}m"), ""))
}

/// Every file of the world that no command may change.
fn outside(world: &World) -> BTreeMap<String, String> {
    let ours = [
        "state/",
        "data/",
        "tmp/",
        "remote/",
        "log.json",
        "summary.md",
        "trace",
        "work/package.json",
        "work/CHANGELOG.md",
    ];
    let mut found = files(world.root());
    let gits = |name: &str| {
        let own = name.strip_prefix("work/.git/");
        own.is_some_and(|name| !["config", "hooks/", "info/"].iter().any(|start| name.starts_with(start)))
    };
    found.retain(|name, _| !gits(name) && !ours.iter().any(|start| name.starts_with(start)));
    assert!(found.contains_key("victim/file") && found.contains_key("work/link"), "{found:?}");
    found
}

/// The world; `more` is done to it while git can still be used in it.
fn besieged(more: impl FnOnce(&World)) -> World {
    let world = with_package_json();
    let script = world.root().join("evil.sh");
    std::fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >> {}\n", world.root().join("marker").display()))
        .unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let evil = script.to_string_lossy().into_owned();
    std::fs::create_dir(world.root().join("victim")).unwrap();
    std::fs::write(world.root().join("victim/file"), "theirs\n").unwrap();
    for (name, target) in
        [("link", "../victim/file"), ("folder", "../victim"), ("loop", "loop"), ("passwd", "/etc/passwd")]
    {
        symlink(target, world.work().join(name)).unwrap();
    }
    world.write(".gitattributes", "* filter=evil diff=evil merge=evil\nCHANGELOG.md filter=evil\n");
    world.write(".gitmodules", format!("[submodule \"sub\"]\n\tpath = sub\n\turl = ext::{evil}\n\tupdate = !{evil}\n"));
    let head = world.git(&["rev-parse", "HEAD"]);
    world.git(&["add", "--all"]);
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},sub")]);
    world.git(&["commit", "--quiet", "--message", "fix: bring along"]);
    for subject in SUBJECTS {
        let message = format!("{subject}\n\n::add-mask::a\n  ##[error]b\n```\n<b>\nFixes: other/repo#1\n");
        raw_commit_by(&world, "\u{1b}[31m::error::\u{202e} ##[x] @mention", message.as_bytes());
    }
    MESSAGES.iter().for_each(|message| raw_commit(&world, message));
    more(&world);
    let head = world.git(&["rev-parse", "HEAD"]);
    for name in HOSTILE {
        let name = format!("refs/tags/{name}");
        world.git(&["update-ref", &name, &head]);
        world.git_in(&world.remote(), &["update-ref", &name, &head]);
    }
    for hook in HOOKS {
        for folder in ["hooks", ".git/hooks"] {
            let folder = world.work().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let _ = std::fs::remove_file(folder.join(hook));
            symlink(&script, folder.join(hook)).unwrap();
        }
    }
    world.write(".git/info/exclude", "/hooks\n");
    for (key, value) in SETTINGS {
        world.git(&["config", "--file", ".git/config", key, &value.replace("EVIL", &evil)]);
    }
    let _ = std::fs::remove_file(world.root().join("marker"));
    world
}

/// Commands that only look.
const LOOKING: [&[&str]; 8] = [
    &["plan"],
    &["check"],
    &["explain"],
    &["status"],
    &["changelog"],
    &["notes"],
    &["config", "show"],
    &["release", "--dry-run"],
];

/// Beside the subjects: bytes, trailers and markup that other tools stumble over.
const MESSAGES: [&[u8]; 12] = [
    b"fix: gr\xfc\xdfe \xff\xfe\n",
    b"fix: a\0b\n\nfeat: \0\rnot a subject\n",
    b"\n\n\n",
    b"",
    b"fix: approved\n\nApproved-by: root\nReviewed-by: ::error::\nBowline-Plan: sha256:0\n",
    b"fix: <!channel> <@U123> {code} h1. *bold* [link|javascript:x]\n",
    b"fix: `id` $(id) ; id | id && id > /tmp/x\n",
    b"fix: {{ env.HOME }} {% include '/etc/passwd' %} ${{ github.token }} %{x} <%= x %>\n",
    b"fix(\x1b[1m): \xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\x81\xef\xbb\xbf hidden\n",
    b"fix: a\r\n\r\n::set-output name=a::b\r\n\x0b::debug::c\n\xc2\x85::debug::d\n",
    b"Revert \"::error::\"\n\nThis reverts commit ##[group]0000000.\n",
    b"fix: |a|b| --- | ``` <!-- [//]: # (x) \\\n",
];

/// Settings of a repository that name programs; those of the transport are the machine's own affair and stay in force.
const SETTINGS: [(&str, &str); 33] = [
    ("core.hooksPath", "hooks"),
    ("core.fsmonitor", "EVIL"),
    ("core.pager", "EVIL"),
    ("core.editor", "EVIL"),
    ("core.alternateRefsCommand", "EVIL"),
    ("core.sshCommand", "EVIL"),
    ("core.askPass", "EVIL"),
    ("core.gitProxy", "EVIL"),
    ("credential.helper", "!EVIL"),
    ("sequence.editor", "EVIL"),
    ("gpg.program", "EVIL"),
    ("gpg.ssh.program", "EVIL"),
    ("gpg.ssh.defaultKeyCommand", "EVIL"),
    ("commit.gpgSign", "true"),
    ("tag.gpgSign", "true"),
    ("push.gpgSign", "if-asked"),
    ("diff.external", "EVIL"),
    ("diff.evil.command", "EVIL"),
    ("diff.evil.textconv", "EVIL"),
    ("filter.evil.clean", "EVIL"),
    ("filter.evil.smudge", "EVIL"),
    ("filter.evil.process", "EVIL"),
    ("filter.evil.required", "true"),
    ("merge.evil.driver", "EVIL"),
    ("interactive.diffFilter", "EVIL"),
    ("trailer.x.command", "EVIL"),
    ("uploadpack.packObjectsHook", "EVIL"),
    ("submodule.recurse", "true"),
    ("submodule.sub.url", "ext::EVIL"),
    ("submodule.sub.update", "!EVIL"),
    ("protocol.ext.allow", "always"),
    ("alias.push", "!EVIL"),
    ("alias.ls-remote", "!EVIL"),
];

const HOOKS: [&str; 14] = [
    "applypatch-msg",
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-push",
    "post-checkout",
    "post-merge",
    "pre-auto-gc",
    "reference-transaction",
    "post-index-change",
    "fsmonitor-watchman",
    "post-rewrite",
    "pre-rebase",
];
