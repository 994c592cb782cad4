//! install.sh and run.sh: a program counts only when everything about it is as expected, and its arguments stay what they are.

use crate::scripts::{Bench, Ran};
use bowline_testkit::http_double::{Answer, HttpDouble};
use std::collections::BTreeMap;
use std::sync::Arc;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A server with a release v9.8.7, and what is downloaded from it.
struct Release {
    bench: Bench,
    server: HttpDouble,
    /// SHA-256 of the archive.
    digest: String,
}

fn release(change: impl Fn(&mut BTreeMap<String, Vec<u8>>)) -> Release {
    let mut bench = Bench::new("bowline/install.sh");
    bench.write("bowline", "#!/usr/bin/env bash\necho 'bowline 9.8.7'\n");
    bench.git(&["archive", "--format=tar", "HEAD", "--output", bench.path("unused.tar").to_str().unwrap()]);
    let archive = archive(&bench);
    let digest = bowline_model::Digest::of(&archive).hex();
    let record = format!(
        "{{\n  \"plan\": {{\"x\": \"\\\"commit\\\":\\\"beef\\\"\"}},\n  \"commit\": \"{COMMIT}\",\n  \"tag_object\": \"{COMMIT}\"\n}}\n"
    );
    let mut files = BTreeMap::from([
        (format!("bowline-{}.tar.gz", target()), archive),
        ("release.bowline.json".to_owned(), record.into_bytes()),
    ]);
    let sums: String =
        files.iter().map(|(name, bytes)| format!("{}  {name}\n", bowline_model::Digest::of(bytes).hex())).collect();
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    change(&mut files);
    let files = Arc::new(files);
    let server = HttpDouble::serving(move |heard| {
        let name = heard.target.strip_prefix("/acme/tool/releases/download/v9.8.7/").unwrap_or_default();
        files.get(name).map_or_else(|| Answer::new(404), |bytes| Answer::new(200).body(bytes.clone()))
    });
    let origin = server.url("");
    bench.set("SERVER", origin.trim_end_matches('/')).set("REPOSITORY", "acme/tool").set("VERSION", "9.8.7");
    bench.set("RUNNER_OS", "Linux").set("RUNNER_ARCH", if cfg!(target_arch = "aarch64") { "ARM64" } else { "X64" });
    Release { bench, server, digest }
}

const fn target() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-musl" } else { "x86_64-unknown-linux-musl" }
}

#[expect(clippy::disallowed_methods, reason = "a test makes an archive as a release has it")]
fn archive(bench: &Bench) -> Vec<u8> {
    let made = std::process::Command::new("tar")
        .args(["--create", "--gzip", "--mode=755", "--directory"])
        .arg(bench.path("work"))
        .arg("bowline")
        .output()
        .unwrap();
    assert!(made.status.success());
    made.stdout
}

fn refused(ran: &Ran, words: &str) {
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.said.contains("::error title=bowline%3A cannot be installed::") && ran.said.contains(words), "{ran:?}");
    assert!(ran.outputs.is_empty(), "nothing is handed on: {ran:?}");
}

#[test]
fn a_release_that_is_right_is_installed() {
    let mut release = release(|_| {});
    release.bench.set("COMMIT", COMMIT).set("REQUIRE_COMMIT", "true");
    let ran = release.bench.run();
    assert_eq!(ran.code, 0, "{ran:?}");
    let program = ran.output("bowline");
    assert!(program.starts_with(release.bench.path("temp").to_str().unwrap()), "{ran:?}");
    assert_eq!(release.server.heard().len(), 3);
}

#[test]
fn what_is_not_as_expected_is_not_installed() {
    let name = format!("bowline-{}.tar.gz", target());
    let changed = release(|files| files.get_mut(&name).unwrap().push(0));
    refused(&changed.bench.run(), "nothing was installed");
    let unlisted = release(|files| *files.get_mut("SHA256SUMS").unwrap() = b"00  other.tar.gz\n".to_vec());
    refused(&unlisted.bench.run(), "SHA256SUMS says nothing");
    let missing = release(|files| drop(files.remove("SHA256SUMS")));
    refused(&missing.bench.run(), "cannot be downloaded");

    let mut right = release(|_| {});
    right.bench.set("COMMIT", &"f".repeat(40));
    refused(&right.bench.run(), &format!("was made of commit {COMMIT}"));
    let digest = right.digest.clone();
    right.bench.set("SHA256", &digest);
    let ran = right.bench.run();
    assert_eq!(ran.code, 0, "whoever names the bytes need not name the commit: {ran:?}");
    right.bench.set("SHA256", "").set("COMMIT", "main");
    refused(&right.bench.run(), "no commit id");
    right.bench.set("COMMIT", "").set("REQUIRE_COMMIT", "true");
    refused(&right.bench.run(), "job.workflow_sha is empty");
    right.bench.set("SHA256", &"0".repeat(64));
    refused(&right.bench.run(), "is expected: nothing was installed");
    right.bench.set("SHA256", "").set("REQUIRE_COMMIT", "false").set("RUNNER_OS", "Windows");
    refused(&right.bench.run(), "there is no Bowline for Windows yet");
    for (variable, hostile) in [("VERSION", "1.0.0/../x"), ("REPOSITORY", "a/b/c"), ("REPOSITORY", "$(touch pwned)/x")]
    {
        let mut hostile_one = release(|_| {});
        hostile_one.bench.set(variable, hostile);
        refused(&hostile_one.bench.run(), "is none");
        assert_eq!(hostile_one.server.heard().len(), 0, "nobody is asked");
    }
}

#[test]
fn a_program_that_is_there_is_used() {
    let mut bench = Bench::new("bowline/install.sh");
    bench.set("REQUIRE_COMMIT", "true").set("BOWLINE_BIN", env!("CARGO_BIN_EXE_bowline"));
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("bowline")), (0, env!("CARGO_BIN_EXE_bowline")), "{ran:?}");
    bench.set("BOWLINE_BIN", "bowline");
    refused(&bench.run(), "the whole path");
    bench.set("BOWLINE_BIN", "/nowhere/bowline");
    refused(&bench.run(), "no program that can be started");
    let not_one = bench.path("work");
    bench.set("BOWLINE_BIN", not_one.to_str().unwrap());
    refused(&bench.run(), "no program that can be started");
}

#[test]
fn arguments_are_lines_and_stay_what_they_are() {
    let mut bench = Bench::new("bowline/run.sh");
    bench.tool("bowline", "printf '<%s>' \"$@\"; printf 'status=%s\\nexit-code=%s\\n' \"$STATUS\" \"$CODE\" >>\"$GITHUB_OUTPUT\"; exit \"$CODE\"");
    let program = bench.path("bin/bowline").to_string_lossy().into_owned();
    bench.set("BOWLINE", &program).set("COMMAND", "release").set("STATUS", "released").set("CODE", "0");
    bench.set("ARGS", "--version=1.0.0\n\n$(touch pwned) *\r\n-- \"a b\"");
    let ran = bench.run();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.said.contains("<release><--version=1.0.0><$(touch pwned) *><-- \"a b\">"), "{ran:?}");
    assert_eq!(ran.output("status"), "released");
    assert!(!bench.path("work/pwned").exists());

    // Without outputs later jobs would take it that nothing is due.
    bench.set("STATUS", "").tool("silent", "exit 0");
    let silent = bench.path("bin/silent").to_string_lossy().into_owned();
    bench.set("BOWLINE", &silent);
    assert_eq!(bench.run().code, 1);
    bench.set("BOWLINE", &program);

    // Only a newer commit is neutral, and only where that was asked for.
    bench.set("CODE", "23").set("STATUS", "superseded");
    assert_eq!(bench.run().code, 23);
    bench.set("NEUTRAL_SUPERSEDED", "true");
    assert_eq!(bench.run().code, 0);
    bench.set("STATUS", "conflict");
    assert_eq!(bench.run().code, 23);
    bench.set("COMMAND", "release; touch pwned");
    assert_eq!(bench.run().code, 2);
}

/// A runner that cancels a job tells the first process of the step, and nobody else.
#[test]
fn a_cancelled_job_lets_the_program_pause() {
    let mut bench = Bench::new("bowline/run.sh");
    bench.tool("bowline", "trap 'echo status=paused >>\"$GITHUB_OUTPUT\"; exit 24' TERM\nkill -INT \"$PPID\"\nfor _ in {1..500}; do read -rt 0.01 <> <(:) || true; done\nexit 1");
    let program = bench.path("bin/bowline").to_string_lossy().into_owned();
    bench.set("BOWLINE", &program).set("COMMAND", "release");
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("status")), (24, "paused"), "{ran:?}");
}

#[test]
fn a_notice_never_fails_and_shows_no_address() {
    let mut bench = Bench::new("release-notice/notice.sh");
    bench.set("RESULTS", "success skipped").set("TAG", "v1.0.0\"}; $(touch pwned)").set("STATUS", "released");
    let ran = bench.run();
    assert!(ran.code == 0 && ran.said.contains("skipped: no SLACK_WEBHOOK_URL"), "{ran:?}");
    let server = HttpDouble::serving(|heard| Answer::new(if heard.target == "/good" { 200 } else { 403 }));
    let good = server.url("/good");
    bench.set("SLACK_WEBHOOK", &good).set("SLACK_UNUSED", "SLACK_BOT_TOKEN ");
    let ran = bench.run();
    for words in ["SLACK_WEBHOOK is deprecated", "not used: SLACK_BOT_TOKEN", "title=Slack::told"] {
        assert!(ran.said.contains(words), "{words}: {ran:?}");
    }
    bench.set("SLACK_WEBHOOK_URL", &good);
    let ran = bench.run();
    assert!(ran.said.contains("title=Slack::told"), "{ran:?}");
    let told = String::from_utf8(server.heard()[0].body.clone()).unwrap();
    assert!(told.contains("a release is released") && !told.contains("touch"), "{told}");
    for bad in [server.url("/bad").as_str(), "http://hooks.example.com/x", "file:///etc/passwd"] {
        bench.set("SLACK_WEBHOOK_URL", bad);
        let ran = bench.run();
        assert!(
            ran.code == 0 && ran.said.contains("::warning title=Slack::not told") && !ran.said.contains(bad),
            "{ran:?}"
        );
    }
}
