//! Which files git ignores, as far as npm's `dotgitignore` knows.
//!
//! It reads the nearest `.gitignore` alone, and not as git does: a pattern with a slash has to match the whole path that it is given,
//! which for standard-version is an absolute one, so that most such patterns match nothing. A pattern without a slash is compared with
//! every part of that path, the folders above the project among them. Both decide about the files of a release, so both stay.

use crate::profile::Profile;
use crate::world::{World, absolute};

/// Whether `filename` of an entry is left out because git ignores it.
#[must_use]
pub fn is_ignored(filename: &str, profile: Profile, world: &World<'_>) -> bool {
    let mut nearest = world.folder.ancestors().map(|folder| folder.join(".gitignore"));
    let Some(bytes) = nearest.find_map(|path| world.files.read(&path).ok().flatten()) else { return false };
    let patterns = String::from_utf8_lossy(&bytes);
    if profile.is_catv() {
        matches(&patterns, filename)
    } else {
        matches(&patterns, &absolute(world.folder, filename).display().to_string())
    }
}

/// Whether the patterns of a `.gitignore` match `path`; the last one that does decides.
fn matches(patterns: &str, path: &str) -> bool {
    let mut is_ignored = false;
    for line in patterns.split(['\n', '\r']) {
        let (pattern, is_negated, is_rooted) = match (line.strip_prefix('!'), line.strip_prefix('/')) {
            (Some(rest), _) => (rest, true, false),
            (_, Some(rest)) => (rest, false, true),
            _ => (line, false, false),
        };
        let is_whole = is_rooted || pattern.contains('/');
        let pattern = pattern.trim();
        if pattern.is_empty() || pattern.starts_with('#') {
            continue;
        }
        let globs: Vec<Vec<Token>> = braces(pattern, 0).iter().map(|pattern| tokens(pattern)).collect();
        let fits = |text: &str| globs.iter().any(|glob| fits(glob, text));
        if if is_whole { fits(path) } else { path.split('/').any(fits) } {
            is_ignored = !is_negated;
        }
    }
    is_ignored
}

/// A piece of a glob, as npm's `minimatch` 3 understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`.
    One,
    /// `*`.
    Many,
    /// `**`: across folders, but not into hidden ones.
    All,
    /// `[a-z]`, and whether it is turned round.
    Class(Vec<(char, char)>, bool),
    /// A wildcard at the beginning of a part matches no dot, and a part with wildcards is not empty.
    Part {
        hides_dot: bool,
    },
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut all = Vec::new();
    for (place, part) in pattern.split('/').enumerate() {
        if place > 0 {
            all.push(Token::Char('/'));
        }
        if part == "**" {
            all.push(Token::All);
            continue;
        }
        let found = part_tokens(part);
        let is_magic = found.iter().any(|token| !matches!(token, Token::Char(_)));
        if is_magic {
            all.push(Token::Part { hides_dot: !matches!(found.first(), Some(Token::Char(_))) });
        }
        all.extend(found);
    }
    all
}

fn part_tokens(part: &str) -> Vec<Token> {
    let chars: Vec<char> = part.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(char) = chars.get(at) {
        at += 1;
        match char {
            '?' => found.push(Token::One),
            '*' if found.last() == Some(&Token::Many) => {}
            '*' => found.push(Token::Many),
            '\\' => {
                found.push(Token::Char(chars.get(at).copied().unwrap_or('\\')));
                at += 1;
            }
            '[' => match class(chars.get(at..).unwrap_or_default()) {
                Some((token, length)) => {
                    found.push(token);
                    at += length;
                }
                None => found.push(Token::Char('[')),
            },
            char => found.push(Token::Char(*char)),
        }
    }
    found
}

/// What is behind a `[`, and how long it is.
fn class(chars: &[char]) -> Option<(Token, usize)> {
    let is_negated = matches!(chars.first(), Some('!' | '^'));
    let start = usize::from(is_negated);
    let length = chars.iter().skip(start + 1).position(|char| *char == ']')? + start + 1;
    let inner = chars.get(start..length)?;
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(first) = inner.get(at) {
        match (inner.get(at + 1), inner.get(at + 2)) {
            (Some('-'), Some(last)) => {
                ranges.push((*first, *last));
                at += 3;
            }
            _ => {
                ranges.push((*first, *first));
                at += 1;
            }
        }
    }
    Some((Token::Class(ranges, is_negated), length + 1))
}

/// `{a,b}` written out. Nobody nests them deeply.
fn braces(pattern: &str, depth: usize) -> Vec<String> {
    let found = pattern.char_indices().filter(|(_, char)| *char == '{').find_map(|(open, _)| {
        let mut level = 0_usize;
        let mut commas = Vec::new();
        for (at, char) in pattern.char_indices().skip_while(|(at, _)| *at < open) {
            match char {
                '{' => level += 1,
                ',' if level == 1 => commas.push(at),
                '}' if level == 1 => return (!commas.is_empty()).then_some((open, commas, at)),
                '}' => level -= 1,
                _ => {}
            }
        }
        None
    });
    let Some((open, mut commas, close)) = found.filter(|_| depth < 4) else { return vec![pattern.to_owned()] };
    let (before, after) = (pattern.get(..open).unwrap_or_default(), pattern.get(close + 1..).unwrap_or_default());
    commas.push(close);
    let mut start = open + 1;
    let mut all = Vec::new();
    for end in commas {
        let middle = pattern.get(start..end).unwrap_or_default();
        all.extend(braces(&format!("{before}{middle}{after}"), depth + 1));
        start = end + 1;
    }
    all
}

/// Whether a glob matches a whole text. All places that are reached so far are followed at once, so no pattern takes long.
fn fits(glob: &[Token], text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut places = vec![false; chars.len() + 1];
    places[0] = true;
    for token in glob {
        let mut next = vec![false; places.len()];
        for at in (0..places.len()).filter(|at| places[*at]) {
            let char = chars.get(at).copied();
            match token {
                Token::Char(wanted) => step(&mut next, at, char == Some(*wanted)),
                Token::One => step(&mut next, at, char.is_some_and(|char| char != '/')),
                Token::Class(ranges, is_negated) => {
                    let is_in = |char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&char));
                    step(&mut next, at, char.is_some_and(|char| char != '/' && is_in(char) != *is_negated));
                }
                Token::Part { hides_dot } => next[at] |= char.is_some() && !(*hides_dot && char == Some('.')),
                Token::Many => run(&mut next, at, |at| chars.get(at).is_some_and(|char| *char != '/')),
                Token::All => run(&mut next, at, |at| {
                    let is_hidden = chars.get(at) == Some(&'/') && chars.get(at + 1) == Some(&'.');
                    at < chars.len() && !is_hidden && !(at == 0 && chars.first() == Some(&'.'))
                }),
            }
        }
        places = next;
    }
    places.last().copied().unwrap_or(false)
}

fn step(next: &mut [bool], at: usize, is_taken: bool) {
    if is_taken && let Some(place) = next.get_mut(at + 1) {
        *place = true;
    }
}

fn run(next: &mut [bool], from: usize, is_taken: impl Fn(usize) -> bool) {
    let mut at = from;
    while let Some(place) = next.get_mut(at) {
        *place = true;
        if !is_taken(at) {
            break;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    /// Answers of npm's `dotgitignore` 2.1.0.
    #[test]
    fn patterns_match_as_in_the_original() {
        let paths = [
            "package.json",
            "pkg/package.json",
            "/home/build/pkg/package.json",
            ".versionrc.json",
            "/x/.hid/package.json",
            "x/package.json",
            "x/y/package.json",
        ];
        let check = |patterns: &str, expected: &[&str]| {
            let found: Vec<&str> = paths.into_iter().filter(|path| matches(patterns, path)).collect();
            assert_eq!(found, expected, "{patterns:?}");
        };
        check(
            "package.json",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check(
            "*.json",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check("/package.json", &["package.json"]);
        check("pkg", &["pkg/package.json", "/home/build/pkg/package.json"]);
        check("pkg/", &[]);
        check("pkg/*", &["pkg/package.json"]);
        check("pkg/package.json", &["pkg/package.json"]);
        check(
            "**/package.json",
            &["pkg/package.json", "/home/build/pkg/package.json", "x/package.json", "x/y/package.json"],
        );
        check(
            "**",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check(
            "*",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check("# package.json", &[]);
        check("!package.json", &[]);
        check("*\n!package.json", &[]);
        check(
            "a\r\npackage.json",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check(
            "*.{json,lock}",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check(
            "package.js?n",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check("package.js[nm]n", &[]);
        check(
            "p*k*.json",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check(
            "[!a]*.json",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check(".versionrc*", &[".versionrc.json"]);
        check("*rc.json", &[]);
        check("build", &["/home/build/pkg/package.json"]);
        check(
            "  package.json  ",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check(
            "\\package.json",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check("/pkg/*", &["pkg/package.json"]);
        check(
            "/**/package.json",
            &["pkg/package.json", "/home/build/pkg/package.json", "x/package.json", "x/y/package.json"],
        );
        check("x/**/package.json", &["x/y/package.json"]);
        check("home", &["/home/build/pkg/package.json"]);
        check("{a,b}", &[]);
        check("package.{json", &[]);
        check("[x", &[]);
        check("*.jso[", &[]);
        check("node_modules/", &[]);
        check("package", &[]);
        check("a/../package.json", &[]);
        check(
            "?*",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
        check("!*", &[]);
        check("./package.json", &[]);
        check(
            "p**.json",
            &[
                "package.json",
                "pkg/package.json",
                "/home/build/pkg/package.json",
                "/x/.hid/package.json",
                "x/package.json",
                "x/y/package.json",
            ],
        );
    }
}
