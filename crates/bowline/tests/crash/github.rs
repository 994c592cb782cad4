//! Releases to GitHub that are killed, not answered or overtaken at any request to its API (X3, X8).
//!
//! Each request that changes something is a case, and some of the questions; with `BOWLINE_CRASH_EVERYBODY` all of them.

use crate::campaign::{all, setting};
use crate::overtaken::{on_remote, unseen_commit};
use crate::scene::{RELEASE, TAG, Variant, ready};
use bowline_model::Digest;
use bowline_testkit::World;
use bowline_testkit::github::{Github, serve_with};
use bowline_testkit::http_double::{Answer, HttpDouble};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

struct Scene {
    world: World,
    github: Arc<Github>,
    plan: Arc<Mutex<Plan>>,
    /// Stops when this goes.
    _server: HttpDouble,
    /// The commit that is released.
    head: String,
}

/// What came in, and what stands around the request of a number.
#[derive(Default)]
struct Plan {
    methods: Vec<String>,
    around: Option<(usize, Around)>,
}

/// Gets the function that lets the double see the request, and says what is answered.
type Around = Box<dyn FnOnce(&dyn Fn() -> Answer) -> Answer + Send>;

/// A copy of `template` whose releases are on GitHub.
fn scene(template: &World) -> Scene {
    let mut world = template.copy();
    let github = Arc::new(Github::default());
    github.state().repository = Some(world.remote());
    let plan = Arc::<Mutex<Plan>>::default();
    let server = serve_with(&github, {
        let plan = plan.clone();
        move |heard, usual| {
            let due = {
                let mut plan = plan.lock().unwrap();
                plan.methods.push(heard.method.clone());
                let number = plan.methods.len();
                plan.around.take_if(|(at, _)| *at == number)
            };
            due.map_or_else(usual, |(_, around)| around(usual))
        }
    });
    let forge = format!("[forge]\nkind = \"github\"\nurl = \"http://{}\"\nrepository = \"acme/app\"\n", server.host());
    world.write("bowline.toml", forge + &world.read("bowline.toml"));
    let head = world.commit_and_push("fix: say where releases are");
    world.set("BOWLINE_ALLOW_HOSTS", &server.host());
    world.set("BOWLINE_TOKEN", "github-token-of-the-test");
    Scene { world, github, plan, _server: server, head }
}

impl Scene {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap()
    }

    /// Lets `around` stand around request `number`.
    fn around(&self, number: usize, around: impl FnOnce(&dyn Fn() -> Answer) -> Answer + Send + 'static) {
        self.plan().around = Some((number, Box::new(around)));
    }

    /// One commit and tag, one release with all its assets whole, nothing that must never be done.
    fn check_released(&self, words: &str) {
        let parent = on_remote(&self.world, &format!("refs/tags/{TAG}^{{commit}}^"));
        assert_eq!(parent.as_deref(), Some(self.head.as_str()), "{TAG} does not release that head: {words}");
        let main = on_remote(&self.world, "refs/heads/main");
        assert_eq!(main, on_remote(&self.world, &format!("refs/tags/{TAG}^{{commit}}")), "{words}");
        let state = self.github.state();
        assert!(state.violations.is_empty(), "{:#?} {words}", state.violations);
        let releases = state.releases();
        let [release] = releases.as_slice() else { panic!("{releases:#?} {words}") };
        assert_eq!((&release["tag_name"], &release["draft"]), (&json!(TAG), &json!(false)), "{words}");
        let assets = release["assets"].as_array().unwrap();
        assert_eq!(assets.len(), 5, "three artifacts, their checksums and the release file: {words}");
        let whole = |name: &str| assets.iter().any(|asset| asset["name"] == name && asset["state"] == "uploaded");
        for name in ["app.tar", "app.txt", "app.zip"] {
            let digest = Digest::of(&std::fs::read(self.world.work().join("dist").join(name)).unwrap()).to_string();
            let same = |asset: &&Value| asset["name"] == name && asset["digest"] == digest;
            assert!(whole(name) && assets.iter().any(|asset| same(&asset)), "{name}: {words}");
        }
        assert!(whole("SHA256SUMS") && whole("release.bowline.json"), "{words}");
    }
}

/// The numbers of the requests that are cases: changes, and of the questions each sixth.
fn numbers(template: &World) -> (Vec<usize>, usize) {
    let scene = scene(template);
    let _ = scene.world.bowline(RELEASE).expect_code(0);
    scene.check_released("undisturbed");
    let methods = scene.plan().methods.clone();
    let every = if setting("BOWLINE_CRASH_EVERYBODY").is_some() { 1 } else { 6 };
    let is_case = |number: &usize| number.is_multiple_of(every) || methods[number - 1] != "GET";
    ((1..=methods.len()).filter(is_case).collect(), methods.len())
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The program is killed, and GitHub never sees the request.
    KilledBefore,
    /// The program is killed, and GitHub sees the request after its death.
    KilledEarly,
    /// The program is killed when it is done.
    KilledAfter,
    /// It is done, and half of the answer arrives.
    Cut,
    /// It is not done, and the answer says 502.
    NotDone,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    number: usize,
    fate: Fate,
}

/// X3: whatever becomes of any request, the release is made once and whole.
#[test]
fn around_every_request() {
    let template = ready(Variant::Prebuilt);
    let (numbers, requests) = numbers(&template);
    let fates = [Fate::KilledBefore, Fate::KilledEarly, Fate::KilledAfter, Fate::Cut, Fate::NotDone];
    let cases: Vec<Case> = numbers.iter().flat_map(|&number| fates.map(|fate| Case { number, fate })).collect();
    let attempts: Mutex<BTreeMap<usize, usize>> = Mutex::default();
    let converged = all(&cases, |case| {
        let more = converge(&scene(&template), *case);
        *attempts.lock().unwrap().entry(more).or_default() += 1;
    });
    let attempts = attempts.into_inner().unwrap();
    println!(
        "X3: {converged} of {} cases at {requests} requests to GitHub converged; attempts: {attempts:?}",
        cases.len()
    );
}

/// How many attempts it took after the disturbed one.
fn converge(scene: &Scene, case: Case) -> usize {
    let mut said = disturbed(scene, case);
    for attempt in 0..=2 {
        let ran = scene.world.bowline(RELEASE);
        said.push_str(&ran.snapshot());
        if ran.code == Some(0) {
            scene.check_released(&said);
            return attempt;
        }
    }
    panic!("it did not converge: {said}");
}

/// Makes the attempt that meets the case; what it said.
fn disturbed(scene: &Scene, Case { number, fate }: Case) -> String {
    let (here, reached) = channel();
    let (go_on, gone) = channel::<()>();
    scene.around(number, move |usual| {
        let killed = || {
            let _ = here.send(());
            let _ = gone.recv_timeout(PATIENCE);
        };
        match fate {
            Fate::KilledBefore => killed(),
            Fate::KilledEarly => {
                killed();
                usual();
            }
            Fate::KilledAfter => {
                usual();
                killed();
            }
            Fate::Cut => return usual().claiming(1 << 20),
            Fate::NotDone => {}
        }
        Answer::new(502)
    });
    if matches!(fate, Fate::Cut | Fate::NotDone) {
        return scene.world.bowline(RELEASE).snapshot();
    }
    let mut command = scene.world.command(&scene.world.work(), RELEASE, &[]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    reached.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("request {number} was not reached"));
    child.kill().unwrap();
    child.wait().unwrap();
    go_on.send(()).unwrap();
    String::new()
}

/// What somebody does on the remote while a release is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
    /// A commit on top of the planned head.
    Ahead,
    /// The branch is rewritten: a commit beside the planned head.
    Beside,
    /// A tag with the planned name.
    Tag,
}

/// X8: whatever moves before any request, branch and tag come together or not at all, nobody's work is lost, and no draft is
/// left.
#[test]
fn the_remote_moves_before_any_request() {
    let template = ready(Variant::Prebuilt);
    let (numbers, requests) = numbers(&template);
    let moves = [Move::Ahead, Move::Beside, Move::Tag];
    let cases: Vec<(Move, usize)> =
        moves.iter().flat_map(|&what| numbers.iter().map(move |&number| (what, number))).collect();
    let codes: Mutex<BTreeMap<(Move, Option<i32>), usize>> = Mutex::default();
    let held = all(&cases, |&(what, number)| {
        let code = moved(&scene(&template), what, number);
        *codes.lock().unwrap().entry((what, code)).or_default() += 1;
    });
    let codes = codes.into_inner().unwrap();
    println!("X8: {held} of {} cases at {requests} requests to GitHub held; exit codes: {codes:?}", cases.len());
    let moved: usize = codes.iter().filter(|((_, code), _)| *code == Some(23)).map(|(_, count)| count).sum();
    assert!(moved * 3 > held, "only {moved} of {held} found something to move");
}

/// The exit code.
fn moved(scene: &Scene, what: Move, number: usize) -> Option<i32> {
    let Scene { world, head, .. } = scene;
    let foreign = unseen_commit(world, if what == Move::Beside { "HEAD^" } else { "HEAD" });
    let (name, from) = match what {
        Move::Ahead | Move::Beside => ("refs/heads/main".to_owned(), head.clone()),
        Move::Tag => (format!("refs/tags/{TAG}"), "0".repeat(40)),
    };
    let (remote, to) = (world.remote(), foreign.clone());
    let (tell, told) = channel();
    scene.around(number, move |usual| {
        let _ = tell.send(move_reference(&remote, &name, &to, &from));
        usual()
    });
    let ran = world.bowline(RELEASE);
    let words = format!("{what:?} before request {number}: {}", ran.snapshot());
    if !told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it was not reached: {words}")) {
        assert_eq!(ran.code, Some(0), "{words}");
        scene.check_released(&words);
        return ran.code;
    }
    assert_eq!(ran.code, Some(23), "{words}");
    let (main, tag) = match what {
        Move::Ahead | Move::Beside => (foreign, None),
        Move::Tag => (head.clone(), Some(foreign)),
    };
    let there = (on_remote(world, "refs/heads/main"), on_remote(world, &format!("refs/tags/{TAG}")));
    assert_eq!(there, (Some(main), tag), "{words}");
    let state = scene.github.state();
    assert!(state.violations.is_empty(), "{:#?} {words}", state.violations);
    assert_eq!(state.count(), 0, "a draft is left: {words}");
    ran.code
}

/// Whether a reference of the remote could be moved from that value: when the release was pushed already, nothing moves.
#[expect(clippy::disallowed_methods, reason = "somebody else, while the program runs")]
fn move_reference(remote: &Path, name: &str, to: &str, from: &str) -> bool {
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(remote).args(["update-ref", name, to, from]).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

const PATIENCE: Duration = Duration::from_secs(60);

/// X11: a tag that an immutable release has used up. A run that is refused changes nothing after that, and the next one neither
/// uploads again nor leaves anything public.
#[test]
fn a_used_up_tag_is_tried_once() {
    let scene = scene(&ready(Variant::Prebuilt));
    scene.github.state().burned.insert(TAG.to_owned());
    let mut uploads = Vec::new();
    for _ in 0..2 {
        let before = scene.github.state().log.len();
        let ran = scene.world.bowline(RELEASE);
        assert!(ran.code != Some(0), "{}", ran.snapshot());
        let mut changes = scene.github.state().log.split_off(before);
        changes.retain(|line| !line.starts_with("GET"));
        let refused = changes.iter().position(|line| line.starts_with("PATCH"));
        assert!(refused.is_none_or(|at| at + 1 == changes.len()), "changed after it was refused: {changes:#?}");
        uploads.push(changes.iter().filter(|line| line.contains("uploads")).count());
        let state = scene.github.state();
        assert!(state.violations.is_empty(), "{:#?}", state.violations);
        assert!(state.releases().iter().all(|release| release["draft"] == true), "{}", ran.snapshot());
        assert!(state.count() <= 1, "{}", ran.snapshot());
    }
    assert_eq!(uploads[1], 0, "what is there was uploaded again");
}

/// X11: what is immutable gets nothing more, also when the run that published it died.
#[test]
fn an_immutable_release_gets_nothing_more() {
    for at in ["forge.publish:after", "effect:publish/release"] {
        let scene = scene(&ready(Variant::Prebuilt));
        scene.github.state().immutable = true;
        let ran = scene.world.bowline_with(RELEASE, &[("BOWLINE_CRASH_AT", at)]);
        assert_eq!(ran.code, None, "{at} was not passed: {}", ran.snapshot());
        let before = scene.github.state().log.len();
        let ran = scene.world.bowline(RELEASE).expect_code(0);
        let log = scene.github.state().log.split_off(before);
        assert!(log.iter().all(|line| line.starts_with("GET")), "{at}: {log:#?}");
        scene.check_released(&ran.snapshot());
    }
}
