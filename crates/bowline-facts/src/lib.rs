//! Observes repository, forge and files through the doors, and yields one [`Facts`](bowline_model::facts::Facts).
//!
//! [`observe()`] is the whole interface. It looks and never changes a reference: fetching objects and deepening a
//! shallow clone is all it does to the repository. What it says is about the head commit and the remote, not about
//! the working tree, and where something cannot be known it says so instead of guessing.
//!
//! The modules follow the order of the questions: which `branch`, which remote and what it holds (`refs`), which `tags`
//! name versions, which `changes` people wrote files about, how remote and head relate (`relation`), which objects are `ours`, and which `releases` of ours are
//! complete, unfinished or superseded.

mod authors;
mod branch;
mod changes;
mod failure;
mod observe;
mod ours;
mod pulls;
mod refs;
mod relation;
mod releases;
mod tags;

pub use authors::authors;
pub use branch::BranchError;
pub use changes::{Before, released as released_change_files};
pub use observe::{At, FactsError, Request, observe, release_remote};
pub use pulls::pulls;
pub use refs::RefsError;
pub use releases::ReleasesError;
pub use tags::TagsError;
