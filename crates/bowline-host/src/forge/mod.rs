//! The forges this version can talk to, and the stand-in for those it cannot.

pub mod github;
pub mod local;
pub mod unsupported;

pub use github::GithubForge;
pub use local::LocalForge;
pub use unsupported::UnsupportedForge;
