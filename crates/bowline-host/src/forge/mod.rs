//! The forges this version can talk to, and the stand-in for those it cannot.

pub mod local;
pub mod unsupported;

pub use local::LocalForge;
pub use unsupported::UnsupportedForge;
