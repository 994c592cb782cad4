//! What is different between two plans, as people read it.

use super::plural;
use super::style::Style;
use bowline_model::Digest;
use bowline_model::plan::diff::Difference;
use bowline_model::text::{one_line, visible};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What `bowline plan --diff PLAN --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanDiffDocument {
    /// Always `bowline/plan-diff/v1`.
    pub schema: String,
    /// The named plan.
    pub before: Digest,
    /// The plan of now.
    pub after: Digest,
    /// What is different, in the order of places; empty when both are one plan.
    pub differences: Vec<Difference>,
}

/// All of it.
pub fn text(document: &PlanDiffDocument, style: Style) -> String {
    if document.differences.is_empty() {
        return format!("The plan is the same: {}\n", document.after);
    }
    let count = plural(document.differences.len(), "difference");
    let mut out = format!("{}\n", style.bold(&count));
    for difference in &document.differences {
        out.push_str(&of(difference, style));
    }
    out.push_str(&style.dim(&format!("\nfrom {}\nto   {}\n", document.before, document.after)));
    out
}

fn of(difference: &Difference, style: Style) -> String {
    let at = one_line(&difference.at, 120);
    let (before, after) = (lines(difference.before.as_ref()), lines(difference.after.as_ref()));
    match (before.as_slice(), after.as_slice()) {
        ([before], [after]) if before.len() + after.len() <= SHORT => format!("  {at}: {before} → {after}\n"),
        _ => {
            let (first, last) = same_ends(&before, &after);
            let mut out = format!("  {at}\n");
            for line in &before[first..before.len() - last] {
                out.push_str(&format!("    {}\n", style.red(&format!("- {line}"))));
            }
            for line in &after[first..after.len() - last] {
                out.push_str(&format!("    {}\n", style.green(&format!("+ {line}"))));
            }
            out
        }
    }
}

/// A value in lines that are safe to show; none for what is not there.
fn lines(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::String(text)) if text.is_empty() => vec!["(empty)".to_owned()],
        Some(Value::String(text)) => visible(text).lines().map(str::to_owned).collect(),
        Some(value) => vec![
            commit(value).or_else(|| deletion(value)).unwrap_or_else(|| one_line(&value.to_string(), 400).into_owned()),
        ],
    }
}

/// A commit of a plan as people write it, with its rule.
fn commit(value: &Value) -> Option<String> {
    let (kind, subject, rule) = (value["type"].as_str()?, value["subject"].as_str()?, value["rule"].as_str()?);
    let kind = if kind.is_empty() { String::new() } else { format!("{kind}: ") };
    Some(format!("{} ({})", one_line(&format!("{kind}{subject}"), 120), one_line(rule, 120)))
}

/// An edit that takes a file away.
fn deletion(value: &Value) -> Option<String> {
    let file = value["file"].as_str().filter(|_| value["delete"] == true)?;
    Some(format!("delete {}", one_line(file, 200)))
}

/// How many lines both have in common at their beginning, and after that at their end.
fn same_ends(before: &[String], after: &[String]) -> (usize, usize) {
    let first = before.iter().zip(after).take_while(|(before, after)| before == after).count();
    let rest = before[first..].iter().rev().zip(after[first..].iter().rev());
    (first, rest.take_while(|(before, after)| before == after).count())
}

/// Characters that fit on a line beside the place.
const SHORT: usize = 100;
