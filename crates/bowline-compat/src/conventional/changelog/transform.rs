//! What a commit shows in the changelog, if anything.

use super::links::{Place, Values, expand};
use crate::conventional::parser::{Note, Parsed};
use crate::conventional::repository::Repository;
use crate::conventional::text::{first_units, is_word, part, pattern};
use crate::conventional::{Error, Question};
use crate::options::{CommitType, PresetName};
use crate::profile::Profile;
use regex::Regex;
use std::collections::HashSet;

/// The title that all notes get.
const BREAKING: &str = "BREAKING CHANGES";

/// The transformation of a preset.
pub(in crate::conventional) struct Transform<'a> {
    question: &'a Question<'a>,
    repository: &'a Repository,
    types: Vec<CommitType>,
    breaking_header: Regex,
    release_as: Regex,
    issue: Regex,
}

impl<'a> Transform<'a> {
    pub(super) fn new(question: &'a Question<'a>, repository: &'a Repository) -> Result<Self, Error> {
        let own = |what: &str, source: &str, flags: &str| {
            pattern(source, flags).map_err(|reason| Error::Pattern { what: what.to_owned(), reason })
        };
        let by_name = [String::from("#")];
        let prefixes = if question.preset_by_name { &by_name } else { question.preset.issue_prefixes.as_slice() };
        let joined = prefixes.join("|");
        let issue = if question.profile == Profile::CatV13 { "[a-z0-9]+" } else { "[0-9]+" };
        let issue =
            if question.is_default_preset() { format!("({joined})({issue})") } else { "(#)([0-9]+)".to_owned() };
        Ok(Self {
            question,
            repository,
            types: types(question),
            breaking_header: own("breakingHeaderPattern", r"^(\w*)(?:\((.*)\))?!: (.*)$", "")?,
            release_as: own("release-as", r"release-as:\s*\w*@?([0-9]+\.[0-9]+\.[0-9a-z]+(-[0-9a-z.]+)?)\s*", "i")?,
            issue: own("issuePrefixes", &issue, "")?,
        })
    }

    /// The headings in the order of their types.
    pub(super) fn sections(&self) -> Vec<&str> {
        self.types.iter().filter_map(|entry| entry.section.as_deref()).collect()
    }

    /// The commit as it is shown; `None` when it is not.
    pub(super) fn apply(&self, mut commit: Parsed) -> Option<Parsed> {
        let is_shown = match self.question.preset.name {
            PresetName::ConventionalCommits => self.conventional(&mut commit),
            PresetName::Angular => self.angular(&mut commit),
            PresetName::Atom => atom(&mut commit),
            PresetName::CodeMirror => commit.part("language").is_some(),
            PresetName::Ember => ember(&mut commit),
            PresetName::EsLint => commit.part("tag").is_some(),
            PresetName::Express => express(&mut commit),
            PresetName::JQuery => commit.part("component").is_some(),
            PresetName::JsHint => jshint(&mut commit),
        };
        if !is_shown {
            return None;
        }
        let short = commit.hash().map(|hash| first_units(hash, 7));
        if self.question.preset.name == PresetName::JsHint {
            commit.set("hash", short);
        } else if self.question.preset.name != PresetName::Express {
            commit.set("shortHash", short);
        }
        Some(commit)
    }

    fn conventional(&self, commit: &mut Parsed) -> bool {
        let is_modern = self.question.profile == Profile::CatV13;
        let entry = self.entry(commit);
        // The older presets look for a `!` again, whatever patterns `parserOpts` has; 13 leaves it to the reader.
        if !is_modern
            && commit.notes.is_empty()
            && let Some(found) = commit.header.as_deref().and_then(|header| self.breaking_header.captures(header))
        {
            let text = found.get(3).map_or("", |subject| subject.as_str()).to_owned();
            commit.notes.push(Note { title: BREAKING.to_owned(), text });
        }
        let asks = |text: &Option<String>| text.as_deref().is_some_and(|text| self.asks_for_release(text));
        let is_wanted = asks(&commit.footer) || asks(&commit.body) || !commit.notes.is_empty();
        for note in &mut commit.notes {
            BREAKING.clone_into(&mut note.title);
        }
        if !is_wanted && entry.is_none_or(is_hidden) {
            return false;
        }
        if let Some(entry) = entry {
            commit.set("type", entry.section.clone());
        }
        if commit.part("scope") == Some("*") {
            commit.set("scope", Some(String::new()));
        }
        if let Some(subject) = commit.part("subject") {
            let mut linked = HashSet::new();
            let subject = self.link_issues(subject, &mut linked);
            let subject = if is_modern { self.link_users_outside_code(&subject) } else { self.link_users(&subject) };
            commit.set("subject", Some(subject));
            commit.references.retain(|reference| !linked.contains(&format!("{}{}", reference.prefix, reference.issue)));
        }
        true
    }

    /// Most messages have no such line, and are long.
    fn asks_for_release(&self, text: &str) -> bool {
        text.as_bytes().windows(3).any(|window| window.eq_ignore_ascii_case(b"-as")) && self.release_as.is_match(text)
    }

    fn entry(&self, commit: &Parsed) -> Option<&CommitType> {
        let kind = match &commit.revert {
            Some(_) => "revert".to_owned(),
            None => commit.part("type").unwrap_or_default().to_lowercase(),
        };
        let scope = commit.part("scope");
        self.types.iter().find(|entry| {
            entry.name == kind
                && entry.scope.as_deref().filter(|scope| !scope.is_empty()).is_none_or(|wanted| scope == Some(wanted))
        })
    }

    fn link_issues(&self, subject: &str, linked: &mut HashSet<String>) -> String {
        let replaced = self.issue.replace_all(subject, |found: &regex::Captures<'_>| {
            let group = |place| found.get(place).map_or("", |group: regex::Match<'_>| group.as_str());
            // The prefix may have groups of its own; the originals then take the first two, whatever they are.
            let (prefix, issue) = (group(1), group(2));
            let whole = format!("{prefix}{issue}");
            match self.issue_link(prefix, issue) {
                Some(link) => {
                    linked.insert(whole);
                    format!("[{prefix}{issue}]({link})")
                }
                None => {
                    linked.insert(whole);
                    group(0).to_owned()
                }
            }
        });
        replaced.into_owned()
    }

    fn issue_link(&self, prefix: &str, issue: &str) -> Option<String> {
        let values = Values { repository: self.repository, other: None, named: &[("id", issue), ("prefix", prefix)] };
        if self.question.preset_by_name && self.question.profile == Profile::CatV13 {
            return super::modern::own_link(self.question, self.repository, &["issues", issue]);
        }
        expand(self.question, self.issue_format(), &values, Place::Subject)
    }

    fn issue_format(&self) -> &str {
        if self.question.preset_by_name { super::links::ISSUE } else { &self.question.preset.issue_url_format }
    }

    fn user_link(&self, user: &str) -> Option<String> {
        if self.question.preset.name == PresetName::Angular {
            return self.repository.host.text().map(|host| format!("{host}/{user}"));
        }
        if self.question.preset_by_name && self.question.profile == Profile::CatV13 {
            return super::modern::own_user_link(self.question, self.repository, user);
        }
        let format =
            if self.question.preset_by_name { super::links::USER } else { &self.question.preset.user_url_format };
        let values = Values { repository: self.repository, other: None, named: &[("user", user)] };
        expand(self.question, format, &values, Place::Subject)
    }

    /// Links what is written `@name`, unless a `/` makes it the name of a package.
    fn link_users(&self, subject: &str) -> String {
        let bytes = subject.as_bytes();
        let mut linked = String::with_capacity(subject.len());
        let mut at = 0;
        for (place, _) in subject.match_indices('@') {
            if place < at
                || place.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|before| is_word(*before))
            {
                continue;
            }
            let end = place + 1 + user_length(bytes.get(place + 1..).unwrap_or_default());
            let user = part(subject, place + 1, end);
            if user.is_empty() {
                continue;
            }
            linked.push_str(part(subject, at, place));
            match (!user.contains('/')).then(|| self.user_link(user)).flatten() {
                Some(link) => linked.push_str(&format!("[@{user}]({link})")),
                None => linked.push_str(part(subject, place, end)),
            }
            at = end;
        }
        linked.push_str(part(subject, at, subject.len()));
        linked
    }

    /// As [`Self::link_users`], and leaves `code` alone.
    fn link_users_outside_code(&self, subject: &str) -> String {
        let mut linked = String::with_capacity(subject.len());
        let mut rest = subject;
        // A tick inside of a name cannot be, so text between pieces of code can be looked at by itself. What stands before a
        // piece never ends in the middle of a word that a name would begin after.
        while let Some((before, after)) = rest.split_once('`') {
            let Some((code, behind)) = after.split_once('`') else { break };
            linked.push_str(&self.link_users(before));
            linked.push('`');
            linked.push_str(code);
            linked.push('`');
            rest = behind;
        }
        linked.push_str(&self.link_users(rest));
        linked
    }

    fn angular(&self, commit: &mut Parsed) -> bool {
        let has_notes = !commit.notes.is_empty();
        for note in &mut commit.notes {
            BREAKING.clone_into(&mut note.title);
        }
        let title = match commit.part("type") {
            Some("feat") => "Features",
            Some("fix") => "Bug Fixes",
            Some("perf") => "Performance Improvements",
            Some("revert") => "Reverts",
            _ if commit.revert.is_some() => "Reverts",
            _ if !has_notes => return false,
            Some("docs") => "Documentation",
            Some("style") => "Styles",
            Some("refactor") => "Code Refactoring",
            Some("test") => "Tests",
            Some("build") => "Build System",
            Some("ci") => "Continuous Integration",
            _ => "",
        };
        if !title.is_empty() {
            commit.set("type", Some(title.to_owned()));
        }
        if commit.part("scope") == Some("*") {
            commit.set("scope", Some(String::new()));
        }
        if let Some(subject) = commit.part("subject") {
            let mut linked = HashSet::new();
            let mut subject = subject.to_owned();
            if let Some(base) = self.angular_base() {
                let replaced = self.issue.replace_all(&subject, |found: &regex::Captures<'_>| {
                    let issue = found.get(2).map_or("", |issue| issue.as_str());
                    linked.insert(issue.to_owned());
                    format!("[#{issue}]({base}/issues/{issue})")
                });
                subject = replaced.into_owned();
            }
            if self.repository.host.text().is_some() {
                subject = self.link_users(&subject);
            }
            commit.set("subject", Some(subject));
            commit.references.retain(|reference| !linked.contains(&reference.issue));
        }
        true
    }

    fn angular_base(&self) -> Option<String> {
        let Repository { host, owner, project, url, .. } = self.repository;
        if !self.question.is_exact() && host.text().is_none() {
            return None;
        }
        match project.text() {
            Some(project) => Some(format!("{}/{}/{project}", host.spelled(), owner.spelled())),
            None => url.text().map(str::to_owned),
        }
    }
}

/// The entries of `types`. Without any given, the defaults of the configuration hide what the preset itself would show:
/// `feature`, which raises the minor version, and `perf`.
fn types(question: &Question<'_>) -> Vec<CommitType> {
    let entry = |name: &str, section: &str, hidden: bool| CommitType {
        name: name.to_owned(),
        scope: None,
        section: Some(section.to_owned()),
        hidden,
        effect: None,
    };
    if question.preset_by_name {
        return vec![
            entry("feat", "Features", false),
            entry("feature", "Features", false),
            entry("fix", "Bug Fixes", false),
            entry("perf", "Performance Improvements", false),
            entry("revert", "Reverts", false),
            entry("docs", "Documentation", true),
            entry("style", "Styles", true),
            entry("chore", "Miscellaneous Chores", true),
            entry("refactor", "Code Refactoring", true),
            entry("test", "Tests", true),
            entry("build", "Build System", true),
            entry("ci", "Continuous Integration", true),
        ];
    }
    let mut types = question.preset.types.clone();
    if question.types_given || question.is_exact() {
        return types;
    }
    if !types.iter().any(|entry| entry.name == "feature") {
        let place = types.iter().position(|entry| entry.name == "feat").map_or(0, |feat| feat + 1);
        types.insert(place, entry("feature", "Features", false));
    }
    let shown = entry("perf", "Performance Improvements", false);
    match types.iter_mut().find(|entry| entry.name == "perf") {
        Some(perf) => *perf = shown,
        None => types.push(shown),
    }
    types
}

fn is_hidden(entry: &CommitType) -> bool {
    entry.effect.as_deref().filter(|effect| !effect.is_empty()).map_or(entry.hidden, |effect| effect == "hidden")
}

/// How far a user's name goes: letters, digits and `/`, with single dashes between, at most 39 of them.
fn user_length(bytes: &[u8]) -> usize {
    let is_letter = |at: usize, slash: bool| {
        bytes.get(at).is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || (slash && *byte == b'/'))
    };
    if !is_letter(0, false) {
        return 0;
    }
    let mut at = 1;
    for _ in 0..38 {
        if bytes.get(at) == Some(&b'-') && is_letter(at + 1, true) {
            at += 2;
        } else if is_letter(at, true) {
            at += 1;
        } else {
            break;
        }
    }
    at
}

fn atom(commit: &mut Parsed) -> bool {
    let Some(emoji) = commit.part("emoji").map(|emoji| first_units(emoji, 72)) else { return false };
    let left = 72_usize.saturating_sub(emoji.encode_utf16().count());
    if let Some(text) = commit.part("shortDesc").map(|text| first_units(text, left)) {
        commit.set("shortDesc", Some(text));
    }
    commit.set("emoji", Some(emoji));
    true
}

fn ember(commit: &mut Parsed) -> bool {
    let title = match commit.part("tag") {
        Some("BUGFIX") => "Bug Fixes",
        Some("CLEANUP") => "Cleanup",
        Some("FEATURE") => "Features",
        Some("DOC") => "Documentation",
        Some("SECURITY") => "Security",
        _ => return false,
    };
    commit.set("tag", Some(title.to_owned()));
    commit.part("pr").is_some()
}

fn express(commit: &mut Parsed) -> bool {
    let title = match commit.part("component") {
        Some("perf") => "Performance",
        Some("deps") => "Dependencies",
        _ => return false,
    };
    commit.set("component", Some(title.to_owned()));
    true
}

fn jshint(commit: &mut Parsed) -> bool {
    let title = match commit.part("type").map(str::to_uppercase).as_deref() {
        Some("FEAT") => "Features",
        Some("FIX") => "Bug Fixes",
        _ => return false,
    };
    commit.set("type", Some(title.to_owned()));
    for note in &mut commit.notes {
        if note.title == "BREAKING CHANGE" {
            BREAKING.clone_into(&mut note.title);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::user_length;

    #[test]
    fn names_of_users() {
        let check = |text: &str, expected: usize| assert_eq!(user_length(text.as_bytes()), expected, "{text}");
        check("bob", 3);
        check("bob-", 3);
        check("a-b--c", 3);
        check("Bob", 0);
        check("a/b", 3);
        check("-a", 0);
        check(&"a".repeat(50), 39);
    }
}
