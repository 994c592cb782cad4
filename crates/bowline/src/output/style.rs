//! Colour, where it is wanted. It becomes escape sequences at the last door only, see `bowline_model::text::screen`.

use crate::args::ColorWhen;
use bowline_model::text::screen::{Paint, painted};
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

    /// Whether there is colour.
    pub const fn is_coloured(self) -> bool {
        self.colour
    }

    /// For headings.
    pub fn bold(self, text: &str) -> String {
        self.paint(Paint::Bold, text)
    }
    /// For what matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint(Paint::Dim, text)
    }
    /// For failures.
    pub fn red(self, text: &str) -> String {
        self.paint(Paint::Red, text)
    }
    /// For success.
    pub fn green(self, text: &str) -> String {
        self.paint(Paint::Green, text)
    }
    /// For warnings.
    pub fn yellow(self, text: &str) -> String {
        self.paint(Paint::Yellow, text)
    }
    /// For advice.
    pub fn cyan(self, text: &str) -> String {
        self.paint(Paint::Cyan, text)
    }

    fn paint(self, paint: Paint, text: &str) -> String {
        if self.colour { painted(paint, text) } else { text.to_owned() }
    }
}
