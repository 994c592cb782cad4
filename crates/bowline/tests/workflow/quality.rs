//! quality.sh: what is found and run, and that nothing which was not run counts as passed.

use crate::scripts::{Bench, Ran};
use bowline_testkit::parts;

fn bench() -> Bench {
    Bench::new("quality/quality.sh")
}

/// Node.js itself reads package.json.
fn with_node(bench: &Bench) -> bool {
    with(bench, "node", &["-p", "process.execPath"])
}

fn with_python(bench: &Bench) -> bool {
    with(bench, "python3", &["-c", "import sys; print(sys.executable)"])
}

/// Puts a program of this machine into PATH. It says itself where it is: what PATH has may be a script that only finds it.
#[expect(clippy::disallowed_methods, reason = "a test asks the machine what it has")]
fn with(bench: &Bench, name: &str, ask: &[&str]) -> bool {
    let answer = std::process::Command::new(name).args(ask).output().ok().filter(|answer| answer.status.success());
    if let Some(answer) = &answer {
        let program = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        std::os::unix::fs::symlink(program, bench.path("bin").join(name)).unwrap();
    }
    parts::require(name, answer.is_some())
}

/// The five kinds in one word each.
fn kinds(ran: &Ran) -> [&str; 5] {
    ["format", "lint", "type-check", "tests", "audit"].map(|kind| ran.output(kind))
}

#[test]
fn rust_is_checked_with_what_is_installed() {
    let bench = bench();
    bench.write("Cargo.toml", "[package]\n");
    bench.write("Cargo.lock", "");
    for tool in ["cargo", "cargo-fmt", "cargo-clippy"] {
        bench.tool(tool, "");
    }
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("result")), (0, "passed"), "{ran:?}");
    assert_eq!(kinds(&ran), ["passed", "passed", "skipped", "passed", "skipped"], "{ran:?}");
    assert_eq!(ran.output("commit"), bench.head());
    let calls = [
        "cargo fmt --all --check",
        "cargo clippy --workspace --all-targets --locked -- -D warnings",
        "cargo test --workspace --locked",
    ];
    assert_eq!(bench.called(), calls);
    assert!(ran.summary.contains("| audit | rust | skipped | 0 | cargo-audit is not installed |"), "{}", ran.summary);
}

#[test]
fn node_runs_the_scripts_that_there_are() {
    let bench = bench();
    if !with_node(&bench) {
        return;
    }
    bench.tool("pnpm", "");
    bench.write("pnpm-lock.yaml", "");
    let scripts =
        r#"{"scripts": {"lint": "x", "typecheck": "x", "test": "echo \"Error: no test specified\" && exit 1"}}"#;
    bench.write("package.json", scripts);
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("result")), (0, "passed"), "{ran:?}");
    assert_eq!(
        kinds(&ran),
        ["skipped", "passed", "passed", "skipped", "passed"],
        "npm's placeholder is no test: {ran:?}"
    );
    let calls = [
        "pnpm install --frozen-lockfile",
        "pnpm run lint",
        "pnpm run typecheck",
        "pnpm audit --audit-level high --prod",
    ];
    assert_eq!(bench.called(), calls);
}

#[test]
fn python_go_and_java_are_found() {
    let bench = bench();
    bench.write("pyproject.toml", "[tool.ruff]\n[tool.mypy]\n[tool.pytest.ini_options]\n");
    bench.write("go.mod", "module example.com/app\n");
    bench.write("pom.xml", "<project/>");
    for tool in ["python3", "ruff", "mypy", "pytest", "go", "gofmt", "mvn"] {
        bench.tool(tool, "");
    }
    let ran = bench.run();
    assert_eq!((ran.code, kinds(&ran)), (0, ["passed", "passed", "passed", "passed", "skipped"]), "{ran:?}");
    let called = bench.called().join("\n");
    for call in [
        "ruff check .",
        "ruff format --check .",
        "mypy .",
        "pytest",
        "gofmt -l .",
        "go vet ./...",
        "go test ./...",
        "mvn ",
    ] {
        assert!(called.contains(call), "{call}: {called}");
    }
}

#[test]
fn a_check_that_fails_is_told_and_the_others_are_run() {
    let bench = bench();
    bench.write("go.mod", "module example.com/app\n");
    bench.tool("go", "[[ $1 != vet ]]");
    bench.tool("gofmt", "echo 'a file.go'");
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("result")), (1, "failed"), "{ran:?}");
    assert_eq!(kinds(&ran), ["failed", "failed", "skipped", "passed", "skipped"], "{ran:?}");
    assert!(ran.said.contains("::error title=quality::failed: format (go) lint (go)"), "{ran:?}");
}

#[test]
fn what_is_given_takes_the_place_of_what_is_found() {
    let mut bench = bench();
    bench.write("go.mod", "module example.com/app\n");
    bench.tool("go", "");
    bench.set("given_tests", "echo \"given $HOME\" >/dev/null").set("SKIP", "format, lint,audit");
    let ran = bench.run();
    assert_eq!((ran.code, kinds(&ran)), (0, ["skipped", "skipped", "skipped", "passed", "skipped"]), "{ran:?}");
    assert_eq!(bench.called(), [""; 0], "nothing that was found is run");
    bench.set("given_tests", "false");
    assert_eq!(bench.run().code, 1);
}

/// Nothing is passed that was not run.
#[test]
fn nothing_to_check_is_no_success_and_a_required_check_must_have_run() {
    let mut bench = bench();
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("result"), kinds(&ran)), (0, "nothing", ["skipped"; 5]), "{ran:?}");
    bench.set("REQUIRE", "tests");
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("result")), (1, "failed"), "{ran:?}");
    assert!(ran.said.contains("required, and not run: tests"), "{ran:?}");
    bench.set("REQUIRE", "deploy");
    assert_eq!(bench.run().code, 2, "a check of that name does not exist");
}

#[test]
fn a_tool_cannot_command_the_runner_nor_write_into_the_summary() {
    let mut bench = bench();
    bench.set(
        "given_lint",
        "printf '::error::x\\n##[error]y\\n::stop-commands::z\\nno end of a line'; exit 1 # | <b> `code`",
    );
    let ran = bench.run();
    let lines: Vec<&str> = ran.said.lines().collect();
    let stop = lines.iter().position(|line| line.starts_with("::stop-commands::")).unwrap();
    let mark = lines[stop].strip_prefix("::stop-commands::").unwrap();
    let again = lines.iter().position(|line| *line == format!("::{mark}::")).unwrap();
    let hostile = lines.iter().position(|line| line.starts_with("::error::x")).unwrap();
    assert!(stop < hostile && hostile < again, "{}", ran.said);
    assert!(!ran.summary.contains("<b>") && !ran.summary.contains("`code`"), "{}", ran.summary);
}

/// Neither does a file: what is wrong with it is not said in its own words.
#[test]
fn a_package_json_that_cannot_be_read_is_a_failure_and_nothing_of_it_is_printed() {
    for text in ["\n::error::x\n", "{\"scripts\":\n##[error]y\n", "null", ""] {
        let bench = bench();
        if !with_node(&bench) {
            return;
        }
        bench.tool("npm", "");
        bench.write("package.json", text);
        bench.write("go.mod", "module example.com/app\n");
        bench.tool("go", "");
        let ran = bench.run();
        assert_eq!((ran.code, ran.output("result"), kinds(&ran)), (1, "failed", ["failed"; 5]), "{ran:?}");
        assert!(!ran.said.contains("::error::x") && !ran.said.contains("##["), "{ran:?}");
        assert!(bench.called().join(" ").contains("go test"), "the others are run: {ran:?}");
    }
}

#[test]
fn without_the_programs_everything_is_skipped_with_the_reason() {
    let bench = bench();
    bench.write("Cargo.toml", "[package]\n");
    bench.write("package.json", "{}");
    bench.write("setup.py", "");
    bench.write("go.mod", "module example.com/app\n");
    bench.write("build.gradle", "");
    let ran = bench.run();
    assert_eq!((ran.code, ran.output("result"), kinds(&ran)), (0, "nothing", ["skipped"; 5]), "{ran:?}");
    for program in ["cargo", "node", "python3", "go", "gradle"] {
        assert!(ran.summary.contains(&format!("{program} is not installed")), "{program}: {}", ran.summary);
    }
}

#[test]
fn tests_of_python_that_nothing_runs_do_not_count_as_passed() {
    for (file, text, expected) in [
        (
            "tests/test_a.py",
            "import unittest\nclass A(unittest.TestCase):\n    def test(self):\n        pass\n",
            "passed",
        ),
        (
            "tests/test_a.py",
            "import unittest\nclass A(unittest.TestCase):\n    def test(self):\n        1 / 0\n",
            "failed",
        ),
        ("tests/test_a.py", "def test_for_pytest():\n    pass\n", "failed"),
        ("tests/a.rs", "", "skipped"),
    ] {
        let bench = bench();
        if !with_python(&bench) {
            return;
        }
        bench.write("setup.py", "");
        bench.write(file, text);
        let ran = bench.run();
        assert_eq!(ran.output("tests"), expected, "{text}: {ran:?}");
    }
}
