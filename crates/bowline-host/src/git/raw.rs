//! Commits, tags and trees as bytes.
//!
//! Objects come from strangers, so they are taken apart here without ever decoding text or trusting a length: what is
//! needed to walk history must be right, everything else is optional. Slices point into the object's own bytes.

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::hash::Kind;

/// An object that is not what its type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub(super) struct Malformed(&'static str);

/// A commit, taken apart.
pub(super) struct RawCommit<'a> {
    pub(super) tree: ObjectId,
    parents: &'a [u8],
    hash: Kind,
    author: &'a [u8],
    committer: &'a [u8],
    pub(super) encoding: Option<&'a [u8]>,
    pub(super) message: &'a [u8],
}

impl<'a> RawCommit<'a> {
    /// Takes `data` apart. Only tree and parents must be well formed: git itself forgives the rest.
    pub(super) fn parse(data: &'a [u8], hash: Kind) -> Result<Self, Malformed> {
        let (tree, rest) = id_line(data, b"tree ", hash).ok_or(Malformed("tree line of a commit"))?;
        let parent_length = PARENT.len() + hash.len_in_hex() + 1;
        let mut rest = rest;
        let parents = rest;
        let mut length = 0;
        while rest.starts_with(PARENT) {
            (_, rest) = id_line(rest, PARENT, hash).ok_or(Malformed("parent line of a commit"))?;
            length += parent_length;
        }
        let (mut author, mut committer, mut encoding): (&[u8], &[u8], _) = (b"", b"", None);
        while let Some((line, after)) = next_line(rest) {
            rest = after;
            if line.is_empty() {
                break;
            } else if let Some(value) = line.strip_prefix(b"author ") {
                author = value;
            } else if let Some(value) = line.strip_prefix(b"committer ") {
                committer = value;
            } else if let Some(value) = line.strip_prefix(b"encoding ") {
                encoding = Some(value);
            }
        }
        Ok(Self { tree, parents: &parents[..length], hash, author, committer, encoding, message: rest })
    }

    /// The parents, in order.
    pub(super) fn parents(&self) -> impl ExactSizeIterator<Item = ObjectId> + '_ {
        let null = ObjectId::null(self.hash);
        // Every line was parsed once before, so none falls back to the null id.
        self.parents
            .chunks_exact(PARENT.len() + self.hash.len_in_hex() + 1)
            .map(move |line| ObjectId::from_hex(&line[PARENT.len()..line.len() - 1]).unwrap_or(null))
    }

    /// Author name and mail address; empty where there is none.
    pub(super) fn author(&self) -> (&'a [u8], &'a [u8]) {
        let Some(open) = self.author.find_byte(b'<') else {
            return (self.author.trim(), b"");
        };
        let address = &self.author[open + 1..];
        let close = address.find_byte(b'>').unwrap_or(address.len());
        (self.author[..open].trim(), &address[..close])
    }

    /// The committer's time in Unix seconds; zero, as for git, when it cannot be read.
    pub(super) fn time(&self) -> i64 {
        let after = self.committer.rfind_byte(b'>').map_or(self.committer, |at| &self.committer[at + 1..]);
        after
            .trim_start()
            .split(|&b| b == b' ')
            .next()
            .and_then(|digits| digits.to_str().ok()?.parse().ok())
            .unwrap_or(0)
    }
}

/// An annotated tag, taken apart.
pub(super) struct RawTag<'a> {
    pub(super) target: ObjectId,
    pub(super) name: &'a [u8],
    pub(super) message: &'a [u8],
}

impl<'a> RawTag<'a> {
    /// Takes `data` apart.
    pub(super) fn parse(data: &'a [u8], hash: Kind) -> Result<Self, Malformed> {
        let (target, mut rest) = id_line(data, b"object ", hash).ok_or(Malformed("object line of a tag"))?;
        let mut name: &[u8] = b"";
        while let Some((line, after)) = next_line(rest) {
            rest = after;
            if line.is_empty() {
                break;
            } else if let Some(value) = line.strip_prefix(b"tag ") {
                name = value;
            }
        }
        Ok(Self { target, name, message: rest })
    }
}

/// One line of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeEntry {
    pub(super) mode: Mode,
    pub(super) name: Vec<u8>,
    pub(super) id: ObjectId,
}

/// What a tree entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode(pub(super) u32);

impl Mode {
    pub(super) const FILE: Self = Self(0o100_644);
    pub(super) const TREE: Self = Self(0o040_000);

    /// Reads the octal digits of a tree, of which only these are written by any git: a file, link, folder or submodule.
    /// Early ones padded a folder's with a zero. Whatever else there is would be read by each program in its own way.
    fn parse(digits: &[u8]) -> Option<Self> {
        if digits.len() > 7 || !digits.iter().all(|digit| (b'0'..=b'7').contains(digit)) {
            return None;
        }
        let mode = u32::from_str_radix(digits.to_str().ok()?, 8).ok()?;
        let rights = mode & 0o7777;
        let known = match mode & !0o7777 {
            0o100_000 => matches!(rights, 0o644 | 0o664 | 0o755),
            0o040_000 | 0o120_000 | 0o160_000 => rights == 0,
            _ => false,
        };
        known.then_some(Self(mode))
    }

    pub(super) const fn is_tree(self) -> bool {
        self.0 & 0o170_000 == 0o040_000
    }

    pub(super) const fn is_file(self) -> bool {
        self.0 & 0o170_000 == 0o100_000
    }

    /// The word for something that is not an ordinary file.
    pub(super) const fn word(self) -> &'static str {
        match self.0 & 0o170_000 {
            0o040_000 => "folder",
            0o100_000 => "file",
            0o120_000 => "symbolic link",
            0o160_000 => "submodule",
            _ => "unknown kind of entry",
        }
    }
}

/// The entries of a tree, in the tree's order.
pub(super) fn parse_tree(mut data: &[u8], hash: Kind) -> Result<Vec<TreeEntry>, Malformed> {
    let mut entries = Vec::new();
    while !data.is_empty() {
        let entry = next_entry(data, hash).ok_or(Malformed("tree"))?;
        data = &data[entry.1..];
        entries.push(entry.0);
    }
    Ok(entries)
}

/// The bytes of a tree. Entries are sorted as git compares them: a folder's name as if it ended in a slash.
pub(super) fn write_tree(mut entries: Vec<TreeEntry>) -> Vec<u8> {
    let key = |entry: &TreeEntry| {
        let mut name = entry.name.clone();
        if entry.mode.is_tree() {
            name.push(b'/');
        }
        name
    };
    entries.sort_by_cached_key(key);
    let mut data = Vec::new();
    for entry in entries {
        data.extend_from_slice(format!("{:o} ", entry.mode.0).as_bytes());
        data.extend_from_slice(&entry.name);
        data.push(0);
        data.extend_from_slice(entry.id.as_bytes());
    }
    data
}

fn next_entry(data: &[u8], hash: Kind) -> Option<(TreeEntry, usize)> {
    let space = data.find_byte(b' ')?;
    let mode = Mode::parse(&data[..space])?;
    let name = &data[space + 1..];
    let end = name.find_byte(0).filter(|&end| end > 0 && !name[..end].contains(&b'/'))?;
    let id = name.get(end + 1..end + 1 + hash.len_in_bytes())?;
    let id = gix::oid::try_from_bytes(id).ok()?.to_owned();
    let length = space + 1 + end + 1 + hash.len_in_bytes();
    Some((TreeEntry { mode, name: name[..end].to_vec(), id }, length))
}

fn id_line<'a>(data: &'a [u8], prefix: &[u8], hash: Kind) -> Option<(ObjectId, &'a [u8])> {
    let rest = data.strip_prefix(prefix)?;
    let (hex, rest) = rest.split_at_checked(hash.len_in_hex())?;
    Some((ObjectId::from_hex(hex).ok()?, rest.strip_prefix(b"\n")?))
}

/// The first line without its end, and what follows; none at the end of the data.
fn next_line(data: &[u8]) -> Option<(&[u8], &[u8])> {
    if data.is_empty() {
        return None;
    }
    Some(data.find_byte(b'\n').map_or((data, &[][..]), |end| (&data[..end], &data[end + 1..])))
}

const PARENT: &[u8] = b"parent ";

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn commit(text: &str) -> String {
        text.replace("$A", A)
    }

    #[test]
    fn strange_commits_are_read_as_far_as_they_go() {
        let check = |text: &str, parents: usize, author: (&str, &str), time: i64, message: &str| {
            let text = commit(text);
            let raw = RawCommit::parse(text.as_bytes(), Kind::Sha1).unwrap();
            assert_eq!(raw.parents().len(), parents, "{text}");
            assert_eq!(raw.author(), (author.0.as_bytes(), author.1.as_bytes()), "{text}");
            assert_eq!((raw.time(), raw.message), (time, message.as_bytes()), "{text}");
        };
        check(
            "tree $A\nparent $A\nparent $A\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 7 +0000\n\nm\n",
            2,
            ("A", "a@b"),
            7,
            "m\n",
        );
        check("tree $A\nauthor A 1 +0000\ncommitter C <c> x\n\n\nm", 0, ("A 1 +0000", ""), 0, "\nm");
        check("tree $A\nauthor A <a\ncommitter C> <c>> -5 +0000\ngpgsig x\n author no\n\n", 0, ("A", "a"), -5, "");
        check("tree $A\n", 0, ("", ""), 0, "");
        check("tree $A\nauthor <> \ncommitter a <b> 99999999999999999999 +0", 0, ("", ""), 0, "");
    }

    #[test]
    fn broken_commits_tags_and_trees_are_refused() {
        for bad in ["", "tree", "tree $A", "tree zz$A\n", "parent $A\n", "tree $A\nparent $A", "tree $A\nparent x\n\nm"]
        {
            assert!(RawCommit::parse(commit(bad).as_bytes(), Kind::Sha1).is_err(), "{bad:?}");
        }
        assert!(RawCommit::parse(format!("tree {A}\n\nm").as_bytes(), Kind::Sha256).is_err());
        assert!(RawTag::parse(b"tag v1\n\nm", Kind::Sha1).is_err());
        for bad in [&b"100644"[..], b"100644 a", b"100644 a\0short", b" a\0"] {
            assert!(parse_tree(bad, Kind::Sha1).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn entries_of_trees_are_of_known_kinds() {
        let read = |entry: &str| parse_tree(format!("{entry}\0{}", "a".repeat(20)).as_bytes(), Kind::Sha1).is_ok();
        for good in ["100644 a", "100664 a", "100755 a", "120000 a", "40000 a", "040000 a", "160000 a", "100644 a b\n"]
        {
            assert!(read(good), "{good}");
        }
        for bad in [
            "9 a",
            "+100644 a",
            "-100644 a",
            "0x1 a",
            "0 a",
            "644 a",
            "100600 a",
            "104755 a",
            "140000 a",
            "060000 a",
            "40755 a",
            "120777 a",
            "777777 a",
            "00000100644 a",
            "37777777777 a",
            " a",
            "100644 ",
            "100644 a/b",
            "100644 /",
        ] {
            assert!(!read(bad), "{bad}");
        }
    }

    #[test]
    fn trees_keep_gits_order() {
        let entry = |name: &str, mode| TreeEntry { mode, name: name.into(), id: ObjectId::null(Kind::Sha1) };
        let written = write_tree(vec![
            entry("a0", Mode::FILE),
            entry("a", Mode::TREE),
            entry("a.b", Mode::FILE),
            entry("a-b", Mode::FILE),
        ]);
        let names: Vec<_> = parse_tree(&written, Kind::Sha1).unwrap().into_iter().map(|e| e.name).collect();
        assert_eq!(names, [b"a-b".to_vec(), b"a.b".to_vec(), b"a".to_vec(), b"a0".to_vec()]);
    }
}
