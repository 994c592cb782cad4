//! XML as npm's `fast-xml-parser` 5 keeps and prints it: not as it stands.
//!
//! Elements of the same name are gathered where the first of them stands, text goes behind elements, white space around text is lost,
//! and everything is indented anew by two spaces.

/// Deeper ones are refused, as in the original.
const MAX_DEPTH: usize = 100;
/// Stands for the name of comments.
const COMMENT: &str = "#comment";

/// An element, and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    attributes: Vec<(String, String)>,
    children: Vec<(String, Vec<Self>)>,
    pub(super) text: String,
}

impl Element {
    /// An element that holds only text.
    fn of_text(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Whether it is only text, which may be empty.
    pub(super) fn is_text(&self) -> bool {
        self.attributes.is_empty() && self.children.is_empty()
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|(other, _)| other == name).and_then(|(_, found)| found.first())
    }

    /// The same, to be changed.
    pub(super) fn child_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.children.iter_mut().find(|(other, _)| other == name).and_then(|(_, found)| found.first_mut())
    }

    /// Makes `text` the only child of this name.
    pub(super) fn set(&mut self, name: &str, text: &str) {
        let child = vec![Self::of_text(text)];
        match self.children.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = child,
            None => self.children.push((name.to_owned(), child)),
        }
    }

    fn add(&mut self, name: &str, child: Self) {
        match self.children.iter_mut().find(|(other, _)| other == name) {
            Some((_, others)) => others.push(child),
            None => self.children.push((name.to_owned(), vec![child])),
        }
    }

    /// The whole document, of which this is the root that has no name.
    pub(super) fn print(&self) -> String {
        let mut out = String::new();
        self.print_inside(&mut out, 0);
        out
    }

    fn print_inside(&self, out: &mut String, level: usize) {
        for (name, children) in &self.children {
            for child in children {
                child.print_as(name, out, level);
            }
        }
        out.push_str(&escaped(&self.text));
    }

    fn print_as(&self, name: &str, out: &mut String, level: usize) {
        let indent = "  ".repeat(level);
        if name == COMMENT {
            let mut text = self.text.replace("--", "- -").replace("--", "- -");
            if text.ends_with('-') {
                text.push(' ');
            }
            out.push_str(&format!("{indent}<!--{text}-->\n"));
            return;
        }
        out.push_str(&format!("{indent}<{name}"));
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escaped(value)));
        }
        if name.starts_with('?') {
            out.push_str("?>\n");
            return;
        }
        let mut inside = String::new();
        self.print_inside(&mut inside, level + 1);
        if inside.contains('<') {
            out.push_str(&format!(">\n{inside}{indent}</{name}>\n"));
        } else {
            out.push_str(&format!(">{inside}</{name}>\n"));
        }
    }
}

/// Reads a document. Comments are kept when `keeps_comments`.
pub(super) fn parse(text: &str, keeps_comments: bool) -> Result<Element, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut open: Vec<(String, Element)> = Vec::new();
    let mut root = Element::default();
    let mut rest = text.as_str();
    while let Some((before, tag)) = rest.split_once('<') {
        let current = open.last_mut().map_or(&mut root, |(_, element)| element);
        current.text.push_str(&unescaped(before.trim()));
        if let Some(comment) = tag.strip_prefix("!--") {
            let (comment, after) = comment.split_once("-->").ok_or("Comment is not closed.")?;
            if keeps_comments {
                current.add(COMMENT, Element::of_text(comment));
            }
            rest = after;
        } else if let Some(data) = tag.strip_prefix("![CDATA[") {
            let (data, after) = data.split_once("]]>").ok_or("CDATA is not closed.")?;
            current.text.push_str(data);
            rest = after;
        } else if let Some(declared) = tag.strip_prefix('!') {
            rest = after_declaration(declared).ok_or("DOCTYPE is not closed.")?;
        } else if let Some(instruction) = tag.strip_prefix('?') {
            let (instruction, after) = instruction.split_once("?>").ok_or("Pi Tag is not closed.")?;
            let (name, attributes) = name_and_attributes(instruction);
            current.add(&format!("?{name}"), Element { attributes, ..Element::default() });
            rest = after;
        } else if let Some(closing) = tag.strip_prefix('/') {
            let (name, after) = closing.split_once('>').ok_or("Closing Tag is not closed.")?;
            let (opened, element) = open.pop().ok_or_else(|| format!("</{}> closes nothing", name.trim()))?;
            if opened != name.trim() {
                return Err(format!("<{opened}> is closed by </{}>", name.trim()));
            }
            open.last_mut().map_or(&mut root, |(_, element)| element).add(&opened, element);
            rest = after;
        } else {
            let (inside, after) = tag_end(tag).ok_or("Unclosed tag")?;
            let (inside, is_closed) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
            let (name, attributes) = name_and_attributes(inside);
            let element = Element { attributes, ..Element::default() };
            if is_closed {
                current.add(&name, element);
            } else if open.len() >= MAX_DEPTH {
                return Err("Maximum nested tags exceeded".to_owned());
            } else {
                open.push((name, element));
            }
            rest = after;
        }
    }
    match open.last() {
        Some((name, _)) => Err(format!("<{name}> is not closed")),
        None => Ok(Element { text: String::new(), ..root }),
    }
}

/// What is behind `<!DOCTYPE …>`, whose inner part in brackets is skipped.
fn after_declaration(text: &str) -> Option<&str> {
    let (end, open) = (text.find('>')?, text.find('['));
    match open.filter(|open| *open < end) {
        Some(_) => text.split_once(']')?.1.split_once('>').map(|(_, after)| after),
        None => text.get(end + 1..),
    }
}

/// A tag ends at the first `>` that stands in no quotes.
fn tag_end(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, char) in text.char_indices() {
        match (quote, char) {
            (None, '>') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            _ => {}
        }
    }
    None
}

fn name_and_attributes(text: &str) -> (String, Vec<(String, String)>) {
    let (name, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let mut attributes: Vec<(String, String)> = Vec::new();
    while let Some((before, after)) = rest.split_once('=') {
        // One without a value is dropped.
        let key = before.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        let quoted = after.chars().next().filter(|char| matches!(char, '"' | '\''));
        let found = quoted.and_then(|quote| after.strip_prefix(quote)?.split_once(quote));
        let Some((value, next)) = found else { break };
        let value = unescaped(value.trim());
        match attributes.iter_mut().find(|(other, _)| other == key) {
            Some((_, old)) => *old = value,
            None => attributes.push((key.to_owned(), value)),
        }
        rest = next;
    }
    (name.to_owned(), attributes)
}

const ENTITIES: [(&str, &str); 5] = [("&amp;", "&"), ("&gt;", ">"), ("&lt;", "<"), ("&apos;", "'"), ("&quot;", "\"")];

fn escaped(text: &str) -> String {
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, char)| text.replace(char, entity))
}

/// Only the five that XML itself has; `&amp;` last, so that nothing is taken twice.
fn unescaped(text: &str) -> String {
    ENTITIES.iter().rev().fold(text.to_owned(), |text, (entity, char)| text.replace(entity, char))
}
