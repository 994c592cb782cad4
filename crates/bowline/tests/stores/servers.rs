//! Object stores of this machine, each started for one test and gone with it.
//!
//! SeaweedFS checks signatures and rights as Amazon does and is taken for the truth; ministack imitates Amazon in other
//! ways and is a second opinion.

use crate::http::status;
use bowline_port::environment::Environment;
use bowline_testkit::parts::require;
use rustix::process::{Pid, Signal, kill_process_group};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The bucket that every server has.
pub(crate) const BUCKET: &str = "state";

/// A running server. It ends, with all that it started, when this is dropped.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    /// `127.0.0.1:PORT`, where it speaks S3.
    pub(crate) host: String,
}

/// SeaweedFS, where it is installed. It knows `writer` and `reader`; each one's secret is its name and `-secret`.
pub(crate) fn seaweedfs() -> Option<Server> {
    let program = tool("weed")?;
    let folder = tempfile::tempdir().unwrap();
    let identity = |name: &str, actions: &[&str]| {
        serde_json::json!({
            "name": name,
            "credentials": [{ "accessKey": name, "secretKey": format!("{name}-secret") }],
            "actions": actions.iter().map(|action| format!("{action}:{BUCKET}")).collect::<Vec<_>>(),
        })
    };
    let identities = [identity("writer", &["Read", "List", "Write"]), identity("reader", &["Read", "List"])];
    let config = folder.path().join("s3.json");
    std::fs::write(&config, serde_json::json!({ "identities": identities }).to_string()).unwrap();
    let ports = ports::<8>();
    let mut command = command(program);
    command.args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", "-master.volumeSizeLimitMB=64"]);
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]);
    command.arg(format!("-dir={}", folder.path().display())).arg(format!("-s3.config={}", config.display()));
    let names = ["master", "volume", "filer", "s3"].into_iter().flat_map(|name| [(name, ""), (name, ".grpc")]);
    for ((name, kind), port) in names.zip(ports) {
        command.arg(format!("-{name}.port{kind}={port}"));
    }
    let server = Server::start(command, folder, ports[6]);
    // Buckets are folders of the file store beneath.
    let filer = format!("127.0.0.1:{}", ports[4]);
    server.wait("a bucket", || matches!(status(&filer, "POST", &format!("/buckets/{BUCKET}/")), Some(201 | 409)));
    server.wait("S3", || status(&server.host, "GET", &format!("/{BUCKET}")) == Some(403));
    Some(server)
}

/// Ministack, where it is installed. It believes everybody.
pub(crate) fn ministack() -> Option<Server> {
    let program = tool("ministack")?;
    let folder = tempfile::tempdir().unwrap();
    let [port] = ports();
    let mut command = command(program);
    command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
    command.env("SERVICES", "s3,sts").env("IOT_MTLS_ENABLED", "false").env("TMPDIR", folder.path());
    let server = Server::start(command, folder, port);
    server.wait("a bucket", || status(&server.host, "PUT", &format!("/{BUCKET}")) == Some(200));
    Some(server)
}

/// What a user of the S3 server at `host` has in the environment.
pub(crate) fn environment(host: &str, user: &str, secret: &str) -> Environment {
    let pairs = [
        ("AWS_ENDPOINT_URL", format!("http://{host}")),
        ("AWS_ACCESS_KEY_ID", user.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
    ];
    Environment::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value)))
}

impl Server {
    fn start(mut command: Command, folder: TempDir, port: u16) -> Self {
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null()).current_dir(folder.path());
        let child = command.process_group(0).spawn().unwrap();
        Self { child, folder, host: format!("127.0.0.1:{port}") }
    }

    #[expect(clippy::disallowed_methods, reason = "a server cannot be asked to say when it is ready")]
    fn wait(&self, what: &str, ready: impl Fn() -> bool) {
        let start = Instant::now();
        while !ready() {
            if start.elapsed() > Duration::from_secs(90) {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                let lines: Vec<_> = log.lines().rev().take(30).collect();
                panic!("the server has not got {what}:\n{}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// A program that `scripts/check` installs.
fn tool(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(".tools/venv/bin").join(name);
    require(&format!(".tools/venv/bin/{name}"), path.is_file()).then_some(path)
}

#[expect(clippy::disallowed_methods, reason = "a test starts the servers it needs")]
fn command(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", "/nonexistent");
    command
}

/// Free ports, all different.
fn ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
