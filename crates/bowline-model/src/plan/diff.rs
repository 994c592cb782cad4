//! What is different between two plans, value by value.
//!
//! Only the digested part is compared, so two plans without a difference have one digest. Values are told apart by where
//! they stand in the plan's JSON; packages, commits and edits by what they are, not by their number in the list.

use super::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// One value that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Where it stands, `packages.app.next`.
    pub at: String,
    /// What stands there in the first plan; null when nothing does.
    pub before: Option<Value>,
    /// The same in the second.
    pub after: Option<Value>,
}

/// Everything that is different between `before` and `after`, in the order of places.
pub fn differences(before: &Plan, after: &Plan) -> Result<Vec<Difference>, serde_json::Error> {
    let mut found = Vec::new();
    compare("", &serde_json::to_value(before)?, &serde_json::to_value(after)?, &mut found);
    Ok(found)
}

fn compare(at: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    let (Some(before_parts), Some(after_parts)) = (parts(at, before), parts(at, after)) else {
        found.push(Difference { at: at.to_owned(), before: told(before), after: told(after) });
        return;
    };
    let names: BTreeSet<&str> = before_parts.iter().chain(&after_parts).map(|(name, _)| name.as_str()).collect();
    let part = |parts: &[(String, &Value)], name: &str| {
        parts.iter().find(|(known, _)| known == name).map_or(Value::Null, |(_, value)| (*value).clone())
    };
    for name in names {
        let place = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        compare(&place, &part(&before_parts, name), &part(&after_parts, name), found);
    }
}

/// What a value consists of, by name; none for one that is compared whole.
fn parts<'v>(at: &str, value: &'v Value) -> Option<Vec<(String, &'v Value)>> {
    match value {
        Value::Object(fields) => Some(fields.iter().map(|(name, value)| (name.clone(), value)).collect()),
        Value::Array(items) => {
            let last = at.rsplit('.').next().unwrap_or_default();
            let (_, keys) = NAMED_BY.iter().find(|(list, _)| *list == last)?;
            let name = |item: &Value| {
                let words: Vec<&str> =
                    keys.iter().filter_map(|key| item[*key].as_str()).filter(|word| !word.is_empty()).collect();
                words.join(":")
            };
            let named: Vec<(String, &Value)> = items.iter().map(|item| (name(item), item)).collect();
            let distinct: BTreeSet<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
            // What a squashed commit lists stands there several times under one id.
            (distinct.len() == named.len()).then_some(named)
        }
        _ => None,
    }
}

fn told(value: &Value) -> Option<Value> {
    (!value.is_null()).then(|| value.clone())
}

/// Lists, and the fields that tell their items apart.
const NAMED_BY: [(&str, &[&str]); 5] = [
    ("packages", &["name"]),
    ("commits", &["id"]),
    ("changes", &["file"]),
    ("edits", &["file", "at"]),
    ("audiences", &["name"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(before: Value, after: Value, expected: &[(&str, Value, Value)]) {
        let mut found = Vec::new();
        compare("", &before, &after, &mut found);
        let expected: Vec<Difference> = expected
            .iter()
            .map(|(at, before, after)| Difference { at: (*at).to_owned(), before: told(before), after: told(after) })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_told_apart_by_their_place() {
        check(json!({"a": 1}), json!({"a": 1}), &[]);
        check(
            json!({"a": 1, "b": {"c": "x"}}),
            json!({"a": 2, "b": {"c": "y"}}),
            &[("a", json!(1), json!(2)), ("b.c", json!("x"), json!("y"))],
        );
        check(json!({"a": 1}), json!({"b": [1]}), &[("a", json!(1), Value::Null), ("b", Value::Null, json!([1]))]);
        check(json!({"tags": ["a", "b"]}), json!({"tags": ["a"]}), &[("tags", json!(["a", "b"]), json!(["a"]))]);
    }

    #[test]
    fn items_are_told_apart_by_what_they_are() {
        let plan =
            |commits: Value, edits: Value| json!({"packages": [{"name": "app", "commits": commits, "edits": edits}]});
        check(
            plan(json!([{"id": "1", "rule": "a"}, {"id": "2"}]), json!([])),
            plan(json!([{"id": "3"}, {"id": "1", "rule": "b"}]), json!([])),
            &[
                ("packages.app.commits.1.rule", json!("a"), json!("b")),
                ("packages.app.commits.2", json!({"id": "2"}), Value::Null),
                ("packages.app.commits.3", Value::Null, json!({"id": "3"})),
            ],
        );
        check(
            plan(json!([]), json!([{"file": "a.json", "at": "version", "to": "1"}, {"file": "C.md", "at": ""}])),
            plan(json!([]), json!([{"file": "a.json", "at": "version", "to": "2"}, {"file": "C.md", "at": ""}])),
            &[("packages.app.edits.a.json:version.to", json!("1"), json!("2"))],
        );
        // Of items that look alike nobody can say which is which.
        let twice = json!([{"id": "1", "rule": "a"}, {"id": "1", "rule": "b"}]);
        let once = json!([{"id": "1", "rule": "a"}]);
        check(plan(twice.clone(), json!([])), plan(once.clone(), json!([])), &[("packages.app.commits", twice, once)]);
    }
}
