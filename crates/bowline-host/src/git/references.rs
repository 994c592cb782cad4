//! References of the repository, as files.
//!
//! `packed-refs` carries what its tags point to, so twelve thousand tags are one file and no object. Loose references
//! win over packed ones; they are few, and each tag among them is followed through its object.

use super::objects::Objects;
use bowline_model::Oid;
use bowline_port::git::{GitError, Reference};
use gix::bstr::ByteSlice;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// References below `prefix`, sorted by name.
pub(super) fn references(objects: &mut Objects<'_>, prefix: &str) -> Result<Vec<Reference>, GitError> {
    let loose = loose(objects, prefix)?;
    let names: HashSet<&str> = loose.iter().map(|reference| reference.name.as_str()).collect();
    let packed = packed(&objects.repo.common_dir().join("packed-refs"), prefix)?;
    let mut all = Vec::with_capacity(packed.references.len() + loose.len());
    for (reference, peeled) in packed.references {
        if !names.contains(reference.name.as_str()) {
            let known = peeled || packed.all_peeled;
            all.push(if known { reference } else { peel(objects, reference)? });
        }
    }
    all.extend(loose);
    all.sort_unstable();
    Ok(all)
}

/// The object that one reference points to, if it exists.
pub(super) fn find(objects: &Objects<'_>, name: &str) -> Result<Option<Oid>, GitError> {
    let mut found = objects.repo.try_find_reference(name).map_err(super::local("read a reference of"))?;
    for _ in 0..LONGEST_CHAIN {
        match found {
            Some(reference) => match reference.inner.target {
                gix::refs::Target::Object(id) => return Ok(Some(super::objects::to_oid(id))),
                gix::refs::Target::Symbolic(next) => {
                    found =
                        objects.repo.try_find_reference(next.as_ref()).map_err(super::local("read a reference of"))?;
                }
            },
            None => return Ok(None),
        }
    }
    Ok(None)
}

fn loose(objects: &mut Objects<'_>, prefix: &str) -> Result<Vec<Reference>, GitError> {
    let action = "read the references of";
    let mut found: BTreeMap<String, Oid> = BTreeMap::new();
    {
        let path = prefix.try_into().map_err(super::local(action))?;
        let iterator = match objects.repo.refs.loose_iter_prefixed(path) {
            Ok(iterator) => iterator,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(super::local(action)(error)),
        };
        // A loose file that is no reference (a lock, an editor's backup) is left out, as git does.
        for reference in iterator.filter_map(Result::ok) {
            let Ok(name) = reference.name.as_bstr().to_str() else { continue };
            let oid = match reference.target {
                gix::refs::Target::Object(id) => Some(super::objects::to_oid(id)),
                gix::refs::Target::Symbolic(_) => find(objects, name)?,
            };
            found.extend(oid.map(|oid| (name.to_owned(), oid)));
        }
    }
    found
        .into_iter()
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, object)| peel(objects, Reference { name, object, peeled: object }))
        .collect()
}

fn peel(objects: &mut Objects<'_>, mut reference: Reference) -> Result<Reference, GitError> {
    if let Some(id) = objects.id(reference.object) {
        reference.peeled = super::objects::to_oid(objects.peel(id)?);
    }
    Ok(reference)
}

/// What a `packed-refs` file says.
#[derive(Default)]
struct Packed {
    /// Whether every reference without a peeled line is known not to be a tag object.
    all_peeled: bool,
    /// References, and whether a peeled line came with them.
    references: Vec<(Reference, bool)>,
}

fn packed(file: &Path, prefix: &str) -> Result<Packed, GitError> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(parse_packed(&bytes, prefix)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Packed::default()),
        Err(error) => Err(super::local("read the packed references of")(error)),
    }
}

fn parse_packed(bytes: &[u8], prefix: &str) -> Packed {
    let mut packed = Packed::default();
    let mut last_fits = false;
    for line in bytes.lines() {
        if let Some(traits) = line.strip_prefix(b"# pack-refs with:") {
            packed.all_peeled = traits.fields().any(|word| word == b"fully-peeled");
        } else if let Some(hex) = line.strip_prefix(b"^") {
            if let (true, Some((reference, peeled)), Some(oid)) =
                (last_fits, packed.references.last_mut(), Oid::from_hex(hex))
            {
                (reference.peeled, *peeled) = (oid, true);
            }
        } else {
            let fitting = reference_line(line, prefix);
            last_fits = fitting.is_some();
            packed.references.extend(fitting.map(|reference| (reference, false)));
        }
    }
    packed
}

fn reference_line(line: &[u8], prefix: &str) -> Option<Reference> {
    let (hex, name) = line.split_once_str(b" ")?;
    if !name.starts_with(prefix.as_bytes()) {
        return None;
    }
    let object = Oid::from_hex(hex)?;
    Some(Reference { name: name.to_str().ok()?.to_owned(), object, peeled: object })
}

const LONGEST_CHAIN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_references_are_read_with_their_peeled_lines() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let text = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{a} refs/heads/main\n^{b}\n{a} refs/tags/v1\n^{b}\n{b} refs/tags/v2\nbroken\nzz refs/tags/v3\n^{a}\n{a} refs/tags/v4"
        );
        let packed = parse_packed(text.as_bytes(), "refs/tags/");
        assert!(packed.all_peeled);
        let found: Vec<_> =
            packed.references.iter().map(|(r, p)| (r.name.as_str(), r.object != r.peeled, *p)).collect();
        assert_eq!(
            found,
            [("refs/tags/v1", true, true), ("refs/tags/v2", false, false), ("refs/tags/v4", false, false)]
        );
        assert!(!parse_packed(format!("{a} refs/tags/v1\n").as_bytes(), "").all_peeled);
    }
}
