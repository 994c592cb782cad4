//! Servers that speak TLS with certificates of an authority that nobody knows.

use crate::parts::require;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Servers that say no to everybody, each with another certificate; the good one may pass on what it hears. They end when this is dropped.
pub struct TlsServers {
    child: Child,
    folder: TempDir,
    /// The port of the one whose certificate is for `localhost`.
    pub good: u16,
    /// The port of the one whose certificate for `localhost` has expired.
    pub expired: u16,
    /// The port of the one whose certificate is for another host.
    pub elsewhere: u16,
}

impl TlsServers {
    /// Starts them, where the parts are installed.
    pub fn start() -> Option<Self> {
        Self::with(None)
    }

    /// The same, but the good one passes everything on to the HTTP server at `port`, whose answers need
    /// `x-forwarded-proto` to name its own addresses.
    pub fn in_front_of(port: u16) -> Option<Self> {
        Self::with(Some(port))
    }

    fn with(behind: Option<u16>) -> Option<Self> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("../../.tools/venv/bin/python");
        if !require(".tools/venv/bin/python", python.is_file()) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        drop(listeners);
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(python);
        command
            .env_clear()
            .arg(root.join("src/tls.py"))
            .args(ports.into_iter().chain(behind).map(|port| port.to_string()));
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap();
        let [good, expired, elsewhere] = ports;
        let servers = Self { child, folder, good, expired, elsewhere };
        servers.wait(elsewhere);
        Some(servers)
    }

    /// The path of the certificate of the authority.
    pub fn authority(&self) -> String {
        self.folder.path().join("authority.pem").to_string_lossy().into_owned()
    }

    /// The heads of all requests that came in.
    pub fn heard(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("heard")).unwrap_or_default()
    }

    /// Waits for the last one that is started.
    fn wait(&self, port: u16) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > Duration::from_secs(90) {
                panic!("no TLS:\n{}", std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for TlsServers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
