//! Whose habits.

use std::fmt;

/// The program whose habits are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// standard-version 9.5.0.
    #[default]
    Sv9,
    /// commit-and-tag-version 12.
    CatV12,
    /// commit-and-tag-version 13.
    CatV13,
}

impl Profile {
    /// All of them, oldest first.
    pub const ALL: [Self; 3] = [Self::Sv9, Self::CatV12, Self::CatV13];

    /// Its name, as `--profile` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sv9 => "sv9",
            Self::CatV12 => "catv12",
            Self::CatV13 => "catv13",
        }
    }

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// The npm package.
    #[must_use]
    pub const fn package(self) -> &'static str {
        match self {
            Self::Sv9 => "standard-version",
            Self::CatV12 | Self::CatV13 => "commit-and-tag-version",
        }
    }

    /// Whether it is commit-and-tag-version.
    #[must_use]
    pub const fn is_catv(self) -> bool {
        matches!(self, Self::CatV12 | Self::CatV13)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What happens to the known mistakes of the original.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exactness {
    /// They are mended, and a note says so where it makes a difference.
    #[default]
    Mended,
    /// They are made again (`--compat exact`).
    Exact,
}

impl Exactness {
    /// Whether mistakes are made again.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Exact)
    }
}
