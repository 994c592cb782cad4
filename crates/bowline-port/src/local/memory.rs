//! A state store that forgets everything when dropped.

use super::{LocalError, LocalStore, check_key};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Keeps values in memory.
#[derive(Debug, Default)]
pub struct MemoryLocal {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
    scratch: PathBuf,
}

impl MemoryLocal {
    /// Uses `scratch` for large files.
    pub fn new(scratch: PathBuf) -> Self {
        Self { values: Mutex::default(), scratch }
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        act(&mut self.values.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LocalStore for MemoryLocal {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, LocalError> {
        let key = check_key(key)?;
        Ok(self.with(|values| values.get(key).cloned()))
    }
    fn put(&self, key: &str, value: &[u8]) -> Result<(), LocalError> {
        let key = check_key(key)?;
        self.with(|values| values.insert(key.to_owned(), value.to_owned()));
        Ok(())
    }
    fn append(&self, key: &str, bytes: &[u8]) -> Result<(), LocalError> {
        let key = check_key(key)?;
        self.with(|values| values.entry(key.to_owned()).or_default().extend_from_slice(bytes));
        Ok(())
    }
    fn truncate(&self, key: &str, length: u64) -> Result<(), LocalError> {
        let key = check_key(key)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.with(|values| {
            if let Some(value) = values.get_mut(key) {
                value.truncate(length);
            }
        });
        Ok(())
    }
    fn list(&self, prefix: &str) -> Result<Vec<String>, LocalError> {
        Ok(self.with(|values| values.keys().filter(|key| key.starts_with(prefix)).cloned().collect()))
    }
    fn remove(&self, key: &str) -> Result<(), LocalError> {
        let key = check_key(key)?;
        self.with(|values| values.remove(key));
        Ok(())
    }
    fn lock(&self) -> Result<Option<Box<dyn Send>>, LocalError> {
        Ok(Some(Box::new(())))
    }
    fn scratch(&self) -> PathBuf {
        self.scratch.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_the_exam() {
        crate::local::conformance::run(&|| std::sync::Arc::new(MemoryLocal::default()));
    }
}
