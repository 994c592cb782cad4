//! HTML: text between tags and in attributes, and addresses in links.

use super::{Piece, is_hidden, replaced};
use std::borrow::Cow;

/// `text` between tags or in a quoted attribute. Line breaks stay; everything else that is invisible or active is spelled
/// out.
pub fn escape(text: &str) -> Cow<'_, str> {
    replaced(text, |_, c| match c {
        '&' => Some(Piece::Text("&amp;")),
        '<' => Some(Piece::Text("&lt;")),
        '>' => Some(Piece::Text("&gt;")),
        '"' => Some(Piece::Text("&quot;")),
        '\'' => Some(Piece::Text("&#39;")),
        '\n' | '\t' => None,
        c => is_hidden(c).then_some(Piece::Number(c)),
    })
}

/// `path`, whose parts are split by `/`, as a relative address for a quoted attribute: everything but plain characters is
/// percent-encoded. Set `./` before it, so that no part is taken for a scheme.
pub fn address(path: &str) -> Cow<'_, str> {
    replaced(path, |_, c| {
        let plain = c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '/' | '@' | '+');
        (!plain).then_some(Piece::Percent(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, expected) in [
            ("plain é\n", "plain é\n"),
            (r#"<a href="x">'&"#, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;"),
            ("&lt;", "&amp;lt;"),
            ("\u{202e}\0\r", "\\u{202E}\\u{0000}\\u{000D}"),
        ] {
            let safe = escape(text);
            assert_eq!(safe, expected);
            assert_eq!(matches!(safe, Cow::Borrowed(_)), text == expected, "{text:?}");
        }
    }

    #[test]
    fn addresses_lead_nowhere_else() {
        for (path, expected) in [
            ("v1/assets/app.tar.gz", "v1/assets/app.tar.gz"),
            ("v1/a b\"<é", "v1/a%20b%22%3C%C3%A9"),
            ("javascript:alert(1)?a#b", "javascript%3Aalert%281%29%3Fa%23b"),
            ("%41&\n", "%2541%26%0A"),
        ] {
            assert_eq!(address(path), expected);
        }
    }
}
