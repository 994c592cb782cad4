//! `bowline explain`: why this version; per commit the rule that hit, what won, and what was ignored.

use crate::args::ExplainArgs;
use crate::documents;
use crate::output::plural;
use crate::output::style::Style;
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_model::text::{one_line, visible};
use bowline_model::{Failure, FailureKind};
use bowline_plan::Explanation;
use bowline_plan::explain::{CurrentOrigin, ExplainedChange, ExplainedCommit};
use std::collections::BTreeSet;

/// Explains.
pub fn run(session: &Session, args: &ExplainArgs) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, &args.plan_args))?;
    let facts = workspace.observe(session, args.plan_args.branch.as_deref(), None)?;
    if let Some(package) = args.package.as_ref().filter(|name| **name != facts.package) {
        return Err(Failure::new(
            FailureKind::Usage,
            "unknown_package",
            format!("there is no package {}", one_line(package, 60)),
        )
        .hint(format!("the package here is {}", facts.package)));
    }
    let explanation = documents::compute(&workspace, &facts)?.explanation;
    session.screen.text(&text(&explanation, session.screen.style()));
    session.screen.document(&explanation_document(&explanation));
    Ok(0)
}

fn explanation_document(explanation: &Explanation) -> serde_json::Value {
    let mut document = serde_json::json!({"schema": "bowline/explanation/v1"});
    if let (Some(document), Ok(serde_json::Value::Object(fields))) =
        (document.as_object_mut(), serde_json::to_value(explanation))
    {
        document.extend(fields);
    }
    document
}

fn text(explanation: &Explanation, style: Style) -> String {
    let mut out = format!("{}\n", style.bold(&visible(&explanation.package)));
    let mut row = |label: &str, value: &str| out.push_str(&format!("  {} {value}\n", style.dim(&format!("{label:8}"))));
    row("channel", &format!("{}: {}", explanation.channel, visible(&explanation.channel_reason)));
    row("current", &current(explanation));
    match &explanation.next {
        Some(next) => row("next", &style.green(&next.to_string())),
        None => row("next", "nothing is due"),
    }
    row("why", &visible(&explanation.reason));
    for note in &explanation.notes {
        row("note", &visible(note));
    }
    if explanation.undecodable > 0 {
        row(
            "note",
            &format!(
                "{} could not be decoded as text; the rules read bytes, so they count all the same",
                plural(explanation.undecodable, "message")
            ),
        );
    }
    if !explanation.changes.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold(&plural(explanation.changes.len(), "change file"))));
    }
    for change in &explanation.changes {
        out.push_str(&change_text(change, explanation.winning_file.as_ref() == Some(&change.planned.file), style));
    }
    if !explanation.commits.is_empty() {
        // What a squashed commit lists stands there with it.
        let ids: BTreeSet<String> = explanation.commits.iter().map(|commit| commit.id.to_string()).collect();
        out.push_str(&format!("\n{}\n", style.bold(&plural(ids.len(), "commit"))));
    }
    let of_winner = |commit: &ExplainedCommit| Some(commit.id) == explanation.winner;
    let highest = explanation.commits.iter().filter(|commit| of_winner(commit)).map(|commit| commit.level).max();
    for commit in &explanation.commits {
        out.push_str(&commit_text(commit, of_winner(commit) && Some(commit.level) == highest, style));
    }
    out
}

fn current(explanation: &Explanation) -> String {
    let version = explanation.current.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    match &explanation.origin {
        CurrentOrigin::Tag { tag, commit } => format!("{version}, from tag {tag} on {}", commit.short()),
        CurrentOrigin::File { path, ahead_of: Some(tag) } => {
            format!("{version}, from {}, which is ahead of tag {tag}", visible(path))
        }
        CurrentOrigin::File { path, ahead_of: None } => {
            format!("{version}, from {}; there is no version tag", visible(path))
        }
        CurrentOrigin::None => "none: there is neither a version tag nor a version file".to_owned(),
    }
}

fn commit_text(commit: &ExplainedCommit, won: bool, style: Style) -> String {
    let mark = if won { style.green("▲") } else { " ".to_owned() };
    let level = match &commit.ignored {
        Some(_) => style.dim("ignored"),
        None => format!("{:7}", commit.level.as_str()),
    };
    let mut out = format!("{mark} {} {level} {}\n", commit.id.short(), one_line(&subject(commit), 90));
    let why = commit.ignored.as_deref().unwrap_or(&commit.rule);
    out.push_str(&format!("             {}\n", style.dim(&visible(why))));
    if let Some(note) = &commit.note {
        out.push_str(&format!("             {} {}\n", style.yellow("note:"), visible(note)));
    }
    out
}

fn change_text(change: &ExplainedChange, won: bool, style: Style) -> String {
    let planned = &change.planned;
    let mark = if won { style.green("▲") } else { " ".to_owned() };
    let level = format!("{:7}", planned.level.as_str());
    let file = one_line(&planned.file, 200);
    let mut out = format!("{mark} {level} {file}\n");
    if !planned.subject.is_empty() {
        out.push_str(&format!("          {}\n", one_line(&planned.subject, 90)));
    }
    let why = change.ignored.as_deref().unwrap_or(&planned.rule);
    out.push_str(&format!("          {}\n", style.dim(&visible(why))));
    if let Some(commit) = planned.commit {
        let by = planned.author.as_ref().map(|author| format!(" by {}", visible(author))).unwrap_or_default();
        out.push_str(&format!("          {}\n", style.dim(&format!("added in {}{by}", commit.short()))));
    }
    out
}

fn subject(commit: &ExplainedCommit) -> String {
    if commit.kind.is_empty() {
        let number = commit.pull_request.map(|number| format!(" (#{number})"));
        return format!("{}{}", commit.subject, number.unwrap_or_default());
    }
    let scope = commit.scope.as_ref().map(|scope| format!("({scope})")).unwrap_or_default();
    let bang = if commit.breaking { "!" } else { "" };
    format!("{}{scope}{bang}: {}", commit.kind, commit.subject)
}
