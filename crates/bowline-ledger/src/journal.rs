//! The journal of one run.
//!
//! [`Journal::open`] is the only way in, for the first start as for the tenth resume. It accepts a journal only when
//! its header names this repository and this plan; what it returns besides is a list of findings, because a journal
//! that had to be thrown away is worth a line on the screen. Opening changes nothing: a new journal is written with its
//! first record. Every append is durable before it returns.

use crate::frame::{self, Format};
use bowline_model::plan::RepositoryId;
use bowline_model::{Digest, Failure, FailureKind};
use bowline_port::local::{LocalError, LocalStore};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// Whose journal this is; always the first.
    Header(Header),
    /// The effect of a step is about to happen.
    Intent {
        /// The step.
        step: String,
    },
    /// The effect happened and left this.
    Receipt {
        /// The step.
        step: String,
        /// What later steps may rely on.
        receipt: Value,
    },
    /// The effect is known not to have happened after all.
    NotDone {
        /// The step.
        step: String,
    },
    /// The effect was taken back.
    Undone {
        /// The step.
        step: String,
    },
    /// A duty that must be done on every path.
    Obligation {
        /// Its name, unique in the run.
        id: String,
        /// The step that knows how to do it.
        step: String,
        /// What that step needs for it.
        data: Value,
    },
    /// The duty was done.
    Discharged {
        /// Its name.
        id: String,
    },
}

/// Whose journal it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The repository.
    pub repository: RepositoryId,
    /// The plan.
    pub plan: Digest,
    /// The run.
    pub run: String,
}

/// A duty that must be done on every path.
#[derive(Clone, Debug, PartialEq)]
pub struct Obligation {
    /// Its name.
    pub id: String,
    /// The step that knows how to do it.
    pub step: String,
    /// What that step needs for it.
    pub data: Value,
}

/// The open journal of a run.
pub struct Journal {
    store: Arc<dyn LocalStore>,
    key: String,
    steps: BTreeMap<String, StepState>,
    obligations: Vec<Obligation>,
    resumed: bool,
    /// Bytes of a torn record that must be cut off before the next append.
    cut_to: Option<u64>,
    /// The beginning of a journal that is not written yet.
    beginning: Option<Vec<u8>>,
    findings: Vec<String>,
}

/// What the journal believes about a step.
#[derive(Clone, Debug, PartialEq)]
pub enum StepState {
    /// It was about to happen.
    Intended,
    /// It happened.
    Done(Value),
}

/// Why there is no journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store failed.
    #[error("the journal cannot be kept")]
    State(#[from] LocalError),
    /// It was written by a later version.
    #[error("the journal {key} was written by a newer version of Bowline")]
    Newer {
        /// Where it is.
        key: String,
    },
    /// A record has no JSON form: a bug.
    #[error("a journal record cannot be written")]
    Record(#[from] serde_json::Error),
}

/// Where the journal of a run is kept.
pub fn key(run: &str) -> String {
    format!("journal/{run}")
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::State(_) => Self::from_error(FailureKind::Failed, "journal_unavailable", &error)
                .hint("free space or make the state folder writable (BOWLINE_STATE_DIR names another one), then run the same command again"),
            JournalError::Newer { .. } => Self::from_error(FailureKind::Stuck, "journal_newer", &error)
                .hint("go on with the version of Bowline that started the run")
                .hint("or remove the journal: everything in it is found again by looking at the remote"),
            JournalError::Record(_) => Self::from_error(FailureKind::Internal, "journal_record", &error),
        }
    }
}

impl Journal {
    /// Opens (or begins) the journal of `header.run`.
    pub fn open(store: Arc<dyn LocalStore>, header: Header) -> Result<Self, JournalError> {
        let key = key(&header.run);
        let bytes = store.get(&key)?.unwrap_or_default();
        let mut journal = Self {
            store,
            key,
            steps: BTreeMap::new(),
            obligations: Vec::new(),
            resumed: false,
            cut_to: None,
            beginning: None,
            findings: Vec::new(),
        };
        journal.resumed = journal.take_over(&bytes, &header)?;
        if !journal.resumed {
            let mut bytes = frame::MAGIC.to_vec();
            bytes.extend(frame::encode(&serde_json::to_vec(&Record::Header(header))?));
            journal.beginning = Some(bytes);
        }
        Ok(journal)
    }

    /// Whether an earlier attempt was found.
    pub const fn resumed(&self) -> bool {
        self.resumed
    }

    /// What was wrong with the journal that was found, for people.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// What is believed about `step`.
    pub fn step(&self, step: &str) -> Option<&StepState> {
        self.steps.get(step)
    }

    /// Duties not yet done, oldest first.
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The effect of `step` is about to happen.
    pub fn intent(&mut self, step: &str) -> Result<(), JournalError> {
        self.append(Record::Intent { step: step.to_owned() })
    }

    /// The effect of `step` happened and left `receipt`. Saying so twice writes once.
    pub fn receipt(&mut self, step: &str, receipt: &Value) -> Result<(), JournalError> {
        if self.steps.get(step) == Some(&StepState::Done(receipt.clone())) {
            return Ok(());
        }
        self.append(Record::Receipt { step: step.to_owned(), receipt: receipt.clone() })
    }

    /// The effect of `step` is known not to have happened.
    pub fn not_done(&mut self, step: &str) -> Result<(), JournalError> {
        self.append(Record::NotDone { step: step.to_owned() })
    }

    /// The effect of `step` was taken back.
    pub fn undone(&mut self, step: &str) -> Result<(), JournalError> {
        self.append(Record::Undone { step: step.to_owned() })
    }

    /// From now on `step` owes something, on every path.
    pub fn oblige(&mut self, obligation: Obligation) -> Result<(), JournalError> {
        let Obligation { id, step, data } = obligation;
        self.append(Record::Obligation { id, step, data })
    }

    /// The duty was done.
    pub fn discharged(&mut self, id: &str) -> Result<(), JournalError> {
        self.append(Record::Discharged { id: id.to_owned() })
    }

    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        let bytes = frame::encode(&serde_json::to_vec(&record)?);
        if let Some(beginning) = &self.beginning {
            // In place of whatever is there: what could be taken over is.
            self.store.put(&self.key, &[beginning.as_slice(), &bytes].concat())?;
            self.beginning = None;
            self.apply(record);
            return Ok(());
        }
        if let Some(length) = self.cut_to {
            self.store.truncate(&self.key, length)?;
            self.cut_to = None;
        }
        self.store.append(&self.key, &bytes)?;
        self.apply(record);
        Ok(())
    }

    /// Takes over what an earlier attempt wrote. `false` means that there is nothing to take over.
    fn take_over(&mut self, bytes: &[u8], header: &Header) -> Result<bool, JournalError> {
        if bytes.is_empty() {
            return Ok(false);
        }
        match frame::format(bytes) {
            Format::Ours => {}
            Format::Newer => return Err(JournalError::Newer { key: self.key.clone() }),
            Format::Foreign => return Ok(self.discard("is not a journal")),
        }
        let frames = frame::decode(bytes);
        let mut records = frames.records.iter().map(|record| serde_json::from_slice::<Record>(record));
        match records.next() {
            Some(Ok(Record::Header(found))) if found == *header => {}
            Some(Ok(Record::Header(_))) => return Ok(self.discard("belongs to another repository or plan")),
            _ => return Ok(self.discard("has no readable header")),
        }
        for record in records {
            // The checksum was right, so this is no accident: a later version wrote a kind of record we do not know.
            let record = record.map_err(|_| JournalError::Newer { key: self.key.clone() })?;
            self.apply(record);
        }
        if frames.good < bytes.len() {
            self.cut_to = Some(frames.good as u64);
            self.findings.push(format!("the end of journal {} was torn or damaged and is ignored", self.key));
        }
        Ok(true)
    }

    fn discard(&mut self, why: &str) -> bool {
        self.findings.push(format!("journal {} {why} and is ignored", self.key));
        false
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Header(_) => {}
            // An intent after a receipt means the effect is being completed: until it returns nothing is certain.
            Record::Intent { step } => {
                self.steps.insert(step, StepState::Intended);
            }
            Record::Receipt { step, receipt } => {
                self.steps.insert(step, StepState::Done(receipt));
            }
            Record::NotDone { step } | Record::Undone { step } => {
                self.steps.remove(&step);
            }
            Record::Obligation { id, step, data } => {
                self.obligations.retain(|known| known.id != id);
                self.obligations.push(Obligation { id, step, data });
            }
            Record::Discharged { id } => self.obligations.retain(|known| known.id != id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_port::local::memory::MemoryLocal;

    fn header(plan: &str) -> Header {
        Header { repository: RepositoryId::local("app"), plan: Digest::of(plan.as_bytes()), run: "r1".into() }
    }

    fn store() -> Arc<MemoryLocal> {
        Arc::new(MemoryLocal::default())
    }

    #[test]
    fn what_was_written_is_there_after_a_crash() {
        let store = store();
        let mut journal = Journal::open(store.clone(), header("a")).unwrap();
        journal.intent("draft/create").unwrap();
        journal.receipt("draft/create", &Value::from("id")).unwrap();
        journal.intent("push/refs").unwrap();
        journal.oblige(Obligation { id: "o".into(), step: "build/command".into(), data: Value::Null }).unwrap();
        drop(journal);
        let journal = Journal::open(store.clone(), header("a")).unwrap();
        assert!(journal.resumed() && journal.findings().is_empty());
        assert_eq!(journal.step("draft/create"), Some(&StepState::Done("id".into())));
        assert_eq!(journal.step("push/refs"), Some(&StepState::Intended));
        assert_eq!(journal.obligations().len(), 1);
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_harmless_or_found() {
        let first = store();
        let mut journal = Journal::open(first.clone(), header("a")).unwrap();
        journal.intent("draft/create").unwrap();
        journal.receipt("draft/create", &Value::from("id")).unwrap();
        let whole = first.get("journal/r1").unwrap().unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x20;
            for bytes in [&whole[..at], &flipped[..]] {
                let second = store();
                second.put("journal/r1", bytes).unwrap();
                let mut journal = match Journal::open(second.clone(), header("a")) {
                    Ok(journal) => journal,
                    Err(JournalError::Newer { .. }) => continue,
                    Err(other) => panic!("{other}"),
                };
                // Never more than was there, and what is there is right.
                if let Some(StepState::Done(receipt)) = journal.step("draft/create") {
                    assert_eq!(receipt, "id");
                }
                journal.intent("push/refs").unwrap();
                let again = Journal::open(second, header("a")).unwrap();
                assert_eq!(again.step("push/refs"), Some(&StepState::Intended), "cut or flipped at {at}");
                assert!(again.findings().is_empty(), "an append mends the journal");
            }
        }
    }

    #[test]
    fn opening_changes_nothing() {
        let store = store();
        for bytes in [None, Some(&b"not a journal"[..]), Some(b"bowline journal 1\ntorn")] {
            if let Some(bytes) = bytes {
                store.put("journal/r1", bytes).unwrap();
            }
            // So whoever opens it next is told the same.
            for _ in 0..2 {
                let journal = Journal::open(store.clone(), header("a")).unwrap();
                assert_eq!((journal.resumed(), journal.findings().len()), (false, bytes.map_or(0, |_| 1)));
                assert_eq!(store.get("journal/r1").unwrap().as_deref(), bytes);
            }
        }
        Journal::open(store.clone(), header("a")).unwrap().intent("push/refs").unwrap();
        let journal = Journal::open(store, header("a")).unwrap();
        assert!(journal.resumed() && journal.findings().is_empty() && journal.step("push/refs").is_some());
    }

    #[test]
    fn foreign_and_newer_journals_are_not_used() {
        let store = store();
        Journal::open(store.clone(), header("a")).unwrap().intent("push/refs").unwrap();
        let other = Journal::open(store.clone(), header("b")).unwrap();
        assert!(!other.resumed() && other.step("push/refs").is_none() && other.findings().len() == 1);
        store.put("journal/r1", b"bowline journal 2\nwhatever").unwrap();
        assert!(matches!(Journal::open(store.clone(), header("a")), Err(JournalError::Newer { .. })));
        let mut unknown = frame::MAGIC.to_vec();
        unknown.extend(frame::encode(&serde_json::to_vec(&Record::Header(header("a"))).unwrap()));
        unknown.extend(frame::encode(b"{\"record\":\"from_the_future\"}"));
        store.put("journal/r1", &unknown).unwrap();
        assert!(matches!(Journal::open(store, header("a")), Err(JournalError::Newer { .. })));
    }
}
