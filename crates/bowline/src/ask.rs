//! A line from whoever sits at the terminal, for as long as the run is not to pause.
//!
//! Reading standard input blocks until somebody types, and a signal does not end that: the handler runs and the read
//! goes on. So input is only read when some is there, and in between the wish to pause is looked for.

use bowline_port::stop::Stop;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::os::fd::AsFd;

/// The next line of standard input, without its end. None when the run is to pause, and when there is no more input.
/// Nothing behind the line is read.
pub fn line(stop: &Stop) -> Option<String> {
    line_of(std::io::stdin(), stop)
}

fn line_of(input: impl AsFd, stop: &Stop) -> Option<String> {
    let mut line = Vec::new();
    while is_ready(&input, stop)? {
        let mut byte = [0];
        match rustix::io::read(&input, &mut byte) {
            Ok(1) if byte == *b"\n" => return Some(text(&line)),
            // A person's answer is short; what is longer comes from no person and is no answer.
            Ok(1) if line.len() < LONGEST => line.extend(byte),
            Err(Errno::INTR | Errno::AGAIN) => {}
            // The last line may lack its end.
            Ok(0) if !line.is_empty() => return Some(text(&line)),
            Ok(_) | Err(_) => return None,
        }
    }
    None
}

/// Waits until there is something to read, or the end of it. False when the run is to pause.
fn is_ready(input: &impl AsFd, stop: &Stop) -> Option<bool> {
    loop {
        if stop.is_requested() {
            return Some(false);
        }
        match poll(&mut [PollFd::new(input, PollFlags::IN)], Some(&INTERVAL)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Some(true),
            Err(_) => return None,
        }
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

/// Short for a person who waits, and nothing for the machine.
const INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::time::{Duration, Instant};

    fn check(input: &[u8], expected: &[Option<&str>]) {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(input).unwrap();
        drop(writer);
        for expected in expected {
            assert_eq!(line_of(&reader, &Stop::default()).as_deref(), *expected, "{input:?}");
        }
    }

    #[test]
    fn lines_come_one_by_one() {
        check(b"", &[None]);
        check(b"y\nyes\r\n\nlast", &[Some("y"), Some("yes"), Some(""), Some("last"), None]);
        check(b"\xff\n", &[Some("\u{fffd}")]);
        check(&[b'y'; 2 * LONGEST], &[None]);
    }

    #[test]
    fn a_pause_ends_the_waiting() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"ye").unwrap();
        let stop = Stop::default();
        let other = stop.clone();
        let begun = Instant::now();
        let waiting = std::thread::spawn(move || line_of(&reader, &other));
        stop.request("SIGINT");
        assert_eq!(waiting.join().unwrap(), None);
        assert!(begun.elapsed() < Duration::from_secs(20));
        drop(writer);
    }
}
