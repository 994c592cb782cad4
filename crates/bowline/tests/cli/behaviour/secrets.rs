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
    let variables = [
        ("MY_SERVICE_TOKEN", TOKEN),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token-file"),
        ("BOWLINE_TOKEN_COMMAND", "cat /run/token-file"),
        ("PIP_EXTRA_INDEX", &format!("https://x:{TOKEN}@packages.invalid/")),
        ("GIT_CONFIG_VALUE_9", "anything"),
        ("JAVA_HOME", "/opt/java"),
    ];
    let ran = world.bowline_with(&["release", "--yes"], &variables).expect_code(0);
    assert!(!leaks(&ran.stderr), "{}", ran.snapshot());
    assert!(ran.stderr.contains("from a file: ***"), "{}", ran.snapshot());
    assert!(ran.stderr.contains("JAVA_HOME=/opt/java"), "{}", ran.snapshot());
    for (name, _) in variables {
        assert!(
            name == "JAVA_HOME" || !ran.stderr.contains(name),
            "{name} was handed to the build: {}",
            ran.snapshot()
        );
    }
}

/// What each call of git sees, by a git that writes down its variables: one that stays here gets no way out and no login,
/// one that goes to a remote gets the token or what the user's helpers need, and none gets a trace.
#[test]
fn a_git_sees_what_its_call_needs() {
    const WAY: [&str; 3] = ["SSH_AUTH_SOCK", "HTTPS_PROXY", "SSL_CERT_FILE"];
    const HELPERS: [&str; 4] = ["GH_TOKEN", "GITLAB_TOKEN", "AWS_SECRET_ACCESS_KEY", "GIT_SSL_NO_VERIFY"];
    const NEVER: [&str; 7] =
        ["BOWLINE_TOKEN", "NPM_TOKEN", "GIT_TRACE", "GIT_TRACE_CURL", "GIT_CURL_VERBOSE", "GIT_DIR", "LD_PRELOAD"];
    let check = |token: Option<&str>| {
        let world = one_fix();
        let folder = world.root().join("seen");
        std::fs::create_dir(&folder).unwrap();
        let path = chatty_git(&world, &format!("{{ echo \"$@\"; env; }} > '{}'/$$", folder.display()));
        if token.is_some() {
            world.git(&["remote", "set-url", "origin", "https://git.invalid/app.git"]);
        }
        let planted: Vec<(&str, &str)> =
            WAY.iter().chain(&HELPERS).chain(&NEVER[1..6]).map(|name| (*name, "/set")).collect();
        let mut variables = vec![("PATH", path.as_str()), ("BOWLINE_ALLOW_HOSTS", "git.invalid")];
        variables.extend(planted.iter().filter(|(name, _)| *name != "GIT_DIR"));
        variables.extend(token.map(|token| ("BOWLINE_TOKEN", token)));
        let ran = world.bowline_with(&["release", "--yes"], &variables);
        assert_eq!(ran.code == Some(0), token.is_none(), "{}", ran.snapshot());
        let (mut here, mut away) = (0, 0);
        for entry in std::fs::read_dir(&folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let (call, variables) = text.split_once('\n').unwrap();
            let has = |name: &&str| variables.lines().any(|line| line.starts_with(&format!("{name}=")));
            let is_away = [" ls-remote ", " fetch ", " push "].iter().any(|command| call.contains(command));
            *(if is_away { &mut away } else { &mut here }) += 1;
            assert!(!NEVER.iter().any(has), "{text}");
            assert!(WAY.iter().all(|name| has(name) == is_away), "{text}");
            assert!(HELPERS.iter().all(|name| has(name) == (is_away && token.is_none())), "{text}");
            assert_eq!(has(&"BOWLINE_ASKPASS_TOKEN"), is_away && token.is_some(), "{text}");
            // Asking for the version is every tool's first call, and there is nothing in it to trace.
            assert!(
                call == "--version" || has(&"GIT_TRACE2_EVENT") && variables.contains("GIT_TRACE2_EVENT=0"),
                "{text}"
            );
        }
        assert!(here > 0 && away > 0, "{here} calls here, {away} away");
    };
    check(None);
    check(Some(TOKEN));
}

#[test]
fn a_token_that_is_too_short_is_named() {
    let world = one_fix();
    let ran = world.bowline_with(&["plan"], &[("GITHUB_TOKEN", "1")]).expect_code(0);
    assert!(ran.stderr.contains("GITHUB_TOKEN is shorter than 8 characters"), "{}", ran.snapshot());
    assert!(ran.stdout.contains("1.0.1"), "the output was mangled: {}", ran.snapshot());
}
