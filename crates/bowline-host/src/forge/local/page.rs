//! The page that lists published releases.
//!
//! One file that needs no other, no script and no network. Every text in it comes from outside and is escaped; links
//! are relative, so the folder can be moved or served from anywhere.

use super::ASSETS;
use super::read::ReleaseFolder;
use super::record::{AssetRecord, Record};
use bowline_model::Version;
use bowline_model::git::TagName;
use bowline_model::text::html::{address, escape};
use bowline_model::text::{one_line, visible};
use std::cmp::Reverse;

/// The page for `releases`, the newest version first; tags without a version come last.
pub(super) fn render(mut releases: Vec<ReleaseFolder>, latest: Option<&TagName>) -> String {
    releases.sort_by_cached_key(|release| {
        let tag = release.record.tag.as_str();
        (Reverse(version(tag)), tag.to_owned())
    });
    let mut page = HEAD.to_owned();
    if releases.is_empty() {
        page.push_str("<p>No releases yet.</p>\n");
    }
    for ReleaseFolder { record, notes, .. } in &releases {
        page.push_str(&section(record, notes, latest == Some(&record.tag)));
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// What the page says about one release.
pub(super) fn section(record: &Record, notes: &str, is_latest: bool) -> String {
    let tag = escape(record.tag.as_str());
    let title = one_line(&record.name, 200);
    let title = escape(&title);
    let mut html = format!("<section id=\"{tag}\">\n<h2><a href=\"./{}/\">{tag}</a>", address(record.tag.as_str()));
    for (shown, mark) in [(is_latest, "latest"), (record.prerelease, "pre-release")] {
        if shown {
            html.push_str(&format!(" <small>{mark}</small>"));
        }
    }
    html.push_str("</h2>\n");
    if title != tag {
        html.push_str(&format!("<h3>{title}</h3>\n"));
    }
    let published = record.published.map(|time| format!("<time datetime=\"{time}\">{}</time> · ", time.date()));
    html.push_str(&format!("<p>{}commit <code>{}</code></p>\n", published.unwrap_or_default(), record.commit.short()));
    html.push_str(&assets(&record.tag, &record.assets));
    if !notes.trim().is_empty() {
        html.push_str(&format!("<pre>{}</pre>\n", escape(visible(notes).trim_end())));
    }
    html.push_str("</section>\n");
    html
}

fn assets(tag: &TagName, assets: &[AssetRecord]) -> String {
    if assets.is_empty() {
        return String::new();
    }
    let mut html = "<table>\n<tr><th>File</th><th>Bytes</th><th>SHA-256</th></tr>\n".to_owned();
    for AssetRecord { name, size, sha256 } in assets {
        let path = format!("{tag}/{ASSETS}/{name}");
        let address = address(&path);
        let name = one_line(name, 200);
        let name = escape(&name);
        let hex = sha256.hex();
        html.push_str(&format!(
            "<tr><td><a href=\"./{address}\">{name}</a></td><td>{size}</td><td><code>{hex}</code></td></tr>\n"
        ));
    }
    html.push_str("</table>\n");
    html
}

/// The version inside a tag: what follows its name and `v`.
fn version(tag: &str) -> Option<Version> {
    let mut before = None;
    for (at, c) in tag.char_indices() {
        if c.is_ascii_digit()
            && !before.is_some_and(|b: char| b.is_ascii_digit() || b == '.')
            && let Some(Ok(version)) = tag.get(at..).map(str::parse)
        {
            return Some(version);
        }
        before = Some(c);
    }
    None
}

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Releases</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
section { border-top: 1px solid #8886; padding: 0.5rem 0 1rem; }
h2 { margin: 0.5rem 0 0; } h3 { margin: 0; font-weight: normal; }
small { font-size: 0.75rem; border: 1px solid; border-radius: 1rem; padding: 0 0.5rem; vertical-align: middle; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; padding: 0.15rem 1rem 0.15rem 0; } td:nth-child(2) { text-align: right; }
code, pre { font: 0.85rem/1.45 ui-monospace, monospace; }
pre { white-space: pre-wrap; background: #8881; padding: 0.75rem; border-radius: 0.25rem; }
</style>
</head>
<body>
<main>
<h1>Releases</h1>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tag: &str, expected: Option<&str>) {
        assert_eq!(version(tag), expected.map(|version| version.parse().unwrap()), "{tag}");
    }

    #[test]
    fn versions_are_found_in_tags() {
        check("v1.2.3", Some("1.2.3"));
        check("1.2.3-rc.1+x", Some("1.2.3-rc.1+x"));
        check("name2-v1.10.0", Some("1.10.0"));
        check("name@1.2.3", Some("1.2.3"));
        check("a/b4/v1.0.0", Some("1.0.0"));
        check("nightly", None);
        check("v1.2", None);
        check("2024.01.02", None);
    }
}
