//! Text from strangers, before people and CI runners see it.

use bowline_host::git::fuzzing;
use bowline_model::plan::{RepositoryId, remote_host};
use bowline_model::text::{defuse_workflow_commands, one_line, visible};
use bowline_port::secret::{MASK, Redactor, Secret, passwords};

/// Nothing hidden or active is left, and no line is a command.
pub(super) fn text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let max = 1 + data.len() % 97;
    let line = one_line(&text, max);
    assert_safe(&line);
    assert!(!line.contains(['\n', '\t']), "one line: {line:?}");
    let all = visible(&text);
    assert_safe(&all);
    assert_eq!(visible(&all), all, "what is visible stays as it is");
    for safe in [defuse_workflow_commands(&all), defuse_workflow_commands(&line), defuse_workflow_commands(&text)] {
        assert_commands_nothing(&safe);
        assert_eq!(defuse_workflow_commands(&safe), safe, "what is defused stays as it is");
    }
    assert_eq!(defuse_workflow_commands(&text).replace('\u{2060}', ""), text.replace('\u{2060}', ""), "only joiners");
}

/// A secret does not survive in any form that text takes on its way. The bytes: the secret, a zero byte, text before it,
/// a zero byte, text after it.
pub(super) fn redact(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.splitn(3, '\0');
    let (secret, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let after = parts.next().unwrap_or_default();
    // The mask itself beside a piece of text could spell a secret that has asterisks.
    if secret.len() < 8 || secret.contains('*') {
        return;
    }
    let redactor = Redactor::new([Secret::new(secret)]);
    let whole = format!("{before}{secret}{after}");
    let clean = redactor.redact(&whole);
    assert!(clean.contains(MASK) && !clean.contains(secret), "as it is: {clean:?}");

    let quoted = redactor.redact(&serde_json::to_string(&whole).unwrap()).into_owned();
    assert!(quoted.contains(MASK), "in JSON: {quoted:?}");
    let mut value = serde_json::json!({ whole.as_str(): [whole.as_str()] });
    redactor.redact_json(&mut value);
    let (name, item) = value.as_object().unwrap().iter().next().unwrap();
    assert!(!name.contains(secret) && !item[0].as_str().unwrap().contains(secret), "inside JSON: {value:?}");

    for upper in [false, true] {
        let spelled = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        let hex: String = whole.as_bytes().iter().map(spelled).collect();
        assert!(redactor.redact(&hex).contains(MASK), "in hexadecimal: {hex}");
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        let percent = |byte: &u8| if plain(byte) { char::from(*byte).into() } else { format!("%{}", spelled(byte)) };
        let percent: String = whole.as_bytes().iter().map(percent).collect();
        assert!(redactor.redact(&percent).contains(MASK), "percent-encoded: {percent}");
    }
    for last in [*b"+/", *b"-_"] {
        let encoded = base64(whole.as_bytes(), last);
        assert!(redactor.redact(&encoded).contains(MASK), "in base64: {encoded}");
    }
}

/// A login in an address goes neither into a repository's name nor into a message, and is known as a secret.
pub(super) fn address(data: &[u8]) {
    const LOGIN: &str = "pl4nted-l0gin";
    let text = String::from_utf8_lossy(data);
    // Whatever it is, it has a name and a host or none, and asking does not fail.
    let _ = (RepositoryId::from_remote(&text), remote_host(&text), passwords(&text), fuzzing::without_logins(&text));
    // A host is turned to lower case, and would spell it.
    if text.to_ascii_lowercase().contains(LOGIN) {
        return;
    }
    let host = text.split(|c: char| c.is_whitespace() || "/?#'\"@".contains(c)).next().unwrap_or_default();
    if host.starts_with(':') || host.is_empty() {
        return;
    }
    for scheme in ["https", "ssh", "git+ssh"] {
        for login in [format!("user:{LOGIN}"), LOGIN.to_owned()] {
            let address = format!("{scheme}://{login}@{host}/{text}");
            let said = format!("fatal: unable to access '{address}': {text}");
            assert!(!fuzzing::without_logins(&said).contains(LOGIN), "{said:?}");
            assert!(!RepositoryId::from_remote(&address).as_str().contains(LOGIN), "{address:?}");
            assert!(remote_host(&address).is_none_or(|host| !host.contains(LOGIN)), "{address:?}");
            assert!(passwords(&said).iter().any(|secret| secret.expose() == LOGIN), "{said:?}");
        }
    }
}

/// `text` has no character that cannot be seen or acts on its neighbours, line feeds and tabs apart.
pub(super) fn assert_safe(text: &str) {
    let found = text.chars().find(|&c| c != '\n' && c != '\t' && (c.is_control() || is_ignorable(c) || is_bidi(c)));
    assert!(found.is_none(), "{found:?} is left in {text:?}");
}

/// No line of `text` commands a CI runner, whose lines end at carriage returns as well.
pub(super) fn assert_commands_nothing(text: &str) {
    for line in text.split(['\n', '\r']) {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?} commands");
    }
}

/// Unicode's Default_Ignorable_Code_Point, without the variation selectors that emoji are written with.
fn is_ignorable(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0 | 0xfff0..=0xfff8 | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
        | 0xe0000..=0xe0fff)
}

/// What ends a line or turns the direction of text.
fn is_bidi(c: char) -> bool {
    matches!(u32::from(c), 0x2028 | 0x2029 | 0x2066..=0x2069)
}

fn base64(bytes: &[u8], last: [u8; 2]) -> String {
    let mut alphabet: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect();
    alphabet.extend(last);
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |n: usize| u32::from(chunk.get(n).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..4 {
            let sextet = usize::try_from(word >> (18 - 6 * n) & 63).unwrap();
            out.push(if n <= chunk.len() { char::from(alphabet[sextet]) } else { '=' });
        }
    }
    out
}
