//! What the client for GitHub finds out before a push: rights, rules, and tokens for an app.
#![expect(clippy::unwrap_used, reason = "a test says what it found and stops")]

use bowline_host::forge::github::{AppTokens, GithubForge, Place};
use bowline_model::event::Silent;
use bowline_model::git::{BranchName, TagName};
use bowline_model::plan::ForgeKind;
use bowline_model::{Failure, Timestamp};
use bowline_port::clock::{Clock, FixedClock};
use bowline_port::environment::Environment;
use bowline_port::forge::rules::{Finding, Push, PushedFile, Strength};
use bowline_port::forge::{Drafts, Forge, ForgeReader};
use bowline_port::http::{ALLOW_HOSTS, Address, AllowedHosts, Caller, Login};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::secret::token::{App, AppKey, Tokens};
use bowline_port::stop::Stop;
use bowline_testkit::github::{API, Fault, Github, HOSTS, Installed, PAGES, ruleset};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// 2027-01-15, 08:00 in UTC, as the double's `date` says.
const NOW: i64 = 1_800_000_000;

fn clock(seconds: i64) -> Arc<FixedClock> {
    Arc::new(FixedClock::new(Timestamp::from_unix(seconds).unwrap()))
}

fn caller(github: &Arc<Github>, clock: &Arc<FixedClock>) -> Caller {
    let policy = Policy { attempts: 3, budget: 500, deadline: Duration::from_secs(900) };
    let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
    let pair = (ALLOW_HOSTS.to_owned(), HOSTS.to_owned());
    let hosts = AllowedHosts::new(&Environment::from_pairs([pair]), ForgeKind::Github);
    Caller::new(github.clone(), hosts, retries, clock.clone(), bowline_port::http::Rules::NONE)
}

fn place() -> Place {
    Place {
        api: Address::parse(API).unwrap(),
        pages: Address::parse(PAGES).unwrap(),
        owner: "acme".to_owned(),
        name: "app".to_owned(),
    }
}

fn forge(github: &Arc<Github>, token: &str) -> GithubForge {
    let (clock, login) = (clock(NOW), Login::bearer(&Secret::new(token)));
    let forge = GithubForge::new(caller(github, &clock), place(), Arc::new(move || Ok(Some(login.clone()))));
    forge.out_of(Some("GITHUB_TOKEN"), clock)
}

fn push() -> Push {
    Push {
        branch: Some(BranchName::new("main").unwrap()),
        creates_branch: false,
        tag: TagName::new("v1.0.0").unwrap(),
        message: Some("chore(release): 1.0.0".to_owned()),
        email: "bowline@example.com".to_owned(),
        files: vec![PushedFile { path: "docs/CHANGELOG.md".to_owned(), size: 2_000_000 }],
        signed_by_forge: false,
        same_login: true,
    }
}

fn findings(github: &Arc<Github>, push: &Push) -> Vec<Finding> {
    forge(github, "ghs_of-a-job").rules().unwrap().findings(push).unwrap()
}

/// Strength and code of each finding.
fn kinds(found: &[Finding]) -> Vec<(Strength, &str)> {
    found.iter().map(|finding| (finding.strength, finding.code)).collect()
}

const REFUSED: (Strength, &str) = (Strength::Refuse, "rules_forbid_push");
const MAY: (Strength, &str) = (Strength::Warn, "rules_may_forbid_push");
const HIDDEN: (Strength, &str) = (Strength::Warn, "rules_unreadable");

fn guarded(rulesets: &[Value]) -> Arc<Github> {
    let github = Arc::new(Github::default());
    github.state().guards.rulesets = rulesets.to_vec();
    github
}

#[test]
fn the_bypass_of_the_ruleset_decides() {
    let rules = json!([{ "type": "pull_request" }, { "type": "non_fast_forward" }]);
    for (bypass, expected) in [
        ("always", None),
        ("exempt", None),
        ("never", Some(REFUSED)),
        ("pull_requests_only", Some(REFUSED)),
        ("something new", Some(MAY)),
    ] {
        let github = guarded(&[ruleset(1, "branch", &["~ALL"], bypass, &rules)]);
        let found = findings(&github, &push());
        if bypass == "something new" {
            // A word that the description does not know yet.
            std::mem::take(&mut github.state().violations);
        }
        assert_eq!(kinds(&found), expected.into_iter().collect::<Vec<_>>(), "{bypass}: {found:?}");
        for finding in found {
            let words = ["branch main", "pull request", "ruleset \"rules 1\" of organization acme", "settings/rules/1"];
            assert!(words.iter().all(|words| finding.message.contains(words)), "{}", finding.message);
            assert!(finding.hints[0].contains("bypass list"), "{:?}", finding.hints);
        }
    }
}

#[test]
fn everything_is_told_at_once() {
    let github = guarded(&[
        ruleset(1, "branch", &["~ALL"], "never", &json!([{ "type": "required_signatures" }, { "type": "update" }])),
        ruleset(2, "tag", &["refs/tags/v*"], "never", &json!([{ "type": "creation" }, { "type": "deletion" }])),
        ruleset(3, "tag", &["refs/tags/w*"], "never", &json!([{ "type": "creation" }])),
        ruleset(
            4,
            "tag",
            &["~ALL"],
            "never",
            &json!([
                { "type": "tag_name_pattern", "parameters": { "operator": "regex", "pattern": "^release-" } },
            ]),
        ),
        ruleset(5, "push", &[], "never", &json!([{ "type": "max_file_size", "parameters": { "max_file_size": 2 } }])),
    ]);
    let found = findings(&github, &push());
    assert_eq!(kinds(&found), [REFUSED; 4], "{found:#?}");
    for (finding, words) in found.iter().zip(["signature", "update it", "create it", "must match `^release-`"]) {
        assert!(finding.message.contains(words), "{}", finding.message);
    }
    assert!(found[0].hints.iter().any(|hint| hint.contains("push = \"api\"")), "{:?}", found[0].hints);
    let elsewhere = findings(&github, &Push { same_login: false, ..push() });
    assert_eq!(kinds(&elsewhere), [(Strength::Warn, REFUSED.1); 4], "a key of SSH may have other rights");
    let tag_only = findings(&github, &Push { branch: None, message: None, files: Vec::new(), ..push() });
    assert_eq!(kinds(&tag_only), [REFUSED; 2], "the branch stays where it is: {tag_only:#?}");
}

#[test]
fn the_files_of_the_release_commit_are_judged() {
    let rule =
        |name: &str, parameter: &str, value: Value| json!([{ "type": name, "parameters": { parameter: value } }]);
    let paths = rule("file_path_restriction", "restricted_file_paths", json!(["docs/**/*"]));
    let size = rule("max_file_size", "max_file_size", json!(1));
    for (rules, words) in [(&paths, "nobody may change `docs/CHANGELOG.md`"), (&size, "larger than 1 MB")] {
        let github = guarded(&[ruleset(1, "push", &[], "never", rules)]);
        let found = findings(&github, &push());
        assert_eq!(kinds(&found), [REFUSED], "{found:#?}");
        assert!(found[0].message.starts_with("the release commit: "), "{found:#?}");
        assert!(found[0].message.contains(words) && found[0].message.contains("ruleset \"rules 1\""), "{found:#?}");
        let tag_only = Push { branch: None, message: None, files: Vec::new(), ..push() };
        assert_eq!(kinds(&findings(&github, &tag_only)), [], "a tag changes no file");
        let github = guarded(&[ruleset(1, "push", &[], "always", rules)]);
        assert_eq!(kinds(&findings(&github, &push())), []);
    }
    let unclear = rule("file_path_restriction", "restricted_file_paths", json!(["docs"]));
    assert_eq!(kinds(&findings(&guarded(&[ruleset(1, "push", &[], "never", &unclear)]), &push())), [MAY]);
}

#[test]
fn a_plan_without_rules_has_none() {
    let github = guarded(&[]);
    github.state().free_plan = true;
    assert_eq!(kinds(&findings(&github, &push())), []);
    let demanded =
        forge(&github, "ghs_of-a-job").checks().unwrap().demanded(&BranchName::new("main").unwrap()).unwrap();
    assert_eq!(demanded, []);
}

#[test]
fn what_is_not_told_is_a_warning() {
    let github = guarded(&[]);
    github.state().guards.hidden = true;
    let found = findings(&github, &push());
    assert_eq!(kinds(&found), [HIDDEN], "{found:?}");
    assert!(found[0].message.contains("Resource not accessible by integration"), "{}", found[0].message);

    let mut unfinished = ruleset(1, "tag", &["~ALL"], "never", &json!([{ "type": "creation" }]));
    unfinished.as_object_mut().unwrap().remove("conditions");
    assert_eq!(kinds(&findings(&guarded(&[unfinished.clone()]), &push())), [HIDDEN]);
    unfinished["enforcement"] = json!("evaluate");
    assert_eq!(kinds(&findings(&guarded(&[unfinished]), &push())), [], "it is only tried out");
}

#[test]
fn without_rules_two_questions_are_enough() {
    let github = guarded(&[]);
    let forge = forge(&github, "a-token-of-old");
    assert_eq!(forge.rules().unwrap().findings(&push()).unwrap(), []);
    let log = github.state().log.clone();
    assert_eq!(log.len(), 3, "the repository, its rulesets, the branch: {log:#?}");
    assert!(log.iter().all(|line| line.starts_with("GET ")), "{log:#?}");
}

#[test]
fn protection_of_the_older_kind_is_read_as_far_as_it_is_told() {
    let github = guarded(&[]);
    let check = |protection: Value, admin: bool, expected: &[(Strength, &str)]| {
        let mut state = github.state();
        (state.guards.protection, state.guards.admin) = (Some(protection.clone()), admin);
        drop(state);
        let found = findings(&github, &push());
        assert_eq!(kinds(&found), expected, "{protection} {admin}: {found:#?}");
    };
    let checks =
        |level: &str| json!({ "required_status_checks": { "enforcement_level": level, "contexts": ["test"] } });
    check(json!({}), false, &[HIDDEN]);
    check(json!({}), true, &[]);
    check(checks("everyone"), false, &[REFUSED, HIDDEN]);
    check(checks("non_admins"), true, &[MAY]);
    check(checks("off"), true, &[]);
    let reviews =
        |admins: bool| json!({ "enforce_admins": { "enabled": admins }, "required_pull_request_reviews": {} });
    check(reviews(true), true, &[REFUSED]);
    check(reviews(false), true, &[MAY]);
    let excepted = json!({
        "enforce_admins": { "enabled": true },
        "required_pull_request_reviews": { "bypass_pull_request_allowances": { "apps": [] } },
        "restrictions": {},
    });
    check(excepted, true, &[MAY, MAY]);
}

#[test]
fn a_token_that_may_only_read_is_noticed_before_anything_is_made() {
    for token in ["ghs_of-a-job", "github_pat_x", "ghu_x"] {
        let github = guarded(&[]);
        assert!(forge(&github, token).check_writable().is_ok(), "{token}");
        github.state().read_only = true;
        let forge = forge(&github, token);
        assert_eq!(forge.drafts().unwrap(), Drafts::Invisible, "{token}");
        let refused = forge.check_writable().unwrap_err();
        assert!(std::error::Error::source(&refused).unwrap().to_string().contains("contents: write"), "{refused:?}");
        assert_eq!(github.state().count(), 0);
    }
}

#[test]
fn notes_that_github_does_not_manage_say_nothing_about_rights() {
    let github = guarded(&[]);
    (1..=3).for_each(|nth| github.state().fail("generate-notes", nth, Fault::Status(502)));
    forge(&github, "ghs_of-a-job").check_writable().unwrap();
}

#[test]
fn a_token_that_is_not_accepted_is_told_as_such() {
    for part in ["repos/acme/app", "generate-notes", "rulesets"] {
        let github = guarded(&[]);
        github.state().fail(part, 1, Fault::Status(401));
        let error = forge(&github, "ghs_of-a-job").rules().unwrap().findings(&push()).unwrap_err();
        let failure = error.own_failure().unwrap();
        assert_eq!(
            (failure.code.as_str(), failure.kind.exit_code(false)),
            ("token_refused", 12),
            "{part}: {failure:?}"
        );
    }
}

#[test]
fn all_that_is_wrong_with_the_repository_is_told() {
    let github = guarded(&[]);
    let mut state = github.state();
    state.repository_words =
        json!({ "full_name": "acme/new-name", "archived": true, "disabled": true }).as_object().unwrap().clone();
    state.repository_headers = vec![
        ("x-oauth-scopes".to_owned(), "read:org".to_owned()),
        ("github-authentication-token-expiration".to_owned(), "2027-01-15 08:30:00 UTC".to_owned()),
    ];
    drop(state);
    let forge = forge(&github, "ghp_classic");
    let refused = forge.check_writable().unwrap_err();
    let text = std::error::Error::source(&refused).unwrap().to_string();
    for words in ["acme/app is called acme/new-name now", "archived", "disabled", "scope `public_repo`"] {
        assert!(text.contains(words), "{text}");
    }
    let found = forge.rules().unwrap().findings(&push()).unwrap();
    assert_eq!(kinds(&found), [(Strength::Warn, "token_expires")], "{found:?}");
    assert_eq!(forge.rules().unwrap().identity().unwrap().words, "a classic personal token, out of GITHUB_TOKEN");
}

struct AppScene {
    github: Arc<Github>,
    clock: Arc<FixedClock>,
    hidden: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

impl AppScene {
    /// An app whose own clock is at `ours`.
    fn new(ours: i64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let github = Arc::new(Github::default());
        let mut app = Installed::new("Iv23liTest", folder.path())?;
        app.now = Some(NOW);
        app.until = "2027-01-15T09:00:00Z".to_owned();
        github.state().app = Some(app);
        Some(Self { github, clock: clock(ours), hidden: Arc::default(), folder })
    }

    fn tokens(&self, id: &str) -> AppTokens {
        let app = App { id: id.to_owned(), key: AppKey::File(self.folder.path().join("private.pem")) };
        let hidden = self.hidden.clone();
        let hide = Arc::new(move |secret: Secret| hidden.lock().unwrap().push(secret.expose().to_owned()));
        AppTokens::new(app, place(), caller(&self.github, &self.clock), self.clock.clone(), hide)
    }

    fn made(&self) -> usize {
        self.github.state().app.as_ref().unwrap().asked.len()
    }
}

#[test]
fn a_token_is_made_narrowed_kept_and_renewed() {
    let Some(scene) = AppScene::new(NOW) else { return };
    let tokens = scene.tokens("Iv23liTest");
    let get = || tokens.get().unwrap().unwrap().expose().to_owned();
    assert_eq!((get(), get()), ("ghs_made-0".to_owned(), "ghs_made-0".to_owned()));
    let asked = scene.github.state().app.as_ref().unwrap().asked.clone();
    assert_eq!(asked, [json!({ "repositories": ["app"], "permissions": { "contents": "write" } })]);
    scene.github.state().app.as_mut().unwrap().permissions = json!({ "contents": "write", "statuses": "write" });
    let _ = scene.tokens("Iv23liTest").with([("statuses", "write"), ("issues", "write")]).get().unwrap();
    let asked = scene.github.state().app.as_mut().unwrap().asked.pop().unwrap();
    assert_eq!(asked["permissions"], json!({ "contents": "write", "statuses": "write" }));
    scene.clock.sleep(Duration::from_secs(49 * 60));
    assert_eq!(get(), "ghs_made-0", "eleven minutes are left");
    scene.clock.sleep(Duration::from_secs(2 * 60));
    scene.github.state().app.as_mut().unwrap().now = Some(NOW + 51 * 60);
    assert_eq!(get(), "ghs_made-1");
    let hidden = scene.hidden.lock().unwrap();
    let key = std::fs::read_to_string(scene.folder.path().join("private.pem")).unwrap();
    for secret in [key.as_str(), "ghs_made-0", "ghs_made-1"] {
        assert!(hidden.iter().any(|known| known == secret), "it was not hidden");
    }
    assert!(hidden.iter().any(|known| known.starts_with("eyJ")), "claims are hidden as well");
}

#[test]
fn a_clock_that_is_wrong_is_set_right_by_the_server() {
    for ours in [NOW - 7200, NOW + 7200, NOW + 61] {
        let Some(scene) = AppScene::new(ours) else { return };
        let tokens = scene.tokens("Iv23liTest");
        let get = || tokens.get().unwrap().unwrap().expose().to_owned();
        assert_eq!((get(), get()), ("ghs_made-0".to_owned(), "ghs_made-0".to_owned()), "{ours}");
        let refused = scene.github.state().app.as_ref().unwrap().refused.clone();
        assert_eq!(refused.len(), 1, "{refused:?}");
        scene.clock.sleep(Duration::from_secs(51 * 60));
        scene.github.state().app.as_mut().unwrap().now = Some(NOW + 51 * 60);
        assert_eq!(get(), "ghs_made-1", "{ours}: an hour is an hour by whatever clock");
    }
    let Some(scene) = AppScene::new(NOW + 30) else { return };
    assert!(scene.tokens("Iv23liTest").get().is_ok());
    assert_eq!(scene.github.state().app.as_ref().unwrap().refused, [""; 0], "half a minute is nothing");
}

#[test]
fn an_app_that_is_refused_is_told_so() {
    let Some(scene) = AppScene::new(NOW) else { return };
    let error = scene.tokens("another").get().err().unwrap();
    let failure = Failure::from(&error);
    assert_eq!((failure.code.as_str(), failure.kind.exit_code(false)), ("token_app", 12), "{failure:?}");
    assert!(failure.hints[0].contains("BOWLINE_GITHUB_APP_ID"), "{failure:?}");
    assert_eq!(scene.made(), 0);
    let refused = scene.github.state().app.as_ref().unwrap().refused.len();
    assert_eq!(refused, 1, "a claim that is wrong is not made again");
}
