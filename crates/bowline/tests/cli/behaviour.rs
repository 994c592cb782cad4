//! Behaviour that users and scripts rely on: what a release is made of, what a second run does, what is printed where.

mod automation;
mod before_and_after;
mod canary;
mod commands;
mod digests;
mod freezing;
mod github;
mod github_clients;
mod github_refused;
mod github_rules;
mod github_uploads;
mod handing;
mod interrupted;
mod linting;
mod logins;
mod looking;
mod output;
mod plans;
mod publishing;
mod repeating;
mod secrets;
mod sharing;
mod signed;
mod texts;
mod trust;
mod versions;
