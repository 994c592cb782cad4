//! `bowline lint-commits`: messages that will be misread, with the fix; for a range of commits, or for one message before it
//! is committed.

use crate::args::{LintCommitsArgs, PlanArgs};
use crate::output::plural;
use crate::output::style::Style;
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_config::Config;
use bowline_model::facts::CommitFact;
use bowline_model::text::{one_line, visible};
use bowline_model::{Failure, FailureKind, Oid};
use bowline_plan::commit::decode;
use bowline_plan::history::lint::{Draft, Finding, lint, without_comments};
use serde::Serialize;
use std::io::{self, Read};
use std::path::Path;

/// Lints.
pub fn run(session: &Session, args: &LintCommitsArgs) -> Result<u8, Failure> {
    let workspace = Workspace::look(session, flags(session, &PlanArgs::default()))?;
    let config = &workspace.config.config;
    let (checked, linted) = match (&args.message_file, &args.range) {
        (Some(path), _) => (1, vec![of_file(session, &workspace, path)?]),
        (None, range) => {
            let commits = commits(session, &workspace, range.as_deref())?;
            (commits.len(), commits.iter().map(|commit| of_commit(config, commit)).collect())
        }
    };
    let linted: Vec<Linted> = linted.into_iter().filter(|linted| !linted.findings.is_empty()).collect();
    session.screen.text(&text(&linted, checked, session.screen.style()));
    session.screen.document(&serde_json::json!({
        "schema": "bowline/lint/v1",
        "checked": checked,
        "commits": linted,
    }));
    Ok(if linted.is_empty() { 0 } else { FailureKind::Findings.exit_code(false) })
}

/// A message and what is wrong with it.
#[derive(Serialize)]
struct Linted {
    /// The commit; none for a message that is none yet.
    id: Option<Oid>,
    subject: String,
    findings: Vec<Finding>,
}

fn of_commit(config: &Config, commit: &CommitFact) -> Linted {
    let encoding = commit.encoding.as_deref();
    let draft = Draft { message: &commit.message, encoding, is_merge: commit.parents > 1 };
    Linted { id: Some(commit.oid), subject: subject(&commit.message, encoding), findings: lint(config, &draft) }
}

fn of_file(session: &Session, workspace: &Workspace, path: &Path) -> Result<Linted, Failure> {
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-") => io::stdin().take(MAX_MESSAGE).read_to_end(&mut bytes),
        _ => {
            let path = session.dir()?.join(path);
            std::fs::File::open(path).and_then(|file| file.take(MAX_MESSAGE).read_to_end(&mut bytes))
        }
    };
    read.map_err(|error| {
        Failure::new(
            FailureKind::Usage,
            "message_unreadable",
            format!("the message in {} cannot be read", one_line(&path.to_string_lossy(), 120)),
        )
        .because(&error)
        .hint("name the file that git gives to the commit-msg hook: its first argument")
    })?;
    let mark = workspace.readers.git.comment_mark().map_err(|error| git_failure(&error))?;
    let message = without_comments(&bytes, mark.as_deref());
    let draft = Draft { message: &message, encoding: None, is_merge: message.starts_with(b"Merge ") };
    // An empty message makes git give up by itself.
    let findings = if message.trim_ascii().is_empty() { Vec::new() } else { lint(&workspace.config.config, &draft) };
    Ok(Linted { id: None, subject: subject(&message, None), findings })
}

fn subject(message: &[u8], encoding: Option<&str>) -> String {
    let line = message.trim_ascii().split(|&byte| byte == b'\n').next().unwrap_or_default();
    decode::one_line(line, encoding, 100)
}

/// The commits of `range`, or all since the last version.
fn commits(session: &Session, workspace: &Workspace, range: Option<&str>) -> Result<Vec<CommitFact>, Failure> {
    let Some(range) = range else { return Ok(workspace.observe(session, None, None)?.commits) };
    // A variable that a job left empty would make a range without commits, of which all are well.
    if range.is_empty() || range.starts_with("..") {
        return Err(no_range(range, "it does not say where it begins"));
    }
    let (from, to) = match range.split_once("..") {
        Some((_, to)) if to.starts_with('.') => return Err(no_range(range, "three dots name no such range")),
        Some((from, to)) => (from, to),
        None => (range, ""),
    };
    let named = |name: &str| {
        let name = if name.is_empty() { "HEAD" } else { name };
        let found = workspace.readers.git.resolve(name).map_err(|error| git_failure(&error))?;
        found.ok_or_else(|| no_range(range, &format!("there is no commit `{}` here", one_line(name, 80))))
    };
    let (from, to) = (named(from)?, named(to)?);
    workspace.readers.git.commits(to, &[from]).map_err(|error| git_failure(&error))
}

fn no_range(range: &str, why: &str) -> Failure {
    let message = format!("`{}` cannot be looked at: {why}", one_line(range, 80));
    Failure::new(FailureKind::Usage, "no_such_range", message).hint("name it in git's way: `origin/main..HEAD`")
}

fn git_failure(error: &bowline_port::git::GitError) -> Failure {
    Failure::from_error(FailureKind::Failed, "git", error)
}

fn text(linted: &[Linted], checked: usize, style: Style) -> String {
    let mut out = String::new();
    for one in linted {
        let id = one.id.map(|id| format!("{} ", id.short())).unwrap_or_default();
        out.push_str(&format!("{id}{}\n", style.bold(&visible(&one.subject))));
        for finding in &one.findings {
            out.push_str(&format!("  {} {} [{}]\n", style.yellow("!"), visible(&finding.message), finding.rule));
            if let Some(fix) = &finding.fix {
                out.push_str(&format!("    {}\n", visible(fix)));
            }
        }
        out.push('\n');
    }
    let checked = plural(checked, "message");
    out.push_str(&match linted.len() {
        0 => format!("{checked}: all are read as they are meant\n"),
        count => format!("{checked}, of which {count} will be misread\n"),
    });
    out
}

/// Far above any message that somebody wrote.
const MAX_MESSAGE: u64 = 64 << 20;
