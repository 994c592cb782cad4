//! Stores of shared state on the other side of a real network: each passes the exam, and no lost answer is believed.
#![cfg(test)]

mod git;
