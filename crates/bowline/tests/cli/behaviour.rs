//! Behaviour that users and scripts rely on: what a release is made of, what a second run does, what is printed where.

mod automation;
mod canary;
mod commands;
mod digests;
mod freezing;
mod github;
mod handing;
mod interrupted;
mod linting;
mod logins;
mod looking;
mod output;
mod plans;
mod repeating;
mod secrets;
mod sharing;
mod trust;
mod versions;
