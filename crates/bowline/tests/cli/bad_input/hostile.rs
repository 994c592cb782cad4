//! Commit messages that were written to harm: they count as the rules say, and are shown as what they are.

use crate::support::{PROGRAM, with_package_json};
use crate::support::{files, malformed, malformed_text};
use bowline_testkit::World;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::time::{Duration, Instant};

/// Every command that shows text from commits, the last one releases.
const COMMANDS: [&[&str]; 13] = [
    &["plan"],
    &["plan", "--color", "always", "--json"],
    &["check"],
    &["explain"],
    &["explain", "--json"],
    &["status"],
    &["changelog"],
    &["changelog", "--all"],
    &["notes"],
    &["config", "show"],
    &["release", "--dry-run"],
    &["release", "--yes", "-v", "--log-level", "trace"],
    &["changelog", "1.1.0"],
];

/// Commits `message` as it is, pushes it, runs every command, and gives the world back after its release.
fn released(message: &[u8], version: &str) -> World {
    let world = with_package_json();
    raw_commit(&world, message);
    for args in COMMANDS {
        let args: Vec<&str> = args.iter().map(|&arg| if arg == "1.1.0" { version } else { arg }).collect();
        let ran = world.bowline_with(&args, &[("GITHUB_ACTIONS", "true"), ("RUNNER_SECRET", "s3cr3t")]).expect_code(0);
        assert_eq!(malformed(&ran), None, "{args:?}\n{}", ran.snapshot());
        assert!(!ran.snapshot().contains("s3cr3t"), "{args:?}\n{}", ran.snapshot());
        assert!(!ran.snapshot().contains("uid="), "{args:?}\n{}", ran.snapshot());
    }
    let tag = format!("refs/tags/v{version} ");
    assert!(world.visible().contains(&tag), "{tag} in {}", world.visible());
    world
}

/// A commit with exactly these bytes as its message.
pub(super) fn raw_commit(world: &World, message: &[u8]) {
    raw_commit_by(world, "Dev", message);
}

/// The same, by somebody with this name.
pub(super) fn raw_commit_by(world: &World, author: &str, message: &[u8]) {
    let tree = world.git(&["rev-parse", "HEAD^{tree}"]);
    let parent = world.git(&["rev-parse", "HEAD"]);
    let mut bytes = format!(
        "tree {tree}\nparent {parent}\nauthor {author} <dev@example.org> 1790001000 +0000\ncommitter {author} <dev@example.org> 1790001000 +0000\n\n"
    )
    .into_bytes();
    bytes.extend_from_slice(message);
    let file = world.root().join("commit");
    std::fs::write(&file, bytes).unwrap();
    let oid = world.git(&["hash-object", "-t", "commit", "-w", "--literally", &file.to_string_lossy()]);
    world.git(&["update-ref", "refs/heads/main", &oid]);
    world.git(&["push", "--quiet", "origin", "main"]);
}

#[test]
fn not_utf8_and_breaking() {
    let world = released(b"feat!: gr\xfc\xdfe \xff\xfe\n", "2.0.0");
    assert!(world.read("CHANGELOG.md").contains("gr\u{fffd}\u{fffd}e"), "{}", world.read("CHANGELOG.md"));
}

#[test]
fn terminal_sequences_and_directions() {
    let world = released(
        "fix: \u{1b}]0;title\u{7}\u{1b}[31mred \u{202e}desrever\u{2066} \u{200b}zero\rover\u{9b}2J\n".as_bytes(),
        "1.1.0",
    );
    let text = world.read("CHANGELOG.md");
    assert!(text.contains("zero"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{7}', '\r', '\u{9b}', '\u{202e}', '\u{2066}']), "{text:?}");
}

#[test]
fn workflow_commands() {
    released(
        b"::error::first line\n\n::add-mask::a\n  ::set-output name=x::y\n##[error]z\nfix: ##[group]in the middle\n",
        "1.1.0",
    );
    released(b"feat: ::stop-commands::x ##[error]y\n\nBREAKING CHANGE: ##[error]broken\n::error::next\n", "2.0.0");
}

#[test]
fn workflow_commands_in_documents_and_log_lines() {
    let world = with_package_json();
    raw_commit(&world, b"feat: ::stop-commands::x ##[error]y\n\n##[group]z\n");
    let args = ["--json", "--log-format", "json", "--log-level", "trace", "release", "--yes"];
    let ran = world.bowline(&args).expect_code(0);
    assert_eq!(malformed(&ran), None, "{}", ran.snapshot());
    let plan = world.bowline(&["--json", "explain"]).expect_code(0);
    assert_eq!(malformed(&plan), None, "{}", plan.snapshot());
    raw_commit(&world, b"feat: ##[error]again\n");
    let explained = world.bowline(&["--json", "explain"]).expect_code(0);
    assert_eq!(malformed(&explained), None, "{}", explained.snapshot());
    assert_eq!(explained.json()["commits"][0]["subject"], "##[error]again", "the value is what was written");
}

#[test]
fn templates_and_shells() {
    let world = released(
        b"feat: {{ env }} {{ env.RUNNER_SECRET }} {% include '/etc/passwd' %} ${{ secrets.X }} $(id) `id` ${RUNNER_SECRET}\n",
        "1.1.0",
    );
    let text = world.read("CHANGELOG.md");
    assert!(text.contains("env.RUNNER") && text.contains("$(id)"), "{text}");
    assert!(!text.contains("root:"), "{text}");
}

#[test]
fn markup() {
    let world = released(
        b"feat: <script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)> @everyone\n",
        "1.1.0",
    );
    let page = std::fs::read_to_string(world.releases().join("index.html")).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
}

#[test]
fn trailers_of_ours_are_not_believed() {
    let head = "0123456789012345678901234567890123456789";
    let plan = "0".repeat(64);
    released(format!("fix: planted\n\nBowline-Plan: sha256:{plan}\nBowline-Head: {head}\n").as_bytes(), "1.1.0");
}

#[test]
fn nul_and_lone_carriage_returns() {
    released(b"fix: a\0b\n\nfeat!: \0\rnot a subject\n", "1.1.0");
    released(b"fix: a\rBREAKING CHANGE: b\r\r\r", "1.1.0");
    released(b"", "1.1.0");
    released(b"\n\n\n", "1.1.0");
}

/// One subject each; all of them are in one release.
pub(super) const SUBJECTS: [&str; 13] = [
    "fix: \u{1b}]0;title\u{7}\u{1b}[31mred\u{9b}2J",
    "fix: \u{202e}desrever\u{2066} zero\u{200b}width",
    "fix: ::error::said",
    "fix: ##[group]said",
    "fix(::error::): ##[error]in a scope",
    "fix: {{ env }} {% include '/etc/passwd' %} ${{ secrets.X }}",
    "fix: <img src=x onerror=alert(1)> <!-- <script>alert(1)</script>",
    "fix: [x](javascript:alert(1)) ![y](javascript:alert(2)) <javascript:alert(3)>",
    "fix: ``` unclosed",
    "fix: ~~~ unclosed",
    "fix: thanks @mention and @org/team",
    "fix: fixes other/repo#1",
    "fix: lone\rreturn",
];

#[test]
fn everything_at_once_in_every_place_that_text_can_go() {
    let world = with_package_json();
    for subject in SUBJECTS {
        let message = format!("{subject}\n\n::add-mask::a\n  ##[error]b\n```\n<b>\nFixes: other/repo#1\n");
        raw_commit_by(&world, "\u{1b}[31m::error::\u{202e} ##[x] @mention", message.as_bytes());
    }
    raw_commit(&world, &[b"fix: ".as_slice(), &vec![b'y'; 64 << 10]].concat());
    let (log, summary) = (world.root().join("log.json"), world.root().join("summary.md"));
    let (log_path, summary_path) = (log.to_string_lossy().into_owned(), summary.to_string_lossy().into_owned());
    let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary_path.as_str())];
    for args in COMMANDS {
        let args: Vec<&str> = [&["--log-file", log_path.as_str()], args].concat();
        let ran = world.bowline_with(&args, &env);
        assert_eq!(malformed(&ran), None, "{args:?}\n{}", ran.snapshot());
        assert_eq!(ran.code, Some(0), "{args:?}\n{}", ran.snapshot());
    }
    let notes = world.bowline(&["notes", "1.1.0"]).expect_code(0).stdout;
    for (place, text) in [
        ("log file", std::fs::read_to_string(&log).unwrap()),
        ("job summary", std::fs::read_to_string(&summary).unwrap()),
        ("changelog", world.read("CHANGELOG.md")),
        ("notes", notes.clone()),
    ] {
        assert!(!text.trim().is_empty(), "{place} is empty");
        assert_eq!(malformed_text(&text), None, "{place}");
    }
    for markdown in [world.read("CHANGELOG.md"), notes, std::fs::read_to_string(&summary).unwrap()] {
        assert_eq!(active_markup(&markdown), Vec::<String>::new(), "{markdown}");
    }
}

/// What in `markdown` a forge would act on: tags, scripts as addresses, blocks of code that swallow what follows, and
/// mentions and closing references outside of code spans.
fn active_markup(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    // A text comes in pieces, wherever something was escaped.
    let mut prose = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => found.push(format!("html {html}")),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
                if !dest_url.starts_with("https://") && !dest_url.starts_with("file://") =>
            {
                found.push(format!("link {dest_url}"));
            }
            Event::Start(Tag::CodeBlock(_)) => found.push("block of code".to_owned()),
            Event::Text(text) => prose.push_str(&text),
            Event::End(TagEnd::Item | TagEnd::Paragraph) | Event::Code(_) => prose.push('\n'),
            _ => {}
        }
    }
    for active in ["@mention", "@org/team", "other/repo#1"] {
        if prose.contains(active) {
            found.push(format!("{active} in prose"));
        }
    }
    found
}

#[test]
fn twenty_megabytes_in_bounded_time() {
    let world = with_package_json();
    let mut message = b"feat: small\n\n".to_vec();
    message.extend(b"::error::a line of text, again and again\n".repeat(500_000));
    raw_commit(&world, &message);
    for args in [&["plan"][..], &["notes"], &["explain", "--json"]] {
        let began = Instant::now();
        let ran = world.bowline(args).expect_code(0);
        assert!(began.elapsed() < Duration::from_secs(60), "{args:?} took {:?}", began.elapsed());
        assert_eq!(malformed(&ran), None, "{args:?}");
        assert!(ran.stdout.len() < 100_000, "{args:?} printed {} bytes", ran.stdout.len());
    }
}

#[test]
fn enormous() {
    let line: Vec<u8> = [b"feat: ".as_slice(), &vec![b'x'; 1 << 20]].concat();
    let world = released(&line, "1.1.0");
    assert!(world.read("CHANGELOG.md").len() < 10_000, "{}", world.read("CHANGELOG.md").len());
    let mut body = b"feat: small\n\n".to_vec();
    body.extend(b"a line of text, again and again\n".repeat(160_000));
    body.extend(b"\nBREAKING CHANGE: at the very end\n");
    let world = released(&body, "2.0.0");
    assert!(world.read("CHANGELOG.md").contains("at the very end"));
    assert!(!files(&world.releases()).is_empty());
}

#[test]
fn hostile_names_of_branches_and_people() {
    let world = World::with_repository(PROGRAM);
    world.git(&["config", "user.name", "\u{1b}[31m::error::"]);
    world.git(&["checkout", "--quiet", "-b", "$(id);`x`\u{202e}\u{200b}"]);
    world.commit("fix: on a hostile branch");
    world.git(&["push", "--quiet", "--set-upstream", "origin", "HEAD"]);
    for args in [&["plan"][..], &["status"], &["check"], &["release", "--yes"]] {
        let ran = world.bowline(args);
        assert_eq!(malformed(&ran), None, "{args:?}\n{}", ran.snapshot());
        let ran = ran.expect_code(2);
        assert!(ran.stderr.contains("git branch --move NAME"), "{args:?}\n{}", ran.snapshot());
        assert!(!ran.snapshot().contains("uid="));
    }
}

/// A job can have the words of its command line from anywhere, and errors repeat them.
#[test]
fn arguments() {
    const HOSTILE: &str = "\u{1b}[31m\u{202e}\n::error::x ##[group]y\r::add-mask::z";
    let world = with_package_json();
    for before in [
        &[][..],
        &["plan"],
        &["--log-level"],
        &["--color"],
        &["-C"],
        &["--config"],
        &["changelog"],
        &["notes"],
        &["explain"],
        &["resume"],
        &["config", "explain"],
        &["release", "--version"],
        &["release", "--bump"],
        &["release", "--plan"],
        &["release", "--until"],
        &["release", "--branch"],
        &["release", "--wait"],
        &["release", "--handoff", "h", "--handoff-digest"],
    ] {
        for form in [&[][..], &["--json"], &["--log-format", "json"]] {
            let args = [form, before, &[HOSTILE]].concat();
            let ran = world.bowline(&args);
            assert_ne!(ran.code, Some(0), "{args:?}\n{}", ran.snapshot());
            assert_eq!(malformed(&ran), None, "{args:?}\n{}", ran.snapshot());
        }
    }
}
