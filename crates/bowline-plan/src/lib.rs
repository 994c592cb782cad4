//! Pure planning: configuration and facts become a [`Plan`](bowline_model::plan::Plan), and the reasons for it.
//!
//! [`plan()`] reads top to bottom like the sentence it implements. Version files and tags give the current version
//! ([`edits`], `current`); commits give what they ask for ([`commit`], [`history`]); both give the next version
//! ([`bump`]); and that gives the edits, the changelog section ([`changelog`]) and the notes ([`render`]). Everything
//! is a function of its arguments: no file is opened here and no clock is read, so the same commit and configuration
//! give the same digest everywhere.
//!
//! [`Renderer`] is for those who want the texts without a release (`bowline changelog`, `bowline notes`).

pub mod bump;
pub mod changelog;
pub mod commit;
mod current;
pub mod edits;
pub mod explain;
mod floating;
pub mod history;
mod limits;
pub mod links;
pub mod message;
mod plan;
mod reason;
pub mod render;

#[cfg(test)]
mod fixture;

pub use explain::Explanation;
pub use floating::FloatingTagError;
pub use plan::{
    PlanError, Planned, Promoted, PromotionError, Snapshot, beside, changes, people, plan, promote, promoted, snapshot,
};
pub use render::{Beside, Document, People, Release, Renderer};
