//! YAML from outside as a small tree in which everything knows its place.
//!
//! Only what workflows are made of: scalars, lists, maps (YAML 1.2.2, sections 3.2.1 and 7). Aliases are expanded within a budget, so
//! that a few lines cannot become a gigabyte; depth and size have limits. A key that is there twice is a mistake: which of the two
//! counts is decided differently by different readers.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::BTreeMap;

/// A node with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// The line it begins on, from 1.
    pub line: u64,
    /// The column it begins in, from 1.
    pub column: u64,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text. Without quotes it may be meant as a number, a truth value or nothing.
    Scalar {
        /// The text, without quotes and escapes.
        text: String,
        /// Whether it stands in quotes, or in a block.
        quoted: bool,
        /// Whether it is a literal block, whose lines are lines of the file.
        literal: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Node, Node)>),
}

/// Why a text is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What is wrong, a lowercase fragment. Can hold words of the text.
    pub message: String,
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

/// Reads the one document of `text`.
pub fn read(text: &str) -> Result<Node, YamlError> {
    if text.len() > MOST_BYTES {
        return Err(YamlError { message: format!("it is larger than {MOST_BYTES} bytes"), line: 1, column: 1 });
    }
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker();
            YamlError { message: error.info().to_owned(), line: at.line() as u64, column: at.col() as u64 + 1 }
        })?;
        reader.take(event, span)?;
    }
    reader.document.ok_or_else(|| YamlError { message: "it holds nothing".to_owned(), line: 1, column: 1 })
}

impl Node {
    /// The value of `key` in a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The key `key` itself, for its place.
    pub fn key(&self, key: &str) -> Option<&Self> {
        self.entries().iter().map(|(name, _)| name).find(|name| name.text() == Some(key))
    }

    /// The entries of a map; none of anything else.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; a scalar is a list of itself, as GitHub reads `needs: build`.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar { .. } if !self.is_null() => std::slice::from_ref(self),
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it is a literal block.
    pub const fn is_literal(&self) -> bool {
        matches!(&self.value, Value::Scalar { literal: true, .. })
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false, .. } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether it is true (YAML 1.2.2, section 10.3.2).
    pub fn is_true(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false, .. } if matches!(text.as_str(), "true" | "True" | "TRUE"))
    }

    /// The text of the scalar at the end of `path`.
    pub fn at(&self, path: &[&str]) -> Option<&str> {
        path.iter().try_fold(self, |node, key| node.get(key))?.text()
    }
}

/// A collection whose end has not come.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<Node>,
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    document: Option<Node>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        let (line, column) = (span.start.line() as u64, span.start.col() as u64 + 1);
        let at = |message: &str| YamlError { message: message.to_owned(), line, column };
        let node = |value| Node { value, line, column };
        match event {
            Event::DocumentStart(_) if self.document.is_some() => return Err(at("it holds more than one document")),
            Event::Scalar(text, style, anchor, _) => {
                let (quoted, literal) = (style != ScalarStyle::Plain, style == ScalarStyle::Literal);
                let value = Value::Scalar { text: text.into_owned(), quoted, literal };
                self.put(node(value), anchor)?;
            }
            Event::SequenceStart(anchor, _) => self.begin(node(Value::List(Vec::new())), anchor)?,
            Event::MappingStart(anchor, _) => self.begin(node(Value::Map(Vec::new())), anchor)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                self.put(open.node, open.anchor)?;
            }
            Event::Alias(anchor) => {
                let Some(meant) = self.anchors.get(&anchor) else {
                    return Err(at("it refers to something around it"));
                };
                self.nodes += size(meant);
                let mut meant = meant.clone();
                // Its lines are elsewhere.
                if let Value::Scalar { literal, .. } = &mut meant.value {
                    *literal = false;
                }
                self.put(Node { line, column, ..meant }, 0)?;
            }
            _ => {}
        }
        if self.nodes > MOST_NODES { Err(at("it holds too much")) } else { Ok(()) }
    }

    fn begin(&mut self, node: Node, anchor: usize) -> Result<(), YamlError> {
        if self.open.len() >= DEEPEST {
            let (line, column) = (node.line, node.column);
            return Err(YamlError { message: "it is nested too deeply".to_owned(), line, column });
        }
        self.open.push(Open { node, anchor, key: None });
        Ok(())
    }

    /// A node is whole: into what is open, or it is the document.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), YamlError> {
        self.nodes += 1;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.document = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => {
                    if let Some(name) = key.text()
                        && entries.iter().any(|(other, _)| other.text() == Some(name))
                    {
                        let message = format!("it has the key `{name}` twice");
                        return Err(YamlError { message, line: key.line, column: key.column });
                    }
                    entries.push((key, node));
                }
            },
            Value::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Scalar { .. } => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|(key, value)| size(key) + size(value)).sum::<usize>(),
    }
}

/// Twice what GitHub takes of a workflow.
const MOST_BYTES: usize = 1 << 20;
const MOST_NODES: usize = 100_000;
const DEEPEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_knows_its_place() {
        let node =
            read("on: push\njobs:\n  a: # why\n    steps:\n      - run: |\n          one\n          two\n").unwrap();
        let step = &node.get("jobs").unwrap().get("a").unwrap().get("steps").unwrap().items()[0];
        let run = step.get("run").unwrap();
        assert_eq!((run.text(), step.line, step.column), (Some("one\ntwo\n"), 5, 9));
        assert_eq!(node.at(&["on"]), Some("push"));
        let key = node.get("jobs").unwrap().key("a").unwrap();
        assert_eq!((key.line, key.column), (3, 3));
    }

    #[test]
    fn what_words_without_quotes_mean() {
        let node = read("a: true\nb: 'true'\nc:\nd: ~\ne: [x]\nf: x\n").unwrap();
        assert!(node.get("a").unwrap().is_true() && !node.get("b").unwrap().is_true());
        assert!(node.get("c").unwrap().is_null() && node.get("d").unwrap().is_null());
        assert_eq!(node.get("e").unwrap().items().len(), 1);
        assert_eq!(node.get("f").unwrap().items()[0].text(), Some("x"));
        assert_eq!(node.get("c").unwrap().items().len(), 0);
    }

    #[test]
    fn bad_documents_are_refused_with_their_place() {
        let deep = "[".repeat(100);
        let laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n\
                      c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n\
                      e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n";
        for (text, words) in [
            ("a: 1\na: 2\n", "twice"),
            ("a: [\n", ""),
            ("a: 1\n---\nb: 2\n", "more than one document"),
            ("", "holds nothing"),
            ("a: &x [*x]\n", ""),
            (deep.as_str(), ""),
            (laughs, "too much"),
            ("a:\n\tb: c\n", ""),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(words) && error.line >= 1, "{text:?}: {error:?}");
        }
        assert!(read(&"#".repeat(MOST_BYTES + 1)).unwrap_err().message.contains("larger than"));
    }

    #[test]
    fn a_byte_order_mark_and_other_line_ends_are_read() {
        let node = read("\u{feff}a: 1\r\nb: 2\r\n").unwrap();
        assert_eq!((node.at(&["a"]), node.at(&["b"])), (Some("1"), Some("2")));
    }
}
