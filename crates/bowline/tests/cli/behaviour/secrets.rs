//! A token in every place that a person or a system puts one, and everything that leaves the process searched for it.

use crate::support::one_fix;
use bowline_port::secret::{MASK, Redactor, Secret};
use bowline_testkit::World;

const TOKEN: &str = "canary-7f3a/9+xQ";

/// Whether any form of the token is in `text`.
fn leaks(text: &str) -> bool {
    Redactor::new([Secret::new(TOKEN)]).redact(text) != text
}

/// A git that says what nobody should: the login in the address, and the environment.
fn chatty_git(world: &World, script: &str) -> String {
    let real = world.shell("command -v git");
    let bin = world.root().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::write(bin.join("git"), format!("#!/bin/sh\n{script}\nexec '{real}' \"$@\"\n")).unwrap();
    world.shell(&format!("chmod 755 '{}'", bin.join("git").display()));
    let path = world.variables().into_iter().find(|(name, _)| name == "PATH").unwrap().1;
    format!("{}:{path}", bin.display())
}

#[test]
fn nothing_that_is_written_holds_a_token() {
    let world = one_fix();
    let encoded = world.shell(&format!("printf 'x-access-token:%s' '{TOKEN}' | base64"));
    let path =
        chatty_git(&world, &format!("case \"$*\" in *ls-remote*) echo 'auth: {TOKEN} {encoded}' >&2; exit 1;; esac"));
    let (log, summary) = (world.root().join("log.json"), world.root().join("summary.md"));
    let variables = [
        ("PATH", path.as_str()),
        ("GITHUB_TOKEN", TOKEN),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
        ("HTTPS_PROXY", "http://me:canary-7f3a%2F9%2BxQ@127.0.0.1:9"),
    ];
    for command in [
        &["release", "--yes"][..],
        &["release", "--json"],
        &["plan", "--json"],
        &["check"],
        &["status", "-v"],
        &["release", "--log-format", "json", "--log-level", "trace"],
        &["config", "show"],
    ] {
        let mut args = command.to_vec();
        args.extend(["--log-file", log.to_str().unwrap()]);
        let ran = world.bowline_with(&args, &variables);
        for (what, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            assert!(!leaks(text), "{command:?} leaks to {what}: {}", ran.snapshot());
        }
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(command[0] == "config" || told.contains(MASK), "nothing was to be taken out: {}", ran.snapshot());
        if command.contains(&"--json") {
            let _ = ran.json();
        }
    }
    for file in [&log, &summary] {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        assert!(!leaks(&text), "{} holds the token: {text}", file.display());
    }
    let state = world.shell("grep -rl canary-7f3a \"$XDG_STATE_HOME\" || true");
    assert_eq!(state, "", "state holds the token");
}

/// What a build prints is shown, and the secrets that its surroundings had are not handed to it.
#[test]
fn a_build_gets_no_token_and_shows_none() {
    let world = one_fix();
    let build = format!("env; echo 'from a file: {TOKEN}'");
    world.write("bowline.toml", format!("[build]\ncommand = [\"sh\", \"-c\", \"{build}\"]\n"));
    world.commit_and_push("feat: build");
    let variables = [("MY_SERVICE_TOKEN", TOKEN), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token-file")];
    let ran = world.bowline_with(&["release", "--yes"], &variables).expect_code(0);
    assert!(!leaks(&ran.stderr), "{}", ran.snapshot());
    assert!(ran.stderr.contains("from a file: ***"), "{}", ran.snapshot());
    for name in ["MY_SERVICE_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
        assert!(!ran.stderr.contains(name), "{name} was handed to the build: {}", ran.snapshot());
    }
}

#[test]
fn a_token_that_is_too_short_is_named() {
    let world = one_fix();
    let ran = world.bowline_with(&["plan"], &[("GITHUB_TOKEN", "1")]).expect_code(0);
    assert!(ran.stderr.contains("GITHUB_TOKEN is shorter than 8 characters"), "{}", ran.snapshot());
    assert!(ran.stdout.contains("1.0.1"), "the output was mangled: {}", ran.snapshot());
}
