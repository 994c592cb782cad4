//! Whether what is said about a commit is what a plan requires: a pure question.

use bowline_model::plan::CheckRequirement;
use bowline_model::text::one_line;
use bowline_port::forge::checks::{Check, CheckState, Demand};
use std::collections::BTreeSet;

/// How the required checks stand. Each entry is one line, safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Names of the green ones.
    pub green: BTreeSet<String>,
    /// Those that are not done yet, or that nobody has begun.
    pub waiting: BTreeSet<String>,
    /// Those that can only be changed by somebody: name, what it says, where to look.
    pub failed: BTreeSet<String>,
}

/// What is required, ready to be compared.
struct Wanted<'r> {
    name: Name<'r>,
    app: AppWanted<'r>,
}

#[derive(Clone, Copy)]
enum Name<'r> {
    Like(&'r str),
    Exactly(&'r str),
}

enum AppWanted<'r> {
    Any,
    OneOf(&'r [String]),
    Numbered(u64),
}

/// Compares what is required, by the plan and by the branch's rules, with what is said.
pub fn judge(required: &CheckRequirement, demands: &[Demand], said: &[Check]) -> Judgement {
    let is_ignored = |name: &str| required.ignore.iter().any(|pattern| is_like(name, pattern));
    let mut judgement = Judgement::default();
    for wanted in all_wanted(required, demands) {
        let (Name::Like(shown) | Name::Exactly(shown)) = wanted.name;
        if matches!(wanted.name, Name::Exactly(name) if is_ignored(name)) {
            continue;
        }
        let counted: Vec<&Check> =
            said.iter().filter(|check| wanted.is_met_by(check) && !is_ignored(&check.name)).collect();
        if counted.is_empty() {
            judgement.waiting.insert(format!("{}: nobody has said anything", one_line(shown, NAME)));
        }
        counted.into_iter().for_each(|check| judgement.add(check, &required.accept));
    }
    judgement
}

impl Judgement {
    fn add(&mut self, check: &Check, accept: &[String]) {
        let name = one_line(&check.name, NAME).into_owned();
        let word = match &check.state {
            CheckState::Passed => "success",
            CheckState::Neutral => "neutral",
            CheckState::Skipped => "skipped",
            CheckState::Pending(word) | CheckState::Failed(word) => word,
        };
        let url = check.url.as_deref().map(|url| format!(", {}", one_line(url, 200))).unwrap_or_default();
        let line = format!("{name}: {}{url}", one_line(word, 40));
        match &check.state {
            CheckState::Passed => drop(self.green.insert(name)),
            CheckState::Neutral | CheckState::Skipped if accept.iter().any(|accepted| accepted == word) => {
                self.green.insert(name);
            }
            CheckState::Pending(_) => drop(self.waiting.insert(line)),
            CheckState::Neutral | CheckState::Skipped | CheckState::Failed(_) => drop(self.failed.insert(line)),
        }
    }
}

impl Wanted<'_> {
    fn is_met_by(&self, check: &Check) -> bool {
        let name = match self.name {
            Name::Like(pattern) => is_like(&check.name, pattern),
            Name::Exactly(name) => name == check.name,
        };
        // A commit status names no app, so it is not known to be that of the right one.
        let app = match (&self.app, &check.app) {
            (AppWanted::Any, _) => true,
            (AppWanted::OneOf(names), Some(app)) => names.contains(&app.name),
            (AppWanted::Numbered(number), Some(app)) => app.id == *number,
            (_, None) => false,
        };
        name && app
    }
}

fn all_wanted<'r>(required: &'r CheckRequirement, demands: &'r [Demand]) -> impl Iterator<Item = Wanted<'r>> {
    let listed = required.required.iter().map(|pattern| Wanted {
        name: Name::Like(pattern),
        app: if required.apps.is_empty() { AppWanted::Any } else { AppWanted::OneOf(&required.apps) },
    });
    listed.chain(demands.iter().map(|demand| Wanted {
        name: Name::Exactly(&demand.name),
        app: demand.app.map_or(AppWanted::Any, AppWanted::Numbered),
    }))
}

/// Whether `name` is like `pattern`, in which `*` stands for any text. Everything else stands for itself: brackets, slashes
/// and question marks are common in names of checks, which are no paths.
fn is_like(name: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return name == pattern };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = name.strip_prefix(first).and_then(|inner| inner.strip_suffix(last));
    let Some(mut inner) = inner else { return false };
    // The earliest place of each part leaves the most for those after it.
    middle.split('*').all(|part| match inner.split_once(part) {
        Some((_, after)) => {
            inner = after;
            true
        }
        None => false,
    })
}

const NAME: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_port::forge::checks::App;

    fn run(name: &str, app: &str, state: CheckState) -> Check {
        let app = App { id: app.len() as u64, name: app.to_owned() };
        Check { name: name.to_owned(), app: Some(app), state, url: Some(format!("https://x/{name}")) }
    }

    fn status(name: &str, state: CheckState) -> Check {
        Check { name: name.to_owned(), app: None, state, url: None }
    }

    fn failed(word: &str) -> CheckState {
        CheckState::Failed(word.to_owned())
    }

    fn pending() -> CheckState {
        CheckState::Pending("in_progress".to_owned())
    }

    fn requires(required: &[&str]) -> CheckRequirement {
        CheckRequirement { required: required.iter().map(|&name| name.to_owned()).collect(), ..Default::default() }
    }

    /// The three lists, each joined.
    fn check(required: &CheckRequirement, demands: &[Demand], said: &[Check], expected: [&str; 3]) {
        let found = judge(required, demands, said);
        let join = |list: &BTreeSet<String>| list.iter().cloned().collect::<Vec<_>>().join(" | ");
        let found = [join(&found.green), join(&found.waiting), join(&found.failed)];
        assert_eq!(found, expected.map(str::to_owned), "{required:?} {said:?}");
    }

    #[test]
    fn every_conclusion_has_its_place() {
        let test = requires(&["test"]);
        check(&test, &[], &[run("test", "a", CheckState::Passed)], ["test", "", ""]);
        check(&test, &[], &[run("test", "a", pending())], ["", "test: in_progress, https://x/test", ""]);
        for word in ["failure", "cancelled", "timed_out", "action_required", "stale", "startup_failure", "new"] {
            let said = [run("test", "a", failed(word))];
            check(&test, &[], &said, ["", "", &format!("test: {word}, https://x/test")]);
        }
        let accepting = CheckRequirement { accept: vec!["skipped".to_owned()], ..test.clone() };
        for (state, word, accepted) in [(CheckState::Skipped, "skipped", true), (CheckState::Neutral, "neutral", false)]
        {
            let (said, line) = ([run("test", "a", state)], format!("test: {word}, https://x/test"));
            check(&test, &[], &said, ["", "", &line]);
            let expected = if accepted { ["test", "", ""] } else { ["", "", &line] };
            check(&accepting, &[], &said, expected);
        }
    }

    #[test]
    fn what_nobody_said_is_waited_for() {
        let absent = "test: nobody has said anything";
        check(&requires(&["test"]), &[], &[], ["", absent, ""]);
        check(&requires(&["test"]), &[], &[run("tests", "a", CheckState::Passed)], ["", absent, ""]);
        check(&requires(&["*"]), &[], &[], ["", "*: nobody has said anything", ""]);
    }

    #[test]
    fn all_of_a_name_must_be_green() {
        let said =
            [run("test", "a", CheckState::Passed), run("test", "b", failed("failure")), status("test", pending())];
        let waiting = "test: in_progress";
        check(&requires(&["test"]), &[], &said, ["test", waiting, "test: failure, https://x/test"]);
    }

    #[test]
    fn patterns_and_what_is_ignored() {
        let said = [
            run("ci/a/b", "a", CheckState::Passed),
            run("test (linux, [x])", "a", CheckState::Passed),
            run("release", "a", pending()),
        ];
        check(&requires(&["ci/*"]), &[], &said, ["ci/a/b", "", ""]);
        check(&requires(&["test (*"]), &[], &said, ["test (linux, [x])", "", ""]);
        check(&requires(&["test (linux, [x])"]), &[], &said, ["test (linux, [x])", "", ""]);
        let ignoring = CheckRequirement { ignore: vec!["rel*".to_owned()], ..requires(&["*"]) };
        check(&ignoring, &[], &said, ["ci/a/b | test (linux, [x])", "", ""]);
        check(&requires(&["{"]), &[], &[run("{", "a", CheckState::Passed)], ["{", "", ""]);
    }

    #[test]
    fn stars() {
        for (name, pattern, expected) in [
            ("test", "test", true),
            ("test", "tes", false),
            ("", "*", true),
            ("a/b [c]?", "*", true),
            ("ab", "a*b", true),
            ("a", "a*a", false),
            ("test (linux)", "test (*)", true),
            ("abcbd", "a*b*d", true),
            ("abd", "a*b*b*d", false),
            ("aXbYbZd", "a*b*b*d", true),
            ("ab", "*a*", true),
            ("bc", "*a*", false),
            ("aab", "**ab", true),
            ("é*", "é*", true),
        ] {
            assert_eq!(is_like(name, pattern), expected, "{name} {pattern}");
        }
    }

    #[test]
    fn another_app_does_not_count() {
        let ours = CheckRequirement { apps: vec!["github-actions".to_owned()], ..requires(&["test"]) };
        let absent = "test: nobody has said anything";
        let foreign = run("test", "evil", CheckState::Passed);
        check(&ours, &[], std::slice::from_ref(&foreign), ["", absent, ""]);
        check(&ours, &[], &[status("test", CheckState::Passed)], ["", absent, ""]);
        check(&ours, &[], &[foreign, run("test", "github-actions", CheckState::Passed)], ["test", "", ""]);
    }

    #[test]
    fn the_rules_of_the_branch() {
        let none = requires(&[]);
        let demand = |app| [Demand { name: "lint".to_owned(), app }];
        check(&none, &demand(None), &[], ["", "lint: nobody has said anything", ""]);
        check(&none, &demand(None), &[status("lint", CheckState::Passed)], ["lint", "", ""]);
        check(
            &none,
            &demand(Some(3)),
            &[run("lint", "abcd", CheckState::Passed)],
            ["", "lint: nobody has said anything", ""],
        );
        check(&none, &demand(Some(3)), &[run("lint", "abc", CheckState::Passed)], ["lint", "", ""]);
        let ignoring = CheckRequirement { ignore: vec!["lint".to_owned()], ..none };
        check(&ignoring, &demand(None), &[], ["", "", ""]);
    }

    #[test]
    fn strange_names_are_made_visible() {
        let said = [run("a\n::error::\u{202e}", "a", failed("x\ty"))];
        let found = judge(&requires(&["*"]), &[], &said);
        let line = found.failed.first().unwrap();
        assert!(!line.contains(['\n', '\u{202e}', '\t']), "{line:?}");
    }
}
