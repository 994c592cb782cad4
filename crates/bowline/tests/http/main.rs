//! The HTTP door's sending half against servers that do everything wrong: each failure says how far the request got, each
//! wait ends, and nothing is sent twice.
#![cfg(test)]

mod bodies;
mod connections;
mod limits;
mod phases;
mod support;
mod trust;
mod whole;
