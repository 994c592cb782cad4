//! Telling people and checkouts that it happened.

pub mod checkout;
pub mod discussion;
pub mod floating_tags;
