//! Telling people and checkouts that it happened.

pub mod checkout;
