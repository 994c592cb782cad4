//! A state store that forgets everything when dropped.

use super::{Change, StateError, StateStore, Version, Versioned, check_key};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Keeps values in memory; every holder of the same one is a machine of its own.
#[derive(Debug, Default)]
pub struct MemoryState(Mutex<Values>);

#[derive(Clone, Debug, Default)]
struct Values {
    changes: u64,
    values: BTreeMap<String, Versioned>,
}

impl MemoryState {
    fn with<T>(&self, act: impl FnOnce(&mut Values) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StateStore for MemoryState {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn get(&self, key: &str) -> Result<Option<Versioned>, StateError> {
        let key = check_key(key)?;
        Ok(self.with(|state| state.values.get(key).cloned()))
    }

    fn read(&self, prefix: &str) -> Result<Vec<(String, Versioned)>, StateError> {
        let below = |state: &mut Values| {
            let found = state.values.iter().filter(|(key, _)| key.starts_with(prefix));
            found.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        Ok(self.with(below))
    }

    fn swap(&self, changes: &[Change]) -> Result<Vec<Option<Version>>, StateError> {
        changes.iter().try_for_each(|change| check_key(&change.key).map(drop))?;
        self.with(|state| {
            // All or nothing: the copy takes the place of the original when every change could be made.
            let mut next = state.clone();
            let versions = changes.iter().map(|change| next.make(change, &self.place())).collect::<Result<_, _>>()?;
            *state = next;
            Ok(versions)
        })
    }

    fn is_atomic(&self) -> bool {
        true
    }
}

impl Values {
    fn make(&mut self, change: &Change, place: &str) -> Result<Option<Version>, StateError> {
        if self.values.get(&change.key).map(|found| &found.version) != change.expected.as_ref() {
            return Err(StateError::Conflict { key: change.key.clone(), place: place.to_owned() });
        }
        let Some(value) = &change.value else {
            self.values.remove(&change.key);
            return Ok(None);
        };
        self.changes += 1;
        let version = Version::new(self.changes.to_string());
        self.values.insert(change.key.clone(), Versioned { version: version.clone(), value: value.clone() });
        Ok(Some(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn passes_the_exam() {
        crate::state::conformance::run(&|| {
            let store = Arc::new(MemoryState::default());
            Box::new(move || store.clone())
        });
    }
}
