//! What a run leaves on record.
//!
//! [`journal`] is the private, append-only memory of one run: intents before effects, receipts after them, and duties
//! that must be done on every path. It is a cache. The remote world is the truth, every rerun looks again, and a
//! journal that is lost, cut or damaged costs a few reads and nothing else. [`frame`] is how its bytes are laid out;
//! [`runs`] keeps the list of runs and the plans they execute; [`lock`] lets one run at a time release a channel.

pub mod frame;
pub mod journal;
pub mod lock;
pub mod runs;

pub use journal::{Journal, JournalError};
pub use runs::Runs;
