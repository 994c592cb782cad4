//! A forge with a trick: like the one behind it, but for one thing.

use bowline_model::git::TagName;
use bowline_model::plan::ForgeKind;
use bowline_model::release::Artifact;
use bowline_port::forge::discuss::Discussions;
use bowline_port::forge::{Asset, Drafts, Forge, ForgeError, ForgeReader, Limits, NewRelease, Release};
use bowline_port::http::Source;
use bowline_testkit::bench::Bench;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// What is different.
pub(crate) enum Trick {
    /// It accepts this much.
    Limits(Limits),
    /// It does not show drafts.
    InvisibleDrafts,
    /// It takes nothing from this user.
    NotWritable,
    /// It tells no digests.
    NoDigests,
    /// It shows this asset as one of which only a part has arrived, until it is uploaded again.
    HalfArrived(&'static str, AtomicBool),
    /// It has discussions; opening one is answered with this, or its address is kept here.
    Discusses(Option<fn() -> ForgeError>, Mutex<Vec<String>>),
    /// It has discussions, and shows no published release any more once this is set.
    DiscussesUnseen(Arc<AtomicBool>),
    /// Every change but the first few is answered with this.
    AnswersAfter(AtomicI64, fn() -> ForgeError),
}

/// See the module.
pub(crate) struct Tricky {
    inner: Arc<dyn Forge>,
    trick: Trick,
}

impl Tricky {
    /// Gives the bench's forge one trick, and takes back an earlier one.
    pub(crate) fn play(bench: &mut Bench, trick: Trick) {
        Self::stop(bench);
        bench.doors.forge = Arc::new(Self { inner: bench.doors.forge.clone(), trick });
    }

    /// Takes the trick back.
    pub(crate) fn stop(bench: &mut Bench) {
        let clock = bench.doors.clock.clone();
        bench.doors.forge = Arc::new(bowline_host::forge::LocalForge::new(&bench.world.releases(), clock));
    }

    fn shown(&self, mut release: Release) -> Release {
        if matches!(self.trick, Trick::NoDigests) {
            release.assets.iter_mut().for_each(|asset| asset.sha256 = None);
        }
        if let Trick::HalfArrived(name, mended) = &self.trick
            && !mended.load(Ordering::SeqCst)
        {
            for asset in release.assets.iter_mut().filter(|asset| asset.name == *name) {
                (asset.complete, asset.sha256) = (false, None);
            }
        }
        release
    }

    fn opened(&self) -> Option<MutexGuard<'_, Vec<String>>> {
        if let Trick::Discusses(_, opened) = &self.trick { Some(opened.lock().unwrap()) } else { None }
    }

    fn answer(&self) -> Result<(), ForgeError> {
        match &self.trick {
            Trick::AnswersAfter(left, error) if left.fetch_sub(1, Ordering::SeqCst) <= 0 => Err(error()),
            _ => Ok(()),
        }
    }
}

impl ForgeReader for Tricky {
    fn kind(&self) -> ForgeKind {
        self.inner.kind()
    }
    fn location(&self) -> String {
        self.inner.location()
    }
    fn limits(&self) -> Limits {
        if let Trick::Limits(limits) = self.trick { limits } else { self.inner.limits() }
    }
    fn published(&self, tag: &TagName) -> Result<Option<Release>, ForgeError> {
        if let Trick::DiscussesUnseen(verified) = &self.trick
            && verified.load(Ordering::SeqCst)
        {
            return Err(ForgeError::NotDone { action: format!("look for {tag}"), source: "no answer".into() });
        }
        Ok(self.inner.published(tag)?.map(|release| self.shown(release)))
    }
    fn drafts(&self) -> Result<Drafts, ForgeError> {
        match self.inner.drafts()? {
            Drafts::Visible(drafts) if !matches!(self.trick, Trick::InvisibleDrafts) => {
                Ok(Drafts::Visible(drafts.into_iter().map(|draft| self.shown(draft)).collect()))
            }
            _ => Ok(Drafts::Invisible),
        }
    }
    fn latest(&self) -> Result<Option<TagName>, ForgeError> {
        self.inner.latest()
    }
    fn download(&self, release: &Release, asset: &str, to: &mut dyn Write) -> Result<u64, ForgeError> {
        self.inner.download(release, asset, to)
    }
}

impl Discussions for Tricky {
    fn discussed(&self, _: &Release) -> Result<Option<String>, ForgeError> {
        Ok(self.opened().and_then(|opened| opened.first().cloned()))
    }
    fn discuss(&self, release: &Release, category: &str) -> Result<String, ForgeError> {
        if let Trick::Discusses(Some(error), _) = &self.trick {
            return Err(error());
        }
        let url = format!("{category}/{}", release.tag);
        self.opened().unwrap().push(url.clone());
        Ok(url)
    }
}

impl Forge for Tricky {
    fn discussions(&self) -> Option<&dyn Discussions> {
        matches!(self.trick, Trick::Discusses(..) | Trick::DiscussesUnseen(_)).then_some(self as &dyn Discussions)
    }
    fn check_writable(&self) -> Result<(), ForgeError> {
        match self.trick {
            Trick::NotWritable => Err(ForgeError::NotDone { action: "write".to_owned(), source: "read only".into() }),
            _ => self.inner.check_writable(),
        }
    }
    fn create_draft(&self, new: &NewRelease) -> Result<Release, ForgeError> {
        self.answer()?;
        self.inner.create_draft(new).map(|release| self.shown(release))
    }
    fn upload(&self, draft: &Release, artifact: &Artifact, bytes: &Arc<dyn Source>) -> Result<Asset, ForgeError> {
        self.answer()?;
        if let Trick::HalfArrived(name, mended) = &self.trick {
            mended.fetch_or(artifact.name == *name, Ordering::SeqCst);
        }
        self.inner.upload(draft, artifact, bytes)
    }
    fn delete_draft(&self, draft: &Release) -> Result<(), ForgeError> {
        self.inner.delete_draft(draft)
    }
    fn publish(&self, draft: &Release, latest: bool) -> Result<Release, ForgeError> {
        self.answer()?;
        self.inner.publish(draft, latest).map(|release| self.shown(release))
    }
}
