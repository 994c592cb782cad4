//! A git server over HTTP on the loopback, and everything that can go wrong between it and a client.
//!
//! It serves a folder of bare repositories with git's own `http-backend`, one thread for each connection. A test may let
//! the next requests of a kind go wrong; what came in is on record. It stops when it is dropped, after what was begun
//! has ended: a client that went away does not stop a push that git is at work on, as with real servers.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A running server.
pub struct GitServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What there is, before a fetch.
    RefsToFetch,
    /// What there is, before a push.
    RefsToPush,
    /// Listing and objects (`git-upload-pack`).
    UploadPack,
    /// A push (`git-receive-pack`).
    ReceivePack,
    /// Anything else.
    Other,
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends before git sees the request.
    RequestLost,
    /// Git has done it, and the connection ends before any answer.
    ReplyLost,
    /// The connection ends in the middle of the answer.
    ReplyCut,
    /// The connection ends in the middle of the answer's headers; git does not see the request.
    HeadCut,
    /// Git sees it late.
    Delay(Duration),
    /// This status instead of git's answer; git does not see the request.
    Status(u16),
    /// This status, and a text that repeats the login that came with the request, as some servers do in their errors.
    Echo(u16),
    /// A redirect (307) to the same path at another port.
    Redirect(u16),
}

/// A moment of a request at which a test may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// It is here, and git has not seen it.
    Before,
    /// Git has done it, and nothing is answered.
    Done,
    /// Half of the answer is on its way.
    Midway,
}

/// What a test does at a moment of the request with this number.
struct Visit {
    number: usize,
    moment: Moment,
    act: Box<dyn FnOnce() + Send>,
}

/// A request that came in whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What was asked for.
    pub kind: Kind,
    /// The path, with the query.
    pub target: String,
    /// Bytes of the body, as sent inside any chunks.
    pub bytes: usize,
    /// Whether the body came in chunks, as large pushes do.
    pub chunked: bool,
    /// Whether the body was packed by gzip.
    pub gzip: bool,
    /// Every `Authorization` that came with it, a basic one decoded: `user:password`.
    pub logins: Vec<String>,
    /// Whether the right login came with it, or none is asked for.
    pub allowed: bool,
}

impl GitServer {
    /// Whether this machine's git can serve and speak HTTP.
    pub fn is_possible() -> bool {
        let Ok(output) = Command::new("git").arg("--exec-path").output() else { return false };
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        ["git-http-backend", "git-remote-http"].iter().all(|name| folder.join(name).exists())
    }

    /// Serves the bare repositories in `root` to everybody, for reading and writing.
    pub fn start(root: &Path) -> Self {
        Self::serve(root, None, None)
    }

    /// Serves them to whoever logs in as `login`, which is `user:password`.
    pub fn with_login(root: &Path, login: &str) -> Self {
        Self::serve(root, Some(login), None)
    }

    /// Serves them to `writer`, and to `reader` for reading only.
    pub fn with_reader(root: &Path, writer: &str, reader: &str) -> Self {
        Self::serve(root, Some(writer), Some(reader))
    }

    fn serve(root: &Path, login: Option<&str>, reader: Option<&str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let shared = Arc::new(Shared {
            root: root.canonicalize().unwrap(),
            login: login.map(str::to_owned),
            reader: reader.map(str::to_owned),
            faults: Mutex::default(),
            visits: Mutex::default(),
            seen: Mutex::default(),
            repeats: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        });
        let address = listener.local_addr().unwrap();
        let accepting = std::thread::spawn({
            let shared = shared.clone();
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// The server's own address, `http://127.0.0.1:1`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Host and port, `127.0.0.1:1`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of the repository `name`.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// The address of the repository `name` with a login in it, `user:password`.
    pub fn url_with_login(&self, name: &str, login: &str) -> String {
        format!("http://{login}@{}/{name}", self.address)
    }

    /// Lets the next request of this kind go wrong; given several times, the next ones in this order.
    pub fn fail_next(&self, kind: Kind, fault: Fault) {
        lock(&self.shared.faults).push_back((kind, fault));
    }

    /// Repeats a wrong login in what it says about it, as some servers do.
    pub fn repeat_logins(&self) {
        self.shared.repeats.store(true, Ordering::SeqCst);
    }

    /// Calls `act` at `moment` of the request that comes in as number `number`, counted from 1; it goes on afterwards.
    pub fn visit(&self, number: usize, moment: Moment, act: impl FnOnce() + Send + 'static) {
        lock(&self.shared.visits).push(Visit { number, moment, act: Box::new(act) });
    }

    /// Everything that came in, in order.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// How many requests of this kind came in.
    pub fn count(&self, kind: Kind) -> usize {
        lock(&self.shared.seen).iter().filter(|seen| seen.kind == kind).count()
    }

    /// Forgets what came in.
    pub fn forget(&self) {
        lock(&self.shared.seen).clear();
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // A connection that says nothing wakes the listener up.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

struct Shared {
    root: PathBuf,
    login: Option<String>,
    reader: Option<String>,
    faults: Mutex<VecDeque<(Kind, Fault)>>,
    visits: Mutex<Vec<Visit>>,
    seen: Mutex<Vec<Seen>>,
    repeats: AtomicBool,
    stopped: AtomicBool,
}

impl Shared {
    fn pass(&self, number: usize, moment: Moment) {
        let mut visits = lock(&self.visits);
        let due = visits.iter().position(|visit| (visit.number, visit.moment) == (number, moment));
        let visit = due.map(|due| visits.swap_remove(due));
        drop(visits);
        if let Some(visit) = visit {
            (visit.act)();
        }
    }

    fn next_fault(&self, kind: Kind) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let place = faults.iter().position(|(wanted, _)| *wanted == kind)?;
        faults.remove(place).map(|(_, fault)| fault)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections: Vec<JoinHandle<()>> = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if shared.stopped.load(Ordering::SeqCst) {
            break;
        }
        connections.retain(|connection| !connection.is_finished());
        let shared = shared.clone();
        connections.push(std::thread::spawn(move || {
            // A client that goes away is the test's doing, and what it got is for the test to judge.
            let _ = attend(stream, &shared);
        }));
    }
    for connection in connections {
        let _ = connection.join();
    }
}

/// One connection carries one request: then every fault has exactly one victim.
fn attend(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let Some(request) = Request::read(&stream)? else { return Ok(()) };
    let kind = request.kind();
    let logins = request.logins();
    let reads = shared.reader.as_ref().is_some_and(|reader| logins.contains(reader));
    let allowed = reads || shared.login.as_ref().is_none_or(|login| logins.contains(login));
    let mut seen = lock(&shared.seen);
    seen.push(Seen {
        kind,
        target: request.target.clone(),
        bytes: request.body.len(),
        chunked: request.is_chunked(),
        gzip: request.header("content-encoding") == Some("gzip"),
        logins: request.logins(),
        allowed,
    });
    let number = seen.len();
    drop(seen);
    // Real servers do not choose between two logins.
    if request.logins().len() > 1 {
        return reply(&stream, 400, PLAIN, b"two logins\n");
    }
    if !allowed {
        let headers = format!("WWW-Authenticate: Basic realm=\"git\"\r\n{PLAIN}");
        let said = if shared.repeats.load(Ordering::SeqCst) { request.echo() } else { String::new() };
        return reply(&stream, 401, &headers, said.as_bytes());
    }
    if reads && matches!(kind, Kind::RefsToPush | Kind::ReceivePack) {
        return reply(&stream, 403, PLAIN, b"this login may only read\n");
    }
    // A login that is asked for first is no request yet, so faults wait for the one that has it.
    let fault = shared.next_fault(kind);
    match fault {
        Some(Fault::RequestLost) => return stream.shutdown(Shutdown::Both),
        Some(Fault::HeadCut) => {
            (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-T")?;
            return stream.shutdown(Shutdown::Both);
        }
        Some(Fault::Status(status)) => return reply(&stream, status, "Retry-After: 1\r\n", b"not now\n"),
        Some(Fault::Echo(status)) => return reply(&stream, status, PLAIN, request.echo().as_bytes()),
        Some(Fault::Redirect(port)) => {
            return reply(&stream, 307, &format!("Location: http://127.0.0.1:{port}{}\r\n", request.target), b"");
        }
        Some(Fault::Delay(time)) => std::thread::sleep(time),
        Some(Fault::ReplyLost | Fault::ReplyCut) | None => {}
    }
    shared.pass(number, Moment::Before);
    let answer = ask_git(&request, shared)?;
    shared.pass(number, Moment::Done);
    if fault == Some(Fault::ReplyLost) {
        return stream.shutdown(Shutdown::Both);
    }
    let cut = (fault == Some(Fault::ReplyCut)).then_some(answer.body.len() / 2);
    reply_in_two(&stream, &answer, cut, || shared.pass(number, Moment::Midway))
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// Reads a request; none when the client only looked in.
    fn read(stream: &TcpStream) -> io::Result<Option<Self>> {
        let mut reader = BufReader::new(stream);
        let first = line(&mut reader)?;
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let mut request =
            Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() };
        loop {
            let text = line(&mut reader)?;
            let Some((name, value)) = text.split_once(':') else { break };
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("expect").is_some() {
            (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if request.is_chunked() {
            loop {
                let size = usize::from_str_radix(line(&mut reader)?.trim(), 16).map_err(io::Error::other)?;
                let mut chunk = vec![0; size];
                reader.read_exact(&mut chunk)?;
                line(&mut reader)?;
                if size == 0 {
                    break;
                }
                request.body.extend_from_slice(&chunk);
            }
        } else if let Some(length) = request.header("content-length") {
            let mut body = vec![0; length.parse().map_err(io::Error::other)?];
            reader.read_exact(&mut body)?;
            request.body = body;
        }
        Ok(Some(request))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn logins(&self) -> Vec<String> {
        let values = self.headers.iter().filter(|(name, _)| name == "authorization").map(|(_, value)| value);
        let login = |value: &String| match value.split_once(' ') {
            Some((scheme, text)) if scheme.eq_ignore_ascii_case("basic") => decoded(text),
            _ => value.clone(),
        };
        values.map(login).collect()
    }

    /// What a careless server says about a request: everything that it knows.
    fn echo(&self) -> String {
        let lines = self.headers.iter().filter(|(name, _)| name == "authorization" || name.starts_with("x-"));
        let lines = lines.map(|(name, value)| format!("you sent {name}: {value}\n"));
        lines.chain(self.logins().iter().map(|login| format!("which is {login}\n"))).collect()
    }

    fn is_chunked(&self) -> bool {
        self.header("transfer-encoding") == Some("chunked")
    }

    fn path_and_query(&self) -> (&str, &str) {
        self.target.split_once('?').unwrap_or((&self.target, ""))
    }

    fn kind(&self) -> Kind {
        let (path, query) = self.path_and_query();
        match path.rsplit('/').next().unwrap_or_default() {
            "refs" if query.contains("service=git-upload-pack") => Kind::RefsToFetch,
            "refs" if query.contains("service=git-receive-pack") => Kind::RefsToPush,
            "git-upload-pack" => Kind::UploadPack,
            "git-receive-pack" => Kind::ReceivePack,
            _ => Kind::Other,
        }
    }
}

struct Answer {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

/// Runs `git http-backend` by the rules of CGI.
fn ask_git(request: &Request, shared: &Shared) -> io::Result<Answer> {
    let (path, query) = request.path_and_query();
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", &shared.root)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "http.receivepack")
        .env("GIT_CONFIG_VALUE_0", "true")
        .env("GIT_PROJECT_ROOT", &shared.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    for (header, variable) in [
        ("content-type", "CONTENT_TYPE"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "HTTP_GIT_PROTOCOL"),
    ] {
        if let Some(value) = request.header(header) {
            command.env(variable, value);
        }
    }
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let body = request.body.clone();
    // Git may answer before it has read everything.
    let feeding = std::thread::spawn(move || drop(stdin.write_all(&body)));
    let output = child.wait_with_output()?;
    let _ = feeding.join();
    let end = output.stdout.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else {
        return Ok(Answer { status: 500, headers: String::new(), body: b"git did not answer\n".to_vec() });
    };
    let head = String::from_utf8_lossy(&output.stdout[..end]).into_owned();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: "));
    let status = status.and_then(|status| status.get(..3)?.parse().ok()).unwrap_or(200);
    let headers = head.lines().filter(|line| !line.starts_with("Status:")).map(|line| format!("{line}\r\n")).collect();
    Ok(Answer { status, headers, body: output.stdout[end + 4..].to_vec() })
}

/// Answers, with no more than the first `cut` bytes of the body when a number is given.
fn reply(stream: &TcpStream, status: u16, headers: &str, body: &[u8]) -> io::Result<()> {
    let answer = Answer { status, headers: headers.to_owned(), body: body.to_vec() };
    reply_in_two(stream, &answer, None, || {})
}

/// Answers, up to `cut`, and does something when half of the body is on its way.
fn reply_in_two(mut stream: &TcpStream, answer: &Answer, cut: Option<usize>, midway: impl FnOnce()) -> io::Result<()> {
    let Answer { status, headers, body } = answer;
    let head = format!("HTTP/1.1 {status} -\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let (half, rest) = body[..cut.unwrap_or(body.len())].split_at(body.len() / 2);
    stream.write_all(head.as_bytes())?;
    stream.write_all(half)?;
    stream.flush()?;
    midway();
    stream.write_all(rest)?;
    stream.flush()?;
    stream.shutdown(Shutdown::Both)
}

/// A line without its end; empty at the end of the stream.
fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    reader.read_line(&mut text)?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn decoded(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes().take_while(|&letter| letter != b'=') {
        let value = LETTERS.iter().position(|&known| known == letter).unwrap();
        bits = bits << 6 & 0xffff | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The header of an error that git shows to people.
const PLAIN: &str = "Content-Type: text/plain\r\n";
/// How long a client may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_decoded() {
        for (text, encoded) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("u:p?~", "dTpwP34=")] {
            assert_eq!(decoded(encoded), text);
        }
    }
}
