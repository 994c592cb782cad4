//! What can happen to the journal between a crash and the next start.

use crate::scene::{Scene, journal_file, state};
use bowline_ledger::frame::{MAGIC, decode, encode};
use bowline_ledger::journal::{Header, Record};
use bowline_model::Digest;
use bowline_testkit::World;
use std::path::Path;

/// The journal before the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// As it was left.
    Kept,
    /// Gone, with the whole state folder.
    Deleted,
    /// Replaced by one of the right run that says that everything is done; also planted in the checkout.
    Planted,
    /// The same with receipts that are made up.
    Forged,
    /// Replaced by one of another plan that says that everything is done.
    Foreign,
    /// The last record is cut short.
    Cut,
    /// One bit is another.
    Flipped,
    /// One bit of the last record is another.
    FlippedLast,
}

impl Damage {
    /// All but the first two, which every boundary meets.
    pub(crate) const RARER: [Self; 5] = [Self::Planted, Self::Forged, Self::Foreign, Self::Cut, Self::Flipped];

    /// Whether the journal is one that is taken over and says that everything is done.
    pub(crate) fn claims_all(self) -> bool {
        matches!(self, Self::Planted | Self::Forged)
    }

    /// Does it. `number` chooses where to cut and which bit to flip.
    pub(crate) fn apply(self, scene: &Scene, world: &World, number: u64) {
        // Killed before it began, a release leaves nothing to damage.
        let Some(journal) = journal_file(world) else { return };
        let bytes = std::fs::read(&journal).unwrap();
        let replace = |bytes: Vec<u8>| std::fs::write(&journal, bytes).unwrap();
        match self {
            Self::Kept => {}
            Self::Deleted => std::fs::remove_dir_all(state(world).unwrap()).unwrap(),
            Self::Planted => {
                replace(scene.journal.clone());
                plant(world, &world.work().join(".bowline"));
                plant(world, &world.work().join(".git/bowline"));
            }
            Self::Forged => replace(forged(&scene.journal)),
            Self::Foreign => {
                replace(with_header(&scene.journal, |header| header.plan = Digest::of(b"another plan")));
            }
            Self::Cut => replace(cut(&bytes, number)),
            Self::Flipped => replace(flipped(bytes, number)),
            Self::FlippedLast => replace(flipped_last(bytes, number)),
        }
    }
}

/// Copies the whole state into a folder that a repository or a build could have made.
fn plant(world: &World, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let state = state(world).unwrap();
    for part in ["journal", "runs", "plans"] {
        let Ok(entries) = std::fs::read_dir(state.join(part)) else { continue };
        std::fs::create_dir_all(folder.join(part)).unwrap();
        for entry in entries.map(Result::unwrap) {
            std::fs::copy(entry.path(), folder.join(part).join(entry.file_name())).unwrap();
        }
    }
}

/// The journal with receipts that are made up.
pub(crate) fn forged(journal: &[u8]) -> Vec<u8> {
    rewritten(journal, |record| match record {
        Record::Receipt { step, .. } => Record::Receipt { step, receipt: serde_json::json!({"done": true}) },
        other => other,
    })
}

/// The journal with another header.
pub(crate) fn with_header(journal: &[u8], change: impl Fn(&mut Header)) -> Vec<u8> {
    rewritten(journal, |record| match record {
        Record::Header(mut header) => {
            change(&mut header);
            Record::Header(header)
        }
        other => other,
    })
}

fn rewritten(journal: &[u8], change: impl Fn(Record) -> Record) -> Vec<u8> {
    decode(journal).records.iter().fold(MAGIC.to_vec(), |mut all, record| {
        let changed = change(serde_json::from_slice(record).unwrap());
        all.extend(encode(&serde_json::to_vec(&changed).unwrap()));
        all
    })
}

fn cut(journal: &[u8], number: u64) -> Vec<u8> {
    let lost = 1 + usize::try_from(number).unwrap() % last_record(journal);
    journal[..journal.len() - lost].to_vec()
}

/// How many bytes the last record of a whole journal has.
pub(crate) fn last_record(journal: &[u8]) -> usize {
    decode(journal).records.last().map_or(1, |record| encode(record).len())
}

fn flipped_last(mut journal: Vec<u8>, number: u64) -> Vec<u8> {
    let last = last_record(&journal);
    let bit = usize::try_from(number).unwrap() % (last * 8);
    let at = journal.len() - last + bit / 8;
    journal[at] ^= 1 << (bit % 8);
    journal
}

/// Spares the first line: another version there is another story.
fn flipped(mut journal: Vec<u8>, number: u64) -> Vec<u8> {
    let bits = (journal.len() - MAGIC.len()) * 8;
    let bit = usize::try_from(number).unwrap() % bits;
    journal[MAGIC.len() + bit / 8] ^= 1 << (bit % 8);
    journal
}
