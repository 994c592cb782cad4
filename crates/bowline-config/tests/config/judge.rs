//! JSON Schema for the few words our schema uses; any other word is a failure, so that nothing goes unjudged.

use regex::Regex;
use serde_json::Value;

/// Whether `value` is valid by `schema`.
pub(crate) fn is_valid(schema: &Value, value: &Value) -> bool {
    schema.as_object().unwrap().iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "title" | "description" | "default" | "properties" | "patternProperties" => true,
        "type" => has_type(rule.as_str().unwrap(), value),
        "const" => value == rule,
        "enum" => rule.as_array().unwrap().contains(value),
        "anyOf" => rule.as_array().unwrap().iter().any(|schema| is_valid(schema, value)),
        "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap(), text)),
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap()),
        "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(rule, item))),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap()),
        "uniqueItems" => value.as_array().is_none_or(|items| (1..items.len()).all(|n| !items[..n].contains(&items[n]))),
        "required" => rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
        "additionalProperties" => members(schema, value),
        other => panic!("the judge does not know `{other}`"),
    })
}

/// Every member has a rule and follows it; our schema closes every table.
fn members(schema: &Value, value: &Value) -> bool {
    assert_eq!(schema["additionalProperties"], Value::Bool(false));
    value.as_object().into_iter().flatten().all(|(name, member)| {
        let named = schema["properties"].get(name);
        let matching = schema["patternProperties"].as_object().into_iter().flatten();
        let matching = matching.filter(|(pattern, _)| matches(pattern, name)).map(|(_, schema)| schema);
        let mut rules = named.into_iter().chain(matching).peekable();
        rules.peek().is_some() && rules.all(|schema| is_valid(schema, member))
    })
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).unwrap().is_match(text)
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the judge does not know the type `{other}`"),
    }
}
