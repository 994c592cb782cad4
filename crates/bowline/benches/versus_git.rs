//! Bowline beside git on the same repositories, interleaved in one run: `cargo bench -p bowline --bench versus_git`.
//!
//! What is compared is whole processes, start included: `--version`, a plan, the next version on histories of very
//! different length. Ratios of medians count; single times on a busy machine do not. `BOWLINE_BENCH_ROUNDS` sets how
//! often each command runs (default 15), `BOWLINE_BENCH_COMMITS` the length of the long history (default 100000).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, starts programs and may stop when its world is broken"
)]

use bowline_testkit::World;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bowline");

fn main() {
    // `cargo test --benches` passes `--test`: being built is the test then.
    if std::env::args().any(|arg| arg == "--test" || arg == "--list") {
        return;
    }
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let rounds = number("BOWLINE_BENCH_ROUNDS", 15);
    let long = number("BOWLINE_BENCH_COMMITS", 100_000);
    println!("{:44} {:>10} {:>10} {:>8}  goal", "command", "median ms", "min ms", "ratio");
    let small = history(1_600, 120, 20);
    compare(
        &small,
        rounds,
        "start",
        &[("git --version", git(&["--version"])), ("bowline --version", bowline(&["--version"]))],
        "<= 2 x git",
    );
    compare(
        &small,
        rounds,
        "plan of 1,600 commits",
        &[
            ("git log v..HEAD", git(&["log", "--format=%H%n%B", "v0.120.0..HEAD"])),
            ("bowline plan", bowline(&["plan"])),
            ("bowline plan --offline", bowline(&["plan", "--offline"])),
        ],
        "<= 25 ms",
    );
    let large = history(long, 1_000, 178);
    compare(
        &large,
        rounds,
        &format!("next version after {long} commits"),
        &[
            ("git log v..HEAD", git(&["log", "--format=%H%n%B", "v0.1000.0..HEAD"])),
            ("bowline plan", bowline(&["plan"])),
            ("bowline plan --offline", bowline(&["plan", "--offline"])),
        ],
        "<= 2 x git log + 10 ms",
    );
    compare(
        &large,
        rounds.min(5),
        &format!("whole history of {long} commits"),
        &[
            ("git log", git(&["log", "--format=%H%n%B"])),
            ("bowline changelog --all", bowline(&["changelog", "--all", "--offline"])),
        ],
        "<= 1.3 x git log",
    );
}

/// A linear history with conventional messages: `tags` version tags spread over it, the last one `unreleased`
/// commits before the head.
fn history(commits: usize, tags: usize, unreleased: usize) -> World {
    let world = World::new(PROGRAM);
    world.init();
    let mut stream = String::new();
    let every = (commits - unreleased) / tags;
    for n in 1..=commits {
        let kind = ["fix", "feat", "docs", "chore", "refactor", "fix", "test"][n % 7];
        let body = if n % 3 == 0 {
            "\n\nA paragraph that says what the change is for and why it is made in this way.\n"
        } else {
            ""
        };
        let message = format!("{kind}(scope{}): change number {n} of the history{body}", n % 23);
        let time = 1_600_000_000 + n * 60;
        let _ = write!(
            stream,
            "commit refs/heads/main\nmark :{n}\ncommitter Dev <dev@example.org> {time} +0000\ndata {}\n{message}\nM 100644 inline src/{}.txt\ndata {}\n{n}\n\n",
            message.len(),
            n % 211,
            n.to_string().len(),
        );
        if n.is_multiple_of(every) && n / every <= tags {
            let _ = write!(stream, "reset refs/tags/v0.{}.0\nfrom :{n}\n\n", n / every);
        }
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(world.work())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    world.git(&["reset", "--quiet", "--hard", "main"]);
    world.git(&["push", "--quiet", "--tags", "--set-upstream", "origin", "main"]);
    world.git(&["repack", "-adq"]);
    world.git(&["pack-refs", "--all"]);
    world
}

type Line = (String, Vec<String>);

fn git(args: &[&str]) -> Line {
    ("git".to_owned(), args.iter().map(|&arg| arg.to_owned()).collect())
}

fn bowline(args: &[&str]) -> Line {
    (PROGRAM.to_owned(), args.iter().map(|&arg| arg.to_owned()).collect())
}

/// Runs all commands in turn, `rounds` times after one warm-up, and prints medians and ratios to the first.
fn compare(world: &World, rounds: usize, title: &str, commands: &[(&str, Line)], goal: &str) {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); commands.len()];
    for round in 0..=rounds {
        for (index, (_, (program, args))) in commands.iter().enumerate() {
            let mut command = Command::new(program);
            command.args(args).current_dir(world.work()).env_clear().envs(world.variables());
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status().unwrap();
            let time = start.elapsed();
            assert!(status.success(), "{program} {args:?} failed");
            if round > 0 {
                times[index].push(time);
            }
        }
    }
    println!("{title}");
    let median = |times: &[Duration]| {
        let mut sorted = times.to_vec();
        sorted.sort();
        sorted[sorted.len() / 2].as_secs_f64() * 1e3
    };
    let base = median(&times[0]);
    for (index, (name, _)) in commands.iter().enumerate() {
        let (middle, min) = (median(&times[index]), times[index].iter().min().unwrap().as_secs_f64() * 1e3);
        let goal = if index == 0 { "" } else { goal };
        println!("  {name:42} {middle:10.2} {min:10.2} {:8.2}  {goal}", middle / base);
    }
}
