//! What sending costs beside curl: `cargo bench -p bowline --bench http`.
//!
//! A large file is uploaded, and a small question asked often over one connection, by this program and by curl in turns,
//! to a server on the loopback. Each runs as a process of its own, so time and memory are those of the client alone.
//! `BOWLINE_BENCH_ROUNDS` sets how often each is measured (default 5), `BOWLINE_BENCH_MIB` how large the file is (default
//! 256), `BOWLINE_BENCH_ASKED` how many questions there are (default 2000). Linux only: it reads `/proc`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, starts programs, and may stop when its world is broken"
)]

use bowline_host::http::{HttpExchange, Patience};
use bowline_port::environment::Environment;
use bowline_port::http::{Address, Body, Exchange, Method, Request, Source, Take};
use bowline_port::stop::Stop;
use bowline_testkit::http_double::{Answer, HttpDouble};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["upload", url, file] => child(&upload(url, file), 1),
        ["ask", url, count] => child(&Request::get(Address::parse(url).unwrap()), count.parse().unwrap()),
        // `cargo test --benches` passes `--test`: being built is the test then.
        _ if words.iter().any(|word| ["--test", "--list"].contains(word)) => {}
        _ => compare(),
    }
}

/// Sends it so often, and prints how much memory that took at most, in KiB.
fn child(request: &Request, count: usize) {
    let exchange = HttpExchange::new(&Environment::default(), Patience::default(), Stop::default()).unwrap();
    for _ in 0..count {
        assert_eq!(exchange.send(request, Take::Whole).unwrap().status, 200);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    println!("{}", line.split_whitespace().nth(1).unwrap());
}

fn upload(url: &str, file: &str) -> Request {
    let file = File { length: std::fs::metadata(file).unwrap().len(), path: file.into() };
    let body = Body::Source { kind: "application/octet-stream".to_owned(), source: Arc::new(file) };
    Request::new(Method::Put, Address::parse(url).unwrap()).body(body)
}

struct File {
    path: PathBuf,
    length: u64,
}

impl Source for File {
    fn len(&self) -> u64 {
        self.length
    }
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(std::fs::File::open(&self.path)?))
    }
}

/// What one process took.
#[derive(Clone, Copy, Default)]
struct Cost {
    seconds: f64,
    cpu: f64,
    /// KiB; 0 where it is not known.
    memory: u64,
}

fn compare() {
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let rounds = number("BOWLINE_BENCH_ROUNDS", 5);
    let (size, asked) = (number("BOWLINE_BENCH_MIB", 256), number("BOWLINE_BENCH_ASKED", 2000).to_string());
    let folder = tempfile::tempdir().unwrap();
    let (empty, file) = (made(folder.path(), "empty", 0), made(folder.path(), "file", size));
    let double = HttpDouble::serving(|_| Answer::new(200).body("{\"id\":1,\"name\":\"x\"}"));
    let url = double.url("/x");
    let own = |words: &[&str]| measure(Command::new(std::env::current_exe().unwrap()).args(words));
    let curl =
        |words: &[&str]| measure(Command::new("curl").args(["-sS", "-o", "/dev/null", "-H", "Expect:"]).args(words));
    let many = format!("{}?n=[1-{asked}]", double.url("/x"));
    let cases: [(&str, &dyn Fn() -> Cost); 5] = [
        ("curl: upload", &|| curl(&["-T", &file, &url])),
        ("bowline: upload", &|| own(&["upload", &url, &file])),
        ("bowline: upload of nothing", &|| own(&["upload", &url, &empty])),
        ("curl: questions", &|| curl(&[&many])),
        ("bowline: questions", &|| own(&["ask", &url, &asked])),
    ];
    let mut costs = vec![Vec::new(); cases.len()];
    for _ in 0..rounds {
        for (costs, (_, run)) in costs.iter_mut().zip(&cases) {
            costs.push(run());
        }
    }
    println!("{size} MiB uploaded, {asked} questions over one connection, medians of {rounds} rounds");
    println!("{:30} {:>9} {:>9} {:>9}", "", "wall, ms", "CPU, ms", "MiB");
    for (costs, (name, _)) in costs.iter().zip(&cases) {
        let middle = |value: fn(&Cost) -> f64| {
            let mut values: Vec<f64> = costs.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let (wall, cpu) = (middle(|cost| cost.seconds * 1e3), middle(|cost| cost.cpu * 1e3));
        println!("{name:30} {wall:9.0} {cpu:9.0} {:9.1}", middle(|cost| cost.memory as f64) / 1024.0);
    }
}

/// A file of so many MiB.
fn made(folder: &Path, name: &str, size: usize) -> String {
    let path = folder.join(name);
    let mut file = std::fs::File::create(&path).unwrap();
    for number in 0..size {
        file.write_all(&vec![number as u8; 1 << 20]).unwrap();
    }
    path.to_string_lossy().into_owned()
}

/// Runs a program to its end.
fn measure(command: &mut Command) -> Cost {
    let (start, before) = (Instant::now(), cpu_of_children());
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success());
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_of_children() - before);
    let memory = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(0);
    Cost { seconds, cpu, memory }
}

/// Seconds that ended children have computed; Linux counts them in hundredths.
fn cpu_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[13..15].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}
