//! Shared state in the places where teams keep it, each tried with real servers.
#![cfg(test)]

mod double;
mod http;
mod object;
mod servers;
