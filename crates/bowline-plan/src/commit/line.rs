//! Lines of bytes, with or without carriage returns.

/// The lines of a text with the offset at which each starts, without `\n` or `\r\n`.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) const fn of(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let (line, length) = match rest.iter().position(|&b| b == b'\n') {
            Some(end) => (&rest[..end], end + 1),
            None => (rest, rest.len()),
        };
        self.at = start + length;
        Some((start, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// The first line, trimmed, and everything after it.
pub(super) fn split_first(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|&b| b == b'\n') {
        Some(end) => (text[..end].trim_ascii(), &text[end + 1..]),
        None => (text.trim_ascii(), &[]),
    }
}
