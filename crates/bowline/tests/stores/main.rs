//! Shared state in the places where teams keep it, each tried with real servers: every store passes the exam, and no lost
//! answer is believed.
#![cfg(test)]

mod double;
mod git;
mod http;
mod object;
mod release;
mod servers;
