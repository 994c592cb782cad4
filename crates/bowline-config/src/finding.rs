//! What is wrong with a configuration, ready to be shown.
//!
//! A file yields all of its findings at once, so that it is corrected in one go. Everything quoted from the file is
//! made safe here or before; a value that looks like a secret is never quoted.

use bowline_model::text::one_line;
use bowline_model::{Failure, FailureKind};
use std::fmt;

/// One thing to correct in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line itself, safe to show.
    pub excerpt: String,
    /// The key it is about, dotted; empty when the file is not TOML there.
    pub key: String,
    /// A lowercase fragment that says what is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A translation has no lines that people could look up.
        if self.line == 0 {
            return f.write_str(&self.message);
        }
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        if self.excerpt.is_empty() { Ok(()) } else { write!(f, " | {}", self.excerpt) }
    }
}

/// Why there is no configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file is larger than any configuration.
    #[error("{name} has {bytes} bytes, and at most {limit} are read", limit = MAX_BYTES)]
    TooLarge {
        /// The file.
        name: String,
        /// Its size.
        bytes: usize,
    },
    /// The file is not UTF-8.
    #[error("{name} is not UTF-8 text at line {line}")]
    NotText {
        /// The file.
        name: String,
        /// The first line that is not.
        line: usize,
    },
    /// The file has findings.
    #[error("{name} is not a valid configuration: {}", count(findings.len() + omitted))]
    Invalid {
        /// The file.
        name: String,
        /// What is wrong, in the file's order.
        findings: Vec<Finding>,
        /// How many more there are.
        omitted: usize,
    },
    /// A flag has an impossible value.
    #[error("{flag}: {message}")]
    Flag {
        /// The flag or variable as written.
        flag: String,
        /// A lowercase fragment that says what is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl ConfigError {
    /// The findings, when the file could be read at all.
    pub fn findings(&self) -> &[Finding] {
        if let Self::Invalid { findings, .. } = self { findings } else { &[] }
    }
}

impl From<ConfigError> for Failure {
    /// A bad file is `config_invalid`, with one cause a finding; a bad flag is a matter of usage.
    fn from(error: ConfigError) -> Self {
        let message = error.to_string();
        match error {
            ConfigError::Flag { hint, .. } => {
                let mut failure = Self::new(FailureKind::Usage, "flag_invalid", message);
                failure.hints.extend(hint);
                failure
            }
            ConfigError::TooLarge { .. } => Self::new(FailureKind::Config, INVALID, message)
                .hint("a configuration holds settings only: move the rest out"),
            ConfigError::NotText { .. } => {
                Self::new(FailureKind::Config, INVALID, message).hint("save the file as UTF-8")
            }
            ConfigError::Invalid { name, findings, omitted } => {
                let mut failure = Self::new(FailureKind::Config, INVALID, message);
                for finding in findings {
                    let cause = if finding.line == 0 { finding.to_string() } else { format!("{name}:{finding}") };
                    failure.causes.push(cause);
                    let at = if finding.line == 0 { String::new() } else { format!("line {}: ", finding.line) };
                    failure.hints.extend(finding.hint.map(|hint| format!("{at}{hint}")));
                }
                if failure.hints.is_empty() {
                    failure.hints.push("every key, with an example: bowline config explain".to_owned());
                }
                if omitted > 0 {
                    failure.causes.push(format!("{omitted} more"));
                }
                failure
            }
        }
    }
}

/// `line` as a finding quotes it: safe, of bounded length, and without the value where the name speaks of a secret.
pub(crate) fn excerpt(line: &str) -> String {
    let line = line.trim();
    let name = line.split_once('=').map(|(name, _)| name.trim_end());
    match name {
        Some(name) if is_secret(name) => one_line(&format!("{name} = …"), EXCERPT).into_owned(),
        _ => one_line(line, EXCERPT).into_owned(),
    }
}

/// Whether a key's name announces a value that must not be repeated.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "password", "passwd", "passphrase", "credential", "private"]
        .iter()
        .any(|word| name.contains(word))
}

fn count(findings: usize) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}

/// No configuration is larger than this.
pub(crate) const MAX_BYTES: usize = 1 << 20;
const INVALID: &str = "config_invalid";
const EXCERPT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_safe_and_keep_secrets() {
        for (line, expected) in [
            ("  tag = \"v\"  ", "tag = \"v\""),
            ("api_token = \"hunter2\"", "api_token = …"),
            ("a = \"\u{1b}[31m\"", "a = \"\\u{001B}[31m\""),
            ("# token", "# token"),
        ] {
            assert_eq!(excerpt(line), expected);
        }
        assert!(excerpt(&"x".repeat(5000)).chars().count() <= EXCERPT + 1);
    }
}
