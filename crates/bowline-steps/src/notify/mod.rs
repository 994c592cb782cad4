//! Telling people and checkouts that it happened.

pub mod checkout;
pub mod floating_tags;
