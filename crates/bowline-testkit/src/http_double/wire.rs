//! HTTP/1.1 as it is read and written on one connection.

use super::script::{Hear, Say};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A request, as far as it was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The first mebibyte of the body.
    pub body: Vec<u8>,
    /// Bytes of the body that were heard.
    pub length: u64,
    /// Whether that is all of it.
    pub is_whole: bool,
    /// The number of the connection it came on.
    pub connection: usize,
    /// When, since the server was started.
    pub at: Duration,
}

impl Heard {
    /// The value of a header, `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

/// What stands before the body.
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    headers: Vec<(String, String)>,
}

/// One connection.
pub(super) struct Connection<'s> {
    stream: &'s TcpStream,
    reader: BufReader<&'s TcpStream>,
    /// Whether the server stops.
    stopped: &'s AtomicBool,
}

impl<'s> Connection<'s> {
    pub(super) fn new(stream: &'s TcpStream, stopped: &'s AtomicBool) -> Self {
        Self { stream, reader: BufReader::with_capacity(BUFFER, stream), stopped }
    }

    /// The head of the next request; none when the client is done.
    pub(super) fn head(&mut self) -> io::Result<Option<Head>> {
        let first = self.line()?;
        let mut words = first.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let mut head = Head { method: method.to_owned(), target: target.to_owned(), headers: Vec::new() };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            head.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Some(head))
    }

    /// Reads as much of the body as is to be heard.
    pub(super) fn hear(&mut self, head: Head, hear: Hear) -> io::Result<Heard> {
        let total = find(&head.headers, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let wanted = if let Hear::Some(most) = hear { total.min(most) } else { total };
        let mut body = Vec::new();
        let mut length = 0;
        let mut buffer = vec![0; BUFFER];
        while length < wanted && !self.is_stopped() {
            let mut room = usize::try_from(wanted - length).unwrap_or(BUFFER).min(BUFFER);
            if let Hear::Slowly(bytes, pause) = hear {
                std::thread::sleep(pause);
                room = room.min(bytes);
            }
            let read = self.reader.read(&mut buffer[..room])?;
            if read == 0 {
                break;
            }
            length += read as u64;
            body.extend_from_slice(&buffer[..read.min(KEPT.saturating_sub(body.len()))]);
        }
        let Head { method, target, headers } = head;
        let is_whole = length == total;
        Ok(Heard { method, target, headers, body, length, is_whole, connection: 0, at: Duration::ZERO })
    }

    /// Says it; returns whether the connection can carry another request.
    pub(super) fn say(&mut self, say: &Say, is_whole: bool) -> io::Result<bool> {
        let mut stream = self.stream;
        match say {
            Say::Answer(answer) => {
                stream.write_all(&answer.bytes())?;
                if !is_whole {
                    stream.shutdown(Shutdown::Write)?;
                    self.drain(LINGER)?;
                }
                return Ok(is_whole && !answer.is_wrong());
            }
            Say::Bytes(bytes) => stream.write_all(bytes)?,
            Say::Slowly(answer, size, pause) => {
                for piece in answer.bytes().chunks(*size).take_while(|_| !self.is_stopped()) {
                    std::thread::sleep(*pause);
                    stream.write_all(piece)?;
                }
                return Ok(is_whole && !answer.is_wrong());
            }
            Say::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
                let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
                for _ in (0..MOST_CHUNKS).take_while(|_| !self.is_stopped()) {
                    stream.write_all(&chunk)?;
                }
            }
            Say::Stalled(bytes) => {
                stream.write_all(bytes)?;
                self.drain(PATIENCE_WITH_SILENCE)?;
            }
            // The server has put into words what was left to it.
            Say::Nothing | Say::AsUsual | Say::Cut(_) | Say::Lost => {}
            Say::Silence => self.drain(PATIENCE_WITH_SILENCE)?,
        }
        Ok(false)
    }

    /// Reads until the client goes away, for at most so long.
    fn drain(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        let mut buffer = vec![0; BUFFER];
        while Instant::now() < end && !self.is_stopped() && self.reader.read(&mut buffer)? > 0 {}
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.reader.by_ref().take(LONGEST_LINE).read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

fn find<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

const BUFFER: usize = 1 << 18;
const KEPT: usize = 1 << 20;
const LONGEST_LINE: u64 = 1 << 16;
/// 1 GiB: more than anybody may take in, and not endless when somebody does.
const MOST_CHUNKS: u32 = 1 << 14;
const LINGER: Duration = Duration::from_secs(2);
const PATIENCE_WITH_SILENCE: Duration = Duration::from_secs(30);
