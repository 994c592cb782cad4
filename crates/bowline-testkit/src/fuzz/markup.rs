//! Text of strangers in every place that reads it by rules of its own.

use super::texts::{assert_commands_nothing, assert_safe};
use bowline_model::text::screen::{Paint, painted, shown};
use bowline_model::text::{command_data, command_property, html, markdown, name, one_line, safe_json, visible};
use pulldown_cmark::{Event, Options, Parser, Tag};

/// Readers see the text, and nothing of it acts.
pub(super) fn markup(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    in_markdown(&text);
    in_html(&text);
    in_commands(&text);
    in_json(&text);
    on_screen(&text);
    let safe = name::safe_asset(&text);
    assert!(name::check_asset(&safe).is_ok() && !safe.contains(['/', '\\', ':', ' ']), "{text:?} became {safe:?}");
    assert_eq!(name::check_asset(&text).is_ok(), safe == text, "{text:?}");
}

fn in_markdown(text: &str) {
    let entry = format!("- {}", markdown::inline(text, None));
    assert_eq!(dangers(&entry), Vec::<String>::new(), "{text:?} became {entry:?}");
    if !text.contains('`') && !text.contains('@') && !text.contains(['#', '!']) && !text.contains("://") {
        assert_eq!(letters(&read(&entry)), letters(&one_line(text.trim(), usize::MAX)), "{entry:?}");
    }
    let table = format!("| a |\n| --- |\n| {} |\n\nafter", markdown::cell(text));
    assert_eq!(dangers(&table), Vec::<String>::new(), "{text:?} became {table:?}");
    assert_eq!(letters(&read(&table)), format!("a{}after", letters(&one_line(text, 300))), "{table:?}");
}

/// Tags, links, emphasis, and blocks other than the list or table that was written.
fn dangers(markdown: &str) -> Vec<String> {
    let (mut items, mut cells) = (0, 0);
    let danger = |event: Event<'_>| match event {
        Event::Start(Tag::Item) => {
            items += 1;
            (items > 1).then(|| "a second entry".to_owned())
        }
        Event::Start(Tag::TableCell) => {
            cells += 1;
            (cells > 2).then(|| "a second cell".to_owned())
        }
        Event::Start(Tag::List(_) | Tag::Paragraph | Tag::Table(_) | Tag::TableHead | Tag::TableRow)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_) => None,
        other => Some(format!("{other:?}")),
    };
    Parser::new_ext(markdown, OPTIONS).filter_map(danger).collect()
}

/// What forges read.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_GFM);

fn read(markdown: &str) -> String {
    let words = Parser::new_ext(markdown, OPTIONS).filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.into_string()),
        _ => None,
    });
    words.collect()
}

fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

fn in_html(text: &str) {
    let safe = html::escape(text);
    assert_safe(&safe);
    assert!(!safe.contains(['<', '>', '"', '\'']), "{safe:?}");
    let back = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let back = back.iter().fold(safe.into_owned(), |text, (escape, plain)| text.replace(escape, plain));
    assert_eq!(visible(&back.replace("\\u{000D}\n", "\n")), visible(text), "what readers see");
    let address = html::address(text);
    assert!(address.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/@+%".contains(&byte)), "{address:?}");
    assert_eq!(decoded(&address), text.as_bytes(), "{address:?}");
}

/// The bytes of a percent-encoded text.
fn decoded(text: &str) -> Vec<u8> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

fn in_commands(text: &str) {
    for safe in [command_data(text), command_property(text)] {
        assert!(!safe.contains(['\n', '\r']) && !safe.contains("##["), "{safe:?}");
        // As the runner reads it.
        let read = [("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
        let read = read.iter().fold(safe.into_owned(), |text, (escape, plain)| text.replace(escape, plain));
        assert_eq!(read.replace('\u{2060}', ""), visible(text), "what the annotation shows");
    }
    assert!(!command_property(text).contains([':', ',']));
}

fn in_json(text: &str) {
    let value = serde_json::json!({ text: [text, [1, { "#": "##" }]] });
    for written in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
        let safe = safe_json(&written);
        assert_safe(&safe);
        assert_commands_nothing(&safe);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value, "{safe:?}");
    }
}

/// Nothing acts on a terminal but colours of ours.
fn on_screen(text: &str) {
    let line = format!("{} {text}\n{text}", painted(Paint::Bold, &visible(text)));
    let printed = shown(&line);
    assert_commands_nothing(&printed);
    let mut plain = printed.into_owned();
    for colour in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[1;31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m"] {
        plain = plain.replace(colour, "");
    }
    assert_safe(&plain.replace('\u{2060}', ""));
}
