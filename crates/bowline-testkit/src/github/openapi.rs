//! Whether what is asked and what is answered is as GitHub describes its API.
//!
//! `openapi.json` is GitHub's own description, shaken down by `scripts/github-openapi` to what the double could be asked. An
//! operation, a query or a property of a request that is not in it is a mistake of ours, and so is an answer of the double that
//! GitHub would not give. A server's refusals are the same for all operations (*Troubleshooting the REST API*), so those need
//! not be described for each.

use bowline_port::http::{Method, Reply, Request};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What is wrong with a request to the API and with its answer, one sentence each. `path` is below the API's address.
pub(super) fn mistakes(request: &Request, path: &[&str], body: &[u8], reply: &Reply) -> Vec<String> {
    if path == ["graphql"] {
        return Vec::new();
    }
    let what = format!("{} /{}", request.method.name(), path.join("/"));
    let Some(operation) = Operation::find(request.method, path) else {
        return vec![format!("{what}: GitHub describes no such operation")];
    };
    let wrong = operation.asked(request, body).into_iter().chain(operation.answered(reply));
    wrong.map(|mistake| format!("{what}: {mistake}")).collect()
}

/// Adds what the description demands of this answer and the double does not say: properties that nobody here reads, with
/// plain values of the right kind. What it does say is left as it is, and compared.
pub(super) fn fill(method: Method, path: &[&str], reply: &mut Reply) {
    let Some(operation) = Operation::find(method, path) else { return };
    let schema = operation.words["answers"].get(reply.status.to_string()).filter(|schema| !schema.is_null());
    if let (Some(schema), Ok(mut value)) = (schema, serde_json::from_slice(&reply.body)) {
        complete(schema, &mut value, DEEPEST);
        reply.body = value.to_string().into_bytes();
    }
}

/// Adds what is missing in `value` and below.
fn complete(schema: &Value, value: &mut Value, left: usize) {
    let schema = resolved(schema);
    let parts = schema["allOf"].as_array().into_iter().flatten();
    // Of several forms the first one of the same kind is meant.
    let form = schema["anyOf"].as_array().into_iter().flatten().find(|form| {
        let kind = &resolved(form)["type"];
        let is =
            |name: &str| kind == name || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == name));
        (value.is_object() && (is("object") || kind.is_null())) || (value.is_array() && is("array"))
    });
    parts.chain(form).for_each(|part| complete(part, value, left));
    match value {
        Value::Object(fields) => {
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !fields.contains_key(name) && left > 0 {
                    fields.insert(name.to_owned(), plain(&schema["properties"][name], left - 1));
                }
            }
            for (name, field) in fields.iter_mut() {
                complete(&schema["properties"][name.as_str()], field, left);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| complete(&schema["items"], item, left)),
        _ => {}
    }
}

/// A value that `schema` allows.
fn plain(schema: &Value, left: usize) -> Value {
    let schema = resolved(schema);
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    if let Some(form) = ["anyOf", "allOf"].iter().find_map(|kind| schema[*kind].as_array()?.first()) {
        return plain(form, left);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    match kinds.as_slice() {
        kinds if kinds.contains(&"null") => Value::Null,
        ["string", ..] => json!("https://github.example/filled-in"),
        ["integer" | "number", ..] => json!(1),
        ["boolean", ..] => json!(false),
        ["array", ..] => json!([]),
        _ => {
            let mut value = json!({});
            complete(schema, &mut value, left);
            value
        }
    }
}

fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str().and_then(|place| place.strip_prefix("#/schemas/")) {
        Some(name) => resolved(&DESCRIPTION["schemas"][name]),
        None => schema,
    }
}

/// What one method at one path takes and gives.
struct Operation {
    words: &'static Value,
    /// Where it stands in the description.
    name: String,
}

impl Operation {
    /// The operation of the template with the most words of its own, as servers choose.
    fn find(method: Method, path: &[&str]) -> Option<Self> {
        let method = method.name().to_ascii_lowercase();
        let templates = DESCRIPTION["paths"].as_object().unwrap();
        let fitting =
            templates.iter().filter(|(template, methods)| methods.get(&method).is_some() && fits(template, path));
        let (template, methods) =
            fitting.max_by_key(|(template, _)| template.split('/').filter(|word| !is_open(word)).count())?;
        Some(Self { words: &methods[&method], name: format!("{method} {template}") })
    }

    fn asked(&self, request: &Request, body: &[u8]) -> Vec<String> {
        let (_, query) = request.address.as_str().split_once('?').unwrap_or_default();
        let names = query.split('&').map(|pair| pair.split('=').next().unwrap()).filter(|name| !name.is_empty());
        let known = self.words["query"].as_array().unwrap();
        let unknown = names.filter(|name| !known.iter().any(|known| known == name));
        let mut wrong: Vec<String> = unknown.map(|name| format!("there is no query `{name}`")).collect();
        if let Some(schema) = self.words.get("body") {
            wrong.extend(self.compared("body", schema, body));
        }
        wrong
    }

    fn answered(&self, reply: &Reply) -> Vec<String> {
        if reply.status >= 500 {
            return Vec::new();
        }
        let status = format!("answer {}", reply.status);
        match (self.words["answers"].get(reply.status.to_string()), reply.status) {
            (Some(Value::Null), 204) if !reply.body.is_empty() => vec![format!("{status} has a body")],
            (Some(Value::Null), _) => Vec::new(),
            (Some(schema), _) => self.compared(&status, schema, &reply.body),
            (None, 401 | 403 | 404 | 422 | 429) => {
                self.compared("a refusal", &json!({ "$ref": "#/schemas/basic-error" }), &reply.body)
            }
            (None, _) => vec![format!("{status} is not described")],
        }
    }

    /// How `bytes` differ from what `schema` says of `part`.
    fn compared(&self, part: &str, schema: &Value, bytes: &[u8]) -> Vec<String> {
        let Ok(value) = serde_json::from_slice(bytes) else { return vec![format!("{part}: no JSON")] };
        let validator = compiled(&format!("{} {part}", self.name), schema);
        let errors = validator.iter_errors(&value).take(SHOWN);
        errors.map(|error| format!("{part}{}: {error:.200}", error.instance_path())).collect()
    }
}

/// The validator of a schema, which is made once.
fn compiled(name: &str, schema: &Value) -> Arc<Validator> {
    static VALIDATORS: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = validators.entry(name.to_owned()).or_insert_with(|| {
        let whole = json!({ "allOf": [schema], "schemas": DESCRIPTION["schemas"] });
        Arc::new(jsonschema::validator_for(&whole).unwrap())
    });
    made.clone()
}

/// Whether `path` is one of those that `template` stands for. A reference at the end may have several parts.
fn fits(template: &str, path: &[&str]) -> bool {
    let words: Vec<&str> = template.split('/').skip(1).collect();
    let is_long_enough = match words.last() {
        Some(&"{ref}") => path.len() >= words.len(),
        _ => path.len() == words.len(),
    };
    is_long_enough && words.iter().zip(path).all(|(word, part)| is_open(word) || word == part)
}

fn is_open(word: &str) -> bool {
    word.starts_with('{')
}

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("openapi.json")).unwrap());

/// Objects in objects that are filled in; the description has none that demands itself.
const DEEPEST: usize = 8;
/// How many differences of one body are told.
const SHOWN: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::{API, Github};
    use bowline_port::http::{Address, Body, Exchange, Take};

    #[track_caller]
    fn check(method: Method, path: &str, asked: &Value, (status, answered): (u16, &Value), expected: &str) {
        let address = Address::parse(&format!("{API}{path}")).unwrap();
        let request = Request::new(method, address).body(Body::json(asked));
        let parts: Vec<&str> = path.split('?').next().unwrap().split('/').skip(1).collect();
        let reply = Reply { status, headers: Vec::new(), body: answered.to_string().into_bytes() };
        let found = mistakes(&request, &parts, asked.to_string().as_bytes(), &reply).join("\n");
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{found}");
    }

    #[test]
    fn what_github_does_not_describe_is_found() {
        let (none, list) = (json!({}), (200, &json!([])));
        check(Method::Get, "/repos/acme/app/releases?per_page=30&page=2", &none, list, "");
        check(Method::Get, "/repos/acme/app/releases?size=30", &none, list, "no query `size`");
        check(Method::Get, "/repos/acme/app/drafts", &none, list, "no such operation");
        check(Method::Put, "/repos/acme/app/releases", &none, list, "no such operation");
        check(Method::Get, "/repos/acme/app/releases", &none, (200, &json!([{ "id": 1 }])), "answer 200/0: ");
        check(Method::Get, "/repos/acme/app/releases", &none, (202, &none), "answer 202 is not described");
        check(Method::Get, "/repos/acme/app/releases", &none, (429, &json!({ "message": 5 })), "a refusal/message: ");
        check(Method::Get, "/repos/acme/app/releases", &none, (502, &none), "");
        check(Method::Get, "/repos/acme/app/git/matching-refs/tags/v1", &none, list, "");
        check(Method::Delete, "/repos/acme/app/releases/1", &none, (204, &none), "answer 204 has a body");
        let refused = (422, &json!({ "message": "no", "documentation_url": "https://docs.github.example" }));
        check(Method::Post, "/repos/acme/app/releases", &json!({ "tag_name": "v1" }), refused, "");
        check(Method::Post, "/repos/acme/app/releases", &json!({ "tag": "v1" }), refused, "\"tag_name\" is a required");
        check(Method::Post, "/repos/acme/app/releases", &json!({ "tag_name": 1 }), refused, "body/tag_name: ");
        let misspelt = json!({ "tag_name": "v1", "make_lastest": "true" });
        check(Method::Post, "/repos/acme/app/releases", &misspelt, refused, "make_lastest");
    }

    #[test]
    #[should_panic(expected = "GitHub describes no such operation")]
    fn a_double_with_violations_ends_its_test() {
        let address = Address::parse(&format!("{API}/repos/acme/app/drafts")).unwrap();
        let _ = Github::default().send(&Request::get(address), Take::Whole);
    }

    #[test]
    fn every_schema_can_be_compiled() {
        for (path, methods) in DESCRIPTION["paths"].as_object().unwrap() {
            for (method, words) in methods.as_object().unwrap() {
                let answers =
                    words["answers"].as_object().unwrap().iter().map(|(status, schema)| (status.as_str(), schema));
                for (part, schema) in answers.chain(words.get("body").map(|schema| ("body", schema))) {
                    if !schema.is_null() {
                        compiled(&format!("test of {method} {path} {part}"), schema);
                    }
                }
            }
        }
    }
}
