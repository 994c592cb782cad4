//! The double behind a real server.

use super::{API, Github, PAGES, STORAGE, UPLOADS};
use crate::http_double::{Answer, Heard, HttpDouble};
use bowline_port::http::{Address, Body, Exchange, Login, Method, Request, Take};
use bowline_port::secret::Secret;
use std::sync::Arc;

/// The double behind a real server on the loopback: its API below `/api/v3` as an Enterprise Server has it, uploads and
/// storage beside it. A fault that has no answer is one of [`HttpDouble::on`].
pub fn serve(github: &Arc<Github>) -> HttpDouble {
    serve_with(github, |_, usual| usual())
}

/// The same with `around` in between: it gets what was asked and the function that lets the double see it, and says what is
/// answered.
pub fn serve_with(
    github: &Arc<Github>,
    around: impl Fn(&Heard, &dyn Fn() -> Answer) -> Answer + Send + Sync + 'static,
) -> HttpDouble {
    let github = github.clone();
    HttpDouble::serving(move |heard| around(heard, &|| answer(&github, heard)))
}

fn answer(github: &Github, heard: &Heard) -> Answer {
    // Who is killed in the middle of sending has sent nothing.
    if !heard.is_whole {
        return Answer::new(400);
    }
    // Whoever takes off TLS in front says so, as usual.
    let scheme = heard.header("x-forwarded-proto").unwrap_or("http");
    let own = format!("{scheme}://{}", heard.header("host").unwrap_or_default());
    let (base, rest) = PLACES
        .iter()
        .find_map(|(path, base)| Some((*base, heard.target.strip_prefix(path)?)))
        .unwrap_or((PAGES, heard.target.as_str()));
    let Ok(address) = Address::parse(&format!("{base}{rest}")) else { return Answer::new(400) };
    let method = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
    let Some(method) = method.into_iter().find(|method| method.name() == heard.method) else { return Answer::new(405) };
    let mut request = Request::new(method, address).header("accept", heard.header("accept").unwrap_or_default());
    request.body = Body::Bytes { kind: "application/octet-stream", bytes: heard.body.clone().into() };
    request.login = heard
        .header("authorization")
        .map(|login| Login::bearer(&Secret::new(login.split_once(' ').map_or(login, |(_, token)| token))));
    if base == STORAGE {
        // On one server it cannot be another host, which gets no login.
        request.login = None;
    }
    let Ok(reply) = github.send(&request, Take::Whole) else { return Answer::new(502) };
    // What is said names this server instead of those that the double knows.
    let here = |text: &str| {
        PLACES.iter().fold(text.replace(PAGES, &own), |text, (path, base)| text.replace(base, &format!("{own}{path}")))
    };
    let is_json = reply.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let body = match std::str::from_utf8(&reply.body) {
        Ok(text) if is_json => here(text).into_bytes(),
        _ => reply.body.clone(),
    };
    reply
        .headers
        .iter()
        .fold(Answer::new(reply.status), |answer, (name, value)| answer.header(name, &here(value)))
        .body(body)
}

/// Where the hosts of the double are on one server.
const PLACES: [(&str, &str); 4] =
    [("/api/v3", API), ("/api/graphql", GRAPHQL), ("/uploads", UPLOADS), ("/storage", STORAGE)];
/// Where GraphQL is asked, on github.com; an Enterprise Server has it beside the REST API and not below.
const GRAPHQL: &str = "https://api.github.example/graphql";
