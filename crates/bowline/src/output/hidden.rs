//! The secrets of this process, taken out of everything that it writes.
//!
//! Every byte that goes to standard output, standard error, a log file or a job summary passes through here last,
//! whoever composed it. That is why this is the one value that all of the process shares: a way around it would be a way
//! out for a token.

use bowline_model::seeded::{Bug, seeded};
use bowline_port::secret::{Redactor, Secret};
use std::sync::{LazyLock, PoisonError, RwLock};

static KNOWN: LazyLock<RwLock<Redactor>> = LazyLock::new(RwLock::default);

/// Takes `secrets` out of everything from now on.
pub fn hide(secrets: impl IntoIterator<Item = Secret>) {
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).add(secrets);
}

/// `text` as it may leave the process.
pub(crate) fn clean(text: &str) -> String {
    if seeded(Bug::LogToken) {
        return text.to_owned();
    }
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).redact(text).into_owned()
}

/// Cleans a document text by text, so that it stays one.
pub(crate) fn clean_document(value: &mut serde_json::Value) {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).redact_json(value);
}
