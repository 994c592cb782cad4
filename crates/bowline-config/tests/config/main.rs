//! The crate as its users see it: what loads, what is refused in which words, and whether table, schema, loader and
//! defaults agree.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod support;
