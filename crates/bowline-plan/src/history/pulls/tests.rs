//! Roles and labels.
