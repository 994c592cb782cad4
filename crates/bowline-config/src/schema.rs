//! The JSON Schema (draft 2020-12) of `bowline.toml`, for editors, made from the table of keys.

use crate::key::{ANY, Child, Fallback, Key, Table, child_name, join};
use crate::section::TABLE;
use serde_json::{Map, Value, json};

/// The schema. Nothing besides the keys of the table is allowed anywhere.
pub fn json_schema() -> Value {
    let mut schema = table(&TABLE, "");
    if let Some(members) = schema.as_object_mut() {
        members.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_owned(), json!("bowline.toml"));
        members.insert("description".to_owned(), json!("The configuration of Bowline."));
    }
    schema
}

fn table(keys: &Table, pattern: &str) -> Value {
    if let Some(names) = keys.names(pattern) {
        let inside = match keys.keys().find(|key| key.name == join(pattern, ANY)) {
            Some(key) => value(key),
            None => table(keys, &join(pattern, ANY)),
        };
        return json!({ "type": "object", "patternProperties": { names.pattern: inside }, "additionalProperties": false });
    }
    let children = keys.children(pattern);
    let properties: Map<String, Value> =
        children.iter().map(|name| ((*name).to_owned(), child(keys, pattern, name))).collect();
    let required: Vec<&str> = keys
        .keys()
        .filter(|key| matches!(key.fallback, Fallback::Required))
        .filter(|key| children.iter().any(|name| join(pattern, name) == key.name))
        .filter_map(|key| child_name(key.name, pattern))
        .collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn child(keys: &Table, pattern: &str, name: &str) -> Value {
    let path = join(pattern, name);
    let mut schema = match keys.child(pattern, name) {
        Child::Value(key) => return value(key),
        Child::List if name == "package" => json!({ "type": "array", "items": table(keys, &path), "maxItems": 1 }),
        Child::List => json!({ "type": "array", "items": table(keys, &path) }),
        Child::Table | Child::Named(_) | Child::Nothing => table(keys, &path),
    };
    if let Some(section) = keys.section(&path) {
        schema["description"] = json!(section.meaning);
    }
    schema
}

fn value(key: &Key) -> Value {
    let mut schema = key.kind.schema();
    schema["description"] = json!(key.meaning);
    if let Fallback::Value(default) = key.fallback
        && let Ok(default) = default_json(default)
    {
        schema["default"] = default;
    }
    schema
}

fn default_json(toml: &str) -> Result<Value, toml::de::Error> {
    #[derive(serde::Deserialize)]
    struct One {
        value: Value,
    }
    toml::from_str::<One>(&format!("value = {toml}")).map(|one| one.value)
}
