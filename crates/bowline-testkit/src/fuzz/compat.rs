//! What the drop-in for standard-version reads: configuration, commits, and files with a version in them.

use bowline_compat::conventional::{self, Commit, Log, LogError, Question, Range, TagOrder};
use bowline_compat::javascript::parse::parse;
use bowline_compat::javascript::print::stringify;
use bowline_compat::options::{self, Asked, FileEntry, Options, Request, UpdaterChoice, World};
use bowline_compat::updaters::Updater;
use bowline_compat::versions::Version;
use bowline_compat::{Exactness, Profile};
use bowline_port::files::plain::{Kind, PlainFiles};
use bowline_port::process::{Command, Finished, Process, ProcessError, ProgramFile};
use std::io;
use std::path::Path;

/// JSON that was read is printed as JSON that says the same, with and without indentation.
pub(super) fn compat_json(data: &[u8]) {
    let Ok(value) = parse(&String::from_utf8_lossy(data)) else { return };
    for indent in ["", "  ", "\t"] {
        let printed = stringify(&value, indent);
        let again = parse(&printed);
        assert!(again.as_ref().is_ok_and(|again| stringify(again, indent) == printed), "{printed:?} {again:?}");
    }
}

/// Any configuration and any flags are taken or refused with a reason, and what is taken can be used.
pub(super) fn compat_options(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let nothing = Files(None);
    let configured = Files(Some(text));
    let profile = profile_for(data);
    let _ = asked(profile, &arguments, &nothing);
    if let Some(options) = asked(profile, &[], &configured) {
        let mut entries = options.package_files.iter().chain(&options.bump_files);
        assert!(entries.all(|entry| !entry.shown.is_empty()));
    }
}

/// A commit of any bytes asks for a release and has a section, in one program's way, mended or not.
pub(super) fn compat_section(data: &[u8]) {
    let message = String::from_utf8_lossy(data).into_owned();
    let profile = profile_for(data);
    let exactness = if data.len().is_multiple_of(2) { Exactness::Mended } else { Exactness::Exact };
    let Some(options) = asked(profile, &[], &Files(None)) else { return };
    let (version, log) = (Version::parse("1.0.0"), One(&message));
    let question = Question {
        profile,
        exactness,
        preset: &options.preset,
        preset_by_name: false,
        types_given: false,
        tag_prefix: "v",
        path: None,
        lerna_package: None,
        release_count: 1,
        no_bump_when_empty_changes: false,
        current: version.as_ref(),
        version: "1.1.0",
        date: "2026-11-27",
        package: None,
        origin: Some("https://example.com/a/b.git"),
        log: &log,
    };
    assert!(conventional::recommend(&question).is_ok_and(|found| found.is_some()), "{message:?}");
    let section = conventional::section(&question);
    assert!(section.as_ref().is_ok_and(|text| text.contains("1.1.0") && text.contains("2026-11-27")), "{section:?}");
}

/// Any file is written or refused with a reason. JSON that was written once is not changed by writing it again; other kinds go by
/// patterns, as in the originals, which may find what they have written.
pub(super) fn compat_updaters(data: &[u8]) {
    let contents = String::from_utf8_lossy(data);
    let files = Files(None);
    let world = world(&files);
    for kind in ["json", "plain-text", "maven", "gradle", "csproj", "yaml", "openapi", "python"] {
        let entry = FileEntry { updater: UpdaterChoice::Type(kind.to_owned()), ..FileEntry::named("file") };
        let chosen = Updater::for_entry(&entry, Profile::CatV13, &world).expect("a known type");
        let updater = chosen.updater;
        let _ = (updater.read_version(&contents, &world), updater.is_private(&contents, &world));
        let Ok(written) = updater.write_version(&contents, "7.8.9-rc.1", &world) else { continue };
        let again = updater.write_version(&written, "7.8.9-rc.1", &world);
        if kind == "json" {
            assert_eq!(again.as_deref(), Ok(written.as_str()));
        }
    }
}

/// One of the programs; the bytes choose, because asking for all of them would take too long.
fn profile_for(data: &[u8]) -> Profile {
    match data.first().map_or(0, |byte| byte % 3) {
        0 => Profile::Sv9,
        1 => Profile::CatV12,
        _ => Profile::CatV13,
    }
}

/// What is asked for with these flags; none when it is refused, or help is.
fn asked(profile: Profile, flags: &[String], files: &Files) -> Option<Options> {
    let named = ["--profile".to_owned(), profile.name().to_owned()];
    let arguments: Vec<String> = named.into_iter().chain(flags.iter().cloned()).collect();
    let request = Request { arguments: &arguments, api: None, program: "bowline", world: world(files) };
    match options::resolve(&request) {
        Ok(Asked::Run(options)) => Some(options),
        Ok(Asked::Help(text) | Asked::Version(text)) => {
            assert!(!text.is_empty());
            None
        }
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            None
        }
    }
}

fn world(files: &Files) -> World<'_> {
    World { folder: Path::new("/work"), files, process: files, pass_env: &[] }
}

/// A folder with at most a `.versionrc`, on a machine without programs.
struct Files(Option<String>);

impl PlainFiles for Files {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.clone().filter(|_| path == Path::new("/work/.versionrc")).map(String::into_bytes))
    }

    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        Ok(self.read(path)?.map(|_| Kind::File))
    }

    fn write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Process for Files {
    fn run(&self, command: &Command) -> Result<Finished, ProcessError> {
        Err(ProcessError::NotFound { program: command.argv.concat() })
    }

    fn locate(&self, _: &str) -> Result<Option<ProgramFile>, ProcessError> {
        Ok(None)
    }
}

/// A history of one commit since the version before.
struct One<'a>(&'a str);

impl Log for One<'_> {
    fn tags(&self, _: TagOrder) -> Result<Vec<String>, LogError> {
        Ok(vec!["v1.0.0".to_owned()])
    }

    fn commits(&self, _: &Range<'_>) -> Result<Vec<Commit>, LogError> {
        let hash = "0123456789abcdef0123456789abcdef01234567".to_owned();
        Ok(vec![Commit { hash, message: self.0.to_owned(), tags: Vec::new(), date: "2026-11-26".to_owned() }])
    }
}
