//! How records are laid out in a journal: after a line that names the format, each record is its length and its
//! CRC-32C (both 32 bit, little endian) and then its bytes.
//!
//! A crash can only tear the last record, and a torn or altered record never passes for a whole one: reading stops
//! in front of it and says so.

use bowline_model::seeded::{Bug, seeded};

/// The first line of every journal; the number is the format's version.
pub const MAGIC: &[u8] = b"bowline journal 1\n";

/// What reading found.
#[derive(Debug, PartialEq, Eq)]
pub struct Frames<'a> {
    /// The whole records, in order.
    pub records: Vec<&'a [u8]>,
    /// How many bytes are good; anything after is torn or damaged.
    pub good: usize,
}

/// What the first line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The version this program writes.
    Ours,
    /// A later version: its records must not be guessed at.
    Newer,
    /// No journal at all.
    Foreign,
}

/// `payload` as a record.
pub fn encode(payload: &[u8]) -> Vec<u8> {
    // Records are small JSON values; anything near 4 GiB would be refused by the store long before.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(payload.len() + HEAD);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(length, payload).to_le_bytes());
    out.extend_from_slice(payload);
    out
}

/// Reads the first line.
pub fn format(bytes: &[u8]) -> Format {
    if bytes.starts_with(MAGIC) {
        return Format::Ours;
    }
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    match line.strip_prefix(b"bowline journal ") {
        Some(version) if !version.is_empty() && version.iter().all(u8::is_ascii_digit) && bytes.len() > line.len() => {
            Format::Newer
        }
        _ => Format::Foreign,
    }
}

/// All whole records of `bytes`, which begin with [`MAGIC`].
pub fn decode(bytes: &[u8]) -> Frames<'_> {
    let mut records = Vec::new();
    let mut good = MAGIC.len().min(bytes.len());
    while let Some(record) = next(&bytes[good..]) {
        good += HEAD + record.len();
        records.push(record);
    }
    Frames { records, good }
}

fn next(bytes: &[u8]) -> Option<&[u8]> {
    let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
    let expected = u32::from_le_bytes(bytes.get(4..HEAD)?.try_into().ok()?);
    let payload = bytes.get(HEAD..)?.get(..usize::try_from(length).ok()?)?;
    (checksum(length, payload) == expected || seeded(Bug::SkipChecksum)).then_some(payload)
}

/// The length is part of the sum: eight zero bytes, as a file system may leave after a power cut, are no record.
fn checksum(length: u32, payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&length.to_le_bytes()) ^ SALT, payload)
}

const HEAD: usize = 8;
const SALT: u32 = 0x6277_6c6e;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn journal(records: &[Vec<u8>]) -> Vec<u8> {
        records.iter().fold(MAGIC.to_vec(), |mut all, record| {
            all.extend(encode(record));
            all
        })
    }

    proptest! {
        #[test]
        fn any_cut_keeps_the_whole_records_before_it(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6), cut in 0..300_usize) {
            let whole = journal(&records);
            let cut = cut.min(whole.len());
            if cut < MAGIC.len() { return Ok(()) }
            let frames = decode(&whole[..cut]);
            prop_assert!(frames.good <= cut);
            prop_assert!(records.starts_with(&frames.records.iter().map(|r| r.to_vec()).collect::<Vec<_>>()));
            if cut == whole.len() { prop_assert_eq!(frames.records.len(), records.len()); }
        }

        #[test]
        fn any_flipped_bit_stops_reading_before_it(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let mut bytes = journal(&records);
            let at = MAGIC.len() + at.index(bytes.len() - MAGIC.len());
            bytes[at] ^= 1 << bit;
            let frames = decode(&bytes);
            prop_assert!(frames.good <= at);
            prop_assert!(records.starts_with(&frames.records.iter().map(|r| r.to_vec()).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn formats() {
        assert_eq!(format(b"bowline journal 1\n...."), Format::Ours);
        assert_eq!(format(b"bowline journal 2\n...."), Format::Newer);
        for foreign in ["", "bowline journal 1", "bowline journal \n", "bowline journal x\n", "{}\n"] {
            assert_eq!(format(foreign.as_bytes()), Format::Foreign, "{foreign:?}");
        }
        let mut zeros = MAGIC.to_vec();
        zeros.extend([0; 64]);
        assert_eq!(decode(&zeros).records.len(), 0);
    }
}
