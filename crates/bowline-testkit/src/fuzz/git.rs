//! What git repositories and git itself say.

use super::texts::{assert_commands_nothing, assert_safe};
use bowline_host::git::fuzzing;
use bowline_host::process::fuzzing as process;
use bowline_port::git::PushError;

/// Objects of strangers: what is read stands in them, and a tree is written as it was read.
pub(super) fn objects(data: &[u8]) {
    if let Some(commit) = fuzzing::commit(data) {
        assert!(data.ends_with(commit.message));
        let lines = data.split(|&byte| byte == b'\n').skip(1);
        let parents: Vec<String> = lines
            .map_while(|line| line.strip_prefix(b"parent "))
            .map(|hex| String::from_utf8_lossy(hex).to_ascii_lowercase())
            .collect();
        let found: Vec<String> = commit.parents.iter().map(ToString::to_string).collect();
        assert_eq!(found, parents);
        assert!(!commit.author.1.contains(&b'>') && !commit.author.0.contains(&b'<'), "{:?}", commit.author);
    }
    if let Some((_, name, message)) = fuzzing::tag(data) {
        assert!(data.ends_with(message) && !name.contains(&b'\n'));
    }
    if let Some((mut entries, written)) = fuzzing::tree(data) {
        let (again, rewritten) = fuzzing::tree(&written).expect("a tree that we write can be read");
        assert_eq!(rewritten, written, "written twice");
        assert_eq!(data.len() == written.len(), is_plain(data, &written), "nothing is lost or added");
        entries.sort();
        let mut sorted = again;
        sorted.sort();
        assert_eq!(entries, sorted, "every entry is kept");
    }
}

/// Whether only the order of entries differs.
fn is_plain(data: &[u8], written: &[u8]) -> bool {
    let sorted = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.sort_unstable();
        bytes
    };
    sorted(data) == sorted(written)
}

/// The report of a push: an exit code in the first byte (none when it is odd), standard output, a zero byte, standard
/// error. A definite answer rests on words of git that are there.
pub(super) fn push_report(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let (stdout, stderr) =
        rest.iter().position(|&byte| byte == 0).map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + 1..]));
    let code = (first % 2 == 0).then_some(i32::from(*first) + 1);
    let found = fuzzing::push_report(code, stdout, stderr);
    assert_eq!(format!("{found:?}"), format!("{:?}", fuzzing::push_report(code, stdout, stderr)));
    let refused = stdout.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"!\t"));
    match &found {
        _ if code.is_none() => assert!(matches!(found, PushError::Unknown { .. }), "killed, and yet {found:?}"),
        PushError::Stale { .. } | PushError::Rejected { .. } => {
            assert!(refused, "{found:?} without a line that says so");
        }
        PushError::NotAtomic | PushError::NotSent { .. } => {
            assert!(!refused, "{found:?} beside a line of the report");
            let stderr = String::from_utf8_lossy(stderr);
            let own: Vec<&str> = stderr.lines().filter(|line| !line.starts_with("remote:")).collect();
            let alone = fuzzing::push_report(code, stdout, own.join("\n").as_bytes());
            assert!(!matches!(alone, PushError::Unknown { .. }), "{found:?} by the words of the other side");
            // Git says that the other side is not atomic before it sends, whatever breaks afterwards.
            let broken = own.iter().any(|line| line.contains("RPC failed") || line.contains("hung up unexpectedly"));
            assert!(!broken || matches!(found, PushError::NotAtomic), "{found:?}, and it was sent");
        }
        PushError::Unknown { .. } => {}
    }
    let texts = match &found {
        PushError::Stale { reference } => vec![reference],
        PushError::Rejected { reference, reason } => vec![reference, reason],
        PushError::NotSent { message } | PushError::Unknown { message } => vec![message],
        PushError::NotAtomic => vec![],
    };
    texts.into_iter().for_each(|text| assert_safe(text));
}

/// A listing of references: branches and tags only, sorted, each from a line that is there.
pub(super) fn listing(data: &[u8]) {
    let found = fuzzing::listing(data);
    assert!(found.is_sorted());
    let text = String::from_utf8_lossy(data).to_ascii_lowercase();
    for reference in &found {
        assert!(reference.name.starts_with("refs/heads/") || reference.name.starts_with("refs/tags/"), "{reference:?}");
        assert!(!reference.name.ends_with("^{}") && !reference.name.contains('\n'), "{reference:?}");
        assert!(fuzzing::is_reference_name(&reference.name), "{reference:?} is no name for git");
        for (oid, peeled) in [(reference.object, ""), (reference.peeled, "^{}")] {
            let line = format!("{oid}\t{}{peeled}", reference.name.to_ascii_lowercase());
            assert!(text.contains(&line) || reference.peeled == reference.object, "{reference:?}");
        }
    }
}

/// The lines before the pack of a bundle: what is read of them stands there.
pub(super) fn bundle(data: &[u8]) {
    match fuzzing::bundle_header(data) {
        Ok((needs, holds)) => {
            assert!(!holds.is_empty() && data.starts_with(b"# v"));
            let text = String::from_utf8_lossy(data).to_ascii_lowercase();
            for (mark, ids) in [("\n-", needs), ("\n", holds)] {
                assert!(ids.iter().all(|id| text.contains(&format!("{mark}{id}"))), "{ids:?} in {text:?}");
            }
        }
        Err(reason) => assert_safe(&reason),
    }
}

/// A file of git's settings: each remote once, and none that git would take for an option.
pub(super) fn settings(data: &[u8]) {
    let Some((remotes, upstream)) = fuzzing::settings(data) else { return };
    let mut names: Vec<&str> = remotes.iter().map(|remote| remote.name.as_str()).collect();
    let found = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), found, "{remotes:?}");
    assert_ne!(upstream.as_deref(), Some("."));
    let spelled = remotes.iter().flat_map(|remote| [&remote.name, &remote.url]).chain(&upstream);
    for name in spelled.filter(|name| fuzzing::is_usable_remote(name)) {
        assert!(!name.starts_with('-') && !name.is_empty() && !name.contains(char::is_control), "{name:?}");
    }
}

/// What a child writes: the same lines in whatever pieces it arrives, no byte of them lost, each safe to show.
pub(super) fn child_output(data: &[u8]) {
    // Longer than the longest line.
    let data = data.repeat(3);
    let lines = process::lines([data.as_slice()]);
    let cut = usize::from(data.first().copied().unwrap_or(0)) * 7 % (data.len() + 1);
    assert_eq!(process::lines([&data[..cut], &data[cut..]]), lines, "cut at {cut}");
    assert_eq!(process::lines(data.chunks(3)), lines, "in pieces smaller than a character");
    let ends = |byte: &u8| *byte == b'\n' || *byte == b'\r';
    assert!(!lines.iter().flatten().any(ends), "a line has an end in it");
    // Where secrets are looked for, bytes that are no text were replaced already.
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let kept: String = data.split(ends).map(text).collect();
    assert_eq!(lines.iter().map(|line| text(line)).collect::<String>(), kept, "every byte is of some line");
    for line in &lines {
        let shown = process::shown(line);
        assert_commands_nothing(&shown);
        assert_safe(&shown.replace('\u{2060}', ""));
        assert!(!shown.contains('\n'), "{shown:?}");
    }
}
