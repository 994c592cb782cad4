//! Telling people and checkouts that it happened.

pub mod checkout;
pub mod discussion;
pub mod floating_tags;
pub mod followed;
pub mod released;
pub mod status;
