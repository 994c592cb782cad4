//! What is left when the program dies, is raced, or is overtaken: the same world as if nothing had happened.
//!
//! Every test here runs the real program in a world of its own and compares with a reference: a release that nobody
//! disturbed. `scene` makes the worlds and the reference, `damage` is what can happen to the journal afterwards,
//! `campaign` brings a killed release to its end and checks what must hold on the way.
#![cfg(test)]

mod boundaries;
mod campaign;
mod ci;
mod damage;
mod faults;
mod github;
mod journals;
mod kills;
mod moments;
mod moved;
mod overtaken;
mod replies;
mod requests;
mod scene;
mod shared;
mod starts;
mod together;
