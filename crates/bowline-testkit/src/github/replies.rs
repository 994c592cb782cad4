//! Answers as GitHub words them.

use super::Asked;
use bowline_port::http::Reply;
use serde_json::{Value, json};

/// The page of a list that was asked for, and where the next one is.
pub(super) fn pages(asked: &Asked<'_>, all: &[Value]) -> Reply {
    let (shown, next) = page_of(asked, all);
    let mut reply = ok(&json!(shown));
    reply.headers.extend(next);
    reply
}

/// The entries of the page that was asked for, and the header that says where the next one is.
pub(super) fn page_of<'a>(asked: &Asked<'_>, all: &'a [Value]) -> (Vec<&'a Value>, Option<(String, String)>) {
    let (per_page, page) = (asked.query("per_page").unwrap_or(30).min(100), asked.query("page").unwrap_or(1).max(1));
    let shown: Vec<&Value> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
    let base = asked.request.address.as_str().split('?').next().unwrap();
    let link = format!("<{base}?per_page={per_page}&page={}>; rel=\"next\"", page + 1);
    (shown, (all.len() > page * per_page).then(|| ("link".to_owned(), link)))
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

/// The answer is elsewhere.
pub(super) fn sent_to(place: &str) -> Reply {
    let mut reply = status(302);
    reply.headers.push(("location".to_owned(), place.to_owned()));
    reply
}

/// A page for people.
pub(super) fn page() -> Reply {
    let headers = vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())];
    Reply { status: 200, headers, body: b"<!DOCTYPE html><title>Sign in</title>".to_vec() }
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
