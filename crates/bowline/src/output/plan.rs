//! A plan as people read it.

use super::plural;
use super::style::Style;
use bowline_model::facts::Unfinished;
use bowline_model::plan::{
    AudienceNotes, Edit, PackagePlan, Plan, PlanDocument, PlanRepository, PlannedChange, PlannedCommit,
};
use bowline_model::step::VerdictWord;
use bowline_model::text::{one_line, visible};
use std::collections::BTreeMap;

/// The whole plan. `channel` is why the branch has its channel.
pub fn text(document: &PlanDocument, channel: &str, style: Style) -> String {
    let plan = &document.plan;
    let mut out = String::new();
    if let Unfinished::Found(release) = &document.unfinished {
        out.push_str(&format!(
            "{} missing: {}\n",
            style.yellow("A release of this repository is unfinished."),
            visible(&release.missing)
        ));
        out.push_str("Run `bowline release` or `bowline resume` to complete it.\n\n");
    }
    if plan.is_empty() {
        let reason = plan.reason.as_deref().unwrap_or("nothing is due");
        out.push_str(&format!("Nothing to release: {}\n", visible(reason)));
        return out;
    }
    for package in &plan.packages {
        out.push_str(&package_text(document, package, channel, style));
    }
    out.push_str(&format!("\n{}\n", style.bold("Steps")));
    let column = super::step_column();
    for step in &document.schedule {
        let line = match (&step.verdict, &step.reason) {
            (VerdictWord::Skip, Some(reason)) => style.dim(&format!("  – {:column$} skipped: {reason}", step.id)),
            _ => format!("  ▸ {:column$} {}", step.id, style.dim(effect(step.effect))),
        };
        out.push_str(&format!("{line}\n"));
    }
    if !document.gates.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("Gates")));
        for gate in &document.gates {
            let state = if gate.open { style.green("open  ") } else { style.red("closed") };
            out.push_str(&format!("  {state} {:16} {}\n", gate.id, visible(&gate.reason)));
        }
    }
    let exceeded: Vec<_> = document.limits.iter().filter(|limit| !limit.ok).collect();
    if !exceeded.is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("Limits")));
        for limit in exceeded {
            out.push_str(&format!("  {} {}\n", style.red("exceeded"), visible(&limit.message)));
        }
    }
    out.push_str(&format!("\n{}\n", style.dim(&format!("plan {}", document.id))));
    if document.provisional {
        out.push_str(&style.yellow("This plan uses an uncommitted bowline.toml: commit it before releasing.\n"));
    }
    out
}

/// The line that a run begins with.
pub fn beginning(plan: &Plan, style: Style) -> Option<String> {
    let verb = plan.promotes.as_ref().map_or("Releasing".to_owned(), |from| format!("Promoting {}:", from.tag));
    let PlanRepository { branch, head, .. } = &plan.repository;
    Some(format!("{verb} {} from {branch} at {}", headline(plan.packages.first()?, style), head.short()))
}

/// What is asked before it.
pub fn question(plan: &Plan) -> String {
    let tags = plan.packages.iter().map(|package| package.tag.to_string()).collect::<Vec<_>>().join(", ");
    match &plan.promotes {
        Some(promotion) => format!("Promote {} to {tags}?", promotion.tag),
        None => format!("Release {tags} (local commits go out with it)?"),
    }
}

/// The line that says what is released.
pub fn headline(package: &PackagePlan, style: Style) -> String {
    let name = style.bold(&visible(&package.name));
    match &package.current {
        Some(current) => format!("{name} {current} → {}", style.green(&package.next.to_string())),
        None => format!("{name} {} (first release)", style.green(&package.next.to_string())),
    }
}

fn package_text(document: &PlanDocument, package: &PackagePlan, channel: &str, style: Style) -> String {
    let plan = &document.plan;
    let mut out = format!("{}\n", headline(package, style));
    let mut row = |label: &str, value: &str| out.push_str(&format!("  {} {value}\n", style.dim(&format!("{label:9}"))));
    row("channel", &format!("{}: {}", visible(&plan.channel), visible(channel)));
    row("why", &visible(&package.reason));
    row("tag", &format!("{} on {}, from {}", package.tag, plan.repository.branch, plan.repository.head.short()));
    if let Some(promotion) = &plan.promotes {
        let inside =
            format!("its files as they are: inside of them, and in their names, it stays {}", promotion.version);
        row("promotes", &format!("{}, {inside}", promotion.tag));
    }
    row("commits", &commits(package));
    if !package.changes.is_empty() {
        row("changes", &changes(package));
    }
    for (n, edit) in package.edits.iter().enumerate() {
        // A changelog that is kept by hand gets its section in several places: one line tells all of them.
        if edit.delete {
            row("delete", &one_line(&edit.file, 200));
        } else if edit.format != CHANGELOG || package.edits[..n].iter().all(|other| other.format != CHANGELOG) {
            row("edit", &edit_text(edit, &package.edits));
        }
    }
    if !package.audiences.is_empty() {
        let asset =
            |notes: &AudienceNotes| notes.asset_name().map(|name| format!(" (asset {name})")).unwrap_or_default();
        let told = package.audiences.iter().map(|notes| format!("{}{}", visible(&notes.name), asset(notes)));
        row("notes", &format!("also for {}", told.collect::<Vec<_>>().join(", ")));
    }
    if package.edits.is_empty() {
        row("edit", "none: the tag stands on the planned commit itself");
    }
    if !package.notes.trim().is_empty() {
        out.push_str(&format!("\n{}\n", style.bold("Notes")));
        for line in visible(&package.notes).lines() {
            out.push_str(format!("  {line}").trim_end());
            out.push('\n');
        }
    }
    out
}

fn commits(package: &PackagePlan) -> String {
    fn kind(commit: &PlannedCommit) -> &str {
        match commit.pull_request {
            Some(_) if commit.kind.is_empty() => "pull request",
            _ => &commit.kind,
        }
    }
    counted("commit", package.commits.iter().map(kind))
}

fn changes(package: &PackagePlan) -> String {
    fn kind(change: &PlannedChange) -> &str {
        if change.breaking { "breaking" } else { &change.kind }
    }
    counted("change file", package.changes.iter().map(kind))
}

/// `3 commits (feat 2, other 1)`.
fn counted<'k>(noun: &str, all: impl Iterator<Item = &'k str>) -> String {
    let (mut kinds, mut count): (BTreeMap<&str, usize>, usize) = (BTreeMap::new(), 0);
    for kind in all {
        *kinds.entry(if kind.is_empty() { "other" } else { kind }).or_default() += 1;
        count += 1;
    }
    let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let list: Vec<String> = kinds.iter().map(|(kind, count)| format!("{} {count}", one_line(kind, 20))).collect();
    let total = plural(count, noun);
    if list.is_empty() { total } else { format!("{total} ({})", list.join(", ")) }
}

fn edit_text(edit: &Edit, all: &[Edit]) -> String {
    let file = one_line(&edit.file, 200);
    if edit.format == CHANGELOG {
        let verb = if edit.create { "created with" } else { "gets" };
        let added = all.iter().filter(|other| other.format == CHANGELOG && other.from.is_empty());
        return format!("{file} {verb} {}", plural(added.map(|edit| edit.to.lines().count()).sum(), "line"));
    }
    let at = if edit.at.is_empty() { String::new() } else { format!(" {}", one_line(&edit.at, 60)) };
    format!("{file}{at}: {} → {}", one_line(&edit.from, 40), one_line(&edit.to, 40))
}

/// The format of edits that put a section into the changelog.
const CHANGELOG: &str = "changelog";

const fn effect(effect: bowline_model::step::Effect) -> &'static str {
    use bowline_model::step::Effect;
    match effect {
        Effect::Observe => "looks",
        Effect::Local => "changes this machine",
        Effect::Reversible => "can be taken back",
        Effect::Recorded => "leaves a record",
        Effect::Irreversible => "cannot be taken back",
    }
}
