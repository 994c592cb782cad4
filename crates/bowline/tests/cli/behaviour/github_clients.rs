//! Our releases as others read them: GitHub's own command line and PyGithub, which know nothing of us.

use super::github::{Scene, scene};
use bowline_testkit::parts::require;
use bowline_testkit::tls::TlsServers;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What Bowline says that it released.
struct Released {
    tag: String,
    /// Name, size and digest of each asset, by name.
    assets: Vec<Asset>,
}

type Asset = (String, u64, String);

impl Scene {
    fn released(&self, args: &[&str]) -> Released {
        let result = self.world.bowline(&[&["release", "--yes", "--json"], args].concat()).expect_code(0).json();
        let package = &result["packages"][0];
        let assets = assets(&package["assets"], "sha256");
        assert_eq!(assets.len(), 4, "two artifacts, their checksums and the release file: {result:#}");
        Released { tag: package["tag"].as_str().unwrap().to_owned(), assets }
    }
}

fn assets(words: &Value, digest: &str) -> Vec<Asset> {
    let text = |words: &Value, key: &str| words[key].as_str().unwrap_or_else(|| panic!("{key}: {words:#}")).to_owned();
    let asset = |words: &Value| (text(words, "name"), words["size"].as_u64().unwrap(), text(words, digest));
    let mut assets: Vec<Asset> = words.as_array().unwrap().iter().map(asset).collect();
    assets.sort();
    assets
}

/// The text that people see, whole, before the comment that makes the release ours.
fn check_notes(body: &Value) {
    let body = body.as_str().unwrap();
    let (notes, comment) = body.split_once("<!--").unwrap();
    assert!(notes.contains("something to release") && comment.ends_with("-->"), "{body}");
}

#[test]
fn pygithub_reads_what_was_released() {
    let Some(python) = installed("python") else { return };
    let scene = scene();
    let read = |released: &Released| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/behaviour/github_clients.py");
        let mut command = clean(&python, scene.world.root());
        command.arg(script).arg(scene.server.url("/api/v3")).args(["acme/app", &released.tag]);
        let found = json_of(command);
        assert_eq!((&found["tag"], &found["name"]), (&json!(released.tag), &json!(released.tag)));
        assert_eq!(found["url"], scene.server.url(&format!("/acme/app/releases/tag/{}", released.tag)));
        assert_eq!(found["draft"], false);
        assert_eq!(assets(&found["assets"], "digest"), released.assets);
        assert_eq!(assets(&found["assets"], "downloaded"), released.assets);
        found
    };
    let first = scene.released(&[]);
    let found = read(&first);
    check_notes(&found["notes"]);
    assert_eq!((&found["prerelease"], &found["latest"]), (&json!(false), &json!(first.tag)));

    scene.world.commit_and_push("feat: something to try");
    let second = scene.released(&["--pre", "rc"]);
    let found = read(&second);
    assert_eq!((&found["prerelease"], &found["latest"]), (&json!(true), &json!(first.tag)));
    assert_eq!(found["all"], json!([second.tag, first.tag]));
}

#[test]
fn gh_reads_what_was_released() {
    let Some(gh) = installed("gh") else { return };
    let scene = scene();
    let released = scene.released(&[]);
    let port = scene.server.host().rsplit_once(':').unwrap().1.parse().unwrap();
    let Some(tls) = TlsServers::in_front_of(port) else { return };
    let gh = |args: &[&str]| {
        let mut command = clean(&gh, scene.world.root());
        command.env("GH_REPO", format!("localhost:{}/acme/app", tls.good)).env("SSL_CERT_FILE", tls.authority());
        command.env("GH_HOST", format!("localhost:{}", tls.good)).env("GH_ENTERPRISE_TOKEN", "a-readers-token");
        command.args(args);
        command
    };
    let fields = "tagName,name,body,isDraft,isPrerelease,url,assets";
    for which in [&[released.tag.as_str()][..], &[]] {
        // Without a tag it is the latest.
        let found = json_of(gh(&[&["release", "view"], which, &["--json", fields]].concat()));
        assert_eq!((&found["tagName"], &found["name"]), (&json!(released.tag), &json!(released.tag)));
        assert_eq!((&found["isDraft"], &found["isPrerelease"]), (&json!(false), &json!(false)));
        check_notes(&found["body"]);
        assert_eq!(assets(&found["assets"], "digest"), released.assets);
    }
    let listed = json_of(gh(&["release", "list", "--json", "tagName,isLatest,isDraft,isPrerelease"]));
    let expected = json!([{ "tagName": released.tag, "isLatest": true, "isDraft": false, "isPrerelease": false }]);
    assert_eq!(listed, expected);

    let folder = scene.world.root().join("downloaded");
    let _ = output_of(gh(&["release", "download", &released.tag, "--dir", folder.to_str().unwrap()]));
    for (name, size, digest) in &released.assets {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!((bytes.len() as u64, &bowline_model::Digest::of(&bytes).to_string()), (*size, digest), "{name}");
    }
    scene.is_right();
}

/// A program that `scripts/check` installs.
fn installed(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/venv/bin").join(name);
    require(&format!(".tools/venv/bin/{name}"), path.is_file()).then_some(path)
}

#[expect(clippy::disallowed_methods, reason = "a test starts the clients it needs")]
fn clean(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home).current_dir(home);
    command
}

fn output_of(mut command: Command) -> Vec<u8> {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout
}

fn json_of(command: Command) -> Value {
    serde_json::from_slice(&output_of(command)).unwrap()
}
