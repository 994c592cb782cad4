//! Who wrote a release: authors and co-authors of its commits, under the names that `.mailmap` gives them.
//!
//! Somebody is new when nothing that earlier versions contain has their address or their name. Programs are told by the
//! mark `[bot]` that forges give them.

mod mailmap;

use crate::commit::decode;
use crate::history::Change;
use bowline_config::candidates::MAILMAP;
use bowline_model::Oid;
use bowline_model::facts::Person;
use bowline_model::facts::{CommitFact, FileContent, FileFact};
use bowline_model::plan::Contributor;
use mailmap::Mailmap;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The people of one release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Everybody, by name.
    pub contributors: Vec<Contributor>,
    of_commit: HashMap<Oid, Vec<String>>,
}

impl People {
    /// Those of the `changes` that count. `earlier` are those of all versions before; none when there is no version before.
    pub fn of(
        files: &[FileFact],
        commits: &[CommitFact],
        changes: &[Change],
        earlier: Option<&BTreeSet<Person>>,
    ) -> Self {
        let mailmap = files.iter().find(|file| file.path == MAILMAP).map(|file| match &file.content {
            FileContent::Bytes(bytes) => Mailmap::parse(bytes),
            FileContent::NotAFile(_) => Mailmap::default(),
        });
        let mailmap = mailmap.unwrap_or_default();
        let known: Option<Known> = earlier.map(|earlier| Known::of(&mailmap, earlier));
        let places = Places::of(commits, changes);
        let mut people = Self::default();
        let mut found: BTreeMap<String, Contributor> = BTreeMap::new();
        for commit in commits {
            let Some(place) = places.0.get(&commit.oid) else { continue };
            let names = people.of_commit.entry(*place).or_default();
            for person in commit.people().take(MAX_PEOPLE).map(|person| mailmap.resolve(&person)) {
                let name = decode::one_line(&person.name, commit.encoding.as_deref(), MAX_NAME);
                if name.is_empty() || names.contains(&name) {
                    continue;
                }
                let first = known.as_ref().is_some_and(|known| !known.has(&person));
                let somebody = Contributor { name: name.clone(), first, bot: is_bot(&person) };
                // Who used several addresses is new only when all of them are.
                let entry = found.entry(name.to_lowercase()).or_insert(somebody);
                entry.first &= first;
                names.push(name);
            }
        }
        people.contributors = found.into_values().collect();
        people
    }

    /// The names of those who wrote `commit`, its author first.
    pub fn of_commit(&self, commit: &Oid) -> &[String] {
        self.of_commit.get(commit).map_or(&[], Vec::as_slice)
    }
}

/// The change under which the people of each commit are thanked. Those of a pull request wrote its commits; whoever only merged
/// it did not.
struct Places(HashMap<Oid, Oid>);

impl Places {
    fn of(commits: &[CommitFact], changes: &[Change]) -> Self {
        let merges: HashSet<Oid> =
            commits.iter().filter(|commit| commit.parents > 1).map(|commit| commit.oid).collect();
        let mut places = HashMap::new();
        for change in changes.iter().filter(|change| change.ignored.is_none()) {
            let Some(own) = change.commit().copied() else { continue };
            let brought = change.pull.as_ref().map_or(&[][..], |pull| &pull.commits);
            let written: Vec<Oid> = brought.iter().filter(|commit| !merges.contains(commit)).copied().collect();
            let written = if written.is_empty() { vec![own] } else { written };
            for commit in written {
                places.entry(commit).or_insert(own);
            }
        }
        Self(places)
    }
}

/// Names and addresses of those before.
struct Known {
    names: HashSet<Vec<u8>>,
    emails: HashSet<Vec<u8>>,
}

impl Known {
    fn of(mailmap: &Mailmap, people: &BTreeSet<Person>) -> Self {
        let people = || people.iter().map(|person| mailmap.resolve(person));
        Self {
            names: people().map(|person| person.name.to_ascii_lowercase()).collect(),
            emails: people().map(|person| person.email.to_ascii_lowercase()).collect(),
        }
    }

    fn has(&self, person: &Person) -> bool {
        self.names.contains(&person.name.to_ascii_lowercase())
            || self.emails.contains(&person.email.to_ascii_lowercase())
    }
}

fn is_bot(person: &Person) -> bool {
    person.name.ends_with(b"[bot]") || person.email.windows(BOT.len()).any(|part| part == BOT)
}

const BOT: &[u8] = b"[bot]@";
/// People of one commit: more never wrote one together, and a message may name a million.
const MAX_PEOPLE: usize = 100;
/// Characters of a name that are shown.
const MAX_NAME: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{commit, config};
    use crate::history::{Overrides, read};

    fn by(number: usize, name: &str, email: &str, message: &str) -> CommitFact {
        let message = format!("feat: x\n\n{message}");
        CommitFact {
            author_name: name.as_bytes().to_vec(),
            author_email: email.as_bytes().to_vec(),
            ..commit(number, message.as_bytes())
        }
    }

    #[test]
    fn everybody_once_and_new_ones_marked() {
        let commits = [
            by(1, "Ada Lovelace", "ada@new", ""),
            by(2, "dependabot[bot]", "1+dependabot[bot]@users.noreply.github.com", ""),
            by(3, "bob", "bob@old", "Co-authored-by: Cy <cy@x>\nCo-authored-by: Bob <BOB@old>"),
            by(4, "", "nobody@x", ""),
            CommitFact { parents: 2, ..by(5, "Merger", "m@x", "") },
        ];
        let changes = read(&config(), &commits, &Overrides::default(), None);
        let mailmap = FileContent::Bytes(b"Robert <bob@old>\n".to_vec());
        let files = [FileFact { path: ".mailmap".to_owned(), content: mailmap }];
        let earlier = ["bob|bob@old", "Ada Lovelace|ada@old"].map(|person| {
            let (name, email) = person.split_once('|').unwrap();
            Person { name: name.into(), email: email.into() }
        });
        let shown = |earlier: Option<&BTreeSet<Person>>| {
            let people = People::of(&files, &commits, &changes, earlier);
            let one = |who: &Contributor| {
                format!("{}{}{}", who.name, ["", " new"][usize::from(who.first)], ["", " bot"][usize::from(who.bot)])
            };
            (
                people.contributors.iter().map(one).collect::<Vec<_>>().join(", "),
                people.of_commit(&commits[2].oid).join(" "),
            )
        };
        let (everybody, third) = shown(Some(&earlier.into()));
        assert_eq!(everybody, "Ada Lovelace, Cy new, dependabot[bot] new bot, Robert");
        assert_eq!(third, "Robert Cy");
        assert_eq!(
            shown(None).0,
            "Ada Lovelace, Cy, dependabot[bot] bot, Robert",
            "before the first version nobody is new"
        );
    }

    #[test]
    fn one_message_does_not_name_everybody() {
        let crowd: String = (0..300).map(|number| format!("Co-authored-by: P{number} <p{number}@x>\n")).collect();
        let commits = [by(1, "Ada", "ada@x", &crowd)];
        let changes = read(&config(), &commits, &Overrides::default(), None);
        assert_eq!(People::of(&[], &commits, &changes, None).contributors.len(), MAX_PEOPLE);
    }
}
