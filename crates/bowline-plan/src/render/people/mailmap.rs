//! `.mailmap`: who is who, in the four forms of gitmailmap(5), section "Syntax".
//!
//! Names and addresses are compared without regard to case. Of two lines for the same address the later one counts, and a
//! line that also names the person counts before one that does not.

use bowline_model::facts::Person;
use std::collections::HashMap;

/// What a `.mailmap` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mailmap {
    /// By address, and by name where the line has one.
    entries: HashMap<(Vec<u8>, Option<Vec<u8>>), Proper>,
}

/// What stands instead of what a commit says, where the line says it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Proper {
    name: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
}

impl Mailmap {
    /// Reads a file. A line that is in none of the forms says nothing.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut entries = HashMap::new();
        for line in bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.starts_with(b"#")) {
            let Some(Identity { name, email, rest }) = identity(line) else { continue };
            let (key, proper) = match identity(rest) {
                Some(old) => (
                    (lower(old.email), old.name.map(lower)),
                    Proper { name: name.map(<[u8]>::to_vec), email: Some(email.to_vec()) },
                ),
                None => ((lower(email), None), Proper { name: name.map(<[u8]>::to_vec), email: None }),
            };
            entries.insert(key, proper);
        }
        Self { entries }
    }

    /// `person` as the file wants them to be called.
    pub(super) fn resolve(&self, person: &Person) -> Person {
        let email = lower(&person.email);
        let named = self.entries.get(&(email.clone(), Some(lower(&person.name))));
        let Some(proper) = named.or_else(|| self.entries.get(&(email, None))) else { return person.clone() };
        Person {
            name: proper.name.as_ref().unwrap_or(&person.name).clone(),
            email: proper.email.as_ref().unwrap_or(&person.email).clone(),
        }
    }
}

/// `Name <address>`, and what follows.
struct Identity<'t> {
    name: Option<&'t [u8]>,
    email: &'t [u8],
    rest: &'t [u8],
}

/// That at the start of `text`.
fn identity(text: &[u8]) -> Option<Identity<'_>> {
    let open = text.iter().position(|&byte| byte == b'<')?;
    let close = open + text.get(open..)?.iter().position(|&byte| byte == b'>')?;
    let name = text.get(..open)?.trim_ascii();
    let name = (!name.is_empty()).then_some(name);
    Some(Identity { name, email: text.get(open + 1..close)?.trim_ascii(), rest: text.get(close + 1..)? })
}

fn lower(bytes: &[u8]) -> Vec<u8> {
    bytes.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let file = "# people\nJane Doe <jane@x>\n<joe@x> <joe@laptop>\nAnn <ann@x> <ann@old>  # left\nB One <b1@x> Box <box@x>\nB Two <b2@x> BOX two <box@x>\n\nbroken\n<open@x\nJane D. <JANE@X>\r\n";
        let mailmap = Mailmap::parse(file.as_bytes());
        for (name, email, expected) in [
            ("jane", "Jane@x", "Jane D. Jane@x"),
            ("Joe", "joe@laptop", "Joe joe@x"),
            ("x", "ANN@old", "Ann ann@x"),
            ("box", "box@x", "B One b1@x"),
            ("Box Two", "box@x", "B Two b2@x"),
            ("Box Three", "box@x", "Box Three box@x"),
            ("New", "new@x", "New new@x"),
        ] {
            let person = mailmap.resolve(&Person { name: name.into(), email: email.into() });
            let shown = [&person.name[..], b" ", &person.email].concat();
            assert_eq!(String::from_utf8(shown).unwrap(), expected);
        }
    }
}
