//! `bowline verify`: whether a release holds what its plan and manifest say, read as anybody would read it.
//!
//! This version verifies integrity: every file of a release (`source.rs`), and for one on the forge the tag and the commit as well. It
//! makes no signatures, so it says loudly that nobody's identity was checked. Nothing is changed.

mod source;

use crate::args::VerifyArgs;
use crate::documents;
use crate::output::style::Style;
use crate::release::flags;
use crate::session::Session;
use crate::workspace::Workspace;
use bowline_model::git::{Marker, TagName};
use bowline_model::release::{RELEASE_FILE, RELEASE_FILE_SCHEMA, ReleaseFile};
use bowline_model::text::{one_line, visible};
use bowline_model::{Digest, Failure, FailureKind, Oid, Version};
use bowline_steps::assets::{ReleaseSet, forge_failure};
use bowline_steps::files::git_failure;
use schemars::JsonSchema;
use serde::Serialize;
use source::Source;
use std::collections::BTreeMap;
use std::path::Path;

/// What `bowline verify --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerificationDocument {
    /// Always `bowline/verification/v1`.
    pub schema: String,
    /// What was verified.
    pub target: String,
    /// Whether everything that was checked is as it should be.
    pub ok: bool,
    /// Always `not_checked`: this version makes no signatures.
    pub identity: String,
    /// The release, as far as its own file says it.
    pub release: Verified,
    /// What was checked.
    pub checks: Vec<VerificationCheck>,
}

/// A release that says what it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Verified {
    /// The package.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The tag.
    pub tag: TagName,
    /// The released commit.
    pub commit: Oid,
    /// The digest of its plan.
    pub plan: Digest,
}

/// One thing that was checked, or why it was not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerificationCheck {
    /// A stable name for scripts: `plan`, `files`, `tag`, `commit`, `identity`.
    pub id: String,
    /// Whether it was checked; what was checked and is wrong ends the verification.
    pub checked: bool,
    /// What was found.
    pub message: String,
}

/// Verifies.
pub fn run(session: &Session, args: &VerifyArgs) -> Result<u8, Failure> {
    let target = Target::of(&args.target)?;
    let mut checks = Checks::default();
    let file = match target {
        Target::Folder(path) => {
            let folder = session.dir()?.join(path);
            let file = files(&Source::folder(&folder)?, &mut checks)?;
            checks.skip("tag", "a folder says nothing about the remote: verify forge:@TAG in a clone");
            file
        }
        Target::Forge { repository, tag } => of_forge(session, repository, tag, &mut checks)?,
    };
    const NOBODY: &str =
        "not checked: this version makes no signatures, so whoever could publish could have made all of it";
    if args.require_identity {
        return Err(Failure::new(FailureKind::Mismatch, "identity_not_checked", format!("identity was {NOBODY}"))
            .hint("verify without --require-identity, for integrity alone"));
    }
    checks.skip("identity", NOBODY);
    let Some(package) = file.plan.packages.first() else { return Err(differs("the plan releases nothing".to_owned())) };
    let release = Verified {
        name: package.name.clone(),
        version: package.next.clone(),
        tag: package.tag.clone(),
        commit: file.commit,
        plan: file.plan_id,
    };
    session.screen.text(&text(&release, &checks, session.screen.style()));
    session.screen.document(&VerificationDocument {
        schema: "bowline/verification/v1".to_owned(),
        target: args.target.clone(),
        ok: true,
        identity: "not_checked".to_owned(),
        release,
        checks: checks.0,
    });
    Ok(0)
}

/// What is verified.
enum Target<'a> {
    Folder(&'a Path),
    Forge { repository: Option<&'a str>, tag: &'a str },
}

impl<'a> Target<'a> {
    fn of(text: &'a str) -> Result<Self, Failure> {
        let Some(rest) = text.strip_prefix("forge:") else { return Ok(Self::Folder(Path::new(text))) };
        let (repository, tag) = rest.split_once('@').ok_or_else(|| {
            Failure::new(FailureKind::Usage, "verify_target", format!("`{}` names no tag", one_line(text, 100)))
                .hint("write forge:@TAG for this repository, or forge:owner/name@TAG")
        })?;
        Ok(Self::Forge { repository: (!repository.is_empty()).then_some(repository), tag })
    }
}

#[derive(Default)]
struct Checks(Vec<VerificationCheck>);

impl Checks {
    fn well(&mut self, id: &str, message: String) {
        self.0.push(VerificationCheck { id: id.to_owned(), checked: true, message });
    }

    fn skip(&mut self, id: &str, why: &str) {
        self.0.push(VerificationCheck { id: id.to_owned(), checked: false, message: why.to_owned() });
    }
}

fn of_forge(
    session: &Session,
    repository: Option<&str>,
    tag: &str,
    checks: &mut Checks,
) -> Result<ReleaseFile, Failure> {
    if session.global.offline {
        return Err(Failure::new(FailureKind::Usage, "offline", "the forge cannot be asked with --offline")
            .hint("download the release into a folder, and verify that"));
    }
    let tag = TagName::new(tag).map_err(|error| Failure::from_error(FailureKind::Usage, "verify_target", &error))?;
    let workspace = Workspace::look(session, flags(session, &crate::args::PlanArgs::default()))?;
    let own = workspace.repository.as_str();
    if let Some(other) =
        repository.filter(|named| own != *named && !(named.contains('/') && own.ends_with(&format!("/{named}"))))
    {
        let message = format!("this is a clone of {own}, and {} is to be verified", one_line(other, 100));
        return Err(Failure::new(FailureKind::Usage, "verify_other_repository", message)
            .hint("run it in a clone of that repository")
            .hint("or download the release into a folder, and verify that"));
    }
    let forge = workspace.readers.forge.as_ref();
    let release = forge.published(&tag).map_err(forge_failure)?;
    let release = release.ok_or_else(|| {
        Failure::new(
            FailureKind::Mismatch,
            "release_absent",
            format!("there is no published release of {tag} at {}", forge.location()),
        )
        .hint("see what there is: bowline status")
    })?;
    let file = files(&Source::Forge { forge, release: &release }, checks)?;
    if file.plan.packages.iter().all(|package| package.tag != tag) {
        return Err(differs(format!("the release of {tag} holds the plan of another tag")));
    }
    on_remote(&workspace, &file, &tag, checks)?;
    objects(&workspace, &file, checks)?;
    Ok(file)
}

/// The release file is whole, and everything is there that it and its manifest name, byte for byte, and nothing else.
fn files(source: &Source<'_>, checks: &mut Checks) -> Result<ReleaseFile, Failure> {
    let bytes = source.read(RELEASE_FILE)?.ok_or_else(|| {
        differs(format!("there is no {RELEASE_FILE}: this is no release of Bowline, or not all of it"))
            .hint("download every file of the release into one folder")
    })?;
    let file: ReleaseFile = serde_json::from_slice(&bytes)
        .map_err(|error| differs(format!("{RELEASE_FILE} cannot be read")).because(&error))?;
    if file.schema != RELEASE_FILE_SCHEMA {
        return Err(Failure::new(
            FailureKind::Stuck,
            "release_newer",
            format!("{RELEASE_FILE} is a {}", one_line(&file.schema, 60)),
        )
        .hint("verify with the version of Bowline that made it"));
    }
    if file.plan.digest().ok() != Some(file.plan_id) {
        return Err(differs(format!("the plan in {RELEASE_FILE} does not have the digest that it claims")));
    }
    checks.well("plan", format!("{}, as its digest says", file.plan_id));
    let set = ReleaseSet::with_release_file(&file.plan, &file.manifest, bytes);
    let there: BTreeMap<String, u64> = source.names()?.into_iter().collect();
    let mut total = 0;
    for artifact in &set.assets {
        let name = &artifact.name;
        match there.get(name) {
            None => return Err(differs(format!("{name} is missing"))),
            Some(size) if *size != artifact.size => {
                return Err(differs(format!("{name} has {size} bytes, and {} were released", artifact.size)));
            }
            Some(_) => {}
        }
        let found = source.digest(name)?;
        if found != artifact.sha256 {
            return Err(differs(format!("{name} is {found}, and {} was released", artifact.sha256)));
        }
        total += artifact.size;
    }
    let strange = there.keys().find(|name| set.assets.iter().all(|artifact| artifact.name != **name));
    if let Some(name) = strange {
        return Err(differs(format!("{} is no file of this release", one_line(name, 100)))
            .hint("nothing says where it comes from: take it out before you use the others"));
    }
    checks.well("files", format!("{} files, {total} bytes, each as it was released", set.assets.len()));
    Ok(file)
}

/// The tag of the remote is the one that was released.
fn on_remote(workspace: &Workspace, file: &ReleaseFile, tag: &TagName, checks: &mut Checks) -> Result<(), Failure> {
    let Some(remote) = &workspace.remote else {
        checks.skip("tag", "there is no remote to ask");
        return Ok(());
    };
    let listed = workspace.readers.git.ls_remote(&remote.name).map_err(git_failure)?;
    let full = tag.full();
    let Some(found) = listed.iter().find(|reference| reference.name == full) else {
        return Err(differs(format!("there is no tag {tag} at {}", remote.name)));
    };
    if found.object != file.tag_object {
        return Err(differs(format!(
            "tag {tag} is {} at {}, and {} was released",
            found.object, remote.name, file.tag_object
        )));
    }
    checks.well("tag", format!("{tag} is {} at {}", file.tag_object.short(), remote.name));
    Ok(())
}

/// Commit and tag are the ones that the plan makes: they can be made again, bit for bit.
fn objects(workspace: &Workspace, file: &ReleaseFile, checks: &mut Checks) -> Result<(), Failure> {
    let marker = Marker { plan: file.plan_id, head: file.plan.repository.head };
    if !workspace.readers.git.has_object(marker.head).unwrap_or(false) {
        checks.skip("commit", "the planned commit is not in this clone, so it cannot be made again");
        return Ok(());
    }
    match documents::objects(workspace, &file.plan, marker)? {
        Some((commit, tag)) if commit == file.commit && tag == file.tag_object => {
            checks
                .well("commit", format!("{}, exactly what the plan makes of {}", commit.short(), marker.head.short()));
        }
        Some((commit, _)) => {
            return Err(differs(format!("the plan makes commit {commit}, and {} was released", file.commit)));
        }
        None => checks.skip("commit", "the forge made it, so it cannot be made again"),
    }
    Ok(())
}

fn differs(message: String) -> Failure {
    Failure::new(FailureKind::Mismatch, "verification_failed", message)
        .hint("do not use it, and tell whoever releases it")
}

fn text(release: &Verified, checks: &Checks, style: Style) -> String {
    let mut out = format!(
        "{} {} {} ({})\n",
        style.green("Verified"),
        style.bold(&visible(&release.name)),
        release.version,
        release.tag
    );
    for check in &checks.0 {
        let mark = if check.checked { style.green("✓") } else { style.yellow("!") };
        out.push_str(&format!("  {mark} {:9} {}\n", check.id, visible(&check.message)));
    }
    out
}
