//! Runs, resumes and unwinds any schedule of steps; knows no concrete step.
//!
//! A [`step::Check`] only looks; a [`step::Step`] has an effect. Both are put into a [`registry::Registry`] in the
//! order of effects. [`schedule`] asks each whether it takes part; [`run::Engine`] then goes through them: look,
//! write down the intent, act, write down the receipt. A first start and a tenth resume are the same call. When
//! something fails before anything irreversible was sent, [`unwind`] takes everything back in reverse order.

pub mod context;
pub mod registry;
pub mod run;
pub mod schedule;
pub mod step;
pub mod unwind;

pub use context::{Alone, Cx, Hold, Look, Receipts, Settings};
pub use registry::{Entry, Registry};
pub use run::{Engine, Interrupt, Point, Run, RunEnd, Uninterrupted};
pub use step::{Check, Probe, Step, StepMeta, Undid};
