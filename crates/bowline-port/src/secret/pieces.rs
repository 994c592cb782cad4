//! Pieces of secrets in base64 that was broken into lines, as `base64`, PEM and mail do.
//!
//! Lines come one by one, so no line can wait for the next: each is looked at by itself. A break leaves a piece at the
//! end of a line, at the beginning of one, or a whole line in between. A piece of at least [`SHORTEST`] characters is
//! found; what stays is at most five bytes of the secret on each side of a break.

use super::forms::{in_base64, is_base64};
use super::{MASK, SHORTEST};
use std::ops::Range;

/// Where every few characters of every secret in base64 stand.
pub(super) struct Pieces {
    forms: Vec<Vec<u8>>,
    /// Sorted; the place of the characters is an index of `forms` and a position in it.
    windows: Vec<(Window, usize, usize)>,
}

type Window = [u8; SHORTEST];

impl Pieces {
    pub(super) fn new<'s>(secrets: impl Iterator<Item = &'s str>) -> Self {
        let forms: Vec<Vec<u8>> = secrets.flat_map(in_base64).collect();
        let all = forms.iter().enumerate().flat_map(|(form, bytes)| {
            let windows = bytes.array_windows::<SHORTEST>().enumerate();
            windows.map(move |(at, window)| (*window, form, at))
        });
        let mut windows: Vec<_> = all.collect();
        windows.sort_unstable();
        Self { forms, windows }
    }

    /// `text` without pieces; none when there is none in it.
    pub(super) fn redact(&self, text: &str) -> Option<String> {
        if self.windows.is_empty() {
            return None;
        }
        let (mut clean, mut copied, mut begin) = (String::new(), 0, 0);
        for line in text.split_inclusive('\n') {
            for piece in self.of_line(line) {
                let (from, to) = (begin + piece.start, begin + piece.end);
                // The piece at the beginning can be the one at the end.
                if from >= copied {
                    clean.push_str(text.get(copied..from)?);
                    clean.push_str(MASK);
                    copied = to;
                }
            }
            begin += line.len();
        }
        if copied == 0 {
            return None;
        }
        clean.push_str(text.get(copied..)?);
        Some(clean)
    }

    /// The pieces in the first and in the last word of base64 of a line; other text may stand around them.
    fn of_line(&self, line: &str) -> impl Iterator<Item = Range<usize>> {
        let bytes = line.as_bytes();
        let start = bytes.iter().position(|&byte| is_base64(byte)).unwrap_or(bytes.len());
        let end = bytes.iter().rposition(|&byte| is_base64(byte)).map_or(0, |at| at + 1);
        let head = self.at_begin(bytes.get(start..).unwrap_or_default()).map(|length| start..start + length);
        let tail = self.at_end(bytes.get(..end).unwrap_or_default()).map(|length| end - length..end);
        head.into_iter().chain(tail)
    }

    /// How many characters at the beginning of `text` are the end of a form, or, when that is all of the first word, any
    /// part. Most text is told by its first few characters, so the word is only measured after that.
    fn at_begin(&self, text: &[u8]) -> Option<usize> {
        let lengths = self.places(text.first_chunk()?).filter_map(|(form, at)| {
            let rest = form.get(at..)?;
            let same = text.iter().zip(rest).take_while(|(a, b)| a == b).count();
            let is_word = text.get(same).is_none_or(|&byte| !is_base64(byte));
            (same == rest.len() || is_word).then_some(same)
        });
        lengths.max()
    }

    /// How many characters at the end of `text` are the beginning of a form, or, when that is all of the last word, any
    /// part.
    fn at_end(&self, text: &[u8]) -> Option<usize> {
        let lengths = self.places(text.last_chunk()?).filter_map(|(form, at)| {
            let so_far = form.get(..at + SHORTEST)?;
            let same = text.iter().rev().zip(so_far.iter().rev()).take_while(|(a, b)| a == b).count();
            let is_word = text.iter().rev().nth(same).is_none_or(|&byte| !is_base64(byte));
            (same == so_far.len() || is_word).then_some(same)
        });
        lengths.max()
    }

    /// Where `window` stands, as a form and a position in it.
    fn places(&self, window: &Window) -> impl Iterator<Item = (&[u8], usize)> {
        let begin = self.windows.partition_point(|(known, _, _)| known < window);
        let found =
            self.windows.get(begin..).unwrap_or_default().iter().take_while(move |(known, _, _)| known == window);
        found.filter_map(|(_, form, at)| Some((self.forms.get(*form)?.as_slice(), *at)))
    }
}
