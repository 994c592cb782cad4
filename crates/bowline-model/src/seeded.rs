//! Wrong behaviour on demand: the proof that the tests would notice it.
//!
//! A test that never fails proves little. Each [`Bug`] is one small mistake that a release engine must not make, put into
//! the real code at the place where it would be made, and named tests must fail with it (`scripts/seeded-bugs`). A build
//! without the feature `seeded-bugs`, and every build that is optimised, has none of it: [`seeded`] is a constant there.
//! Only the test kit asks for the feature.

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A file gets its name before its bytes are on the disk.
    DropFsync,
    /// The draft is not compared with what was uploaded before it is released.
    SkipReadBack,
    /// A lock counts as taken because the store said so.
    TrustStore,
    /// A tag carries the time of the machine, so no second attempt makes the same object.
    NewTagDate,
    /// A push that was not answered is sent again without looking.
    PushAgainBlindly,
    /// A request that makes something and was not answered is sent again.
    PostAgainBlindly,
    /// An asset of which only a part arrived counts as uploaded.
    AcceptIncomplete,
    /// What the journal says is done is not looked at.
    TrustJournal,
    /// A damaged record of the journal is read.
    SkipChecksum,
    /// Branch and tag are pushed one by one.
    PushOneByOne,
    /// References are moved from whatever value they have.
    PushWithoutLease,
    /// A refused push is a failure although everything is in place.
    RefusalIsFailure,
    /// "Precondition failed" is a lost race although our own value stands there.
    ConflictIsLoss,
    /// The draft becomes public before branch and tag are there.
    PublishEarly,
    /// The time that a server wants to be left alone is ignored.
    IgnoreRetryAfter,
    /// A login travels to whichever host a redirect names.
    LoginTravels,
    /// A commit message that is no UTF-8 says nothing.
    LossyUtf8,
    /// Secrets stand in what is printed.
    LogToken,
    /// A step acts without asking whether the lock is still held.
    ActWithoutLock,
    /// The lock of somebody who is alive is taken over.
    TakeLiveLease,
    /// Programs are found in the working directory.
    SearchHere,
    /// A tool is started although another file stands in its place.
    TrustTool,
    /// A promoted pre-release may list other files than those that were planned.
    TrustManifest,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::DropFsync,
        Self::SkipReadBack,
        Self::TrustStore,
        Self::NewTagDate,
        Self::PushAgainBlindly,
        Self::PostAgainBlindly,
        Self::AcceptIncomplete,
        Self::TrustJournal,
        Self::SkipChecksum,
        Self::PushOneByOne,
        Self::PushWithoutLease,
        Self::RefusalIsFailure,
        Self::ConflictIsLoss,
        Self::PublishEarly,
        Self::IgnoreRetryAfter,
        Self::LoginTravels,
        Self::LossyUtf8,
        Self::LogToken,
        Self::ActWithoutLock,
        Self::TakeLiveLease,
        Self::SearchHere,
        Self::TrustTool,
        Self::TrustManifest,
    ];

    /// The name that [`VARIABLE`] takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DropFsync => "drop-fsync",
            Self::SkipReadBack => "skip-read-back",
            Self::TrustStore => "trust-store",
            Self::NewTagDate => "new-tag-date",
            Self::PushAgainBlindly => "push-again-blindly",
            Self::PostAgainBlindly => "post-again-blindly",
            Self::AcceptIncomplete => "accept-incomplete",
            Self::TrustJournal => "trust-journal",
            Self::SkipChecksum => "skip-checksum",
            Self::PushOneByOne => "push-one-by-one",
            Self::PushWithoutLease => "push-without-lease",
            Self::RefusalIsFailure => "refusal-is-failure",
            Self::ConflictIsLoss => "conflict-is-loss",
            Self::PublishEarly => "publish-early",
            Self::IgnoreRetryAfter => "ignore-retry-after",
            Self::LoginTravels => "login-travels",
            Self::LossyUtf8 => "lossy-utf8",
            Self::LogToken => "log-token",
            Self::ActWithoutLock => "act-without-lock",
            Self::TakeLiveLease => "take-live-lease",
            Self::SearchHere => "search-here",
            Self::TrustTool => "trust-tool",
            Self::TrustManifest => "trust-manifest",
        }
    }
}

/// Names the one mistake that is made.
pub const VARIABLE: &str = "BOWLINE_SEEDED_BUG";

/// Whether `bug` is to be made.
#[cfg(all(feature = "seeded-bugs", debug_assertions))]
pub fn seeded(bug: Bug) -> bool {
    #[expect(clippy::disallowed_methods, reason = "a test's wish reaches every crate alike, and no release build")]
    static WISHED: std::sync::LazyLock<Option<String>> = std::sync::LazyLock::new(|| std::env::var(VARIABLE).ok());
    WISHED.as_deref() == Some(bug.name())
}

/// Never.
#[cfg(not(all(feature = "seeded-bugs", debug_assertions)))]
pub const fn seeded(_: Bug) -> bool {
    false
}
