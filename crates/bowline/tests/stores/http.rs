//! As much HTTP as it takes to stand in for a server, and between a client and a real one.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a client sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// All lines before the body, as they came.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 1 << 16];
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            match stream.read(&mut buffer).ok()? {
                0 => return None,
                n => bytes.extend_from_slice(&buffer[..n]),
            }
        };
        let body = bytes.split_off(end);
        let head = String::from_utf8(bytes).ok()?;
        let mut words = head.split(' ').map(str::to_owned);
        let mut request = Self { method: words.next()?, target: words.next()?, head, body };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        while request.body.len() < length {
            match stream.read(&mut buffer).ok()? {
                0 => return None,
                n => request.body.extend_from_slice(&buffer[..n]),
            }
        }
        Some(request)
    }

    /// The value of the header `name`, which is given in lowercase.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            (found.to_ascii_lowercase() == name).then(|| value.trim())
        })
    }

    /// Sends it on to `host` and returns the whole answer.
    fn forward(&self, host: &str) -> Option<Vec<u8>> {
        let mut upstream = TcpStream::connect(host).ok()?;
        let lines = self.head.trim_end().replace("connection:", "x-connection:");
        upstream.write_all(format!("{lines}\r\nconnection: close\r\n\r\n").as_bytes()).ok()?;
        upstream.write_all(&self.body).ok()?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).ok()?;
        Some(answer)
    }
}

/// An answer without anything special.
pub(crate) fn answer(status: &str, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// Listens on a free port of this machine and answers each request by `handle`; without an answer it hangs up.
/// Returns `127.0.0.1:PORT`. It ends with the tests.
pub(crate) fn serve(handle: impl Fn(&Request) -> Option<Vec<u8>> + Send + Sync + 'static) -> String {
    let handle = Arc::new(handle);
    listen(move |mut stream| {
        if let Some(request) = Request::read(&mut stream)
            && let Some(answer) = handle(&request)
        {
            let _ = stream.write_all(&answer);
        }
        let _ = stream.shutdown(Shutdown::Both);
    })
}

/// Listens, reads, and never answers.
pub(crate) fn silence() -> String {
    listen(|mut stream| {
        let mut buffer = [0; 1 << 16];
        while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    })
}

fn listen(each: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            std::thread::spawn(move || each(stream));
        }
    });
    host
}

/// A port of this machine where nobody listens.
pub(crate) fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// What happens to a write on its way.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The server does it, and the answer is lost.
    ReplyLost,
    /// It never arrives.
    RequestLost,
    /// The server does it, and something between says this instead.
    Said(&'static str),
    /// It never arrives, and something between says this.
    Instead(Vec<u8>),
}

/// A way to the server at `host` on which the first writes meet `faults`, one each.
pub(crate) fn proxy(host: &str, faults: impl IntoIterator<Item = Fault>) -> String {
    let host = host.to_owned();
    let faults = Mutex::new(faults.into_iter().collect::<VecDeque<_>>());
    serve(move |request| {
        let fault = if request.method == "PUT" { faults.lock().unwrap().pop_front() } else { None };
        match fault {
            None => request.forward(&host),
            Some(Fault::ReplyLost) => {
                request.forward(&host).unwrap();
                None
            }
            Some(Fault::RequestLost) => None,
            Some(Fault::Said(status)) => {
                request.forward(&host).unwrap();
                Some(answer(status, &[], b""))
            }
            Some(Fault::Instead(answer)) => Some(answer),
        }
    })
}

/// The status that `host` answers to a request without a login; none when it does not answer.
pub(crate) fn status(host: &str, method: &str, target: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let request =
        format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}
