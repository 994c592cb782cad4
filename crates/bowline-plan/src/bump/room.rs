//! Whether a version may be the next one: of the branch's channel, and above every version that it must not repeat.
//!
//! Without channels that is every tag there is. Channels stand side by side, so a version only has to be above final
//! versions, above those of its own kind, and above what the head contains; a maintenance line looks at nothing outside
//! of its range.

use super::{BumpError, Next, prerelease_of, raised};
use bowline_config::Config;
use bowline_config::section::channel::Channel;
use bowline_model::Version;
use bowline_model::facts::{Facts, VersionTag};
use bowline_model::plan;
use bowline_model::version::Level;
use bowline_model::version::Range;

/// What a version is held against.
pub(super) struct Room<'a> {
    pub(super) config: &'a Config,
    pub(super) facts: &'a Facts,
    pub(super) channel: &'a Channel,
    pub(super) current: Option<&'a Version>,
    pub(super) level: Level,
    /// Why there is to be a release.
    pub(super) reason: &'a str,
    /// The day of the release.
    pub(super) day: &'a str,
}

impl Room<'_> {
    /// Refuses a head that contains a later line than the channel's: every version it could make would lie.
    pub(super) fn check_head(&self) -> Result<(), BumpError> {
        match (&self.facts.contained, self.channel.range) {
            (Some(tag), Some(range)) if range.is_below(&tag.version) => {
                Err(BumpError::LaterLine { tag: tag.name.clone(), range, channel: self.channel.name.clone() })
            }
            _ => Ok(()),
        }
    }

    /// `next`, or the final version of a pre-release of another channel that the head contains: who has that
    /// pre-release already would otherwise be given something older.
    pub(super) fn finish(&self, next: Next) -> Next {
        match &self.facts.contained {
            Some(tag) if self.channel.parted && tag.version.release() > next.version => {
                Next { version: tag.version.release(), ..next }
            }
            _ => next,
        }
    }

    /// Whether `next` may be the next version.
    pub(super) fn check(&self, next: &Version) -> Result<(), BumpError> {
        if let Some(range) = self.channel.range.filter(|range| !range.contains(next)) {
            return Err(BumpError::OutsideRange {
                next: next.clone(),
                range,
                channel: self.channel.name.clone(),
                reason: self.reason.to_owned(),
                within: self.patch_within(range),
            });
        }
        if self.channel.is_foreign(next) {
            return Err(BumpError::Foreign { next: next.clone(), channel: self.channel.name.clone() });
        }
        match self.rival(next) {
            Some(rival) => Err(self.not_above(next, rival)),
            None => Ok(()),
        }
    }

    /// The highest tag that `next` would have to be above, when it is not.
    fn rival(&self, next: &Version) -> Option<&VersionTag> {
        let highest = if self.channel.parted {
            self.facts.version_tags.iter().filter(|tag| self.counts(next, &tag.version)).max_by_key(|tag| &tag.version)
        } else {
            plan::highest(&self.facts.version_tags)
        };
        let contained = self.facts.contained.as_ref();
        let contained = contained.filter(|tag| self.channel.parted && tag.version.release() > next.release());
        highest.filter(|tag| next.cmp_precedence(&tag.version).is_le()).or(contained)
    }

    fn counts(&self, next: &Version, other: &Version) -> bool {
        self.channel.range.is_none_or(|range| range.contains(other)) && self.channel.follows(next, other)
    }

    fn not_above(&self, next: &Version, rival: &VersionTag) -> BumpError {
        BumpError::NotAbove {
            next: next.clone(),
            tag: rival.name.clone(),
            commit: rival.commit,
            free: self.free(rival),
            line: self.older_line(next, rival),
            merge: self.channel.only_prereleases() && !rival.version.is_prerelease(),
        }
    }

    /// The next version above `rival` that the channel may make: by what is asked for, else by a repair.
    fn free(&self, rival: &VersionTag) -> Option<Version> {
        let level = self.level.max(Level::Patch);
        let after = |version: &Version| raised(self.config, Some(version), level, self.day).ok();
        let repair = || rival.version.bumped(Level::Patch).ok().filter(|_| self.channel.range.is_some());
        // Identifiers have their own order, so a pre-release may have to be one of the version after.
        let candidates = [after(&rival.version), after(&rival.version.release()), repair()];
        let mut candidates = candidates.into_iter().flatten().filter_map(|free| match &self.channel.prerelease {
            Some(identifier) => prerelease_of(&free, identifier, self.facts, self.current).ok(),
            None => Some(free),
        });
        let inside = |free: &Version| self.channel.range.is_none_or(|range| range.contains(free));
        candidates.find(|free| inside(free) && *free > rival.version)
    }

    /// The maintenance line that could release `next` although `rival` is there.
    fn older_line(&self, next: &Version, rival: &VersionTag) -> Option<Range> {
        let current = self.current.filter(|_| self.channel.range.is_none())?;
        let is_free = |range: &Range| {
            let mut inside = self.facts.version_tags.iter().filter(|tag| range.contains(&tag.version));
            inside.all(|tag| tag.version < *next)
        };
        [Range::minor(next), Range::major(next)]
            .into_iter()
            .find(|range| range.contains(current) && range.is_below(&rival.version) && is_free(range))
    }

    fn patch_within(&self, range: Range) -> Option<Version> {
        let patch = self.current?.bumped(Level::Patch).ok()?;
        let is_free = |patch: &Version| range.contains(patch) && self.rival(patch).is_none();
        Some(patch).filter(|patch| self.channel.prerelease.is_none() && is_free(patch))
    }
}
