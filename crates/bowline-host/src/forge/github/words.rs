//! What GitHub's REST API answers, as far as it is read, and how our marker stands in a release's text.
//!
//! Names are those of the API, version 2022-11-28. Fields that an older GitHub Enterprise Server lacks are optional.

use bowline_model::Digest;
use bowline_model::git::{Marker, TagName};
use bowline_port::forge::{Asset, Release};
use bowline_port::http::Reply;
use serde::Deserialize;

/// A repository.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct RepositoryWords {
    /// Owner and name as they are now: a request by an older name is sent on.
    pub(super) full_name: Option<String>,
    #[serde(default)]
    pub(super) private: bool,
    #[serde(default)]
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) disabled: bool,
    /// Of whoever asks; not told to everybody.
    pub(super) permissions: Option<Permissions>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Permissions {
    #[serde(default)]
    pub(super) push: bool,
    #[serde(default)]
    pub(super) admin: bool,
}

/// A release.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ReleaseWords {
    pub(super) id: u64,
    pub(super) tag_name: String,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    pub(super) draft: bool,
    #[serde(default)]
    pub(super) prerelease: bool,
    pub(super) html_url: String,
    pub(super) upload_url: String,
    pub(super) discussion_url: Option<String>,
    #[serde(default)]
    pub(super) assets: Vec<AssetWords>,
}

/// An asset.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct AssetWords {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) size: u64,
    /// `uploaded`, or `starter` for what began and did not end.
    pub(super) state: String,
    /// `sha256:…`, since 2025.
    pub(super) digest: Option<String>,
    pub(super) browser_download_url: String,
}

/// The body of a refusal.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    errors: Vec<RefusalError>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalError {
    field: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

impl ReleaseWords {
    /// As everybody else knows it; none when its tag has a name that no release of ours can have.
    pub(super) fn release(&self) -> Option<Release> {
        let (notes, marker) = read_body(self.body.as_deref().unwrap_or_default());
        let mut assets: Vec<Asset> = self.assets.iter().map(AssetWords::asset).collect();
        assets.sort_by(|a, b| a.name.cmp(&b.name));
        Some(Release {
            id: self.id.to_string(),
            tag: TagName::new(&self.tag_name).ok()?,
            name: self.name.clone().unwrap_or_default(),
            notes,
            draft: self.draft,
            prerelease: self.prerelease,
            marker,
            assets,
            url: self.html_url.clone(),
        })
    }
}

impl AssetWords {
    pub(super) fn asset(&self) -> Asset {
        Asset {
            name: self.name.clone(),
            size: self.size,
            sha256: self.digest.as_deref().and_then(|digest| digest.parse::<Digest>().ok()),
            complete: self.state == "uploaded",
            url: self.browser_download_url.clone(),
        }
    }
}

/// The text of a release: notes for people, and behind them a comment that makes it ours and that nobody sees.
pub(super) fn body(notes: &str, marker: &Marker) -> String {
    format!("{notes}{GAP}{BEGIN}{} {HEAD}{}{END}", marker.plan, marker.head)
}

/// The same for a release that somebody made by hand, whose text this is.
pub(super) fn adopted_body(text: &str, marker: &Marker) -> String {
    format!("{text}{GAP}{BEGIN}{} {HEAD}{}{ADOPTED}{END}", marker.plan, marker.head)
}

/// Whether such a text belongs to a release that somebody made by hand.
pub(super) fn is_adopted(body: &str) -> bool {
    let comment = body.rfind(BEGIN).and_then(|at| body.get(at..)?.split_once(END));
    read_body(body).1.is_some() && comment.is_some_and(|(comment, _)| comment.ends_with(ADOPTED))
}

/// Notes and marker out of such a text. The last such comment counts: a person may have added something below it, and
/// what stands in the notes came before.
fn read_body(body: &str) -> (String, Option<Marker>) {
    let found = body.rfind(BEGIN).and_then(|at| {
        let (notes, rest) = body.split_at_checked(at)?;
        let (comment, after) = rest.strip_prefix(BEGIN)?.split_once(END)?;
        let (plan, head) = comment.strip_suffix(ADOPTED).unwrap_or(comment).split_once(' ')?;
        let marker = Marker { plan: plan.parse().ok()?, head: head.strip_prefix(HEAD)?.parse().ok()? };
        let notes = notes.strip_suffix(GAP).unwrap_or(notes);
        Some((format!("{notes}{after}"), marker))
    });
    match found {
        Some((notes, marker)) => (notes, Some(marker)),
        None => (body.to_owned(), None),
    }
}

/// Whether a refusal says that something of that name is there already.
pub(super) fn exists_already(reply: &Reply) -> bool {
    reply.status == 422 && refusal(reply).errors.iter().any(|error| error.code.as_deref() == Some("already_exists"))
}

/// What a refusal says, for people.
pub(super) fn complaint(reply: &Reply) -> String {
    let mut text = format!("GitHub answered {}", reply.status);
    if let Some(message) = reply.message() {
        text.push_str(": ");
        text.push_str(&message);
    }
    for error in refusal(reply).errors.iter().take(5) {
        let parts = [error.field.as_deref(), error.code.as_deref(), error.message.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        text.push_str(&format!(" ({})", bowline_model::text::one_line(&parts.join(" "), 200)));
    }
    // *Authorizing a personal access token for use with single sign-on*.
    if let Some(page) = reply.header("x-github-sso").and_then(|sso| sso.split_once("url=")).map(|(_, page)| page) {
        text.push_str("; the token must be authorised for single sign-on at ");
        text.push_str(&bowline_model::text::one_line(page, 300));
    }
    text
}

fn refusal(reply: &Reply) -> Refusal {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

const GAP: &str = "\n\n";
const BEGIN: &str = "<!-- Bowline-Plan: ";
const HEAD: &str = "Bowline-Head: ";
const ADOPTED: &str = " Bowline-Adopted";
const END: &str = " -->";
/// The most that [`body`] adds to the notes, in characters.
pub(super) const MARKER_CHARS: u64 = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use bowline_model::Oid;

    fn marker(n: u8) -> Marker {
        Marker { plan: Digest::of(&[n]), head: Oid::Sha256([n; 32]) }
    }

    #[test]
    fn notes_and_marker_come_back() {
        for notes in ["", "one line", "## v1\n\n- a\n", "<!-- a comment -->", "\n\n", "ends in spaces  "] {
            for (text, adopted) in [(body(notes, &marker(1)), false), (adopted_body(notes, &marker(1)), true)] {
                assert_eq!(read_body(&text), (notes.to_owned(), Some(marker(1))), "{notes:?}");
                assert_eq!(is_adopted(&text), adopted, "{notes:?}");
                assert!(text.chars().count() - notes.chars().count() <= usize::try_from(MARKER_CHARS).unwrap());
            }
            assert!(!is_adopted(notes), "{notes:?}");
        }
    }

    #[test]
    fn a_token_without_single_sign_on_is_told_where_to_get_it() {
        let sso = "required; url=https://github.example/orgs/acme/sso?authorization_request=AZ";
        let headers = vec![("x-github-sso".to_owned(), sso.to_owned())];
        let reply = Reply { status: 403, headers, body: b"{\"message\":\"Resource protected\"}".to_vec() };
        let text = complaint(&reply);
        assert!(text.starts_with("GitHub answered 403: Resource protected; "), "{text}");
        assert!(text.ends_with("at https://github.example/orgs/acme/sso?authorization_request=AZ"), "{text}");
    }

    #[test]
    fn the_last_comment_counts() {
        let forged = body("notes", &marker(1));
        assert_eq!(read_body(&body(&forged, &marker(2))).1, Some(marker(2)));
        let edited = format!("{}\r\n\r\nP.S.: thank you", body("notes", &marker(1)));
        assert_eq!(read_body(&edited), ("notes\r\n\r\nP.S.: thank you".to_owned(), Some(marker(1))));
    }

    #[test]
    fn what_is_no_marker_is_text() {
        let ours = body("x", &marker(1));
        for text in [
            "".to_owned(),
            "<!-- ".to_owned(),
            "<!-- -->".to_owned(),
            ours.replace("Bowline-Head", "Bowline-Tail"),
            ours.replace(" -->", ""),
            ours.replace("sha256:", "sha1:"),
        ] {
            assert_eq!(read_body(&text), (text.clone(), None), "{text:?}");
        }
    }
}
