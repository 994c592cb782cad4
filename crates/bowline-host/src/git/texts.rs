//! The texts of commits, each kept until it is taken.
//!
//! Of a long history they are most of the memory. So they stand one behind the other in blocks, without allocations of their own,
//! and a block goes with the last text that is taken out of it.

use super::raw::RawCommit;

/// The texts of many commits.
#[derive(Default)]
pub(super) struct Texts {
    blocks: Vec<Block>,
    places: Vec<Place>,
}

#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    /// How many of its texts are left.
    texts: u32,
}

/// Where a text is: its parts follow each other.
#[derive(Clone, Copy)]
struct Place {
    block: u32,
    start: u32,
    name: u32,
    email: u32,
    encoding: Option<u32>,
    message: u32,
}

/// What is kept of a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) name: Vec<u8>,
    pub(super) email: Vec<u8>,
    pub(super) encoding: Option<Vec<u8>>,
    pub(super) message: Vec<u8>,
}

impl Texts {
    /// Keeps the text of a commit; by the number it is taken out again. None when it is too long to stand with others.
    pub(super) fn keep(&mut self, commit: &RawCommit<'_>) -> Option<u32> {
        let (name, email) = commit.author();
        let encoding = commit.encoding.unwrap_or_default();
        let parts = [name, email, encoding, commit.message];
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > BLOCK {
            return None;
        }
        if self.blocks.last().is_none_or(|block| block.bytes.len() + length > BLOCK) {
            self.blocks.push(Block { bytes: Vec::with_capacity(BLOCK), texts: 0 });
        }
        let block = self.blocks.len() - 1;
        let Block { bytes, texts } = &mut self.blocks[block];
        let number = self.places.len() as u32;
        self.places.push(Place {
            block: block as u32,
            start: bytes.len() as u32,
            name: name.len() as u32,
            email: email.len() as u32,
            encoding: commit.encoding.map(|encoding| encoding.len() as u32),
            message: commit.message.len() as u32,
        });
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        *texts += 1;
        Some(number)
    }

    /// Takes a text out; none when it is gone.
    pub(super) fn take(&mut self, number: u32) -> Option<Text> {
        let place = self.places.get_mut(number as usize)?;
        let Place { block, start, name, email, encoding, message } = *place;
        place.block = TAKEN;
        let block = self.blocks.get_mut(block as usize)?;
        let mut rest = block.bytes.get(start as usize..)?;
        let mut part = |length: u32| {
            let (part, after) = rest.split_at_checked(length as usize)?;
            rest = after;
            Some(part.to_vec())
        };
        let (name, email) = (part(name)?, part(email)?);
        let encoding = encoding.and_then(&mut part);
        let text = Text { name, email, encoding, message: part(message)? };
        block.texts -= 1;
        if block.texts == 0 {
            block.bytes = Vec::new();
        }
        Some(text)
    }

    /// Takes over all of `more`; each of its numbers grows by the returned one.
    pub(super) fn append(&mut self, more: Self) -> u32 {
        let (first, blocks) = (self.places.len() as u32, self.blocks.len() as u32);
        self.blocks.extend(more.blocks);
        let moved = |place: Place| Place { block: place.block.saturating_add(blocks), ..place };
        self.places.extend(more.places.into_iter().map(moved));
        first
    }
}

/// No block has this number.
const TAKEN: u32 = u32::MAX;

/// Bytes of a block.
const BLOCK: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use super::*;
    use gix::hash::Kind;

    fn commit(n: usize, encoding: bool, length: usize) -> Vec<u8> {
        let id = "a".repeat(40);
        let encoding = if encoding { "encoding latin1\n" } else { "" };
        let message = "x".repeat(length);
        format!("tree {id}\nauthor Ada {n} <ada@{n}> 1 +0000\ncommitter C <c> 1 +0000\n{encoding}\n{n} {message}")
            .into_bytes()
    }

    #[test]
    fn every_text_is_there_once() {
        let (mut texts, mut more) = (Texts::default(), Texts::default());
        let data: Vec<Vec<u8>> = (0..40).map(|n| commit(n, n % 3 == 0, n * 1500)).collect();
        let raw: Vec<RawCommit<'_>> = data.iter().map(|data| RawCommit::parse(data, Kind::Sha1).unwrap()).collect();
        let first: Vec<u32> = raw[..20].iter().map(|raw| texts.keep(raw).unwrap()).collect();
        let then: Vec<u32> = raw[20..].iter().map(|raw| more.keep(raw).unwrap()).collect();
        let by = texts.append(more);
        let numbers: Vec<u32> = first.into_iter().chain(then.into_iter().map(|number| number + by)).collect();
        assert!(texts.blocks.len() > 3, "{}", texts.blocks.len());
        for (n, number) in numbers.iter().enumerate().rev() {
            let (name, email) = raw[n].author();
            let text = Text {
                name: name.to_vec(),
                email: email.to_vec(),
                encoding: raw[n].encoding.map(<[u8]>::to_vec),
                message: raw[n].message.to_vec(),
            };
            assert_eq!(texts.take(*number), Some(text), "{n}");
            assert_eq!(texts.take(*number), None, "{n}");
        }
        assert!(texts.blocks.iter().all(|block| block.bytes.capacity() == 0));
        assert_eq!(texts.take(40), None);
        assert_eq!(texts.keep(&RawCommit::parse(&commit(1, false, BLOCK), Kind::Sha1).unwrap()), None);
    }
}
