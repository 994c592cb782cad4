//! What a child says.
//!
//! Either kept up to a limit, or cut into lines that are made safe and shown while they arrive. Reader threads own
//! their pipe and may outlive the run when a stranger keeps it open; from then on they are mute.

use super::{Message, ShowLine};
use bowline_model::text::{defuse_workflow_commands, visible};
use std::collections::VecDeque;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Gathers both streams.
pub(super) struct Collector {
    shared: Arc<Shared>,
}

/// What was gathered.
pub(super) struct Collected {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Which stream.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Out,
    Err,
}

struct Shared {
    way: Way,
    stdout: Mutex<Vec<u8>>,
    stderr: Mutex<Vec<u8>>,
    last_lines: Mutex<VecDeque<String>>,
    over: AtomicBool,
}

enum Way {
    Capture { limit: usize },
    Show(ShowLine),
}

impl Collector {
    /// Keeps up to `limit` bytes of each stream.
    pub(super) fn capture(limit: usize) -> Self {
        Self::new(Way::Capture { limit })
    }

    /// Shows lines while they arrive.
    pub(super) fn show(show: ShowLine) -> Self {
        Self::new(Way::Show(show))
    }

    fn new(way: Way) -> Self {
        let shared = Shared {
            way,
            stdout: Mutex::default(),
            stderr: Mutex::default(),
            last_lines: Mutex::default(),
            over: AtomicBool::new(false),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Reads `pipe` to its end on a thread of its own.
    pub(super) fn read(&self, mut pipe: impl Read + Send + 'static, stream: Stream, sender: Sender<Message>) {
        let shared = self.shared.clone();
        thread::spawn(move || {
            match &shared.way {
                Way::Capture { limit } => shared.capture(&mut pipe, stream, *limit, &sender),
                Way::Show(show) => shared.show(&mut pipe, show),
            }
            let _ = sender.send(Message::StreamClosed);
        });
    }

    /// Ends the gathering.
    pub(super) fn take(self) -> Collected {
        self.shared.over.store(true, Ordering::SeqCst);
        let take = |bytes: &Mutex<Vec<u8>>| std::mem::take(&mut *bytes.lock().unwrap_or_else(PoisonError::into_inner));
        match self.shared.way {
            Way::Capture { .. } => Collected { stdout: take(&self.shared.stdout), stderr: take(&self.shared.stderr) },
            Way::Show(_) => {
                let lines = self.shared.last_lines.lock().unwrap_or_else(PoisonError::into_inner);
                let text = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
                Collected { stdout: Vec::new(), stderr: text.into_bytes() }
            }
        }
    }
}

impl Shared {
    fn capture(&self, pipe: &mut impl Read, stream: Stream, limit: usize, sender: &Sender<Message>) {
        let kept = match stream {
            Stream::Out => &self.stdout,
            Stream::Err => &self.stderr,
        };
        self.each_chunk(pipe, |chunk| {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() + chunk.len() > limit {
                let _ = sender.send(Message::TooMuch);
                return false;
            }
            kept.extend_from_slice(chunk);
            true
        });
    }

    fn show(&self, pipe: &mut impl Read, show: &ShowLine) {
        let mut lines = Lines::default();
        self.each_chunk(pipe, |chunk| {
            lines.push(chunk, &mut |line| self.show_line(line, show));
            true
        });
        if !self.over.load(Ordering::SeqCst) {
            lines.finish(&mut |line| self.show_line(line, show));
        }
    }

    fn show_line(&self, line: &[u8], show: &ShowLine) {
        let safe = safe_line(line);
        show(&safe);
        let mut last = self.last_lines.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(safe);
    }

    fn each_chunk(&self, pipe: &mut impl Read, mut use_chunk: impl FnMut(&[u8]) -> bool) {
        let mut buffer = vec![0; CHUNK];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) if self.over.load(Ordering::SeqCst) || !use_chunk(&buffer[..length]) => return,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

/// A line as it may be shown. A tab keeps its meaning; a word joiner put in to defuse a command must come after hidden
/// characters went.
pub(super) fn safe_line(line: &[u8]) -> String {
    defuse_workflow_commands(&visible(&String::from_utf8_lossy(line))).into_owned()
}

/// Cuts bytes into lines at line feeds and carriage returns (progress bars), and very long ones into pieces.
#[derive(Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
    after_return: bool,
}

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8], use_line: &mut dyn FnMut(&[u8])) {
        for &byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    use_line(&self.begun);
                    self.begun.clear();
                }
                _ => {
                    self.begun.push(byte);
                    if self.begun.len() >= LONGEST_LINE {
                        self.cut(use_line);
                    }
                }
            }
        }
    }

    /// Shows a piece of a line, without tearing its last character apart.
    fn cut(&mut self, use_line: &mut dyn FnMut(&[u8])) {
        let from_end = self.begun.iter().rev().take(4).position(|byte| !(0x80..0xc0).contains(byte));
        let keep = match from_end {
            Some(from_end) if self.begun[self.begun.len() - 1 - from_end] >= 0xc0 => from_end + 1,
            _ => 0,
        };
        let rest = self.begun.split_off(self.begun.len() - keep);
        use_line(&self.begun);
        self.begun = rest;
    }

    pub(super) fn finish(&mut self, use_line: &mut dyn FnMut(&[u8])) {
        if !self.begun.is_empty() {
            use_line(&self.begun);
            self.begun.clear();
        }
    }
}

const CHUNK: usize = 32 << 10;
const LONGEST_LINE: usize = 8 << 10;
const LAST_LINES: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chunks: &[&str], expected: &[&str]) {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for chunk in chunks {
            lines.push(chunk.as_bytes(), &mut |line| seen.push(String::from_utf8(line.to_vec()).unwrap()));
        }
        lines.finish(&mut |line| seen.push(String::from_utf8(line.to_vec()).unwrap()));
        assert_eq!(seen, expected, "{chunks:?}");
    }

    #[test]
    fn lines_are_cut() {
        check(&[], &[]);
        check(&["one\ntwo"], &["one", "two"]);
        check(&["on", "e\r", "\ntwo\r\n\n"], &["one", "two", ""]);
        check(&["10%\r20%\r30%\n"], &["10%", "20%", "30%"]);
        let long = "é".repeat(LONGEST_LINE / 2 + 1);
        check(&[&format!("x{long}")], &[&format!("x{}", "é".repeat(LONGEST_LINE / 2 - 1)), "éé"]);
    }
}
