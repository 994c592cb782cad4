//! What is made of a child's output as functions, for fuzzing; not part of what ships.

use super::output::{Lines, safe_line};
use std::sync::Arc;

/// The lines of what arrives in these pieces.
pub fn lines<'c>(chunks: impl IntoIterator<Item = &'c [u8]>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut lines = Lines::new(Arc::new(str::to_owned));
    for chunk in chunks {
        lines.push(chunk, &mut |line| found.push(line.to_vec()));
    }
    lines.finish(&mut |line| found.push(line.to_vec()));
    found
}

/// A line as it is shown.
pub fn shown(line: &[u8]) -> String {
    safe_line(line)
}
