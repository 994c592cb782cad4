//! What uploading many assets costs beside curl: `cargo bench -p bowline --bench uploads`.
//!
//! Frozen assets are put into a draft, four at once, as `draft/upload` does it: to a server that tells the digest of what it
//! received, and to one that does not, for which they are hashed while they are sent. curl sends the same files in parallel to the same server on the loopback, in
//! turns, once alone and once with `openssl dgst -sha256` of the files beside it, which is the same work. Each runs as a process of its
//! own, so time and memory are those of the client alone. `BOWLINE_BENCH_ROUNDS` sets how often each is
//! measured (default 5), `BOWLINE_BENCH_ASSETS` how many there are (200), `BOWLINE_BENCH_KB` how large each is (5000).
//! Linux only: it reads `/proc`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, starts programs, and may stop when its world is broken"
)]

use bowline_host::clock::SystemClock;
use bowline_host::files::HostFiles;
use bowline_host::forge::github::{GithubForge, Place};
use bowline_host::http::{HttpExchange, Patience};
use bowline_model::event::Silent;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_port::environment::Environment;
use bowline_port::files::Files;
use bowline_port::forge::Forge;
use bowline_port::forge::conformance::new_release;
use bowline_port::http::{ALLOW_HOSTS, Address, AllowedHosts, Caller, Login, Rules, Source};
use bowline_port::retry::{Policy, Retries};
use bowline_port::secret::Secret;
use bowline_port::stop::Stop;
use bowline_testkit::http_double::{Answer, Heard, HttpDouble};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["send", host, folder] => send(host, Path::new(folder)),
        // `cargo test --benches` passes `--test`: being built is the test then.
        _ if words.iter().any(|word| ["--test", "--list"].contains(word)) => {}
        _ => compare(),
    }
}

/// The frozen file of an asset.
struct Frozen {
    length: u64,
    opened: Mutex<Option<Box<dyn Read + Send>>>,
}

impl Source for Frozen {
    fn len(&self) -> u64 {
        self.length
    }
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        self.opened.lock().unwrap().take().ok_or_else(|| io::Error::other("sent twice"))
    }
}

/// Sends all files of the folder, and prints how much memory that took at most, in KiB.
fn send(host: &str, folder: &Path) {
    let forge = forge(host);
    let draft = forge.create_draft(&new_release("v1.0.0", 1)).unwrap();
    let artifacts = artifacts(folder);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let files = HostFiles::default();
                while let Some(artifact) = artifacts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let opened = Mutex::new(files.open_frozen(artifact, folder).unwrap());
                    let bytes: Arc<dyn Source> = Arc::new(Frozen { length: artifact.size, opened });
                    forge.upload(&draft, artifact, &bytes).unwrap();
                }
            });
        }
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    println!("{}", line.split_whitespace().nth(1).unwrap());
}

fn forge(host: &str) -> GithubForge {
    let clock = Arc::new(SystemClock::default());
    let environment = Environment::from_pairs([(ALLOW_HOSTS.to_owned(), host.to_owned())]);
    let exchange = HttpExchange::new(&environment, Patience::default(), Stop::default()).unwrap();
    let policy = Policy { attempts: 1, budget: 0, deadline: Duration::ZERO };
    let retries = Retries::new(policy, clock.clone(), Stop::default(), Arc::new(Silent));
    let hosts = AllowedHosts::new(&environment, ForgeKind::Github);
    let caller = Caller::new(Arc::new(exchange), hosts, retries, clock, Rules::NONE);
    let pages = Address::parse(&format!("http://{host}")).unwrap();
    let place = Place { api: pages.clone(), pages, owner: "acme".to_owned(), name: "app".to_owned() };
    GithubForge::new(caller, place, Arc::new(|| Ok(Some(Login::bearer(&Secret::new("token-of-the-benchmark"))))))
}

/// Frozen files are named by their digest.
fn artifacts(folder: &Path) -> Vec<Artifact> {
    let list = std::fs::read_to_string(folder.join("list.json")).unwrap();
    serde_json::from_str(&list).unwrap()
}

/// Answers as GitHub does, as far as it is read.
fn answer(heard: &Heard, host: &str, digests: &[Artifact]) -> Answer {
    let json = match heard.target.split_once("?name=") {
        // What GitHub computes on machines of its own is known here beforehand.
        Some((_, name)) => serde_json::json!({
            "id": 2, "name": name, "size": heard.length, "state": "uploaded", "browser_download_url": "",
            "digest": digests.iter().find(|artifact| artifact.name == name).map(|artifact| artifact.sha256.to_string()),
        }),
        None => {
            let asked: serde_json::Value = serde_json::from_slice(&heard.body).unwrap();
            serde_json::json!({
                "id": 1, "tag_name": asked["tag_name"], "body": asked["body"], "draft": true, "html_url": "", "assets": [],
                "upload_url": format!("http://{host}/uploads{{?name,label}}"),
            })
        }
    };
    Answer::new(201).header("content-type", "application/json").body(json.to_string())
}

/// What one process took.
struct Cost {
    seconds: f64,
    /// KiB; 0 where it is not known.
    memory: u64,
}

fn compare() {
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rounds, count) = (number("BOWLINE_BENCH_ROUNDS", 5), number("BOWLINE_BENCH_ASSETS", 200).min(256));
    let size = number("BOWLINE_BENCH_KB", 5000) * 1000;
    let folder = tempfile::tempdir().unwrap();
    let files = made(folder.path(), count, size);
    let mut costs: [Vec<Cost>; 4] = Default::default();
    for _ in 0..rounds {
        let contest = [(Who::Curl, true), (Who::CurlAndOpenssl, true), (Who::Bowline, true), (Who::Bowline, false)];
        for (costs, (who, told)) in costs.iter_mut().zip(contest) {
            // A new one each time: it keeps a part of what it hears.
            let digests = if told { artifacts(folder.path()) } else { Vec::new() };
            let double =
                HttpDouble::serving(move |heard| answer(heard, heard.header("host").unwrap_or_default(), &digests));
            costs.push(match who {
                Who::Curl => measure(&mut [curl(&double, &files)]),
                Who::CurlAndOpenssl => measure(&mut [curl(&double, &files), openssl(&files)]),
                Who::Bowline => measure(&mut [ours(&double.host(), folder.path())]),
            });
        }
    }
    let middle = |costs: &[Cost]| {
        let mut seconds: Vec<f64> = costs.iter().map(|cost| cost.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    let [curl, both, ours, hashing] = costs.each_ref().map(|costs| middle(costs));
    let memory = costs[2..].iter().flatten().map(|cost| cost.memory).max().unwrap_or_default();
    let rate = |seconds: f64| (count * size) as f64 / 1e6 / seconds;
    println!("{count} assets of {size} bytes, {AT_ONCE} at once, medians of {rounds} interleaved rounds");
    println!("curl:               {curl:7.2} s {:7.0} MB/s", rate(curl));
    println!("curl and openssl:   {both:7.2} s {:7.0} MB/s", rate(both));
    println!("bowline:            {ours:7.2} s {:7.0} MB/s, {:.0} % of curl's", rate(ours), 100.0 * curl / ours);
    println!("bowline, hashing:   {hashing:7.2} s {:7.0} MB/s, {:.0} % of both", rate(hashing), 100.0 * both / hashing);
    println!("bowline: {:.1} MiB of memory at most", memory as f64 / 1024.0);
}

fn ours(host: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["send", host]).arg(folder);
    command
}

fn curl(double: &HttpDouble, files: &[PathBuf]) -> Command {
    let mut command = Command::new("curl");
    command.args([
        "-sS",
        "--no-progress-meter",
        "-Z",
        "--parallel-max",
        &AT_ONCE.to_string(),
        "-H",
        "Expect:",
        "-X",
        "POST",
    ]);
    for (number, file) in files.iter().enumerate() {
        command.arg("-T").arg(file).args(["-o", "/dev/null", &double.url(&format!("/uploads?name=a{number}"))]);
    }
    command
}

fn openssl(files: &[PathBuf]) -> Command {
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256"]).args(files);
    command
}

/// Files as freezing leaves them, and the list of them.
fn made(folder: &Path, count: usize, size: usize) -> Vec<PathBuf> {
    let mut artifacts = Vec::new();
    let mut files = Vec::new();
    for number in 0..count {
        let bytes = vec![number as u8; size];
        let artifact = Artifact::of(&format!("a{number}"), &bytes);
        let file = folder.join(artifact.sha256.hex());
        std::fs::write(&file, bytes).unwrap();
        artifacts.push(artifact);
        files.push(file);
    }
    std::fs::write(folder.join("list.json"), serde_json::to_string(&artifacts).unwrap()).unwrap();
    files
}

/// Runs programs side by side until all have ended.
fn measure(commands: &mut [Command]) -> Cost {
    let start = Instant::now();
    let started: Vec<Child> = commands
        .iter_mut()
        .map(|command| command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap())
        .collect();
    let outputs: Vec<Output> = started.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let seconds = start.elapsed().as_secs_f64();
    assert!(outputs.iter().all(|output| output.status.success()));
    Cost { seconds, memory: String::from_utf8_lossy(&outputs[0].stdout).trim().parse().unwrap_or(0) }
}

/// What is compared.
enum Who {
    Curl,
    CurlAndOpenssl,
    Bowline,
}

/// As many as `draft/upload` sends at once.
const AT_ONCE: usize = 4;
