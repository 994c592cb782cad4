//! Merged pull requests as changes: which commits each stands for, and what its labels and its description say.
//!
//! Every commit has one role. A file of overrides for a commit wins over everything that a forge says. An override in a
//! description stands for all commits that its pull request brought and no narrower one did, however it was merged. Where
//! labels are a source, a pull request is one change, in the place of its merge. Labels say what is asked for and never what
//! is already released: that, tags say.

use super::reverts::Fate;
use super::rules::{MAX_SUBJECT, Rules};
use super::{Change, Ignored, Pull};
use crate::commit::{Message, Reading, decode, is_known_footer};
use bowline_config::Config;
use bowline_config::section::commits::Source;
use bowline_config::section::commits::labels::{Label, LabelBump, OTHER};
use bowline_config::section::dialect::Dialect;
use bowline_model::Oid;
use bowline_model::facts::{CommitFact, OverrideBlock, OverrideFact, PullFact};
use bowline_model::plan::{PlannedCommit, RecordedOverride, RecordedPull};
use bowline_model::text::one_line;
use bowline_model::version::Level;
use std::collections::{HashMap, HashSet};

/// What a commit is for the list of changes.
#[derive(Debug)]
pub(super) enum Role<'p> {
    /// Its own message counts, or the one of its file.
    Own,
    /// Its file stands for the whole of this pull request.
    File(&'p PullFact),
    /// These messages of a description count in its place.
    Override(&'p PullFact, Vec<&'p [u8]>),
    /// These pull requests stand in its place.
    Labels(Vec<&'p PullFact>),
    /// It is a part of the pull request of this number.
    Part(u64),
    /// The description of that pull request says something else in its place.
    Replaced(u64),
    /// No source of changes reads it.
    Unread,
}

impl<'p> Role<'p> {
    /// The pull requests that are changes in its place.
    fn labels(&self) -> Option<&Vec<&'p PullFact>> {
        match self {
            Self::Labels(pulls) => Some(pulls),
            _ => None,
        }
    }

    /// What stands for the commit's own message, which then takes nothing back; none where it says something itself.
    pub(super) fn instead(&self) -> Option<&'p [u8]> {
        match self {
            Self::Override(_, messages) => Some(messages.first().copied().unwrap_or_default()),
            Self::Replaced(_) => Some(&[]),
            Self::Own | Self::File(_) | Self::Labels(_) | Self::Part(_) | Self::Unread => None,
        }
    }
}

/// The roles of all commits.
pub(super) struct Roles<'p> {
    of_commit: HashMap<Oid, Role<'p>>,
    /// Why overrides do not count, by the commits that would carry them.
    notes: HashMap<Oid, String>,
    reads_commits: bool,
}

impl<'p> Roles<'p> {
    /// For `commits`, newest first. Those that `has_file` knows keep their files' messages.
    pub(super) fn of(
        config: &Config,
        commits: &[CommitFact],
        pulls: &'p [PullFact],
        has_file: impl Fn(&Oid) -> bool,
    ) -> Self {
        let mut roles = Self {
            of_commit: HashMap::new(),
            notes: HashMap::new(),
            reads_commits: config.commits.reads(Source::Commits),
        };
        if pulls.is_empty() {
            return roles;
        }
        let here: HashSet<Oid> = commits.iter().map(|commit| commit.oid).collect();
        // A pull request whose own commit has a file is what the file says.
        let carried = pulls.iter().filter_map(|pull| Some((carrier(pull, &here)?, pull)));
        let (by_file, carried): (Vec<_>, Vec<(Oid, &PullFact)>) = carried.partition(|(commit, _)| has_file(commit));
        let covered =
            if config.commits.pull_request_overrides { covered(config, &carried, &has_file) } else { HashMap::new() };
        let by_label = config.commits.reads(Source::Labels);
        let stands =
            |pull: &PullFact| by_label || config.commits.pull_request_overrides && trusted(config, pull).is_some();
        let by_file = by_file.into_iter().filter(|(_, pull)| stands(pull));
        roles.of_commit.extend(by_file.map(|(commit, pull)| (commit, Role::File(pull))));
        if by_label {
            for pull in pulls {
                let free = pull.commits.iter().filter(|commit| !covered.contains_key(commit) && !has_file(commit));
                roles.of_commit.extend(free.map(|commit| (*commit, Role::Part(pull.number))));
            }
            for (commit, pull) in carried.iter().filter(|(commit, _)| !covered.contains_key(commit)) {
                match roles.of_commit.get_mut(commit) {
                    Some(Role::Labels(pulls)) => pulls.push(pull),
                    _ => {
                        roles.of_commit.insert(*commit, Role::Labels(vec![pull]));
                    }
                }
            }
        }
        roles.of_commit.extend(covered.iter().map(|(commit, pull)| (*commit, Role::Replaced(pull.number))));
        for (own, pull) in &carried {
            let is_its = |commit: &&Oid| covered.get(*commit).is_some_and(|of| of.number == pull.number);
            let place = std::iter::once(own).chain(&pull.commits).find(is_its);
            if let (Some(place), Some(text)) = (place, trusted(config, pull)) {
                let messages = messages(config, text.as_bytes());
                roles.of_commit.insert(*place, Role::Override(pull, messages));
            }
            let why = pull.override_block.as_ref().filter(|_| config.commits.pull_request_overrides);
            if let Some(why) = why.and_then(|block| not_counted(config, pull.number, block)) {
                roles.notes.insert(*own, why);
            }
        }
        roles
    }

    /// What `commit` is. One that has a file is read whatever the sources are.
    pub(super) fn of_commit(&self, commit: &CommitFact, has_file: bool) -> &Role<'p> {
        match self.of_commit.get(&commit.oid) {
            Some(role) => role,
            None if self.reads_commits || has_file => &Role::Own,
            None => &Role::Unread,
        }
    }

    /// What goes with `commit` when it is taken back: what a merge brought, where its pull request says so.
    pub(super) fn brought(&self, commit: &CommitFact) -> &'p [Oid] {
        match self.of_commit.get(&commit.oid).filter(|_| commit.parents > 1) {
            Some(Role::Labels(pulls)) => {
                let widest = pulls.iter().max_by_key(|pull| pull.commits.len());
                widest.map_or(&[], |pull| &pull.commits)
            }
            Some(Role::File(pull) | Role::Override(pull, _)) => &pull.commits,
            _ => &[],
        }
    }

    /// Why the override of the pull request that `commit` stands for does not count.
    pub(super) fn note(&self, commit: &Oid) -> Option<&String> {
        self.notes.get(commit)
    }

    /// What messages ask for in vain, by the number of the pull request whose labels count in their place.
    pub(super) fn asked_in_vain(
        &self,
        commits: &[CommitFact],
        said: &[(&Message<'_>, Fate)],
    ) -> HashMap<u64, MessagesAsk> {
        let mut asked: HashMap<u64, MessagesAsk> = HashMap::new();
        for (commit, (message, fate)) in commits.iter().zip(said) {
            let number = match self.of_commit.get(&commit.oid) {
                Some(Role::Part(number)) => *number,
                Some(Role::Labels(pulls)) if pulls.len() == 1 => pulls[0].number,
                _ => continue,
            };
            if matches!(fate, Fate::Counts) {
                let asked = asked.entry(number).or_default();
                asked.breaks |= message.is_breaking();
                asked.names_version |= message.release_as.is_some();
            }
        }
        asked
    }

    /// Why pull requests that are changes do not count, by number: all commits that they brought are taken back or out, or an
    /// unreleased commit takes their merge back. Titles have no say in it, because whoever opened one can change it for ever.
    pub(super) fn ignored(
        &self,
        rules: &Rules<'_>,
        commits: &[CommitFact],
        said: &[(&Message<'_>, Fate)],
    ) -> HashMap<u64, Ignored> {
        let mut ignored: HashMap<u64, Ignored> = HashMap::new();
        let pulls: Vec<&PullFact> = self.of_commit.values().filter_map(Role::labels).flatten().copied().collect();
        if pulls.is_empty() {
            return ignored;
        }
        let places: HashMap<Oid, usize> =
            commits.iter().enumerate().map(|(place, commit)| (commit.oid, place)).collect();
        let written = |pull: &PullFact| -> Vec<usize> {
            let places = pull.commits.iter().filter_map(|commit| places.get(commit).copied());
            places.filter(|&place| commits[place].parents <= 1).collect()
        };
        let mut by_newest: Vec<(&PullFact, Vec<usize>)> = pulls.iter().map(|pull| (*pull, written(pull))).collect();
        by_newest.sort_by_key(|(pull, _)| {
            (pull.commits.first().and_then(|commit| places.get(commit)).copied(), pull.number)
        });
        let merges: HashMap<Oid, u64> =
            by_newest.iter().filter_map(|(pull, _)| Some((pull.merge?, pull.number))).collect();
        for (pull, written) in &by_newest {
            let taken = |place: &usize| {
                let (message, fate) = said[*place];
                rules.ignoring(message).map(Ignored::Configured).or_else(|| Ignored::by_fate(fate))
            };
            let all: Option<Vec<Ignored>> = written.iter().map(taken).collect();
            let merge = pull.merge.and_then(|merge| places.get(&merge)).filter(|&&place| commits[place].parents > 1);
            let by_merge = merge.and_then(|&place| self.merge_reverted(said[place].1));
            if let Some(why) = by_merge.or_else(|| all?.into_iter().next()) {
                ignored.entry(pull.number).or_insert(why);
            }
            if ignored.contains_key(&pull.number) {
                continue;
            }
            // A squash can say what it reverts below a title that is no revert's.
            let named = |place: &usize| {
                let (message, fate) = said[*place];
                let hex = if fate == Fate::Counts { message.reverted() } else { Vec::new() };
                merges.iter().find(|(merge, _)| hex.iter().any(|hex| merge.to_string().as_bytes().starts_with(hex)))
            };
            let reverted: Vec<(Oid, u64)> =
                written.iter().filter_map(named).map(|(merge, number)| (*merge, *number)).collect();
            if let (Some((merge, _)), true) = (reverted.first(), reverted.len() == written.len()) {
                let how = format!("reverts {}, which is not released", merge.short());
                ignored.insert(pull.number, Ignored::Reverted(how));
            }
            for (_, number) in reverted {
                let how = format!("reverted by pull request #{}", pull.number);
                ignored.entry(number).or_insert(Ignored::Reverted(how));
            }
        }
        ignored
    }

    /// Why a pull request does not count whose merge has this fate.
    fn merge_reverted(&self, fate: Fate) -> Option<Ignored> {
        match fate {
            Fate::RevertedBy(by) => match self.of_commit.get(&by) {
                Some(Role::Part(number)) => Some(Ignored::Reverted(format!("reverted by pull request #{number}"))),
                _ => Ignored::by_fate(fate),
            },
            Fate::Counts | Fate::Reverts(_) => None,
        }
    }
}

/// The commit in whose place a pull request stands: its merge, else the newest that it brought.
fn carrier(pull: &PullFact, here: &HashSet<Oid>) -> Option<Oid> {
    let merge = pull.merge.filter(|merge| here.contains(merge));
    merge.or_else(|| pull.commits.iter().find(|commit| here.contains(commit)).copied())
}

/// Which override stands for each commit: of several pull requests that brought it, that of the one which brought least.
fn covered<'p>(
    config: &Config,
    carried: &[(Oid, &'p PullFact)],
    has_file: impl Fn(&Oid) -> bool,
) -> HashMap<Oid, &'p PullFact> {
    let mut widest_first: Vec<&PullFact> =
        carried.iter().map(|(_, pull)| *pull).filter(|pull| trusted(config, pull).is_some()).collect();
    widest_first.sort_by_key(|pull| std::cmp::Reverse((pull.commits.len(), pull.number)));
    let commits = |pull: &'p PullFact| pull.commits.iter().map(move |commit| (*commit, pull));
    widest_first.into_iter().flat_map(commits).filter(|(commit, _)| !has_file(commit)).collect()
}

/// The override of `pull` when it counts.
fn trusted<'p>(config: &Config, pull: &'p PullFact) -> Option<&'p str> {
    pull.override_block.as_ref().and_then(OverrideFact::trusted).filter(|text| has_header(config, text))
}

/// Whether any message of an override asks for something, or would.
fn has_header(config: &Config, text: &str) -> bool {
    let messages = messages(config, text.as_bytes());
    messages.into_iter().map(|bytes| Message::read(Reading::of(config), bytes, false)).any(|message| {
        message.header.is_some() || message.is_breaking() || message.git_revert.is_some() || message.taken_out.is_some()
    })
}

/// The messages of an override: a line that one of the rules reads begins one, and so does a header of a known type or of a
/// breaking change. Other lines that look like headers are footers, and known footers are never anything else to a rule.
fn messages<'t>(config: &Config, text: &'t [u8]) -> Vec<&'t [u8]> {
    let dialect = config.commits.dialect;
    let reading = Reading::of(config);
    let by_rule = |line: &[u8]| {
        let may = !reading.rules.is_empty() && !line.starts_with(b" ") && !is_known_footer(line);
        may && Message::read(reading, line, false).header.is_some_and(|header| header.rule.is_some())
    };
    let begins = |line: &[u8]| {
        let header = crate::commit::header(dialect, line);
        header.is_some_and(|header| {
            let kind = String::from_utf8_lossy(header.kind).to_ascii_lowercase();
            header.breaking || config.commits.types.contains_key(&kind)
        })
    };
    let mut starts: Vec<usize> = vec![0];
    let mut at = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if at > 0 && (by_rule(line.trim_ascii_end()) || begins(line.trim_ascii_end())) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let pieces = starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end));
    pieces.map(<[u8]>::trim_ascii).filter(|message| !message.is_empty()).collect()
}

/// Why an override does not count.
fn not_counted(config: &Config, number: u64, found: &OverrideFact) -> Option<String> {
    let why = match (&found.block, &found.writer) {
        (OverrideBlock::Unfinished, _) => "`END_COMMIT_OVERRIDE` is missing".to_owned(),
        (OverrideBlock::Empty, _) => "there is nothing in it".to_owned(),
        (OverrideBlock::Whole(text), _) if found.may_write && has_header(config, text) => return None,
        (OverrideBlock::Whole(_), _) if found.may_write => {
            format!("it has no header such as `{}`", config.commits.dialect.example())
        }
        (OverrideBlock::Whole(_), Some(writer)) => {
            format!("{} wrote it last, and may not write to this repository", one_line(writer, 60))
        }
        (OverrideBlock::Whole(_), None) => "the forge does not tell who wrote it last".to_owned(),
    };
    Some(format!("the override in the description of #{number} does not count: {why}"))
}

impl Rules<'_> {
    /// The change that a pull request with its labels is, in the place of `commit`.
    pub(super) fn pull_change(
        &self,
        commit: Oid,
        pull: &PullFact,
        ignored: Option<Ignored>,
        asked: MessagesAsk,
    ) -> Change {
        let subject = decode::one_line(pull.title.as_bytes(), None, MAX_SUBJECT);
        let verdict = Verdict::of(self.config(), pull);
        let (level, young) = self.when_young(verdict.asked);
        let level = if ignored.is_some() { Level::None } else { level };
        let rule =
            ignored.as_ref().map_or_else(|| format!("{} → {level}{young}", verdict.why), |why| why.as_str().to_owned());
        let breaking = verdict.asked == Level::Major;
        Change {
            file: None,
            for_readers: Vec::new(),
            breaking_notes: if breaking { vec![subject.clone()] } else { Vec::new() },
            note: title_note(self.config().commits.dialect, &pull.title, breaking)
                .or_else(|| asked.note(breaking))
                .filter(|_| ignored.is_none()),
            planned: PlannedCommit {
                id: commit,
                kind: String::new(),
                scope: None,
                breaking,
                subject,
                rule,
                level,
                pull_request: Some(pull.number),
            },
            closes: Vec::new(),
            ignored,
            undecodable: false,
            release_as: None,
            pull: Some(Pull { commits: pull.commits.clone(), heading: verdict.heading, by_label: true }),
        }
    }
}

/// What the labels of a pull request come to.
struct Verdict {
    asked: Level,
    /// Label and number, in words.
    why: String,
    /// The heading it stands under; none for no place among the groups.
    heading: Option<String>,
}

impl Verdict {
    fn of(config: &Config, pull: &PullFact) -> Self {
        let number = pull.number;
        let mut known: Vec<(&str, &Label)> =
            pull.labels.iter().filter_map(|label| config.commits.label(label)).collect();
        known.sort_by(|(a, x), (b, y)| y.bump.level().cmp(&x.bump.level()).then_with(|| a.cmp(b)));
        let skip = known.iter().find(|(_, label)| label.bump == LabelBump::Skip);
        let (asked, why) = match (skip, known.first()) {
            (Some((name, _)), _) => (Level::None, format!("label {} of #{number}", one_line(name, 60))),
            (None, Some((name, label))) => (label.bump.level(), format!("label {} of #{number}", one_line(name, 60))),
            (None, None) => (config.commits.unlabelled, format!("#{number} has no known label")),
        };
        let heading = match known.iter().find(|(_, label)| label.hidden || !label.section.is_empty()) {
            Some((_, label)) if label.hidden => None,
            Some((_, label)) => Some(label.section.clone()),
            // It stands among the breaking changes.
            None if asked == Level::Major => None,
            None => Some(OTHER.to_owned()),
        };
        Self { asked, why, heading }
    }
}

fn title_note(dialect: Dialect, title: &str, breaking: bool) -> Option<String> {
    let says_so = Message::parse_as(dialect, title.as_bytes()).is_breaking();
    (says_so && !breaking).then(|| "its title says that it breaks something, and its labels do not".to_owned())
}

/// What messages of the commits of a pull request ask for and labels do not give.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MessagesAsk {
    breaks: bool,
    names_version: bool,
}

impl MessagesAsk {
    fn note(self, breaking: bool) -> Option<String> {
        match (self.breaks && !breaking, self.names_version) {
            (true, true) => Some("messages of its commits break something and name a version, and its labels do not"),
            (true, false) => Some("a message of its commits breaks something, and its labels do not"),
            (false, true) => Some("`Release-As` in a message of its commits does not count, because its labels decide"),
            (false, false) => None,
        }
        .map(str::to_owned)
    }
}

/// What of `pulls` decides something, as a plan keeps it.
pub(crate) fn recorded(config: &Config, pulls: &[PullFact]) -> Vec<RecordedPull> {
    let by_label = config.commits.reads(Source::Labels);
    let record = |pull: &PullFact| {
        let block = pull.override_block.as_ref().filter(|_| config.commits.pull_request_overrides);
        let override_text = block.and_then(|block| {
            let text = trusted(config, pull)?.to_owned();
            Some(RecordedOverride { text, writer: block.writer.as_deref().map(shown) })
        });
        let known = pull.labels.iter().filter(|_| by_label).filter_map(|label| config.commits.label(label));
        let mut labels: Vec<String> = known.map(|(name, _)| name.to_owned()).collect();
        labels.sort_unstable();
        labels.dedup();
        (by_label || override_text.is_some()).then(|| RecordedPull {
            number: pull.number,
            commits: pull.commits.clone(),
            title: by_label.then(|| decode::one_line(pull.title.as_bytes(), None, MAX_SUBJECT)),
            labels,
            author: pull.author.as_deref().map(shown),
            override_text,
        })
    };
    pulls.iter().filter_map(record).collect()
}

fn shown(login: &str) -> String {
    one_line(login, 60).into_owned()
}

#[cfg(test)]
mod tests;
