//! What matters of a changelog: its versions, what is not released yet, and the addresses at its end.
//!
//! It is read line by line, with no more of Markdown than decides whether a line is a heading: fenced blocks and
//! comments hide what is in them.

use bowline_model::Version;

/// The heading of a version.
#[derive(Debug)]
pub(super) struct Heading<'t> {
    /// Where the section begins.
    pub(super) offset: usize,
    /// The version as it is written, without prefix.
    label: &'t str,
}

/// Any heading of the first three levels.
#[derive(Debug)]
pub(super) struct Title<'t> {
    /// Where it begins.
    pub(super) offset: usize,
    /// Where the line below it begins.
    pub(super) below: usize,
    /// How many `#` it has.
    pub(super) level: usize,
    /// What it says.
    pub(super) text: &'t str,
}

/// An address that stands on a line of its own: `[1.0.0]: https://…`.
#[derive(Debug)]
pub(super) struct Reference<'t> {
    /// Where the line begins.
    pub(super) offset: usize,
    /// What stands in the brackets.
    pub(super) label: &'t str,
    /// Where the address begins.
    pub(super) address_at: usize,
    /// The address.
    pub(super) address: &'t str,
}

/// What matters of a changelog.
#[derive(Debug, Default)]
pub(super) struct Outline<'t> {
    /// The headings of versions, from the top.
    pub(super) headings: Vec<Heading<'t>>,
    /// Headings with `#`, those of versions among them.
    pub(super) titles: Vec<Title<'t>>,
    /// Addresses of versions, and of what is not released.
    pub(super) references: Vec<Reference<'t>>,
    /// Where the first fence or comment begins that never ends.
    pub(super) unclosed: Option<usize>,
}

impl Heading<'_> {
    fn names(&self, version: &Version) -> bool {
        self.label.parse::<Version>().as_ref() == Ok(version)
    }
}

impl Reference<'_> {
    /// Whether it is that of what is not released.
    pub(super) fn is_unreleased(&self) -> bool {
        is_unreleased(self.label)
    }
}

impl<'t> Outline<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let lines = Lines::of(text);
        let (mut found, mut inside, mut anchor) = (Self::default(), None, None);
        for (number, &(start, line)) in lines.lines.iter().enumerate() {
            if let Some(block) = inside {
                inside = Some(block).filter(|_| !ends(block, line));
                continue;
            }
            if let Some(block) = begins(line) {
                if lines.ends_below(block, number) {
                    inside = Some(block);
                    continue;
                }
                found.unclosed = found.unclosed.or(Some(start));
            }
            let underlined = lines.lines.get(number + 1).is_some_and(|(_, next)| is_underline(next));
            let below = lines.lines.get(number + 1).map_or(text.len(), |(next, _)| *next);
            let title = title(line, underlined);
            let level = line.bytes().take_while(|&byte| byte == b'#').count();
            found.titles.extend(title.filter(|_| level > 0).map(|text| Title { offset: start, below, level, text }));
            if let Some(label) = title.and_then(version_label) {
                found.headings.push(Heading { offset: anchor.unwrap_or(start), label });
            }
            found.references.extend(reference(text, start, line));
            if line.starts_with("<a name=") || line.starts_with("<a id=") {
                // Older tools put an anchor on a line of its own above each heading: it belongs to that section.
                anchor = anchor.or(Some(start));
            } else if !line.is_empty() {
                anchor = None;
            }
        }
        found
    }

    /// Whether there is a section for `version`.
    pub(super) fn has(&self, version: &Version) -> bool {
        self.headings.iter().any(|heading| heading.names(version))
    }

    /// Where the text begins and ends that stands under `Unreleased`, above every version. It ends where anything begins that
    /// does not belong to it.
    pub(super) fn unreleased(&self, text: &str) -> Option<(usize, usize)> {
        let above = |offset: usize| self.headings.first().is_none_or(|newest| offset < newest.offset);
        let heading = self.titles.iter().find(|title| is_unreleased(title.text) && above(title.offset))?;
        let start = heading.below;
        let next = self.titles.iter().find(|title| title.offset >= start && title.level <= heading.level);
        let ends = [
            self.headings.first().map(|newest| newest.offset),
            next.map(|title| title.offset),
            self.references.iter().map(|reference| reference.offset).find(|offset| *offset >= start),
            self.unclosed,
        ];
        let end = ends.into_iter().flatten().min().unwrap_or(text.len());
        (end >= start).then_some((start, end))
    }
}

/// Whether a heading or label is the usual one for what is not released: `Unreleased`, with or without brackets and an address.
fn is_unreleased(title: &str) -> bool {
    let word = title.trim_start_matches(['[', '*']);
    let word = word.split([']', '*']).next().unwrap_or(word);
    word.trim().eq_ignore_ascii_case("unreleased")
}

/// The address on `line`, which begins at `start` of `text`, when it is one of a version or of what is not released.
fn reference<'t>(text: &str, start: usize, line: &'t str) -> Option<Reference<'t>> {
    let (label, address) = line.strip_prefix('[')?.split_once("]:")?;
    let address = address.trim();
    let is_ours = is_unreleased(label) || version_label(label).is_some();
    let address_at = start + text.get(start..)?.find(address).filter(|_| is_ours && !address.is_empty())?;
    Some(Reference { offset: start, label, address_at, address })
}

/// What hides the lines inside of it.
#[derive(Clone, Copy)]
enum Block {
    /// Code between fences of this character, which are at least so long.
    Fence(char, usize),
    /// `<!--` to `-->`.
    Comment,
}

/// The lines of a text, without blanks around them, and which blocks end somewhere below each.
struct Lines<'t> {
    /// Where a line begins, and the line.
    lines: Vec<(usize, &'t str)>,
    /// For each line the longest fences of backticks and of tildes that could end a block from there on, and whether a
    /// comment ends.
    below: Vec<(usize, usize, bool)>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let mut lines = Vec::new();
        let mut offset = text.len() - text.trim_start_matches('\u{feff}').len();
        for line in text.get(offset..).unwrap_or_default().split_inclusive('\n') {
            lines.push((offset, line.trim()));
            offset += line.len();
        }
        let mut below = vec![(0, 0, false); lines.len() + 1];
        for (number, (_, line)) in lines.iter().enumerate().rev() {
            let (ticks, tildes, comment) = below[number + 1];
            let alone = |fence: char| if line.chars().all(|c| c == fence) { line.len() } else { 0 };
            below[number] = (ticks.max(alone('`')), tildes.max(alone('~')), comment || line.contains("-->"));
        }
        Self { lines, below }
    }

    /// Whether `block`, which begins on a line, ends on one below it.
    fn ends_below(&self, block: Block, number: usize) -> bool {
        let (ticks, tildes, comment) = self.below.get(number + 1).copied().unwrap_or_default();
        match block {
            Block::Fence('`', length) => ticks >= length,
            Block::Fence(_, length) => tildes >= length,
            Block::Comment => comment,
        }
    }
}

/// The block that `line` begins and does not end. Backticks with more of them behind are code within a line.
fn begins(line: &str) -> Option<Block> {
    for fence in ['`', '~'] {
        let info = line.trim_start_matches(fence);
        let length = line.len() - info.len();
        if length >= 3 && !(fence == '`' && info.contains('`')) {
            return Some(Block::Fence(fence, length));
        }
    }
    let (_, comment) = line.rsplit_once("<!--")?;
    (!comment.contains("-->")).then_some(Block::Comment)
}

/// Whether `line` is the last of `block`.
fn ends(block: Block, line: &str) -> bool {
    match block {
        Block::Fence(fence, length) => line.len() >= length && line.chars().all(|c| c == fence),
        Block::Comment => line.contains("-->"),
    }
}

/// The text of a heading of the first three levels, `#` or underlined.
fn title(line: &str, underlined: bool) -> Option<&str> {
    let text = line.trim_start_matches('#');
    match line.len() - text.len() {
        0 => Some(line).filter(|_| underlined),
        1..=3 => text.starts_with([' ', '\t']).then(|| text.trim()),
        _ => None,
    }
}

fn is_underline(line: &str) -> bool {
    line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

/// `1.2.3` of `[1.2.3](link) - date`, `v1.2.3`, `Version 1.2.3`, `app@1.2.3`, `app-v1.2.3`.
fn version_label(title: &str) -> Option<&str> {
    let mut words = title.split_whitespace();
    let first = words.next()?;
    let is_label = |word: &str| ["version", "release"].iter().any(|label| word.eq_ignore_ascii_case(label));
    let word = if is_label(first) { words.next()? } else { first };
    let word = word.trim_start_matches(['[', '(', '*', '`']);
    let word = word.split([']', '(', ')', ',', ':', '*', '`']).next()?;
    let prefixed = || {
        let at = word.rfind('@').or_else(|| word.rfind("-v")).or_else(|| word.rfind('/'))?;
        Some(word.get(at..)?.trim_start_matches(['@', '-', '/', 'v']))
    };
    [Some(word.trim_start_matches(['v', 'V'])), prefixed()]
        .into_iter()
        .flatten()
        .find(|label| looks_like_version(label))
}

fn looks_like_version(text: &str) -> bool {
    let mut parts = text.split('.');
    let number = |part: Option<&str>| part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let first = parts.next();
    number(first) && first.is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit())) && number(parts.next())
}
