//! What a child says.
//!
//! Either kept up to a limit, or cut into lines that are made safe and shown while they arrive. Reader threads own
//! their pipe and may outlive the run when a stranger keeps it open; from then on they are mute.

use super::{Clean, Message, ShowLine};
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
    Show { show: ShowLine, clean: Clean },
}

impl Collector {
    /// Keeps up to `limit` bytes of each stream.
    pub(super) fn capture(limit: usize) -> Self {
        Self::new(Way::Capture { limit })
    }

    /// Shows lines while they arrive, without what `clean` takes out of them.
    pub(super) fn show(show: ShowLine, clean: Clean) -> Self {
        Self::new(Way::Show { show, clean })
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
                Way::Show { show, clean } => shared.show(&mut pipe, show, clean),
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
            Way::Show { .. } => {
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

    fn show(&self, pipe: &mut impl Read, show: &ShowLine, clean: &Clean) {
        let mut lines = Lines::new(clean.clone());
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
///
/// Secrets are taken out before a line is cut: a secret that lies across the cut would be found in neither piece. So a
/// piece is only given away when as much again has come after it, and a secret that ends there is whole.
pub(super) struct Lines {
    begun: Vec<u8>,
    after_return: bool,
    clean: Clean,
}

impl Lines {
    pub(super) fn new(clean: Clean) -> Self {
        Self { begun: Vec::new(), after_return: false, clean }
    }

    pub(super) fn push(&mut self, bytes: &[u8], use_line: &mut dyn FnMut(&[u8])) {
        for &byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => self.end(use_line),
                _ => {
                    self.begun.push(byte);
                    if self.begun.len() >= 2 * LONGEST_LINE {
                        self.clean();
                        self.cut(use_line);
                    }
                }
            }
        }
    }

    /// Takes secrets out of what has come so far. Bytes that are no text are replaced as they would be when shown; a
    /// character that has only begun is left for later.
    fn clean(&mut self) {
        let rest = self.begun.split_off(self.whole());
        self.begun = (self.clean)(&String::from_utf8_lossy(&self.begun)).into_bytes();
        self.begun.extend(rest);
    }

    /// The length without a character at the end whose last bytes have not come.
    fn whole(&self) -> usize {
        let last = self.begun.iter().rposition(|byte| !(0x80..0xc0).contains(byte)).unwrap_or(0);
        match self.begun.get(last..).map(std::str::from_utf8) {
            Some(Err(error)) if error.error_len().is_none() => last,
            _ => self.begun.len(),
        }
    }

    /// Gives away pieces of a line until little is left, without tearing a character apart.
    fn cut(&mut self, use_line: &mut dyn FnMut(&[u8])) {
        while self.begun.len() > LONGEST_LINE {
            let is_inside = |at: &usize| self.begun.get(*at).is_some_and(|byte| (0x80..0xc0).contains(byte));
            let mut at = LONGEST_LINE;
            while at > LONGEST_LINE - 4 && is_inside(&at) {
                at -= 1;
            }
            let rest = self.begun.split_off(at);
            use_line(&self.begun);
            self.begun = rest;
        }
    }

    /// The line is over.
    fn end(&mut self, use_line: &mut dyn FnMut(&[u8])) {
        self.clean();
        self.cut(use_line);
        use_line(&self.begun);
        self.begun.clear();
    }

    pub(super) fn finish(&mut self, use_line: &mut dyn FnMut(&[u8])) {
        if !self.begun.is_empty() {
            self.end(use_line);
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
        let mut lines = Lines::new(Arc::new(|text| text.replace("a-secret", "***")));
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
        // However many bytes come first, no character is torn where the search for secrets ends.
        for before in ["", "x", "xx", "xxx"] {
            let long = format!("{before}{}", "€".repeat(LONGEST_LINE));
            let mut lines = Lines::new(Arc::new(str::to_owned));
            let mut seen = Vec::new();
            lines.push(long.as_bytes(), &mut |line| seen.extend_from_slice(line));
            lines.finish(&mut |line| seen.extend_from_slice(line));
            assert!(seen == long.as_bytes(), "after {before:?}");
        }
        let long = "é".repeat(LONGEST_LINE / 2 + 1);
        check(&[&format!("x{long}")], &[&format!("x{}", "é".repeat(LONGEST_LINE / 2 - 1)), "éé"]);
    }

    /// Wherever it stands, in one chunk or in many, in a line that ends or in one that never does.
    #[test]
    fn no_cut_goes_through_a_secret() {
        for before in (LONGEST_LINE - 10..=LONGEST_LINE + 2).chain(2 * LONGEST_LINE - 10..=2 * LONGEST_LINE + 2) {
            let text = format!("{}a-secret{}", "x".repeat(before), "y".repeat(3 * LONGEST_LINE));
            for end in ["", "\n"] {
                for size in [text.len(), 1000, 7] {
                    let mut lines = Lines::new(Arc::new(|text| text.replace("a-secret", "***")));
                    let mut seen: Vec<String> = Vec::new();
                    let whole = format!("{text}{end}");
                    for chunk in whole.as_bytes().chunks(size) {
                        lines.push(chunk, &mut |line| seen.push(String::from_utf8(line.to_vec()).unwrap()));
                    }
                    lines.finish(&mut |line| seen.push(String::from_utf8(line.to_vec()).unwrap()));
                    assert_eq!(seen.concat(), text.replace("a-secret", "***"), "{before} {size}");
                    assert!(seen.iter().all(|line| line.len() <= LONGEST_LINE), "{before} {size}");
                }
            }
        }
    }
}
