//! Releases of several machines that share state in references of the remote: who goes on, who waits, who is told.

use crate::support::{everything, failure_code, hints, one_fix, with_artifacts};
use bowline_testkit::{Ran, World};
use std::path::{Path, PathBuf};

/// A job of a CI run on a machine of its own.
pub(super) struct Job {
    pub(super) dir: PathBuf,
    pub(super) variables: Vec<(String, String)>,
}

impl Job {
    /// The job of run `run`, on a fresh machine called `machine`.
    pub(super) fn new(world: &World, run: &str, machine: &str) -> Self {
        let dir = world.root().join(machine);
        if !dir.exists() {
            world.git_in(world.root(), &["clone", "--quiet", world.remote().to_str().unwrap(), machine]);
        }
        if world.work().join("dist").is_dir() {
            world.shell(&format!("cp -r dist '{}'", dir.display()));
        }
        Self::at(world, run, machine, dir)
    }

    fn at(world: &World, run: &str, machine: &str, dir: PathBuf) -> Self {
        let state = world.root().join(format!("state of {machine}"));
        let variables = [
            ("CI", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/app"),
            ("GITHUB_RUN_ID", run),
            ("GITHUB_JOB", "release"),
            ("BOWLINE_STATE_DIR", state.to_str().unwrap()),
        ];
        Self { dir, variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec() }
    }

    pub(super) fn run(&self, world: &World, args: &[&str]) -> Ran {
        self.run_with(world, args, &[])
    }

    fn run_with(&self, world: &World, args: &[&str], more: &[(&str, &str)]) -> Ran {
        let mut variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        variables.extend(more);
        world.bowline_in(&self.dir, args, &variables)
    }

    fn kill(&self, world: &World, args: &[&str], at: &str) {
        let ran = self.run_with(world, args, &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed\n{}", ran.snapshot());
    }
}

pub(super) const RELEASE: &[&str] = &["release", "--yes"];

fn refs(world: &World) -> String {
    world.git_in(&world.remote(), &["for-each-ref", "--format=%(refname) %(objectname)"])
}

fn with_ttl(world: &World, ttl: &str) {
    let config = world.read("bowline.toml");
    world.write("bowline.toml", format!("{config}\n[state]\nlock_ttl = \"{ttl}\"\n"));
    world.commit_and_push("chore: short leases");
}

#[test]
fn another_job_is_told_who_is_at_work() {
    let world = with_artifacts();
    let (one, other) = (Job::new(&world, "1", "one"), Job::new(&world, "2", "other"));
    one.kill(&world, RELEASE, "finished:draft/verify");
    let before = everything(&world, &other.dir);
    for command in [RELEASE, &["resume", "--yes"], &["abort"]] {
        let ran = other.run(&world, command).expect_code(25);
        assert_eq!(failure_code(&ran).as_deref(), Some("busy"), "{}", ran.snapshot());
        let who = "job release of GitHub Actions run https://github.com/acme/app/1 is releasing v1.1.0";
        assert!(ran.stderr.contains(who), "{}", ran.snapshot());
        assert!(hints(&ran).contains("--wait"), "{}", ran.snapshot());
        assert_eq!(everything(&world, &other.dir), before, "{command:?}");
    }
    let result = other.run(&world, &["release", "--json"]).expect_code(25).json();
    assert_eq!((result["status"].as_str(), result["exit_code"].as_i64()), (Some("busy"), Some(25)));
    let checked = other.run(&world, &["check"]).expect_code(25);
    assert!(checked.stderr.contains("is releasing v1.1.0"), "{}", checked.snapshot());
    let status = other.run(&world, &["status", "--json"]).expect_code(0).json();
    assert_eq!(status["locks"][0]["holder"], "working");
    assert_eq!(status["runs"][0]["state"], "open");
    // Planning disturbs nobody and is disturbed by nobody.
    let _ = other.run(&world, &["plan"]).expect_code(0);
    let _ = one.run(&world, RELEASE).expect_code(0);
    let _ = other.run(&world, RELEASE).expect_code(0);
}

#[test]
fn the_same_job_goes_on_at_once_on_a_fresh_machine() {
    for at in ["state.swap:after", "forge.upload:after#2", "finished:draft/verify", "effect:push/refs"] {
        let world = with_artifacts();
        Job::new(&world, "1", "one").kill(&world, RELEASE, at);
        let later = Job::new(&world, "1", "later");
        let _ = later.run(&world, RELEASE).expect_code(0);
        assert!(world.visible().contains("release v1.1.0/assets/app.tar "), "{at}: {}", world.visible());
        let status = later.run(&world, &["status", "--json"]).expect_code(0).json();
        assert_eq!(status["locks"].as_array().map(Vec::len), Some(0), "{at}: {status}");
        assert_eq!(status["runs"][0]["state"], "complete", "{at}: {status}");
    }
}

#[test]
fn another_job_goes_on_when_the_lease_has_run_out() {
    let world = with_artifacts();
    with_ttl(&world, "1s");
    Job::new(&world, "1", "one").kill(&world, RELEASE, "finished:draft/verify");
    let other = Job::new(&world, "2", "other");
    let _ = other.run(&world, &["release", "--yes", "--wait", "30s"]).expect_code(0);
    assert!(world.visible().contains("release v1.1.0/assets/app.tar "), "{}", world.visible());
}

/// A version that only a flag asked for is known to whoever goes on, because the plan is shared with the lock.
#[test]
fn a_plan_made_with_flags_is_completed_elsewhere() {
    let world = with_artifacts();
    Job::new(&world, "1", "one").kill(&world, &["release", "--version", "3.0.0"], "state.swap:after");
    let later = Job::new(&world, "1", "later");
    let _ = later.run(&world, &["resume"]).expect_code(0);
    assert!(refs(&world).contains("refs/tags/v3.0.0 "), "{}", refs(&world));
}

/// The push of a release commit starts the next CI run: it finds the release under way, and is green.
#[test]
fn the_run_that_the_release_commit_starts_has_nothing_to_do() {
    let world = with_artifacts();
    with_ttl(&world, "3s");
    Job::new(&world, "1", "one").kill(&world, RELEASE, "effect:push/refs");
    let next = Job::new(&world, "2", "next");
    let ran = next.run(&world, &["release", "--require-release"]).expect_code(0);
    assert!(ran.stdout.contains("release in progress: v1.1.0"), "{}", ran.snapshot());
    // When the first one is dead for long enough, it completes what is there.
    world.shell("sleep 4");
    let _ = next.run(&world, RELEASE).expect_code(0);
    let done = next.run(&world, RELEASE).expect_code(0);
    assert!(done.stdout.contains("head is v1.1.0"), "{}", done.snapshot());
}

#[test]
fn a_remote_that_takes_only_branches_gets_a_choice() {
    let world = with_artifacts();
    let refuse = "while read old new name; do case $name in refs/bowline/*) \
                  echo 'this forge takes branches and tags only' >&2; exit 1;; esac; done";
    world.hook("pre-receive", refuse);
    let one = Job::new(&world, "1", "one");
    let before = everything(&world, &one.dir);
    let ran = one.run(&world, RELEASE).expect_code(12);
    assert_eq!(failure_code(&ran).as_deref(), Some("state_refused"), "{}", ran.snapshot());
    assert!(hints(&ran).contains("git-branch"), "{}", ran.snapshot());
    assert_eq!(everything(&world, &one.dir), before);
    let config = world.read("bowline.toml");
    world.write("bowline.toml", format!("{config}\n[state]\nbackend = \"git-branch\"\n"));
    world.commit_and_push("chore: keep state in branches");
    let _ = Job::new(&world, "2", "other").run(&world, RELEASE).expect_code(0);
    assert!(refs(&world).contains("refs/heads/bowline-state/lock/"), "{}", refs(&world));
}

/// The usual protection of branches: nobody forces them, nobody deletes them.
#[test]
fn state_lives_in_protected_branches() {
    let world = with_artifacts();
    let config = world.read("bowline.toml");
    world.write("bowline.toml", format!("{config}\n[state]\nbackend = \"git-branch\"\n"));
    world.commit_and_push("chore: keep state in branches");
    for rule in ["receive.denyNonFastForwards", "receive.denyDeletes"] {
        world.git_in(&world.remote(), &["config", rule, "true"]);
    }
    let one = Job::new(&world, "1", "one");
    one.kill(&world, RELEASE, "finished:draft/verify");
    let later = Job::new(&world, "1", "later");
    let _ = later.run(&world, RELEASE).expect_code(0);
    assert!(world.visible().contains("release v1.1.0/assets/app.tar "), "{}", world.visible());
    let status = later.run(&world, &["status", "--json"]).expect_code(0).json();
    assert_eq!(status["locks"].as_array().map(Vec::len), Some(0), "{status}");
}

#[test]
fn a_push_that_is_refused_because_of_the_lock_says_so() {
    let world = with_artifacts();
    world.hook("pre-receive", "rm -f with-tag; if grep -q refs/tags/; then touch with-tag; fi");
    world.hook("update", "case $1 in refs/bowline/lock/*) test ! -e with-tag;; esac");
    let ran = Job::new(&world, "1", "one").run(&world, RELEASE).expect_code(20);
    assert_eq!(failure_code(&ran).as_deref(), Some("push_rejected"), "{}", ran.snapshot());
    let hints = hints(&ran);
    assert!(hints.contains("update refs/bowline/lock/stable") && hints.contains("`backend`"), "{hints}");
}

#[test]
fn until_sign_nothing_is_written_anywhere() {
    let world = with_artifacts();
    world.hook("pre-receive", "echo 'this token only reads' >&2; exit 1");
    let one = Job::new(&world, "1", "one");
    let before = refs(&world);
    let ran = one.run(&world, &["release", "--until", "sign", "--json"]).expect_code(0);
    assert_eq!((ran.json()["status"].as_str(), ran.json()["next"].as_str()), (Some("paused"), Some("bowline resume")));
    assert_eq!(refs(&world), before);
    assert!(!world.releases().exists(), "a draft was made");
    assert_eq!(one.run(&world, RELEASE).code, Some(12), "pushing is not possible, and that is found before anything");
    std::fs::remove_file(world.remote().join("hooks/pre-receive")).unwrap();
    let _ = one.run(&world, RELEASE).expect_code(0);
    assert!(world.visible().contains("release v1.1.0/assets/app.tar "), "{}", world.visible());
}

#[test]
fn every_stage_can_be_the_last_one() {
    for stage in ["gate", "commit", "build", "validate", "sign", "draft", "push", "publish", "verify", "notify"] {
        let world = with_artifacts();
        let one = Job::new(&world, "1", "one");
        let ran = one.run(&world, &["release", "--until", stage, "--json"]).expect_code(0);
        let last = stage == "notify";
        assert_eq!(ran.json()["status"], if last { "released" } else { "paused" }, "{stage}");
        let status = one.run(&world, &["status", "--json"]).expect_code(0).json();
        assert_eq!(status["locks"].as_array().map(Vec::len), Some(0), "{stage}: the lock is held: {status}");
        let other = Job::new(&world, "2", "other");
        let _ = other.run(&world, RELEASE).expect_code(0);
        assert!(world.visible().contains("release v1.1.0/assets/app.tar "), "{stage}: {}", world.visible());
    }
}

/// State that a newer Bowline has written, and what is no state at all: nothing is guessed and nothing is overwritten.
#[test]
fn state_that_cannot_be_understood_stops_a_release_and_no_plan() {
    let newer = r#"{"schema":"bowline/lock/v9","channel":"stable"}"#;
    let newer_run = r#"{"schema":"bowline/run/v9"}"#;
    for (name, value, code, exit) in [
        ("lock/stable", newer, "state_newer", 22),
        ("lock/stable", "garbage", "lock_foreign", 22),
        ("runs/0123456789abcdef.json", newer_run, "state_newer", 22),
    ] {
        let world = one_fix();
        let one = Job::new(&world, "1", "one");
        plant(&world, name, value);
        let before = refs(&world);
        let ran = one.run(&world, RELEASE).expect_code(exit);
        assert_eq!(failure_code(&ran).as_deref(), Some(code), "{name}: {}", ran.snapshot());
        assert_eq!(refs(&world), before, "{name}");
        assert!(!world.releases().exists(), "{name}: a draft was made");
    }
    let world = one_fix();
    let blob = world.git_in(&world.remote(), &["hash-object", "-w", "HEAD"]);
    world.git_in(&world.remote(), &["update-ref", "refs/bowline/lock/stable", &blob]);
    let before = refs(&world);
    let one = Job::new(&world, "1", "one");
    let ran = one.run(&world, RELEASE).expect_code(22);
    assert!(ran.stderr.contains("refs/bowline/lock/stable"), "{}", ran.snapshot());
    let planned = one.run(&world, &["plan"]).expect_code(0);
    assert!(planned.stderr.contains("shared state is not known from here"), "{}", planned.snapshot());
    assert_eq!(refs(&world), before);
}

/// What is long over is forgotten as far as the remote lets it be; the lock does not depend on that.
#[test]
fn a_remote_that_removes_nothing_does_not_keep_the_lock_held() {
    let world = with_artifacts();
    for n in 0..52 {
        let plan = bowline_model::Digest::of(format!("plan {n}").as_bytes());
        let run = bowline_ledger::runs::run_id(&plan);
        let record = serde_json::json!({
            "schema": "bowline/run/v1", "run": run, "marker": { "plan": plan, "head": "a".repeat(40) },
            "tag": format!("v0.0.{n}"), "state": "complete", "ended": "2020-01-01T00:00:00Z",
        });
        plant(&world, &format!("runs/{run}.json"), &record.to_string());
    }
    let shown = || refs(&world).lines().filter(|line| line.starts_with("refs/bowline/runs/")).count();
    assert_eq!(shown(), 52);
    world.hook("pre-receive", "while read old new name; do case $new in *[!0]*) ;; *) exit 1;; esac; done");
    let one = Job::new(&world, "1", "one");
    let _ = one.run(&world, RELEASE).expect_code(0);
    assert_eq!(shown(), 53, "nothing could be removed");
    let status = one.run(&world, &["status", "--json"]).expect_code(0).json();
    assert_eq!(status["locks"].as_array().map(Vec::len), Some(0), "the lock is held: {status}");
    std::fs::remove_file(world.remote().join("hooks/pre-receive")).unwrap();
    world.git(&["pull", "--quiet", "--ff-only"]);
    world.write("src/app.txt", "newer\n");
    world.commit_and_push("fix: one more thing");
    let _ = Job::new(&world, "2", "other").run(&world, RELEASE).expect_code(0);
    assert_eq!(shown(), 50, "what is long over is forgotten by the next release");
}

/// Puts `value` where the state store keeps the value of `key`.
fn plant(world: &World, key: &str, value: &str) {
    let remote = world.remote();
    std::fs::write(world.root().join("value"), value).unwrap();
    let file = world.root().join("value").to_string_lossy().into_owned();
    let blob = world.git_in(&remote, &["hash-object", "-w", &file]);
    let tree = world.shell(&format!("printf '100644 blob {blob}\\tvalue\\n' | git -C '{}' mktree", show(&remote)));
    let commit = world.git_in(&remote, &["commit-tree", "-m", "state", &tree]);
    world.git_in(&remote, &["update-ref", &format!("refs/bowline/{key}"), &commit]);
}

fn show(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A superseded draft is removed by whoever comes next, under the lock, and its run is over.
#[test]
fn a_draft_that_a_newer_head_has_replaced_is_removed_under_the_lock() {
    let world = with_artifacts();
    Job::new(&world, "1", "one").kill(&world, RELEASE, "finished:draft/verify");
    world.write("src/app.txt", "newer\n");
    world.commit_and_push("fix: one more thing");
    let same = Job::new(&world, "1", "later");
    let _ = same.run(&world, RELEASE).expect_code(0);
    assert!(!world.visible().contains(".staging"), "{}", world.visible());
    let status = same.run(&world, &["status", "--json"]).expect_code(0).json();
    let mut states: Vec<&str> =
        status["runs"].as_array().unwrap().iter().filter_map(|run| run["state"].as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["complete", "superseded"], "{status}");
}

#[test]
fn giving_up_frees_the_lock_for_others() {
    let world = with_artifacts();
    let one = Job::new(&world, "1", "one");
    one.kill(&world, RELEASE, "finished:draft/verify");
    let ran = one.run(&world, &["abort"]).expect_code(0);
    assert!(ran.stdout.starts_with("Aborted: "), "{}", ran.snapshot());
    assert!(!world.visible().contains(".staging"), "{}", world.visible());
    let other = Job::new(&world, "2", "other");
    let nothing = other.run(&world, &["resume"]).expect_code(0);
    assert!(nothing.stdout.contains("no release is unfinished"), "{}", nothing.snapshot());
    let _ = other.run(&world, RELEASE).expect_code(0);
}

#[test]
fn a_remote_that_is_gone_or_full_is_named() {
    let world = with_artifacts();
    let one = Job::new(&world, "1", "one");
    let gone = world.root().join("gone");
    std::fs::rename(world.remote(), &gone).unwrap();
    let ran = one.run(&world, RELEASE).expect_code(20);
    assert!(!hints(&ran).is_empty(), "{}", ran.snapshot());
    std::fs::rename(&gone, world.remote()).unwrap();
    let _ = one.run(&world, RELEASE).expect_code(0);
}

/// What lies in the checkout is nobody's state.
#[test]
fn state_planted_in_the_checkout_is_not_read() {
    let world = with_artifacts();
    let one = Job::new(&world, "1", "one");
    let plan = one.run(&world, &["plan", "--json"]).expect_code(0).json();
    let id = plan["id"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    let run = id.get(..16).unwrap();
    let record = format!(
        r#"{{"schema":"bowline/run/v1","run":"{run}","marker":{{"plan":"sha256:{id}","head":"{}"}},"tag":"v1.1.0","state":"complete"}}"#,
        plan["repository"]["head"].as_str().unwrap()
    );
    for folder in [".bowline", ".git/bowline", "state/bowline", "refs/bowline"] {
        std::fs::create_dir_all(one.dir.join(folder).join("runs")).unwrap();
        std::fs::write(one.dir.join(folder).join(format!("runs/{run}.json")), &record).unwrap();
    }
    let _ = one.run(&world, RELEASE).expect_code(0);
    assert!(world.visible().contains("release v1.1.0/assets/app.tar "), "{}", world.visible());
}

/// A shared plan decides what flags decide, and nothing else: whoever can push can write it.
#[test]
fn a_shared_plan_that_the_configuration_does_not_give_is_not_trusted() {
    type Forge = fn(&mut bowline_model::plan::Plan);
    let forgeries: [(&str, Forge); 8] = [
        ("a build command", |plan| {
            plan.requirements.build = Some(bowline_model::plan::BuildRequirement {
                command: vec!["touch".to_owned(), "owned".to_owned()],
                place: bowline_model::plan::BuildPlace::Checkout,
                env: Vec::new(),
                timeout_ms: 1000,
            });
        }),
        ("code in a version file", |plan| {
            for edit in plan.packages[0].edits.iter_mut().filter(|edit| edit.format == "json") {
                edit.to = "1.1.0\",\n  \"scripts\": {\"postinstall\": \"evil\"},\n  \"x\": \"".to_owned();
            }
        }),
        ("another place in the file", |plan| {
            for edit in plan.packages[0].edits.iter_mut().filter(|edit| edit.format == "json") {
                edit.offset -= 1;
            }
        }),
        ("one more edit", |plan| {
            let mut more = plan.packages[0].edits[0].clone();
            more.file = "bowline.toml".to_owned();
            plan.packages[0].edits.push(more);
        }),
        ("another branch", |plan| {
            plan.repository.branch = bowline_model::git::BranchName::new("production").unwrap();
        }),
        ("another channel", |plan| plan.channel = "other".to_owned()),
        ("another committer", |plan| plan.identity.name = "Somebody".to_owned()),
        ("a version that no flag gives", |plan| {
            plan.packages[0].tag = bowline_model::git::TagName::new("v9.9.9").unwrap();
        }),
    ];
    for (what, forge) in forgeries {
        let world = with_artifacts();
        Job::new(&world, "1", "one").kill(&world, RELEASE, "state.swap:after");
        let listed = refs(&world);
        let name = listed.lines().find_map(|line| line.split_once(' ')?.0.strip_prefix("refs/bowline/plans/")).unwrap();
        let path = format!("refs/bowline/plans/{name}:value");
        let text = world.git_in(&world.remote(), &["cat-file", "blob", &path]);
        let mut plan: bowline_model::plan::Plan = serde_json::from_str(&text).unwrap();
        forge(&mut plan);
        let digest = plan.digest().unwrap();
        let run = bowline_ledger::runs::run_id(&digest);
        plant(&world, &format!("plans/{}.json", digest.hex()), &serde_json::to_string(&plan).unwrap());
        let marker = plan.marker().unwrap();
        let record = serde_json::json!({
            "schema": "bowline/run/v1", "run": run, "marker": marker, "tag": plan.packages[0].tag, "state": "open"
        });
        plant(&world, &format!("runs/{run}.json"), &record.to_string());
        let before = world.git_in(&world.remote(), &["for-each-ref", "refs/heads", "refs/tags"]);
        let later = Job::new(&world, "1", "later");
        let ran = later.run(&world, &["resume", &run, "--yes"]).expect_code(22);
        assert_eq!(failure_code(&ran).as_deref(), Some("plan_not_trusted"), "{what}: {}", ran.snapshot());
        let after = world.git_in(&world.remote(), &["for-each-ref", "refs/heads", "refs/tags"]);
        assert_eq!(after, before, "{what}");
        assert!(!later.dir.join("owned").exists(), "{what}: its command was run");
    }
}

/// Texts may differ: another version of Bowline may put them differently.
#[test]
fn a_shared_plan_may_have_other_texts() {
    let world = with_artifacts();
    Job::new(&world, "1", "one").kill(&world, &["release", "--bump", "major"], "state.swap:after");
    let listed = refs(&world);
    let name = listed.lines().find_map(|line| line.split_once(' ')?.0.strip_prefix("refs/bowline/plans/")).unwrap();
    let text = world.git_in(&world.remote(), &["cat-file", "blob", &format!("refs/bowline/plans/{name}:value")]);
    let mut plan: bowline_model::plan::Plan = serde_json::from_str(&text).unwrap();
    plan.packages[0].notes.push_str("\nPut differently.\n");
    let digest = plan.digest().unwrap();
    let run = bowline_ledger::runs::run_id(&digest);
    plant(&world, &format!("plans/{}.json", digest.hex()), &serde_json::to_string(&plan).unwrap());
    let record = serde_json::json!({
        "schema": "bowline/run/v1", "run": run, "marker": plan.marker().unwrap(), "tag": "v2.0.0", "state": "open"
    });
    plant(&world, &format!("runs/{run}.json"), &record.to_string());
    let later = Job::new(&world, "1", "later");
    let _ = later.run(&world, &["resume", &run, "--yes"]).expect_code(0);
    let notes = std::fs::read_to_string(world.releases().join("v2.0.0/notes.md")).unwrap();
    assert!(notes.contains("Put differently."), "{notes}");
}

/// The run that the push of the release commit starts is green at every later moment as well.
#[test]
fn a_release_that_is_being_verified_is_in_progress() {
    for at in ["effect:publish/release", "step-started:verify/release", "finished:verify/release"] {
        let world = with_artifacts();
        Job::new(&world, "1", "one").kill(&world, RELEASE, at);
        let ran = Job::new(&world, "2", "next").run(&world, RELEASE).expect_code(0);
        assert!(ran.stdout.contains("release in progress: v1.1.0"), "{at}: {}", ran.snapshot());
    }
}

/// A machine whose clock is years ahead and that died does not stand in the way for years.
#[test]
fn a_lease_from_the_future_ends_when_it_was_seen_for_its_length() {
    let world = with_artifacts();
    with_ttl(&world, "1s");
    Job::new(&world, "1", "one").kill(&world, RELEASE, "finished:draft/verify");
    let path = "refs/bowline/lock/stable:value";
    let text = world.git_in(&world.remote(), &["cat-file", "blob", path]);
    let mut lock: serde_json::Value = serde_json::from_str(&text).unwrap();
    for time in ["acquired", "renewed", "expires"] {
        lock[time] = "2099-01-01T00:00:00Z".into();
    }
    plant(&world, "lock/stable", &lock.to_string());
    let other = Job::new(&world, "2", "other");
    let _ = other.run(&world, RELEASE).expect_code(25);
    let _ = other.run(&world, &["release", "--yes", "--wait", "30s"]).expect_code(0);
}

/// Whoever wanted to give up and had to wait finds it released, and leaves it so.
#[test]
fn giving_up_what_was_completed_meanwhile_changes_nothing() {
    let world = with_artifacts();
    let (one, other) = (Job::new(&world, "1", "one"), Job::new(&world, "2", "other"));
    one.kill(&world, RELEASE, "finished:draft/verify");
    // The lock of the first one is gone when it has ended; the second one had looked before.
    world.hook("pre-receive", "touch ../../pushing; sleep 2");
    let mut running = world.command(&one.dir, RELEASE, &as_refs(&one.variables)).spawn().unwrap();
    let waiting = std::time::Instant::now();
    while !world.root().join("pushing").exists() {
        assert!(waiting.elapsed().as_secs() < 60, "the first run does not push");
        std::thread::yield_now();
    }
    let ran = other.run(&world, &["abort", "--wait", "60s"]).expect_code(0);
    assert!(running.wait().unwrap().success());
    assert!(ran.stdout.contains("already released as v1.1.0"), "{}", ran.snapshot());
    let status = other.run(&world, &["status", "--json"]).expect_code(0).json();
    assert_eq!(status["runs"][0]["state"], "complete", "{status}");
    assert_eq!(status["locks"].as_array().map(Vec::len), Some(0), "{status}");
}

fn as_refs(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// With a push begun and nothing to ask, nobody can say that nothing is public, wherever state is.
#[test]
fn a_remote_that_is_gone_after_the_push_is_not_called_harmless() {
    let world = with_artifacts();
    let one = Job::new(&world, "1", "one");
    one.kill(&world, RELEASE, "effect:push/refs");
    let away = world.root().join("away");
    std::fs::rename(world.remote(), &away).unwrap();
    for command in ["release", "resume", "abort"] {
        let _ = one.run(&world, &[command, "--yes"]).expect_code(21);
    }
    std::fs::rename(&away, world.remote()).unwrap();
    let _ = one.run(&world, &["resume", "--yes"]).expect_code(0);
}

/// Before the stage that makes drafts nothing is written anywhere, also when there is nothing to release.
#[test]
fn until_sign_an_old_draft_is_left_where_it_is() {
    let world = with_artifacts();
    Job::new(&world, "1", "one").kill(&world, RELEASE, "finished:draft/verify");
    world.git(&["revert", "--no-edit", "HEAD"]);
    world.git(&["push", "--quiet", "origin", "HEAD"]);
    let later = Job::new(&world, "1", "later");
    let before = everything(&world, &later.dir);
    let _ = later.run(&world, &["release", "--until", "sign"]).expect_code(0);
    assert_eq!(everything(&world, &later.dir), before);
}

/// A run that died before anything of it could be seen is over when a newer head is released.
#[test]
fn a_run_that_left_nothing_is_closed_by_the_next_release() {
    for at in ["finished:commit/objects", "state.swap:after"] {
        let world = with_artifacts();
        let one = Job::new(&world, "1", "one");
        one.kill(&world, RELEASE, at);
        world.write("src/app.txt", "newer\n");
        world.commit_and_push("fix: one more thing");
        world.git_in(&one.dir, &["pull", "--quiet", "--ff-only"]);
        let _ = one.run(&world, RELEASE).expect_code(0);
        let status = one.run(&world, &["status", "--json"]).expect_code(0).json();
        let open = status["runs"].as_array().unwrap().iter().filter(|run| run["state"] == "open").count();
        assert_eq!(open, 0, "{at}: {status}");
        let nothing = one.run(&world, &["resume"]).expect_code(0);
        assert!(nothing.stdout.contains("no release is unfinished"), "{at}: {}", nothing.snapshot());
    }
}

/// Somebody uses the name of state for something of his own: whoever looks is told and goes on, whoever releases stops and
/// is told what to remove, and nobody removes it for him.
#[test]
fn a_reference_that_somebody_else_put_among_those_of_state() {
    for name in ["refs/bowline/notes", "refs/bowline/lock/stable", "refs/bowline/runs/x.json"] {
        let world = with_artifacts();
        let job = Job::new(&world, "1", "one");
        let head = world.git_in(&world.remote(), &["rev-parse", "main"]);
        world.git_in(&world.remote(), &["update-ref", name, &head]);
        let before = world.visible();
        let words = format!("{name} of origin is a commit of other files, which Bowline did not write");
        for command in [&["plan"], &["status"]] {
            let ran = job.run(&world, command).expect_code(0);
            assert_eq!(ran.stderr.matches(&words).count(), 1, "{}", ran.snapshot());
        }
        let ran = job.run(&world, RELEASE).expect_code(22);
        assert_eq!(failure_code(&ran).as_deref(), Some("state_foreign"), "{}", ran.snapshot());
        assert!(ran.stderr.contains(&words), "{}", ran.snapshot());
        assert!(hints(&ran).contains(&format!("git push origin :{name}")), "{}", ran.snapshot());
        assert_eq!(world.visible(), before, "{}", ran.snapshot());
        world.git_in(&world.remote(), &["update-ref", "-d", name]);
        let _ = job.run(&world, RELEASE).expect_code(0);
    }
}
