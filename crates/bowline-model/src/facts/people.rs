//! People as commits name them: authors, and those that `Co-authored-by` lines add.
//!
//! A name and an address prove nothing about who wrote something. They are for thanking people, never for rights.

/// A name and a mail address, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The name.
    pub name: Vec<u8>,
    /// The mail address.
    pub email: Vec<u8>,
}

impl Person {
    /// Reads `Name <address>`.
    fn read(text: &[u8]) -> Option<Self> {
        let open = text.iter().position(|&byte| byte == b'<')?;
        let (name, rest) = text.split_at_checked(open)?;
        let close = rest.iter().position(|&byte| byte == b'>')?;
        let email = rest.get(1..close)?.trim_ascii();
        let name = name.trim_ascii();
        (!name.is_empty() || !email.is_empty()).then(|| Self { name: name.to_owned(), email: email.to_owned() })
    }
}

/// Those whom the lines `Co-authored-by: Name <address>` of a message name, as git and forges write them in any case.
pub fn co_authors(message: &[u8]) -> impl Iterator<Item = Person> {
    message.split(|&byte| byte == b'\n').filter_map(|line| {
        let (token, person) = line.split_at_checked(CO_AUTHOR.len())?;
        if token.eq_ignore_ascii_case(CO_AUTHOR) { Person::read(person) } else { None }
    })
}

const CO_AUTHOR: &[u8] = b"Co-authored-by:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn co_authors_of_messages() {
        let names = |message: &str| {
            let shown = |person: Person| String::from_utf8([&person.name[..], b"|", &person.email].concat()).unwrap();
            co_authors(message.as_bytes()).map(shown).collect::<Vec<_>>().join(" ")
        };
        for (message, expected) in [
            ("feat: x\n\nCo-authored-by: Ada <ada@x.org>\nco-Authored-By:Bob B <b@x>\r\n", "Ada|ada@x.org Bob B|b@x"),
            ("Co-authored-by: <only@x>", "|only@x"),
            ("Co-authored-by: Ada", ""),
            ("Co-authored-by: Ada <ada", ""),
            ("Co-authored-by: <>", ""),
            ("  Co-authored-by: Ada <a@x>", ""),
            ("Co-authored-by: a>b <c@x>", "a>b|c@x"),
        ] {
            assert_eq!(names(message), expected, "{message:?}");
        }
    }
}
