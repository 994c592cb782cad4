//! JSON that people and runners see: it means the same, and what its strings hold cannot act.

use super::command::is_marked;
use super::{Piece, is_hidden, replaced};
use std::borrow::Cow;

/// A JSON document or line, as any writer of JSON made it, in which no line can be taken for a workflow command and no
/// character is hidden or active. All of that can only stand inside a string, where an escape means the same; and no line
/// of JSON begins with a colon.
pub fn safe_json(json: &str) -> Cow<'_, str> {
    replaced(json, |at, c| match c {
        // Between values.
        '\n' | '\t' | '\r' => None,
        '[' if is_marked(json, at) => Some(Piece::Text("\\u005b")),
        c => is_hidden(c).then_some(Piece::Utf16(c)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_and_nothing_acts() {
        for text in
            ["plain", "##[group] ###[", "\u{1b}[31m\u{9b}2J\u{7f}", "\u{202e}\u{200b}\u{e0041}\u{fdd0}", "::error::\n"]
        {
            let value = serde_json::json!({ text: [text, 1] });
            let safe = serde_json::to_string_pretty(&value).unwrap();
            let safe = safe_json(&safe);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value, "{safe}");
            assert!(!safe.lines().any(super::super::is_workflow_command), "{safe}");
            assert!(!safe.chars().any(|c| c != '\n' && is_hidden(c)), "{safe}");
        }
        assert!(matches!(safe_json("{\"a\": [\"##\", [1]]}"), Cow::Borrowed(_)));
    }
}
