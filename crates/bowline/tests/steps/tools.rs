//! External tools from the schedule to the record: real programs that are absent, broken, slow, or liars, and a step that
//! needs one of them.

use crate::worlds::tags_only;
use bowline_engine::schedule::{Disabled, equip, schedule};
use bowline_engine::{Cx, Probe, Registry, RunEnd, Step, StepMeta};
use bowline_host::process::SystemProcess;
use bowline_model::event::Silent;
use bowline_model::plan::Plan;
use bowline_model::step::{Effect, ScheduledStep, Stage, Verdict};
use bowline_model::tool::{TOOLS, Tool, ToolPolicy, ToolState, ToolVersion};
use bowline_model::{Failure, FailureKind};
use bowline_port::environment::Environment;
use bowline_port::process::tools::{Toolbox, Wanted};
use bowline_port::process::{Command, Output};
use bowline_testkit::World;
use bowline_testkit::bench::{At, Bench};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

/// A tool that no step of the shipped program starts.
const STUB: Tool = Tool {
    name: "stub",
    question: &["version"],
    before: "stub ",
    oldest: ToolVersion([1, 2, 0]),
    lacking: "what is tested here",
    policy: ToolPolicy::Optional,
    essential: false,
    timeout_ms: 60_000,
    install: "install stub 1.2 or newer",
};

/// Writes a note with the stub.
struct Note;

/// Reads the note.
struct Reader;

impl Step for Note {
    type Receipt = String;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "sign/note",
        stage: Stage::Sign,
        effect: Effect::Local,
        needs: &[],
        tools: &["stub"],
        summary: "write a note",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn probe(&self, cx: &Cx<'_>) -> Result<Probe<String>, Failure> {
        let note = std::fs::read_to_string(cx.settings.scratch.with_extension("note"));
        Ok(note.map_or(Probe::Absent, Probe::Present))
    }

    fn run(&self, cx: &Cx<'_>) -> Result<String, Failure> {
        let note = cx.settings.scratch.with_extension("note");
        std::fs::create_dir_all(note.parent().unwrap()).unwrap();
        let command = Command {
            argv: vec!["stub".to_owned(), "write".to_owned(), note.to_string_lossy().into_owned()],
            dir: "/".into(),
            env: Vec::new(),
            pass_env: Vec::new(),
            timeout: Duration::from_secs(60),
            output: Output::Capture,
            input: Vec::new(),
        };
        let failed = |message: &str| Failure::new(FailureKind::Failed, "note", message);
        let finished = bowline_port::process::Process::run(cx.doors.tools.as_ref(), &command)
            .map_err(|error| Failure::from_error(FailureKind::Failed, "note", &error))?;
        if !finished.success() {
            return Err(failed("the stub failed"));
        }
        // Exit code 0 is no proof.
        std::fs::read_to_string(&note).map_err(|_| failed("the stub says that all is well, and there is no note"))
    }
}

impl Step for Reader {
    type Receipt = String;
    type Error = Failure;
    const META: StepMeta = StepMeta {
        id: "sign/reader",
        stage: Stage::Sign,
        effect: Effect::Local,
        needs: &["sign/note"],
        tools: &[],
        summary: "read the note",
    };

    fn decide(&self, _: &Plan) -> Verdict {
        Verdict::Run
    }

    fn probe(&self, _: &Cx<'_>) -> Result<Probe<String>, Failure> {
        Ok(Probe::Absent)
    }

    fn run(&self, cx: &Cx<'_>) -> Result<String, Failure> {
        Ok(cx.receipt::<Note>()?)
    }
}

/// What the stub is, as a script; the first line of each says that it was started.
const GOOD: &str = "case $1 in version) echo 'stub 1.2.3';; write) echo noted >\"$2\";; esac";
const LIAR: &str = "case $1 in version) echo 'stub 1.2.3';; esac";

/// One way for a tool to be of no use.
struct Case {
    name: &'static str,
    /// None: there is no such file.
    script: Option<&'static str>,
    mode: u32,
    state: ToolState,
    code: &'static str,
    says: &'static str,
}

const CASES: [Case; 8] = [
    Case {
        name: "absent",
        script: None,
        mode: 0,
        state: ToolState::Absent,
        code: "tool_missing",
        says: "`stub` was not found in any absolute folder of PATH",
    },
    Case {
        name: "not executable",
        script: Some(GOOD),
        mode: 0o644,
        state: ToolState::Broken,
        code: "tool_broken",
        says: "is not executable",
    },
    Case {
        name: "exit 1",
        script: Some("echo 'no such library' >&2; exit 1"),
        mode: 0o755,
        state: ToolState::Broken,
        code: "tool_broken",
        says: "answers `version` with exit code 1: no such library",
    },
    Case {
        name: "hangs",
        script: Some("sleep 300 & wait"),
        mode: 0o755,
        state: ToolState::Hangs,
        code: "tool_hangs",
        says: "did not say its version within 1 s",
    },
    Case {
        name: "1 GB",
        script: Some("head -c 1073741824 /dev/zero"),
        mode: 0o755,
        state: ToolState::Broken,
        code: "tool_broken",
        says: "answers `version` with more than 64 MiB",
    },
    Case {
        name: "says nothing",
        script: Some("exit 0"),
        mode: 0o755,
        state: ToolState::Broken,
        code: "tool_broken",
        says: "does not say that it is stub, or its version",
    },
    Case {
        name: "another program",
        script: Some("echo 'other 9.9.9'"),
        mode: 0o755,
        state: ToolState::Broken,
        code: "tool_broken",
        says: "does not say that it is stub",
    },
    Case {
        name: "too old",
        script: Some("echo 'stub 1.1.9'"),
        mode: 0o755,
        state: ToolState::Broken,
        code: "tool_broken",
        says: "is version 1.1.9; 1.2.0 is needed (what is tested here)",
    },
];

/// A release with a step that needs the stub.
struct Release {
    bench: Bench,
    schedule: Vec<ScheduledStep>,
}

impl Release {
    /// The stub is `script`, and configuration says `policy` about it.
    fn new(script: Option<&str>, mode: u32, policy: ToolPolicy) -> Self {
        let mut world = tags_only();
        if let Some(script) = script {
            write_stub(&world, script, mode);
        }
        let path = world.variables().into_iter().find(|(name, _)| name == "PATH").unwrap().1;
        world.set("PATH", &format!("{}:{path}", world.root().join("tools").display()));
        let mut bench = Bench::new(world);
        // A busy machine may need a while to start a shell; only who hangs is to be found out soon.
        let hangs = script.is_some_and(|script| script.contains("sleep"));
        let timeout = Duration::from_secs(if hangs { 1 } else { 60 });
        let stub = Wanted { policy, timeout, ..Wanted::usual(&STUB) };
        let tools = TOOLS.iter().map(Wanted::usual).chain([stub]);
        bench.doors.tools = Arc::new(Toolbox::new(bench.doors.process.clone(), tools));
        bench.registry = Registry::default()
            .check(bowline_steps::gate::branch::Branch)
            .step(bowline_steps::commit::objects::Objects)
            .step(Note)
            .step(Reader)
            .step(bowline_steps::push::refs::Refs);
        let mut schedule = schedule(&bench.registry, &bench.plan, &Disabled::new());
        equip(&bench.registry, &mut schedule, &bench.doors.tools, &Silent).unwrap();
        bench.schedule = schedule.clone();
        Self { bench, schedule }
    }

    fn run(&self) -> RunEnd {
        self.bench.run(&At::default())
    }

    /// Why a step is left out, by the schedule, and what decided that.
    fn left_out(&self, id: &str) -> (Option<String>, &str) {
        let step = self.schedule.iter().find(|step| step.id == id).unwrap();
        (step.reason.as_ref().map(ToString::to_string), &step.origin)
    }

    fn was_started(&self) -> bool {
        self.bench.world.root().join("tools/started").exists()
    }
}

fn write_stub(world: &World, script: &str, mode: u32) {
    let folder = world.root().join("tools");
    std::fs::create_dir_all(&folder).unwrap();
    let started = folder.join("started");
    let file = folder.join("stub");
    std::fs::write(&file, format!("#!/bin/sh\n: >'{}'\n{script}\n", started.display())).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn outcomes(end: &RunEnd) -> Vec<(&str, &str)> {
    end.steps.iter().map(|step| (step.id.as_str(), step.outcome.as_str())).collect()
}

#[test]
fn an_optional_tool_of_no_use_is_a_recorded_skip() {
    for case in CASES {
        let release = Release::new(case.script, case.mode, ToolPolicy::Optional);
        let report = release.bench.doors.tools.report("stub").unwrap();
        assert_eq!(report.state, case.state, "{}: {report:?}", case.name);
        assert!(report.reason.as_ref().is_some_and(|reason| reason.contains(case.says)), "{}: {report:?}", case.name);
        let skipped = "optional tool stub is not available";
        assert_eq!(release.left_out("sign/note"), (Some(skipped.to_owned()), "tools.stub.policy"), "{}", case.name);
        assert_eq!(release.left_out("sign/reader").0.as_deref(), Some("sign/note was skipped"), "{}", case.name);
        let end = release.run();
        assert!(end.failure.is_none() && end.public, "{}: {:?}", case.name, end.failure);
        let expected = [
            ("gate/branch", "skipped"),
            ("commit/objects", "done"),
            ("sign/note", "skipped"),
            ("sign/reader", "skipped"),
            ("push/refs", "done"),
        ];
        assert_eq!(outcomes(&end), expected, "{}", case.name);
        assert_eq!(end.steps[2].reason.as_deref(), Some(skipped), "{}", case.name);
    }
}

#[test]
fn a_required_tool_of_no_use_ends_the_release_before_anything_was_done() {
    for case in CASES {
        let release = Release::new(case.script, case.mode, ToolPolicy::Required);
        let world = &release.bench.world;
        let before = (world.visible(), world.checkout(), world.git(&["count-objects", "--verbose"]));
        let end = release.run();
        let failure = end.failure.as_ref().unwrap_or_else(|| panic!("{}: it was released", case.name));
        assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Missing, case.code), "{}", case.name);
        assert_eq!(failure.kind.exit_code(end.public), 12, "{}", case.name);
        assert!(failure.message.contains(case.says), "{}: {}", case.name, failure.message);
        assert_eq!(failure.step.as_deref(), Some("sign/note"), "{}", case.name);
        let hints = failure.hints.join("\n");
        for part in ["`path` under `[tools.stub]`", "`policy = \"optional\"`"] {
            assert!(hints.contains(part), "{}: {hints}", case.name);
        }
        assert_eq!(outcomes(&end), [("gate/branch", "skipped")], "{}", case.name);
        let after = (world.visible(), world.checkout(), world.git(&["count-objects", "--verbose"]));
        assert_eq!(after, before, "{}: something was done", case.name);
    }
}

#[test]
fn a_tool_that_works_is_used_and_one_that_is_off_is_never_started() {
    for policy in [ToolPolicy::Optional, ToolPolicy::Required] {
        let release = Release::new(Some(GOOD), 0o755, policy);
        let end = release.run();
        assert!(end.failure.is_none(), "{:?}", end.failure);
        assert_eq!(end.receipts.get::<String>("sign/reader").unwrap(), "noted\n");
        assert_eq!(release.bench.doors.tools.report("stub").unwrap().version.as_deref(), Some("1.2.3"));
    }
    let release = Release::new(Some(GOOD), 0o755, ToolPolicy::Off);
    assert_eq!(release.left_out("sign/note"), (Some("disabled by tools.stub.policy".to_owned()), "tools.stub.policy"));
    let end = release.run();
    assert!(end.failure.is_none() && end.public, "{:?}", end.failure);
    assert_eq!(release.bench.doors.tools.report("stub").unwrap().state, ToolState::Off);
    assert!(!release.was_started());
}

#[test]
fn a_tool_is_given_no_token() {
    let mut release = Release::new(Some(&format!("env >>\"$0.env\"\n{GOOD}")), 0o755, ToolPolicy::Required);
    let variables = [("GITHUB_TOKEN", "canary-in-the-tool"), ("MY_PASSWORD", "canary-as-well")];
    let pairs = release.bench.world.variables().into_iter();
    let environment = Environment::from_pairs(pairs.chain(variables.map(|(name, value)| (name.into(), value.into()))));
    let process = Arc::new(SystemProcess::new(environment, Arc::new(|_: &str| {})));
    release.bench.doors.tools = Arc::new(Toolbox::new(process, TOOLS.iter().chain([&STUB]).map(Wanted::usual)));
    let end = release.run();
    assert!(end.failure.is_none(), "{:?}", end.failure);
    let seen = std::fs::read_to_string(release.bench.world.root().join("tools/stub.env")).unwrap();
    assert!(seen.matches("PATH=").count() >= 2 && !seen.contains("canary"), "{seen}");
}

#[test]
fn a_liar_is_found_out_by_its_step() {
    let release = Release::new(Some(LIAR), 0o755, ToolPolicy::Optional);
    let end = release.run();
    let failure = end.failure.as_ref().unwrap();
    assert!(failure.message.contains("there is no note"), "{failure}");
    assert!(!end.public && failure.kind.exit_code(end.public) == 20);
}

#[test]
fn another_file_in_its_place_is_not_started() {
    let release = Release::new(Some(GOOD), 0o755, ToolPolicy::Required);
    release.bench.doors.tools.judge("stub").unwrap();
    write_stub(&release.bench.world, "echo evil >\"$2\"", 0o755);
    let end = release.run();
    let failure = end.failure.as_ref().unwrap();
    assert!(
        failure.causes.iter().chain([&failure.message]).any(|text| text.contains("is not the file any more")),
        "{failure:?}"
    );
    assert!(!end.public);
}

#[test]
fn what_is_missing_is_named_together() {
    let release = Release::new(None, 0, ToolPolicy::Required);
    std::fs::remove_dir_all(release.bench.world.remote()).unwrap();
    let failure = release.run().failure.unwrap();
    assert_eq!(failure.code, "tool_missing");
    assert!(failure.causes.iter().any(|cause| cause.contains("git ls-remote")), "{failure:?}");
}
