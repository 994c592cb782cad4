//! What a rule of GitHub's means for the push of a release: it lets it through, forbids it, or nobody can tell in advance.
//!
//! Rules are those of *Available rules for rulesets*. A release pushes one new commit that nobody has checked, reviewed or
//! signed, and one new tag; so whatever demands that first forbids it. Patterns are tried on what is going to be pushed.

use super::paths;
use bowline_model::text::one_line;
use bowline_port::forge::rules::Push;
use globset::GlobBuilder;
use regex::RegexBuilder;
use serde::Deserialize;
use serde_json::Value;

/// A rule.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct RuleWords {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    parameters: Value,
    /// Which ruleset it is of, in the list for one branch.
    pub(super) ruleset_id: Option<u64>,
}

/// Which references a ruleset is about.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Conditions {
    ref_name: Option<RefNames>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RefNames {
    include: Vec<String>,
    exclude: Vec<String>,
}

/// What is pushed, or pushed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Branch,
    Tag,
    Files,
}

/// What a rule means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passes,
    /// It forbids the push, for this reason.
    Forbids(String),
    /// It may, for this reason.
    Unclear(String),
}

/// What `rule` means for `push`.
pub(super) fn verdict(rule: &RuleWords, push: &Push, target: Target) -> Verdict {
    let forbids = |why: &str| Verdict::Forbids(why.to_owned());
    // A tag on a commit that is there already may stand on one that was checked or signed.
    let of_commit = |why: &str| match (target, &push.message) {
        (Target::Tag, None) => Verdict::Unclear(why.to_owned()),
        _ => Verdict::Forbids(why.to_owned()),
    };
    let comes_new = target == Target::Tag || push.creates_branch;
    match rule.kind.as_str() {
        "creation" if comes_new => forbids("only those with a bypass may create it"),
        "update" if !comes_new => forbids("only those with a bypass may update it"),
        "pull_request" => forbids("changes must come through a pull request"),
        "merge_queue" => forbids("changes must come through the merge queue"),
        "required_status_checks" | "workflows" if skips_creation(rule, comes_new) => Verdict::Passes,
        "required_status_checks" => of_commit(&format!("the commit needs checks first{}", contexts(rule))),
        "required_deployments" => of_commit("the commit must be deployed first"),
        "required_signatures" if push.signed_by_forge => Verdict::Passes,
        "required_signatures" => of_commit(SIGNED),
        "workflows" => of_commit("required workflows must pass first"),
        "code_scanning" => of_commit("the commit needs results of code scanning first"),
        "tag_name_pattern" if target == Target::Tag => pattern(rule, "the tag's name", push.tag.as_str()),
        "branch_name_pattern" if push.creates_branch && target == Target::Branch => {
            let name = push.branch.as_ref().map_or("", |branch| branch.as_str());
            pattern(rule, "the branch's name", name)
        }
        "commit_message_pattern" => match &push.message {
            Some(message) => pattern(rule, "the release commit's message", message),
            None => Verdict::Passes,
        },
        "commit_author_email_pattern" | "committer_email_pattern" if push.signed_by_forge => Verdict::Unclear(
            "GitHub makes the commit, and whose mail addresses it then carries must match a pattern".to_owned(),
        ),
        "commit_author_email_pattern" if push.message.is_some() => {
            pattern(rule, "the release commit's author", &push.email)
        }
        "committer_email_pattern" if push.message.is_some() => {
            pattern(rule, "the release commit's committer", &push.email)
        }
        kind if HARMLESS.contains(&kind) => Verdict::Passes,
        kind => paths::verdict(kind, &rule.parameters, &push.files).unwrap_or_else(|| {
            Verdict::Unclear(format!("the rule `{}` cannot be judged in advance", one_line(kind, 60)))
        }),
    }
}

/// Whether the rule does not look at references that come into being.
fn skips_creation(rule: &RuleWords, comes_new: bool) -> bool {
    comes_new && rule.parameters.get("do_not_enforce_on_create").and_then(Value::as_bool) == Some(true)
}

/// The checks that a rule demands, for people.
fn contexts(rule: &RuleWords) -> String {
    let checks = rule.parameters.get("required_status_checks").and_then(Value::as_array);
    let names = checks.into_iter().flatten().filter_map(|check| check.get("context")?.as_str());
    let names: Vec<String> = names.take(5).map(|name| one_line(name, 60).into_owned()).collect();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

/// Tries a pattern on `text`, which people know as `what`.
fn pattern(rule: &RuleWords, what: &str, text: &str) -> Verdict {
    let word = |name: &str| rule.parameters.get(name).and_then(Value::as_str);
    let (Some(operator), Some(wanted)) = (word("operator"), word("pattern")) else {
        return Verdict::Unclear(format!("the pattern for {what} is not told"));
    };
    let matches = match operator {
        "starts_with" => text.starts_with(wanted),
        "ends_with" => text.ends_with(wanted),
        "contains" => text.contains(wanted),
        "regex" => match RegexBuilder::new(wanted).size_limit(LARGEST_PATTERN).build() {
            Ok(regex) => regex.is_match(text),
            Err(_) => return Verdict::Unclear(format!("the pattern for {what} cannot be tried here")),
        },
        _ => return Verdict::Unclear(format!("the pattern for {what} is of a kind that is not known")),
    };
    let negated = rule.parameters.get("negate").and_then(Value::as_bool) == Some(true);
    if matches != negated {
        return Verdict::Passes;
    }
    let must = if negated { "must not" } else { "must" };
    let operator = operator.replace("starts_with", "start with").replace("ends_with", "end with");
    let operator = operator.replace("contains", "contain").replace("regex", "match");
    Verdict::Forbids(format!("{what} {must} {operator} `{}`", one_line(wanted, 120)))
}

/// Whether a ruleset of these conditions is about the reference of that full name; none when that cannot be told.
pub(super) fn applies(conditions: Option<&Conditions>, reference: &str) -> Option<bool> {
    let names = conditions?.ref_name.as_ref()?;
    let any = |patterns: &[String]| {
        patterns.iter().map(|pattern| matches(pattern, reference)).try_fold(false, |any, one| Some(any || one?))
    };
    Some(any(&names.include)? && !any(&names.exclude)?)
}

fn matches(pattern: &str, reference: &str) -> Option<bool> {
    match pattern {
        "~ALL" => Some(true),
        // No tag is the default branch, and branches are not asked for here.
        "~DEFAULT_BRANCH" => Some(false),
        _ => fnmatch(pattern, reference),
    }
}

/// Whether a pattern is about `text`; none when it cannot be read. Patterns are those of Ruby's `File.fnmatch` with
/// `FNM_PATHNAME` (*Creating rulesets for a repository*, *Using fnmatch syntax*): a star stops at a slash, and two go on only
/// where a slash follows them.
pub(super) fn fnmatch(pattern: &str, text: &str) -> Option<bool> {
    let pattern = pattern.strip_suffix("**").map_or_else(|| pattern.into(), |start| format!("{start}*"));
    let glob = GlobBuilder::new(&pattern).literal_separator(true).build().ok()?;
    Some(glob.compile_matcher().is_match(text))
}

/// What a rule demands that only commits made by the API fulfil, as long as ours are not signed.
pub(super) const SIGNED: &str = "the commit must carry a signature that GitHub has verified";
/// Rules that a release never breaks: it forces nothing, deletes nothing, and adds one commit with one parent.
const HARMLESS: [&str; 9] = [
    "creation",
    "update",
    "deletion",
    "non_fast_forward",
    "required_linear_history",
    "copilot_code_review",
    "commit_author_email_pattern",
    "committer_email_pattern",
    "branch_name_pattern",
];
/// Enough for a pattern of any person; what is larger is not tried.
const LARGEST_PATTERN: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::git::{BranchName, TagName};
    use serde_json::json;

    fn push(message: Option<&str>) -> Push {
        Push {
            branch: message.map(|_| BranchName::new("main").unwrap()),
            creates_branch: false,
            tag: TagName::new("v1.2.3").unwrap(),
            message: message.map(str::to_owned),
            email: "bowline@example.com".to_owned(),
            files: Vec::new(),
            signed_by_forge: false,
            same_login: true,
        }
    }

    fn rule(kind: &str, parameters: Value) -> RuleWords {
        serde_json::from_value(json!({ "type": kind, "parameters": parameters })).unwrap()
    }

    #[derive(Clone, Copy)]
    enum Is {
        Fine,
        Forbidden,
        Unclear,
    }

    fn is(verdict: &Verdict, expected: Is) -> bool {
        matches!(
            (verdict, expected),
            (Verdict::Passes, Is::Fine) | (Verdict::Forbids(_), Is::Forbidden) | (Verdict::Unclear(_), Is::Unclear)
        )
    }

    #[test]
    fn each_rule_means_something_for_a_branch_and_for_a_tag() {
        let released = push(Some("chore(release): 1.2.3"));
        for (kind, branch, tag) in [
            ("creation", Is::Fine, Is::Forbidden),
            ("update", Is::Forbidden, Is::Fine),
            ("deletion", Is::Fine, Is::Fine),
            ("non_fast_forward", Is::Fine, Is::Fine),
            ("required_linear_history", Is::Fine, Is::Fine),
            ("pull_request", Is::Forbidden, Is::Forbidden),
            ("merge_queue", Is::Forbidden, Is::Forbidden),
            ("required_status_checks", Is::Forbidden, Is::Forbidden),
            ("required_signatures", Is::Forbidden, Is::Forbidden),
            ("required_deployments", Is::Forbidden, Is::Forbidden),
            ("workflows", Is::Forbidden, Is::Forbidden),
            ("code_scanning", Is::Forbidden, Is::Forbidden),
            ("copilot_code_review", Is::Fine, Is::Fine),
            ("something_new", Is::Unclear, Is::Unclear),
        ] {
            let rule = rule(kind, Value::Null);
            for (target, expected) in [(Target::Branch, branch), (Target::Tag, tag)] {
                let found = verdict(&rule, &released, target);
                assert!(is(&found, expected), "{kind} {target:?}: {found:?}");
            }
        }
    }

    #[test]
    fn a_tag_on_a_commit_that_is_there_may_stand_on_a_checked_one() {
        let tag_only = push(None);
        for kind in ["required_status_checks", "required_signatures", "required_deployments", "code_scanning"] {
            let found = verdict(&rule(kind, Value::Null), &tag_only, Target::Tag);
            assert!(is(&found, Is::Unclear), "{kind}: {found:?}");
        }
        let skipped = rule("required_status_checks", json!({ "do_not_enforce_on_create": true }));
        assert_eq!(verdict(&skipped, &push(Some("x")), Target::Tag), Verdict::Passes);
        let named = rule("required_status_checks", json!({ "required_status_checks": [{ "context": "ci/test" }] }));
        let Verdict::Forbids(why) = verdict(&named, &push(Some("x")), Target::Branch) else { panic!("it passes") };
        assert!(why.contains("ci/test"), "{why}");
    }

    #[test]
    fn patterns_are_tried() {
        let released = push(Some("chore(release): 1.2.3\n\nBowline-Plan: sha256:0"));
        let check = |kind: &str, operator: &str, pattern: &str, negate: bool, expected: Is| {
            let rule = rule(kind, json!({ "operator": operator, "pattern": pattern, "negate": negate }));
            let target = if kind == "tag_name_pattern" { Target::Tag } else { Target::Branch };
            let found = verdict(&rule, &released, target);
            assert!(is(&found, expected), "{kind} {operator} {pattern} {negate}: {found:?}");
        };
        check("tag_name_pattern", "starts_with", "v", false, Is::Fine);
        check("tag_name_pattern", "starts_with", "v", true, Is::Forbidden);
        check("tag_name_pattern", "starts_with", "release-", false, Is::Forbidden);
        check("tag_name_pattern", "ends_with", ".3", false, Is::Fine);
        check("tag_name_pattern", "contains", "2.3", false, Is::Fine);
        check("tag_name_pattern", "regex", r"^v\d+\.\d+\.\d+$", false, Is::Fine);
        check("tag_name_pattern", "regex", r"^\d+$", false, Is::Forbidden);
        check("tag_name_pattern", "regex", r"(?=x)", false, Is::Unclear);
        check("tag_name_pattern", "regex", r"(a{9999}){9999}", false, Is::Unclear);
        check("tag_name_pattern", "sounds_like", "v", false, Is::Unclear);
        check("commit_message_pattern", "regex", r"^(feat|fix)", false, Is::Forbidden);
        check("commit_message_pattern", "starts_with", "chore", false, Is::Fine);
        check("committer_email_pattern", "ends_with", "@example.com", false, Is::Fine);
        check("commit_author_email_pattern", "ends_with", "@acme.com", false, Is::Forbidden);
        check("branch_name_pattern", "starts_with", "release/", false, Is::Fine);
        let by_forge = Push { signed_by_forge: true, ..released.clone() };
        for kind in ["committer_email_pattern", "commit_author_email_pattern"] {
            let rule = rule(kind, json!({ "operator": "ends_with", "pattern": "@acme.com" }));
            let found = verdict(&rule, &by_forge, Target::Branch);
            assert!(is(&found, Is::Unclear), "not the mail address of the plan: {found:?}");
        }
        let found = verdict(&rule("tag_name_pattern", Value::Null), &released, Target::Tag);
        assert!(is(&found, Is::Unclear), "{found:?}");
        let none = verdict(
            &rule("commit_message_pattern", json!({ "operator": "contains", "pattern": "x" })),
            &push(None),
            Target::Tag,
        );
        assert_eq!(none, Verdict::Passes, "there is no commit to look at");
    }

    #[test]
    fn a_ruleset_is_about_the_references_it_names() {
        let check = |include: &[&str], exclude: &[&str], reference: &str, expected: Option<bool>| {
            let conditions: Conditions =
                serde_json::from_value(json!({ "ref_name": { "include": include, "exclude": exclude } })).unwrap();
            assert_eq!(applies(Some(&conditions), reference), expected, "{include:?} {exclude:?} {reference}");
        };
        check(&["~ALL"], &[], "refs/tags/v1.0.0", Some(true));
        check(&["refs/tags/v*"], &[], "refs/tags/v1.0.0", Some(true));
        check(&["refs/tags/v*"], &["refs/tags/v1.*"], "refs/tags/v1.0.0", Some(false));
        check(&["refs/tags/*"], &[], "refs/tags/app/v1.0.0", Some(false));
        check(&["refs/tags/**/*"], &[], "refs/tags/app/v1.0.0", Some(true));
        check(&["refs/tags/**"], &[], "refs/tags/app/v1.0.0", Some(false));
        check(&["refs/tags/**"], &[], "refs/tags/v1.0.0", Some(true));
        check(&["refs/tags/v[0-9].*"], &[], "refs/tags/v1.0.0", Some(true));
        check(&["refs/tags/[v*"], &[], "refs/tags/v1.0.0", None);
        check(&[], &[], "refs/tags/v1.0.0", Some(false));
        check(&["~DEFAULT_BRANCH"], &[], "refs/tags/v1.0.0", Some(false));
        assert_eq!(applies(None, "refs/tags/v1.0.0"), None);
    }
}
