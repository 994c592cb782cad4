//! What the rules of a push ruleset mean for the files of a release commit.
//!
//! Such rules are about files and no references (*Available rules for rulesets*, from *Restrict file paths* on). What their
//! words leave open, as whether the name of a folder alone means what is in it, is read both ways: only what is forbidden
//! either way is called so.

use super::judge::{Verdict, fnmatch};
use bowline_model::text::one_line;
use bowline_port::forge::rules::PushedFile;
use serde_json::Value;

/// What the rule `kind` of those `parameters` means for `files`; none when it is about something else.
pub(super) fn verdict(kind: &str, parameters: &Value, files: &[PushedFile]) -> Option<Verdict> {
    let judge: &dyn Fn(&PushedFile) -> Option<Verdict> = match kind {
        "file_path_restriction" => &|file| of_path(texts(parameters, "restricted_file_paths")?, file),
        "file_extension_restriction" => &|file| of_extension(texts(parameters, "restricted_file_extensions")?, file),
        "max_file_path_length" => &|file| of_length(number(parameters, kind)?, file),
        "max_file_size" => &|file| of_size(number(parameters, kind)?, file),
        _ => return None,
    };
    let mut worst = Verdict::Passes;
    for file in files {
        match judge(file) {
            Some(Verdict::Passes) => {}
            Some(forbids @ Verdict::Forbids(_)) => return Some(forbids),
            Some(unclear) => worst = unclear,
            None => return Some(Verdict::Unclear(format!("what the rule `{kind}` is about is not told"))),
        }
    }
    Some(worst)
}

fn of_path(patterns: &[Value], file: &PushedFile) -> Option<Verdict> {
    // A star may not match a dot at the beginning of a name: then the pattern has to name it.
    let hidden = file.path.split('/').filter(|part| part.starts_with('.'));
    let is_named = |pattern: &str| hidden.clone().all(|name| pattern.split('/').any(|part| part == name));
    let mut may = false;
    for pattern in patterns {
        let pattern = pattern.as_str()?.trim_matches('/');
        let about = fnmatch(pattern, &file.path);
        if about == Some(true) && is_named(pattern) {
            return Some(Verdict::Forbids(format!("nobody may change `{}`", shown(file))));
        }
        let mut folders = file.path.match_indices('/').filter_map(|(end, _)| file.path.get(..end));
        may |= about != Some(false) || folders.any(|folder| fnmatch(pattern, folder) != Some(false));
    }
    let why = format!("perhaps nobody may change `{}`", shown(file));
    Some(if may { Verdict::Unclear(why) } else { Verdict::Passes })
}

/// Extensions are written as `jar`, `.jar` or `*.jar`.
fn of_extension(extensions: &[Value], file: &PushedFile) -> Option<Verdict> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let mut may = false;
    for extension in extensions {
        let extension = extension.as_str()?.trim_start_matches('*').trim_start_matches('.');
        let Some((_, end)) = name.len().checked_sub(extension.len() + 1).and_then(|at| name.split_at_checked(at))
        else {
            continue;
        };
        if end.strip_prefix('.') == Some(extension) {
            return Some(Verdict::Forbids(format!(
                "files ending in `.{}` may not be pushed: `{}`",
                one_line(extension, 40),
                shown(file)
            )));
        }
        may |= end.strip_prefix('.').is_some_and(|end| end.eq_ignore_ascii_case(extension));
    }
    Some(if may {
        Verdict::Unclear(format!("perhaps files such as `{}` may not be pushed", shown(file)))
    } else {
        Verdict::Passes
    })
}

fn of_length(most: u64, file: &PushedFile) -> Option<Verdict> {
    let length = file.path.chars().count() as u64;
    let why = format!("the path `{}` is longer than {most} characters", shown(file));
    Some(if length > most { Verdict::Forbids(why) } else { Verdict::Passes })
}

/// Sizes are in megabytes; which kind of them is not written down.
fn of_size(most: u64, file: &PushedFile) -> Option<Verdict> {
    let why = format!("`{}` is larger than {most} MB", shown(file));
    Some(match file.size {
        size if size > most.saturating_mul(1 << 20) => Verdict::Forbids(why),
        size if size > most.saturating_mul(1_000_000) => Verdict::Unclear(format!("perhaps {why}")),
        _ => Verdict::Passes,
    })
}

fn texts<'p>(parameters: &'p Value, name: &str) -> Option<&'p [Value]> {
    parameters.get(name)?.as_array().map(Vec::as_slice)
}

fn number(parameters: &Value, name: &str) -> Option<u64> {
    parameters.get(name)?.as_u64()
}

fn shown(file: &PushedFile) -> String {
    one_line(&file.path, 120).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq)]
    enum Is {
        Fine,
        Forbidden,
        Unclear,
    }

    fn check(kind: &str, parameters: &Value, path: &str, size: u64, expected: &Is) {
        let files = [PushedFile { path: "VERSION".to_owned(), size: 6 }, PushedFile { path: path.to_owned(), size }];
        let found = match verdict(kind, parameters, &files).unwrap() {
            Verdict::Passes => Is::Fine,
            Verdict::Forbids(_) => Is::Forbidden,
            Verdict::Unclear(_) => Is::Unclear,
        };
        assert_eq!(found, *expected, "{kind} {parameters} {path} {size}");
    }

    #[test]
    fn paths() {
        let path = |pattern: &str, path: &str, expected: Is| {
            check("file_path_restriction", &json!({ "restricted_file_paths": [pattern] }), path, 1, &expected);
        };
        path("CHANGELOG.md", "CHANGELOG.md", Is::Forbidden);
        path("/CHANGELOG.md", "CHANGELOG.md", Is::Forbidden);
        path("CHANGELOG.md", "docs/CHANGELOG.md", Is::Fine);
        path("docs/*.md", "docs/CHANGELOG.md", Is::Forbidden);
        path("docs/**/*", "docs/a/CHANGELOG.md", Is::Forbidden);
        path("*.md", "docs/CHANGELOG.md", Is::Fine);
        path("*/version", ".github/version", Is::Unclear);
        path(".github/**/*", ".github/workflows/version", Is::Forbidden);
        path(".github/version", ".github/version", Is::Forbidden);
        path("docs", "docs/CHANGELOG.md", Is::Unclear);
        path("docs/", "docs/a/CHANGELOG.md", Is::Unclear);
        path("[", "docs/CHANGELOG.md", Is::Unclear);
        path("src/**/*", "docs/CHANGELOG.md", Is::Fine);
    }

    #[test]
    fn extensions_lengths_and_sizes() {
        let extension = |extension: &str, path: &str, expected: Is| {
            check(
                "file_extension_restriction",
                &json!({ "restricted_file_extensions": [extension] }),
                path,
                1,
                &expected,
            );
        };
        for written in ["json", ".json", "*.json"] {
            extension(written, "a/package.json", Is::Forbidden);
            extension(written, "a/package.JSON", Is::Unclear);
            extension(written, "a.json/package", Is::Fine);
            extension(written, "a/packagejson", Is::Fine);
            extension(written, "é", Is::Fine);
        }
        for (path, expected) in [("12345678", Is::Fine), ("ä2345678", Is::Fine), ("123456789", Is::Forbidden)] {
            check("max_file_path_length", &json!({ "max_file_path_length": 8 }), path, 1, &expected);
        }
        for (size, expected) in [(1_000_000, Is::Fine), (1 << 20, Is::Unclear), ((1 << 20) + 1, Is::Forbidden)] {
            check("max_file_size", &json!({ "max_file_size": 1 }), "a", size, &expected);
        }
    }

    #[test]
    fn what_is_not_told_is_unclear_and_what_is_no_such_rule_is_none() {
        for kind in ["file_path_restriction", "file_extension_restriction", "max_file_path_length", "max_file_size"] {
            for parameters in [json!(null), json!({}), json!({ "max_file_size": "1" })] {
                check(kind, &parameters, "a", 1, &Is::Unclear);
            }
            assert_eq!(verdict(kind, &json!({}), &[]), Some(Verdict::Passes), "nothing is pushed");
        }
        assert_eq!(verdict("pull_request", &json!({}), &[]), None);
    }
}
