//! The layout that the originals print: levels of two spaces, lists one level deeper than their key.

use super::scalar::{printed, split_comment};

/// A line that begins with a key or with a dash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Counted from 0.
    pub(super) line: usize,
    /// Spaces in front.
    pub(super) column: usize,
    /// Whether it begins with a dash.
    pub(super) is_item: bool,
    /// Its key, without quotes.
    pub(super) key: Option<String>,
    /// What is behind the key, or behind the dash.
    pub(super) rest: String,
    /// The key at the margin that it stands below, on the first level.
    pub(super) outer: Option<String>,
}

impl Entry {
    /// What a line says, if it says something of that kind.
    pub(super) fn of(line: usize, column: usize, content: &str) -> Option<Self> {
        let entry = |is_item, key: Option<String>, rest: &str| {
            Some(Self { line, column, is_item, key, rest: rest.trim().to_owned(), outer: None })
        };
        if content == "-" {
            return entry(true, None, "");
        }
        if let Some(rest) = content.strip_prefix("- ") {
            return entry(true, None, rest);
        }
        let (key, rest) = key(content)?;
        entry(false, Some(key.trim_matches(['"', '\'']).to_owned()), rest)
    }

    /// Whether these keys lead to it.
    pub(super) fn is_at(&self, at: &[&str]) -> bool {
        match at {
            [key] => self.column == 0 && self.key.as_deref() == Some(key),
            [outer, key] => self.outer.as_deref() == Some(outer) && self.key.as_deref() == Some(key),
            _ => false,
        }
    }
}

/// A key, and what is behind its colon.
fn key(content: &str) -> Option<(&str, &str)> {
    let (key, rest) = match content.split_once(": ") {
        Some((key, rest)) => (key, rest),
        None => match content.strip_suffix(':') {
            Some(key) => (key, ""),
            None => return None,
        },
    };
    let key = key.trim_end();
    let is_quoted = key.starts_with(['"', '\'']);
    let is_odd = key.is_empty()
        || key.contains(" #")
        || key.starts_with(['[', '{', '?', '&', '*', '!', '|', '>', '%', '@', '`', '#']);
    let quotes = key.matches(['"', '\'']).count();
    (!is_odd && (!is_quoted || (quotes == 2 && !key.contains('\\')))).then_some((key, rest))
}

/// A level of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    column: usize,
    is_list: bool,
}

/// The whole document anew; none when it is written in a way that is not known here. Long lines are folded by the older original, so
/// they are not known when `folds`.
pub(super) fn normal(text: &str, folds: bool) -> Option<String> {
    let mut printer = Printer { folds, ..Printer::default() };
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        if line.contains('\t') {
            return None;
        }
        let column = line.len() - line.trim_start_matches(' ').len();
        let content = line.trim();
        if content.is_empty() {
            printer.is_spaced = true;
        } else if content.starts_with('#') {
            printer.comments.push((std::mem::take(&mut printer.is_spaced), column, content.to_owned()));
        } else if content == "---" && column == 0 && printer.out.is_empty() && printer.comments.is_empty() {
            printer.out.push_str("---\n");
        } else {
            printer.content(column, content)?;
            if let Some(parent) = printer.block.take() {
                printer.literal(&mut lines, parent)?;
            }
        }
    }
    printer.end()
}

#[derive(Default)]
struct Printer {
    folds: bool,
    out: String,
    levels: Vec<Level>,
    /// Whether the entry before has no value yet, so that a level may follow.
    is_open: bool,
    is_spaced: bool,
    /// Comments that wait for the entry behind them: whether an empty line stands before, column, text.
    comments: Vec<(bool, usize, String)>,
    /// A comment behind a key that has something below it goes there.
    moved: Option<String>,
    /// The column of the entry whose text follows as a block.
    block: Option<usize>,
}

impl Printer {
    fn content(&mut self, column: usize, content: &str) -> Option<()> {
        let is_item = content == "-" || content.starts_with("- ");
        while self.levels.last().is_some_and(|level| level.column > column) {
            self.moved.is_none().then_some(())?;
            self.levels.pop();
            self.close_open()?;
        }
        match self.levels.last().copied() {
            Some(level) if level.column == column && level.is_list == is_item => self.close_open()?,
            // A list may stand right below its key, without being indented.
            Some(level) if level.column == column && is_item && self.is_open => {
                self.levels.push(Level { column, is_list: true });
            }
            Some(level) if level.column == column && level.is_list => {
                // Comments there count to the list, unless it stands at the margin.
                if column > 0 {
                    self.comments_of_list(column)?;
                }
                self.levels.pop();
                self.close_open()?;
                let above = self.levels.last().copied()?;
                (above == Level { column, is_list: false }).then_some(())?;
            }
            Some(level) if level.column == column => return None,
            Some(_) if self.is_open => self.levels.push(Level { column, is_list: is_item }),
            None if self.out.is_empty() || self.out == "---\n" => self.levels.push(Level { column, is_list: is_item }),
            _ => return None,
        }
        if self.levels.first()? != &(Level { column: 0, is_list: false }) {
            return None;
        }
        self.waiting(column)?;
        self.out.push_str(&"  ".repeat(self.levels.len() - 1));
        self.is_open = false;
        self.entry(column, content)
    }

    /// An empty value has its comment beside it.
    fn close_open(&mut self) -> Option<()> {
        // Comments below it would be put with it.
        (!self.is_open || self.comments.is_empty()).then_some(())?;
        self.is_open = false;
        if let Some(comment) = self.moved.take() {
            (!self.is_spaced).then_some(())?;
            self.out.pop();
            self.out.push_str(&format!(" {comment}\n"));
        }
        Some(())
    }

    /// Comments at the end of a list that stands right below its key.
    fn comments_of_list(&mut self, column: usize) -> Option<()> {
        let indent = "  ".repeat(self.levels.len() - 1);
        for (is_spaced, at, comment) in std::mem::take(&mut self.comments) {
            (at == column && !is_spaced && !self.is_open).then_some(())?;
            self.out.push_str(&format!("{indent}{comment}\n"));
        }
        Some(())
    }

    /// Comments and the empty line in front of an entry.
    fn waiting(&mut self, column: usize) -> Option<()> {
        let indent = "  ".repeat(self.levels.len() - 1);
        if let Some(comment) = self.moved.take() {
            self.out.push_str(&format!("{indent}{comment}\n"));
            if self.is_spaced || !self.comments.is_empty() {
                return None;
            }
        }
        let is_start = self.out.is_empty();
        if self.out == "---\n" && self.is_spaced && !self.comments.is_empty() {
            return None;
        }
        for (place, (is_spaced, at, comment)) in std::mem::take(&mut self.comments).into_iter().enumerate() {
            if at != column {
                return None;
            }
            if is_spaced && !(is_start && place == 0) {
                self.out.push('\n');
            }
            self.out.push_str(&format!("{indent}{comment}\n"));
        }
        if std::mem::take(&mut self.is_spaced) && !self.out.is_empty() {
            self.out.push('\n');
        }
        Some(())
    }

    fn entry(&mut self, column: usize, content: &str) -> Option<()> {
        if let Some(rest) = content.strip_prefix("- ") {
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            let (inner, rest) = (column + 2 + spaces, rest.trim_start_matches(' '));
            self.out.push_str("- ");
            let is_item = rest == "-" || rest.starts_with("- ");
            if is_item || (!rest.starts_with(['[', '{']) && key(rest).is_some()) {
                self.levels.push(Level { column: inner, is_list: is_item });
                return self.entry(inner, rest);
            }
            return self.value(column, rest, "");
        }
        let (key, rest) = key(content)?;
        self.out.push_str(&format!("{key}:"));
        self.value(column, rest.trim(), " ")
    }

    fn value(&mut self, column: usize, rest: &str, space: &str) -> Option<()> {
        let (value, comment) = split_comment(rest);
        if value.is_empty() {
            self.is_open = true;
            self.moved = comment.map(str::to_owned);
            // An item without anything is joined with what is below it; that is not done here.
            if space.is_empty() {
                return None;
            }
        } else if matches!(value, "|" | "|-" | "|+") {
            self.out.push_str(&format!("{space}{value}"));
            if comment.is_some() {
                return None;
            }
            self.block = Some(column);
        } else {
            let value = printed(value)?;
            let line = self.out.rsplit('\n').next().unwrap_or_default().chars().count();
            if self.folds && line + value.chars().count() + 1 > 80 {
                return None;
            }
            self.out.push_str(&format!("{space}{value}"));
            if let Some(comment) = comment {
                self.out.push_str(&format!(" {comment}"));
            }
        }
        self.out.push('\n');
        Some(())
    }

    /// The text below `|`.
    fn literal<'a>(
        &mut self,
        lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
        parent: usize,
    ) -> Option<()> {
        let mut text: Vec<&str> = Vec::new();
        while let Some(line) = lines.peek() {
            let column = line.len() - line.trim_start_matches(' ').len();
            if !line.trim().is_empty() && column <= parent {
                break;
            }
            text.push(line);
            lines.next();
        }
        while text.last().is_some_and(|line| line.trim().is_empty()) {
            text.pop();
            self.is_spaced = true;
        }
        let first = text.first().filter(|line| !line.trim().is_empty())?;
        let column = first.len() - first.trim_start_matches(' ').len();
        let indent = "  ".repeat(self.levels.len());
        for line in text {
            if line.trim().is_empty() {
                self.out.push('\n');
                continue;
            }
            let inner = line.get(column..).filter(|_| line.starts_with(&" ".repeat(column)))?;
            if inner.ends_with(' ') || line.contains('\t') {
                return None;
            }
            self.out.push_str(&format!("{indent}{inner}\n"));
        }
        Some(())
    }

    fn end(mut self) -> Option<String> {
        if self.levels.is_empty() {
            return None;
        }
        if self.moved.is_some() && self.levels.len() > 1 {
            return None;
        }
        // The line break at the end is no empty line.
        self.is_spaced = false;
        self.close_open()?;
        for (place, (is_spaced, column, comment)) in std::mem::take(&mut self.comments).into_iter().enumerate() {
            if column != 0 {
                return None;
            }
            if is_spaced || place == 0 {
                self.out.push('\n');
            }
            self.out.push_str(&format!("{comment}\n"));
        }
        Some(self.out)
    }
}
