//! The client for GitHub against its double: the exam of all forges, and what only GitHub does.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what it found and stops")]

#[path = "github/publishing.rs"]
mod publishing;
#[path = "github/pulls.rs"]
mod pulls;

use bowline_host::forge::github::{GithubForge, Place};
use bowline_model::event::Silent;
use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_model::{FailureKind, Oid, Timestamp};
use bowline_port::clock::{Clock, FixedClock};
use bowline_port::environment::Environment;
use bowline_port::forge::conformance::{self, new_release, of};
use bowline_port::forge::{Drafts, Forge, ForgeError, ForgeReader, MoveError, Release, StagedCommit};
use bowline_port::git::{PushError, RefUpdate};
use bowline_port::http::{ALLOW_HOSTS, Address, AllowedHosts, Caller, Login, Rules};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use bowline_testkit::github::{API, Fault, Github, HOSTS, PAGES, Thread};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A forge for the double, with a token or without.
fn forge_of(github: &Arc<Github>, with_token: bool) -> GithubForge {
    forge_as(github, with_token.then_some("github-token"))
}

fn forge_as(github: &Arc<Github>, token: Option<&str>) -> GithubForge {
    let clock = Arc::new(FixedClock::new(Timestamp::EPOCH));
    let policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(900) };
    let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
    forge_with(github, token, retries, clock, Rules::GITHUB)
}

fn forge_with(
    github: &Arc<Github>,
    token: Option<&str>,
    retries: Retries,
    clock: Arc<dyn Clock>,
    rules: Rules,
) -> GithubForge {
    let hosts =
        AllowedHosts::new(&Environment::from_pairs([(ALLOW_HOSTS.to_owned(), HOSTS.to_owned())]), ForgeKind::Github);
    let caller = Caller::new(github.clone(), hosts, retries, clock, rules);
    let place = Place {
        api: Address::parse(API).unwrap(),
        pages: Address::parse(PAGES).unwrap(),
        owner: "acme".to_owned(),
        name: "app".to_owned(),
    };
    let login = token.map(|token| Login::bearer(&Secret::new(token)));
    GithubForge::new(caller, place, Arc::new(move || Ok(login.clone())))
}

/// Counts how often somebody waits.
#[derive(Default)]
struct Slept(AtomicUsize);

impl Clock for Slept {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
    fn sleep(&self, _: Duration) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Scene {
    github: Arc<Github>,
    forge: GithubForge,
}

fn scene() -> Scene {
    let github = Arc::new(Github::default());
    let forge = forge_of(&github, true);
    Scene { github, forge }
}

impl Scene {
    fn fail(&self, part: &str, nth: usize, fault: Fault) {
        self.github.state().fail(part, nth, fault);
    }

    /// A release with one asset, its tag pushed, published.
    fn release(&self) -> Result<Release, ForgeError> {
        let draft = self.forge.create_draft(&new_release("v1.0.0", 1))?;
        self.forge.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes"))?;
        self.github.state().tags.insert("v1.0.0".to_owned());
        self.forge.publish(&draft, true)
    }

    fn drafts(&self) -> Vec<Release> {
        match self.forge.drafts().unwrap() {
            Drafts::Visible(drafts) => drafts,
            Drafts::Invisible => panic!("drafts are visible to who may write"),
        }
    }

    fn requests(&self, part: &str) -> usize {
        self.github.state().log.iter().filter(|line| line.contains(part)).count()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.github.state().violations.clone();
            assert!(violations.is_empty(), "{violations:?}");
        }
    }
}

fn tag(name: &str) -> TagName {
    TagName::new(name).unwrap()
}

#[test]
fn passes_the_exam() {
    for (no_digests, private) in [(false, false), (true, false), (false, true)] {
        conformance::run(&|| {
            let github = Arc::new(Github::default());
            {
                let mut state = github.state();
                (state.no_digests, state.private) = (no_digests, private);
                let tags = ["v1.0.0", "v1.0.0-rc.1", "a/b@v1.0.0+x", "v1.1.0", "v2.0.0-rc.1"];
                state.tags.extend(tags.map(str::to_owned));
            }
            Arc::new(forge_of(&github, true))
        });
    }
}

#[test]
fn a_release_takes_few_requests() {
    let scene = scene();
    let published = scene.release().unwrap();
    assert_eq!(published.url, "https://github.example/acme/app/releases/tag/v1.0.0");
    assert_eq!(published.assets[0].url, "https://github.example/acme/app/releases/download/v1.0.0/app");
    let log = scene.github.state().log.clone();
    assert_eq!(log.len(), 4, "create; upload; look, publish: {log:#?}");
}

#[test]
fn whatever_is_lost_it_is_there_once() {
    for (part, faults) in [
        ("POST https://api.github.example/repos/acme/app/releases", [Fault::NotSent, Fault::Lost, Fault::BadGateway]),
        ("POST https://uploads.github.example", [Fault::NotSent, Fault::Lost, Fault::BadGateway]),
        ("POST https://uploads.github.example", [Fault::Starter, Fault::Status(502), Fault::Status(500)]),
        ("PATCH https://api", [Fault::NotSent, Fault::Lost, Fault::BadGateway]),
        ("GET https://api", [Fault::NotSent, Fault::Lost, Fault::BadGateway]),
        ("DELETE https://api", [Fault::NotSent, Fault::Lost, Fault::BadGateway]),
    ] {
        for fault in faults {
            let scene = scene();
            if part.starts_with("DELETE") {
                scene.fail("POST https://uploads", 1, Fault::Starter);
            }
            scene.fail(part, 1, fault);
            let published = match scene.release() {
                Ok(published) => published,
                Err(ForgeError::Call { source, .. }) if part.ends_with("/releases") => {
                    // Only the draft itself may have been made without anybody knowing: whoever goes on looks for it.
                    assert!(source.open, "{part} {fault:?}: {source}");
                    let draft = scene.drafts().remove(0);
                    scene.forge.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes")).unwrap();
                    scene.github.state().tags.insert("v1.0.0".to_owned());
                    scene.forge.publish(&draft, true).unwrap()
                }
                Err(error) => panic!("{part} {fault:?}: {error:?}"),
            };
            assert_eq!(scene.github.state().count(), 1, "{part} {fault:?}");
            assert_eq!(published.assets.len(), 1, "{part} {fault:?}");
            let mut bytes = Vec::new();
            scene.forge.download(&published, "app", &mut bytes).unwrap();
            assert_eq!(bytes, b"bytes");
            assert_eq!(scene.forge.latest().unwrap(), Some(tag("v1.0.0")));
        }
    }
}

#[test]
fn the_forge_or_we_ourselves_know_what_arrived() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let upload = |name: &str, arrived: &[u8]| scene.forge.upload(&draft, &Artifact::of(name, b"bytes"), &of(arrived));
    let names = || -> Vec<String> { scene.drafts()[0].assets.iter().map(|asset| asset.name.clone()).collect() };
    // Before GitHub has told a digest, wrong bytes never arrive whole.
    assert!(matches!(upload("a", b"Bytes"), Err(ForgeError::Corrupt { .. })));
    upload("b", b"bytes").unwrap();
    // From then on it says what arrived.
    assert!(matches!(upload("c", b"Bytes"), Err(ForgeError::Corrupt { .. })));
    assert_eq!(names(), ["b"], "nothing wrong is left");
    // Should it stop saying that, what arrived is looked at.
    scene.github.state().no_digests = true;
    upload("d", b"bytes").unwrap();
    assert_eq!(names(), ["b", "d"]);
}

#[test]
fn an_upload_that_never_arrives_is_given_up() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    for nth in 1..=3 {
        scene.fail("POST https://uploads", nth, Fault::Starter);
    }
    let error = scene.forge.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes")).unwrap_err();
    // It was looked for after the last time, so it is known that it is not there: nobody needs to begin again to find out.
    assert!(matches!(&error, ForgeError::NotDone { .. }), "{error:?}");
    assert_eq!(scene.requests("POST https://uploads"), 3);
    assert_eq!(scene.requests("/releases/1"), 3 + 3, "looked for after each time");
    assert_eq!(scene.drafts()[0].assets, [], "nothing that blocks the name is left");
}

/// A second machine, or an attempt whose end nobody saw, has put it there meanwhile.
#[test]
fn what_arrived_without_our_knowing_is_found_when_it_is_refused() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let other = forge_of(&scene.github, true);
    other.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes")).unwrap();
    let asset = scene.forge.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes")).unwrap();
    assert!(asset.complete);
    other.upload(&draft, &Artifact::of("app.zip", b"zip"), &of(b"zip")).unwrap();
    let error = scene.forge.upload(&draft, &Artifact::of("app.zip", b"ZIP"), &of(b"ZIP")).unwrap_err();
    assert!(matches!(error, ForgeError::Taken { .. }), "{error:?}");
    scene.github.state().plant_starter(&draft.id, "app.tar");
    scene.forge.upload(&draft, &Artifact::of("app.tar", b"tar"), &of(b"tar")).unwrap();
    assert_eq!(scene.requests("DELETE"), 1, "only what never arrived is removed");
}

/// Each time it is sent costs of the one budget of the run, and without any left it is not sent again.
#[test]
fn an_unclear_upload_is_not_hammered() {
    for (attempts, sent) in [(1, 1), (2, 2), (3, 3), (9, 3)] {
        let github = Arc::new(Github::default());
        let clock = Arc::new(Slept::default());
        let policy = Policy { attempts, budget: 500, deadline: Duration::from_secs(900) };
        let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
        let forge = forge_with(&github, Some("github-token"), retries, clock.clone(), Rules::NONE);
        let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
        for nth in 1..=9 {
            github.state().fail("POST https://uploads", nth, Fault::Starter);
        }
        forge.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes")).unwrap_err();
        let log = github.state().log.clone();
        let times = log.iter().filter(|line| line.starts_with("POST https://uploads")).count();
        assert_eq!(times, sent, "{attempts}: {log:#?}");
        assert_eq!(clock.0.load(Ordering::SeqCst), sent - 1, "one wait between two times");
    }
}

#[test]
fn what_was_looked_at_is_not_asked_again_until_somebody_says_so() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let lists = || scene.requests("/releases?");
    for _ in 0..3 {
        assert_eq!(scene.drafts(), std::slice::from_ref(&draft));
        assert_eq!(scene.forge.listed(&draft.tag).unwrap(), None);
    }
    assert_eq!(lists(), 1);
    let other = forge_of(&scene.github, true);
    let theirs = other.create_draft(&new_release("v2.0.0", 2)).unwrap();
    scene.forge.look_anew();
    assert_eq!(scene.drafts(), [draft.clone(), theirs.clone()]);
    assert_eq!(lists(), 2);
    other.delete_draft(&theirs).unwrap();
    assert_eq!(scene.forge.reread(&draft).unwrap(), Some(draft));
    assert_eq!(scene.requests("/releases/1"), 2, "once in each look, and not for what was read a moment ago");
}

/// A draft that may have been made without anybody knowing can be missing from lists for a while.
#[test]
fn after_a_lost_answer_nothing_is_taken_for_known() {
    let scene = scene();
    assert_eq!(scene.drafts(), []);
    scene.github.state().lag = 2;
    scene.fail("POST https://api", 1, Fault::Lost);
    scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap_err();
    assert_eq!(scene.drafts(), [], "lists are late");
    assert_eq!(scene.drafts(), []);
    assert_eq!(scene.drafts().len(), 1, "and asked again");
}

/// GitHub would delete a published release as it deletes a draft.
#[test]
fn what_became_public_meanwhile_is_not_deleted() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    assert_eq!(scene.drafts().len(), 1);
    scene.github.state().tags.insert("v1.0.0".to_owned());
    forge_of(&scene.github, true).publish(&draft, true).unwrap();
    assert!(matches!(scene.forge.delete_draft(&draft), Err(ForgeError::Missing { .. })));
    assert_eq!(scene.requests("DELETE"), 0);
}

#[test]
fn a_starter_asset_is_replaced_and_a_whole_one_is_not() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    scene.github.state().plant_starter(&draft.id, "app");
    assert!(!scene.drafts()[0].asset("app").unwrap().complete);
    scene.forge.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes")).unwrap();
    scene.forge.upload(&draft, &Artifact::of("app", b"bytes"), &of(b"bytes")).unwrap();
    assert_eq!(scene.requests("DELETE"), 1);
    assert_eq!(scene.requests("POST https://uploads"), 1, "what is there is not sent again");
    let error = scene.forge.upload(&draft, &Artifact::of("app", b"other"), &of(b"other")).unwrap_err();
    assert!(matches!(error, ForgeError::Taken { .. }), "{error:?}");
}

#[test]
fn everything_is_found_however_much_there_is() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    for n in 0..250 {
        scene.forge.create_draft(&new_release(&format!("v0.0.{n}"), 2)).unwrap();
    }
    let names: Vec<String> = (0..130).map(|n| format!("file-{n:03}")).collect();
    for name in &names {
        scene.forge.upload(&draft, &Artifact::of(name, b"x"), &of(b"x")).unwrap();
    }
    let drafts = scene.drafts();
    assert_eq!(drafts.len(), 251);
    let found = drafts.iter().find(|found| found.id == draft.id).unwrap();
    assert!(found.assets.iter().map(|asset| &asset.name).eq(&names), "{}", found.assets.len());
    // The hundred and first is known as well as the first.
    let before = scene.requests("POST https://uploads");
    scene.forge.upload(&draft, &Artifact::of("file-120", b"x"), &of(b"x")).unwrap();
    assert_eq!(scene.requests("POST https://uploads"), before);
}

#[test]
fn lists_that_lag_behind_hide_nothing_of_ours() {
    let scene = scene();
    scene.github.state().lag = 3;
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    for _ in 0..5 {
        assert_eq!(scene.drafts(), std::slice::from_ref(&draft));
    }
    scene.forge.delete_draft(&draft).unwrap();
    assert_eq!(scene.drafts(), []);
}

#[test]
fn a_list_that_still_shows_a_draft_is_not_believed() {
    let scene = scene();
    scene.release().unwrap();
    scene.github.state().stale = true;
    assert_eq!(scene.drafts(), []);
}

#[test]
fn a_used_up_tag_is_not_published() {
    let scene = scene();
    let draft = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    scene.github.state().tags.insert("v1.0.0".to_owned());
    scene.github.state().burned.insert("v1.0.0".to_owned());
    assert!(matches!(scene.forge.publish(&draft, true), Err(ForgeError::TagBurned { .. })));
}

#[test]
fn who_may_not_write_is_told_before_anything_is_done() {
    let github = Arc::new(Github::default());
    for (read_only, with_token) in [(true, true), (false, false)] {
        github.state().read_only = read_only;
        let forge = forge_of(&github, with_token);
        assert_eq!(forge.drafts().unwrap(), Drafts::Invisible);
        assert!(matches!(forge.check_writable(), Err(ForgeError::NotDone { .. })));
    }
    assert!(github.state().log.iter().all(|line| line.starts_with("GET")), "nothing was tried");
    let error = forge_of(&github, true).create_draft(&new_release("v1.0.0", 1)).err();
    assert!(error.is_none(), "the double takes writers: {error:?}");
    github.state().read_only = true;
    let error = forge_of(&github, true).create_draft(&new_release("v1.0.0", 1)).unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(text, "GitHub answered 403: Resource not accessible by personal access token");
}

#[test]
fn a_job_may_write_although_it_is_told_that_it_may_not() {
    let github = Arc::new(Github::default());
    let forge = forge_as(&github, Some("ghs_of-a-job"));
    forge.check_writable().unwrap();
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    assert_eq!(forge.drafts().unwrap(), Drafts::Visible(vec![draft]));
}

#[test]
fn a_limit_becomes_a_pause_with_its_time() {
    let scene = scene();
    for nth in 1..=3 {
        scene.fail("POST https://api", nth, Fault::Status(429));
    }
    let error = scene.forge.create_draft(&new_release("v1.0.0", 1)).unwrap_err();
    let ForgeError::Call { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.into_failure().kind, FailureKind::Paused);
}

#[test]
fn a_stranger_with_our_tag_is_left_alone() {
    let scene = scene();
    let theirs = scene.release().unwrap();
    let ours = scene.forge.create_draft(&new_release("v1.0.0", 2)).unwrap();
    assert!(matches!(scene.forge.publish(&ours, true), Err(ForgeError::Taken { .. })));
    for hostile in ["", "x", "1/../2", "-1", "999999999999999999999999"] {
        let handle = Release { id: hostile.to_owned(), ..ours.clone() };
        assert!(matches!(scene.forge.delete_draft(&handle), Err(ForgeError::Missing { .. })), "{hostile}");
    }
    assert_eq!(scene.forge.published(&theirs.tag).unwrap(), Some(theirs));
}

/// A scene over a bare repository with one commit on `main`.
struct Commits {
    scene: Scene,
    folder: tempfile::TempDir,
    head: Oid,
}

impl Commits {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main"]);
        let tree = git(folder.path(), &["hash-object", "-w", "-t", "tree", "/dev/null"]);
        let head = git(folder.path(), &["commit-tree", &tree, "-m", "feat: begin"]);
        git(folder.path(), &["update-ref", "refs/heads/main", &head]);
        let scene = scene();
        scene.github.state().repository = Some(folder.path().to_owned());
        Self { scene, folder, head: head.parse().unwrap() }
    }

    fn git(&self, args: &[&str]) -> String {
        git(self.folder.path(), args)
    }

    fn api(&self) -> &dyn bowline_port::forge::Commits {
        self.scene.forge.commits().unwrap()
    }

    fn staged(&self) -> StagedCommit {
        StagedCommit {
            branch: new_release("v1.0.0", 1).marker.staging(),
            parent: self.head,
            files: vec![("dir/VERSION".to_owned(), b"1.0.0\n\xff".to_vec())],
            removed: Vec::new(),
            message: "chore(release): 1.0.0\n\nBody.\n".to_owned(),
        }
    }

    /// Moves `main` to the commit.
    fn forward(&self, new: Oid) -> Result<(), MoveError> {
        self.api().move_branch(&RefUpdate { name: "refs/heads/main".to_owned(), old: Some(self.head), new })
    }
}

fn git(folder: &std::path::Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    #[expect(clippy::disallowed_methods, reason = "a test plays the person at the keyboard")]
    let output = std::process::Command::new("git").args(who).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

#[test]
fn a_commit_is_made_once_whatever_is_lost() {
    for part in ["POST https://api.github.example/repos/acme/app/git/refs", "/graphql", "GET https://api"] {
        for fault in [None, Some(Fault::Lost), Some(Fault::BadGateway), Some(Fault::NotSent)] {
            let commits = Commits::new();
            if let Some(fault) = fault {
                commits.scene.fail(part, 1, fault);
            }
            let made = commits.api().stage(&commits.staged()).unwrap();
            assert_eq!(commits.api().stage(&commits.staged()).unwrap(), made, "{part} {fault:?}");
            assert_eq!(
                commits.git(&["log", "-1", "--format=%P %cn|%B", &made.to_string()]),
                format!("{} GitHub|chore(release): 1.0.0\n\nBody.", commits.head)
            );
            assert_eq!(commits.git(&["rev-list", "--count", &commits.staged().branch]), "2", "{part} {fault:?}");
            assert!(commits.scene.forge.signatures().unwrap().is_signed(made).unwrap());
        }
    }
    let commits = Commits::new();
    assert!(!commits.scene.forge.signatures().unwrap().is_signed(commits.head).unwrap(), "pushed, and not signed");
    assert!(!commits.scene.forge.signatures().unwrap().is_signed(Oid::Sha1([7; 20])).unwrap(), "not there");
}

#[test]
fn what_graphql_refuses_with_success_is_a_refusal() {
    let commits = Commits::new();
    let outside = StagedCommit { files: vec![("../x".to_owned(), Vec::new())], ..commits.staged() };
    let error = commits.api().stage(&outside).unwrap_err();
    let text = std::error::Error::source(&error).unwrap().to_string();
    assert!(matches!(error, ForgeError::NotDone { .. }), "{error:?}");
    assert_eq!(text, "GitHub says: A path or its contents cannot be used (UNPROCESSABLE)");
    commits.scene.github.state().read_only = true;
    commits.git(&["update-ref", &commits.staged().branch, &commits.head.to_string()]);
    let forbidden = commits.api().stage(&commits.staged());
    assert!(matches!(forbidden, Err(ForgeError::Forbidden { .. })), "{forbidden:?}");
}

#[test]
fn a_limit_that_graphql_tells_with_success_is_one() {
    let commits = Commits::new();
    commits.scene.fail("/graphql", 1, Fault::Limited);
    commits.api().stage(&commits.staged()).unwrap();
    assert_eq!(commits.scene.requests("/graphql"), 2, "after a wait");

    let commits = Commits::new();
    (1..=3).for_each(|nth| commits.scene.fail("/graphql", nth, Fault::Limited));
    let error = commits.api().stage(&commits.staged()).unwrap_err();
    assert_eq!(error.own_failure().unwrap().kind, FailureKind::Paused, "{error:?}");
    commits.scene.github.state().forget_faults();
    (1..=3).for_each(|nth| commits.scene.fail("/graphql", nth, Fault::Limited));
    let error = commits.scene.forge.conversations().unwrap().about(&[commits.head]).unwrap_err();
    assert_eq!(error.own_failure().unwrap().kind, FailureKind::Paused, "{error:?}");
}

#[test]
fn a_conversation_that_has_moved_away_is_gone() {
    let scene = scene();
    let thread = Thread { elsewhere: Some("acme/other"), ..Thread::default() };
    scene.github.state().talk.threads.insert(7, thread);
    let moved = scene.forge.follow_up().unwrap().label(7, &["released".to_owned()]);
    assert!(matches!(moved, Err(ForgeError::Missing { .. })), "{moved:?}");
}

#[test]
fn a_branch_goes_forward_from_where_it_was_seen() {
    for fault in [None, Some(Fault::Lost), Some(Fault::BadGateway), Some(Fault::NotSent)] {
        let commits = Commits::new();
        let made = commits.api().stage(&commits.staged()).unwrap();
        if let Some(fault) = fault {
            commits.scene.fail("PATCH https://api", 1, fault);
        }
        commits.forward(made).unwrap();
        commits.forward(made).unwrap();
        assert_eq!(commits.git(&["rev-parse", "main"]), made.to_string(), "{fault:?}");
    }
}

#[test]
fn a_branch_that_cannot_go_forward_stays() {
    let commits = Commits::new();
    let made = commits.api().stage(&commits.staged()).unwrap();
    commits.scene.github.state().branch_rule = Some("Changes must be made through a pull request.".to_owned());
    match commits.forward(made) {
        Err(MoveError::Refused(PushError::Rejected { reference, reason })) => {
            assert_eq!(reference, "refs/heads/main");
            assert!(reason.contains("made through a pull request"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    commits.scene.github.state().branch_rule = None;
    let tree = commits.git(&["rev-parse", "main^{tree}"]);
    let foreign = commits.git(&["commit-tree", &tree, "-p", "main", "-m", "fix: theirs"]);
    commits.git(&["update-ref", "refs/heads/main", &foreign]);
    let stale = |result| matches!(result, Err(MoveError::Refused(PushError::Stale { .. })));
    assert!(stale(commits.forward(made)), "seen before it is asked for");
    let update = RefUpdate { name: "refs/heads/main".to_owned(), old: Some(foreign.parse().unwrap()), new: made };
    assert!(stale(commits.api().move_branch(&update)), "refused by GitHub: no fast-forward");
    assert_eq!(commits.git(&["rev-parse", "main"]), foreign);
}

#[test]
fn only_staging_branches_are_removed() {
    let commits = Commits::new();
    let staged = commits.staged();
    commits.api().stage(&staged).unwrap();
    for name in ["refs/heads/main", "refs/heads/bowline/x", "refs/tags/v1.0.0", ""] {
        assert!(matches!(commits.api().unstage(name), Err(ForgeError::NotOurs { .. })), "{name}");
    }
    commits.api().unstage(&staged.branch).unwrap();
    commits.api().unstage(&staged.branch).unwrap();
    assert_eq!(commits.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}
