//! Assets on GitHub: how often it is asked, what is sent at once, and what is never touched.

use super::github::{Scene, scene};
use crate::support::failure_code;
use bowline_host::clock::SystemClock;
use bowline_port::clock::Clock;
use bowline_testkit::http_double::{Act, Answer, Say};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};

impl Scene {
    fn release(&self, code: i32) -> Value {
        self.world.bowline(&["release", "--yes", "--json"]).expect_code(code).json()
    }

    /// What was asked of the API or uploaded, and apart from that the downloads that verify the release as a reader.
    fn asked(&self) -> (Vec<String>, usize) {
        let log = self.github.state().log.clone();
        // On a server of one's own a reader gets the bytes through the API.
        let is_download = |line: &String| line.starts_with("GET ") && line.contains("/releases/assets/");
        let is_api = |line: &String| line.contains("://api.") && !is_download(line) || line.contains("://uploads.");
        let (asked, downloads): (Vec<String>, Vec<String>) = log.into_iter().partition(is_api);
        (asked, downloads.len())
    }

    fn count(&self, part: &str) -> usize {
        self.asked().0.iter().filter(|line| line.contains(part)).count()
    }
}

/// The first release of a repository, and one after another.
#[test]
fn a_release_with_three_assets_takes_twelve_requests() {
    let scene = scene();
    std::fs::remove_file(scene.world.work().join("dist/app.zip")).unwrap();
    for round in 1..=2 {
        scene.world.commit_and_push(&format!("feat: number {round}"));
        scene.github.state().log.clear();
        let result = scene.release(0);
        assert_eq!(result["packages"][0]["assets"].as_array().unwrap().len(), 3, "{result:#}");
        let (asked, downloads) = scene.asked();
        assert!(asked.len() <= 12, "release {round}: {} requests: {asked:#?}", asked.len());
        assert_eq!(downloads, 3 * 2, "each file and where it is, as any reader does it");
        assert!(scene.github.state().violations.is_empty());
    }
}

#[test]
fn each_further_asset_is_one_request_more() {
    let scene = scene();
    for number in 0..40 {
        scene.world.write(&format!("dist/part-{number:02}.bin"), format!("part {number}"));
    }
    assert_eq!(scene.release(0)["packages"][0]["assets"].as_array().unwrap().len(), 44);
    scene.is_right();
    let (asked, _) = scene.asked();
    // More than a release tells itself are listed.
    assert!(asked.len() <= 9 + 44 + 4, "{} requests: {asked:#?}", asked.len());
    let heard = scene.server.heard();
    let first = heard.iter().find(|heard| heard.target.starts_with("/uploads/")).unwrap();
    assert!(first.target.ends_with("name=release.bowline.json"), "it says what belongs into the draft");
}

/// The answer to an upload is lost, or says no; it is sent again only when it is not there.
#[test]
fn uploads_that_fail_are_made_good() {
    for (say, sent) in
        [(Say::Lost, 4), (Say::Answer(Answer::new(502)), 5), (Say::Answer(Answer::new(409)), 5), (Say::Nothing, 5)]
    {
        let scene = scene();
        let path = "/uploads/repos/acme/app/releases/1/assets";
        scene.server.on("POST", path, [Act::say(Say::AsUsual), Act::say(say.clone())]);
        assert_eq!(scene.release(0)["status"], "released");
        scene.is_right();
        let heard = scene.server.heard().iter().filter(|heard| heard.target.starts_with(path)).count();
        assert_eq!(heard, sent, "{say:?}");
    }
}

/// Nothing of somebody else's is removed, whoever asks for it.
#[test]
fn a_file_that_somebody_put_into_our_draft_stays() {
    let scene = scene();
    // With a release commit, so that a newer head replaces the draft.
    scene.world.write("package.json", "{ \"version\": \"1.0.0\" }\n");
    scene.world.commit_and_push("fix: say the version");
    let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "effect:draft/upload")]);
    assert_eq!(ran.code, None);
    scene.github.state().plant_asset("1", "theirs.exe", b"of somebody else");
    for command in [["release", "--yes", "--json"], ["resume", "--yes", "--json"]] {
        let ran = scene.world.bowline(&command).expect_code(23);
        assert_eq!(failure_code(&ran).as_deref(), Some("assets_differ"));
        let failure = ran.json()["failure"].clone();
        assert!(failure["message"].as_str().unwrap().contains("theirs.exe"), "{failure:#}");
        assert!(failure["hints"].to_string().contains("/releases/"), "{failure:#}");
        assert_eq!(scene.count("DELETE"), 0);
    }
    let _ = scene.world.bowline(&["abort"]);
    scene.world.commit_and_push("fix: a newer head");
    let ran = scene.world.bowline(&["release", "--yes"]).expect_code(0);
    assert!(ran.stderr.contains("theirs.exe"), "{}", ran.snapshot());
    assert_eq!((scene.count("DELETE"), scene.github.state().count()), (0, 2), "the draft stays beside the release");
}

/// Names that GitHub would rewrite are refused before anything is asked to be made.
#[test]
fn a_name_that_github_rewrites_is_refused_with_a_safe_one() {
    for (name, safe) in [("my app~1.zip", "my.app.1.zip"), ("größe.txt", "gr..e.txt")] {
        let scene = scene();
        scene.world.write(&format!("dist/{name}"), "x");
        let ran = scene.world.bowline(&["release", "--yes", "--json"]);
        assert!(ran.code == Some(10) || ran.code == Some(20), "{}", ran.snapshot());
        let failure = ran.json()["failure"].to_string();
        assert!(failure.contains(safe), "{failure}");
        assert_eq!(scene.count("POST"), 0);
    }
}

/// A draft in which an upload was cut: what is in the way is removed, and nothing else.
#[test]
fn what_a_killed_upload_left_is_cleared_away() {
    let scene = scene();
    let ran = scene.world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "effect:draft/create")]);
    assert_eq!(ran.code, None);
    for name in ["release.bowline.json", "app.zip"] {
        scene.github.state().plant_starter("1", name);
    }
    assert_eq!(scene.release(0)["status"], "released");
    scene.is_right();
    assert_eq!(scene.count("DELETE"), 2);
    assert_eq!(scene.count("POST https://uploads"), 4);
}

/// Several are sent at once. A signal ends them, nothing more is begun, and the draft stays for whoever goes on.
#[test]
fn a_pause_ends_the_uploads_and_keeps_the_draft() {
    let scene = scene();
    for number in 0..20 {
        scene.world.write(&format!("dist/part-{number:02}.bin"), "part");
    }
    let path = "/uploads/repos/acme/app/releases/1/assets";
    let first = Act::say(Say::AsUsual);
    scene.server.on("POST", path, std::iter::once(first).chain((0..20).map(|_| Act::say(Say::Silence))));
    let uploads = || scene.server.heard().iter().filter(|heard| heard.target.starts_with(path)).count();
    let mut command = scene.world.command(&scene.world.work(), &["release", "--yes"], &[]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while uploads() < 1 + AT_ONCE && start.elapsed() < Duration::from_secs(30) {
        SystemClock::default().sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(24), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(uploads(), 1 + AT_ONCE, "so many at once, and none after the signal");
    // What was planned for those that were never begun.
    scene.server.forget_acts();
    let resumed = scene.world.bowline(&["resume", "--yes", "--json"]).expect_code(0).json();
    assert_eq!(resumed["status"], "released", "{resumed:#}");
    scene.is_right();
}

/// How many uploads are made at once.
const AT_ONCE: usize = 4;
