//! Answers as GitHub words them.

use super::Asked;
use bowline_port::http::Reply;
use serde_json::{Value, json};

/// The page of a list that was asked for, and where the next one is.
pub(super) fn pages(asked: &Asked<'_>, all: &[Value]) -> Reply {
    let (per_page, page) = (asked.query("per_page").unwrap_or(30).min(100), asked.query("page").unwrap_or(1).max(1));
    let shown: Vec<&Value> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
    let mut reply = ok(&json!(shown));
    if all.len() > page * per_page {
        let base = asked.request.address.as_str().split('?').next().unwrap();
        let link = format!("<{base}?per_page={per_page}&page={}>; rel=\"next\"", page + 1);
        reply.headers.push(("link".to_owned(), link));
    }
    reply
}

pub(super) fn ok(value: &Value) -> Reply {
    json_reply(200, value)
}

pub(super) fn json_reply(status: u16, value: &Value) -> Reply {
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Reply { status, headers, body: value.to_string().into_bytes() }
}

pub(super) fn status(status: u16) -> Reply {
    let words = if status == 204 { String::new() } else { json!({ "message": "planned or not found" }).to_string() };
    Reply { status, headers: Vec::new(), body: words.into_bytes() }
}

pub(super) fn refusal(status: u16, message: &str, error: Option<(&str, &str)>) -> Reply {
    let errors: Vec<Value> =
        error.iter().map(|(field, code)| json!({ "resource": "Release", "field": field, "code": code })).collect();
    let words =
        json!({ "message": message, "errors": errors, "documentation_url": DOCS, "status": status.to_string() });
    json_reply(status, &words)
}

/// Where GitHub says that more is written.
const DOCS: &str = "https://docs.github.com/rest";
