//! Loading from a text.

use bowline_config::{ConfigError, File, Input, Loaded, load};
use bowline_model::Failure;

pub(crate) fn read(text: &str) -> Result<Loaded, ConfigError> {
    let file = File { name: "bowline.toml".to_owned(), bytes: text.as_bytes().to_vec(), committed: true };
    load(&Input { file: Some(file), ..Input::default() })
}

/// Everything people are shown about a file that is refused.
pub(crate) fn refusal(text: &str) -> String {
    let failure = Failure::from(read(text).unwrap_err());
    assert_eq!((failure.kind.exit_code(false), failure.code.as_str()), (3, "config_invalid"));
    let mut lines = vec![failure.message];
    lines.extend(failure.causes.into_iter().map(|cause| format!("  {cause}")));
    lines.extend(failure.hints.into_iter().map(|hint| format!("hint: {hint}")));
    lines.join("\n")
}
