//! What people see, in the originals' words.

use crate::options::Options;
use bowline_model::text::screen::{Paint, painted};

/// Where lines go. A line may hold several; it comes without its end.
pub trait Console {
    /// The result: standard output.
    fn out(&mut self, line: &str);
    /// Warnings and errors: standard error.
    fn err(&mut self, line: &str);
    /// Whether standard output and standard error have colour.
    fn colours(&self) -> (bool, bool);
}

/// Says what is being done, unless that is to be silent.
pub(super) struct Voice<'a> {
    console: &'a mut dyn Console,
    silent: bool,
    dry: bool,
}

/// The sign in front of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    /// Something is done.
    Tick,
    /// Something is left out.
    Cross,
    /// Something to know.
    Info,
}

impl<'a> Voice<'a> {
    pub(super) fn new(console: &'a mut dyn Console, options: &Options) -> Self {
        // standard-version asks the wrong object whether this is a dry run, so its tick is always green.
        let dry = options.dry_run && !(options.profile == crate::Profile::Sv9 && options.exactness.is_exact());
        Self { console, silent: options.silent, dry }
    }

    /// A line with a sign. Each `%s` of `words` stands for the next of `values`; those left over follow behind.
    pub(super) fn say(&mut self, figure: Figure, words: &str, values: &[&str]) {
        if self.silent {
            return;
        }
        let colour = self.console.colours().0;
        let paint = |paint, text: &str| if colour { painted(paint, text) } else { text.to_owned() };
        let sign = match figure {
            Figure::Tick if self.dry => paint(Paint::Yellow, "✔"),
            Figure::Tick => paint(Paint::Green, "✔"),
            Figure::Cross => paint(Paint::Red, "✖"),
            Figure::Info => paint(Paint::Cyan, "ℹ"),
        };
        let values: Vec<String> = values.iter().map(|value| paint(Paint::Bold, value)).collect();
        self.console.out(&format!("{sign} {}", filled(words, &values)));
    }

    /// Several lines that are only shown.
    pub(super) fn show(&mut self, before: &str, text: &str, after: &str) {
        let text = if self.console.colours().0 { painted(Paint::Dim, text) } else { text.to_owned() };
        self.console.out(&format!("{before}{text}{after}"));
    }

    /// On standard output, also when all else is silent.
    pub(super) fn plain(&mut self, text: &str) {
        self.console.out(text);
    }

    /// What somebody should know.
    pub(super) fn warn(&mut self, text: &str) {
        self.complain(Paint::Yellow, text);
    }

    /// What went wrong.
    pub(super) fn error(&mut self, text: &str) {
        self.complain(Paint::Red, text);
    }

    /// On standard error without colour, also when all else is silent.
    pub(super) fn aloud(&mut self, text: &str) {
        self.console.err(text);
    }

    fn complain(&mut self, paint: Paint, text: &str) {
        if !self.silent {
            let text = if self.console.colours().1 { painted(paint, text) } else { text.to_owned() };
            self.console.err(&text);
        }
    }
}

/// `words` with each `%s` replaced, as node's `util.format` does it.
fn filled(words: &str, values: &[String]) -> String {
    let mut values = values.iter();
    let mut out = String::new();
    let mut pieces = words.split("%s");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        out.push_str(values.next().map_or("%s", String::as_str));
        out.push_str(piece);
    }
    for value in values {
        out.push(' ');
        out.push_str(value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_filled_in_order() {
        for (words, values, expected) in [
            ("committing %s and %s", vec!["a", "b"], "committing a and b"),
            ("committing %s", vec![], "committing %s"),
            ("done", vec!["a"], "done a"),
            ("%s%s", vec!["v", "1.0.0"], "v1.0.0"),
        ] {
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(filled(words, &values), expected);
        }
    }
}
