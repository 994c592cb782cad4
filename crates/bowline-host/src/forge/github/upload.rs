//! Uploading an asset so that it is there once, whole, and with the right bytes.

use super::client::{not_done, refused};
use super::words::{AssetWords, ReleaseWords, exists_already};
use super::{GithubForge, number, own};
use bowline_model::Digest;
use bowline_model::hash::Hasher;
use bowline_model::release::Artifact;
use bowline_port::forge::{Asset, ForgeError, ForgeReader, Release};
use bowline_port::http::{Address, Body, Method, Request, Source};
use std::error::Error;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

impl GithubForge {
    /// Sends what is not known to be there, and looks as often as it is not clear what became of it. GitHub itself takes no
    /// second asset of a name, so nothing needs to be asked before the first time.
    pub(super) fn upload_asset(
        &self,
        draft: &Release,
        artifact: &Artifact,
        bytes: &Arc<dyn Source>,
    ) -> Result<Asset, ForgeError> {
        if bytes.len() != artifact.size {
            return Err(ForgeError::Corrupt { name: artifact.name.clone() });
        }
        let action = format!("upload {}", artifact.name);
        let (mut words, mut found) = self.known_draft(draft)?;
        for attempt in 1.. {
            if let Some(there) = self.arrived(&words, &found, artifact)? {
                return Ok(there);
            }
            let sent = self.send(&action, &words, artifact, bytes)?;
            let (error, is_due) = match sent {
                Sent::Done(asset) => return Ok(asset),
                // An earlier attempt is there by now, or stands in the way.
                Sent::Exists(error) => (error, attempt < ATTEMPTS),
                // It ended before its last byte, so what has arrived is a beginning that is in the way.
                Sent::Harmed => (ForgeError::Corrupt { name: artifact.name.clone() }, false),
                Sent::Unclear(error) => {
                    let again = attempt < ATTEMPTS && self.client.caller.once_more(&action, attempt, &shown(&error));
                    (error, again)
                }
            };
            let Ok(now) = own(draft, self.by_id(&draft.id)?) else { return Err(error) };
            (words, found) = now;
            if !is_due {
                // It is known now, so that nobody has to send it another three times to find out.
                return self.arrived(&words, &found, artifact)?.ok_or_else(|| given_up(&action, error));
            }
        }
        Err(not_done(&action, "GitHub does not say what became of it".into()))
    }

    /// The asset, when it is whole in the draft and has the right bytes. What an attempt of ours began and did not end is
    /// removed: nothing in it can be used, and it blocks the name.
    fn arrived(&self, words: &ReleaseWords, draft: &Release, artifact: &Artifact) -> Result<Option<Asset>, ForgeError> {
        match words.assets.iter().find(|asset| asset.name == artifact.name) {
            None => Ok(None),
            Some(there) if there.asset().complete => self.compared(draft, there, artifact).map(Some),
            Some(there) => self.delete_asset(words.id, there.id).map(|()| None),
        }
    }

    /// The draft as it is known. Uploading changes nothing that is there, so how old that is does not matter.
    fn known_draft(&self, draft: &Release) -> Result<(ReleaseWords, Release), ForgeError> {
        match number(&draft.id).and_then(|id| self.seen.known(id)) {
            Some(known) => own(draft, Some(known)),
            None => own(draft, self.by_id(&draft.id)?),
        }
    }

    /// Sends the bytes once.
    fn send(
        &self,
        action: &str,
        draft: &ReleaseWords,
        artifact: &Artifact,
        bytes: &Arc<dyn Source>,
    ) -> Result<Sent, ForgeError> {
        // GitHub says what it received: hashing that here as well would prove nothing more. An older server does not say it.
        let wanted = (!self.seen.tells_digests()).then_some(artifact.sha256);
        let read = Arc::new(Hashing { inner: bytes.clone(), wanted, digest: Mutex::new(None) });
        let body = Body::Source { kind: "application/octet-stream".to_owned(), source: Arc::new(Shared(read.clone())) };
        let request = self.upload_request(action, draft, artifact)?.body(body);
        let (reply, created) = match self.client.caller.json::<AssetWords>(&request) {
            Ok(answer) => answer,
            Err(source) => {
                let open = source.open;
                let error = ForgeError::Call { action: action.to_owned(), source };
                // A pause is a pause, whatever became of it.
                return match error.own_failure() {
                    None if read.is_harmed() => Ok(Sent::Harmed),
                    None if open => Ok(Sent::Unclear(error)),
                    _ => Err(error),
                };
            }
        };
        let Some(created) = created else {
            let error = refused(action, &reply);
            // A conflict does not say with what: it may be with the very asset that was sent.
            let is_there = exists_already(&reply) || reply.status == 409;
            return if is_there { Ok(Sent::Exists(error)) } else { Err(error) };
        };
        let asset = created.asset();
        let digests = [asset.sha256, read.known()];
        if digests.iter().flatten().any(|sha256| *sha256 != artifact.sha256) {
            self.delete_asset(draft.id, created.id)?;
            return Err(ForgeError::Corrupt { name: artifact.name.clone() });
        }
        if digests.iter().all(Option::is_none) {
            let why = "GitHub does not say what it received".into();
            return Ok(Sent::Unclear(not_done(action, why)));
        }
        if !asset.complete || asset.size != artifact.size || asset.name != artifact.name {
            let why = format!("GitHub keeps {} bytes as `{}`, {}", asset.size, asset.name, created.state);
            return Ok(Sent::Unclear(not_done(action, why.into())));
        }
        self.seen.added(draft.id, created);
        Ok(Sent::Done(asset))
    }

    /// To where the release says that its assets are to be sent; that is another host than the API's.
    fn upload_request(&self, action: &str, draft: &ReleaseWords, artifact: &Artifact) -> Result<Request, ForgeError> {
        let place = draft.upload_url.split('{').next().unwrap_or_default();
        let address = Address::parse(place).map_err(|error| not_done(action, error.into()))?;
        self.client.to(Method::Post, address.with_query([("name", artifact.name.as_str())]))
    }

    /// An asset of that name that is there already.
    fn compared(&self, draft: &Release, there: &AssetWords, artifact: &Artifact) -> Result<Asset, ForgeError> {
        let asset = there.asset();
        let is_equal = asset.size == artifact.size
            && match asset.sha256 {
                Some(sha256) => sha256 == artifact.sha256,
                None => self.downloaded(draft, &artifact.name)? == artifact.sha256,
            };
        if is_equal {
            return Ok(asset);
        }
        let difference = format!("it has {} bytes and another SHA-256", asset.size);
        Err(ForgeError::Taken { what: format!("asset {}", artifact.name), difference })
    }

    fn downloaded(&self, draft: &Release, name: &str) -> Result<Digest, ForgeError> {
        let mut hasher = Hasher::default();
        self.download(draft, name, &mut hasher)?;
        Ok(hasher.finish())
    }

    fn delete_asset(&self, release: u64, id: u64) -> Result<(), ForgeError> {
        let action = format!("remove the incomplete asset {id}");
        self.client.delete(&action, &["releases", "assets", &id.to_string()])?;
        self.seen.removed(release, id);
        Ok(())
    }
}

enum Sent {
    /// It is there.
    Done(Asset),
    /// Something of that name is there.
    Exists(ForgeError),
    /// Only looking can tell.
    Unclear(ForgeError),
    /// The bytes at hand are not the asset's, and the last ones were kept back.
    Harmed,
}

/// It is not there, however often it was sent.
fn given_up(action: &str, error: ForgeError) -> ForgeError {
    match error {
        ForgeError::Call { source, .. } => not_done(action, source.into()),
        ForgeError::NotDone { source, .. } => not_done(action, source),
        other => other,
    }
}

/// The innermost words of an error, which say most.
fn shown(error: &ForgeError) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Bytes whose digest is known once they were read to their end. Those of another digest than the wanted one have no end:
/// reading the last of them fails, so that nobody gets them whole.
struct Hashing {
    inner: Arc<dyn Source>,
    /// None when nobody needs to know it.
    wanted: Option<Digest>,
    digest: Mutex<Option<Digest>>,
}

impl Hashing {
    fn ended(&self, hasher: Hasher) -> io::Result<()> {
        let digest = hasher.finish();
        *self.digest.lock().unwrap_or_else(PoisonError::into_inner) = Some(digest);
        if self.wanted.is_none_or(|wanted| wanted == digest) {
            Ok(())
        } else {
            Err(io::Error::other("they are not the bytes that were frozen"))
        }
    }

    fn known(&self) -> Option<Digest> {
        *self.digest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_harmed(&self) -> bool {
        self.known().zip(self.wanted).is_some_and(|(digest, wanted)| digest != wanted)
    }
}

/// What is shared with whoever reads.
struct Shared(Arc<Hashing>);

struct HashingRead {
    source: Arc<Hashing>,
    inner: Box<dyn Read + Send>,
    hasher: Option<Hasher>,
    left: u64,
}

impl Source for Shared {
    fn len(&self) -> u64 {
        self.0.inner.len()
    }
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let inner = self.0.inner.open()?;
        if self.0.wanted.is_none() {
            return Ok(inner);
        }
        if self.is_empty() {
            // Nobody reads what has no bytes.
            self.0.ended(Hasher::default())?;
        }
        Ok(Box::new(HashingRead { source: self.0.clone(), inner, hasher: Some(Hasher::default()), left: self.len() }))
    }
}

impl Read for HashingRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.write_all(&buffer[..length])?;
        }
        self.left = self.left.saturating_sub(length as u64);
        // Whoever sends stops at the announced length and may not read on to the end.
        if self.left == 0
            && let Some(hasher) = self.hasher.take()
        {
            self.source.ended(hasher)?;
        }
        Ok(length)
    }
}

/// How often an asset is sent before it is given up.
const ATTEMPTS: u32 = 3;
