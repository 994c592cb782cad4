//! Colour, where it is wanted.

use crate::args::ColorWhen;
use bowline_port::environment::Environment;

/// Whether text gets colour.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// By flag, else by terminal and `NO_COLOR` (no-color.org).
    pub fn new(when: ColorWhen, terminal: bool, environment: &Environment) -> Self {
        let colour = match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                terminal && environment.get("NO_COLOR").is_none() && environment.get("TERM") != Some("dumb")
            }
        };
        Self { colour }
    }

    /// Without colour.
    pub const fn plain() -> Self {
        Self { colour: false }
    }

    /// For headings.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }
    /// For what matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
    /// For failures.
    pub fn red(self, text: &str) -> String {
        self.paint("1;31", text)
    }
    /// For success.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }
    /// For warnings.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }
    /// For advice.
    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
