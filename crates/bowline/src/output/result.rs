//! The result of a run as people read it.

use super::plural;
use super::style::Style;
use bowline_model::release::{ReleaseResult, ReleasedPackage, Status};
use bowline_model::text::visible;

/// For standard output, as `command` (`release`, `resume` or `abort`) says it.
pub fn text(result: &ReleaseResult, command: &str, style: Style) -> String {
    let mut out = String::new();
    match result.status {
        Status::Released => {
            for package in &result.packages {
                out.push_str(&released(package, style));
            }
        }
        Status::Nothing => {
            let reason = result.reason.as_deref().unwrap_or("nothing is due");
            out.push_str(&format!("Nothing to {command}: {}\n", visible(reason)));
        }
        Status::Aborted => {
            let reason = result.reason.as_deref().unwrap_or("everything was taken back");
            out.push_str(&format!("Aborted: {}\n", visible(reason)));
        }
        Status::Paused if result.failure.is_none() => {
            let reason = result.reason.as_deref().unwrap_or("as asked");
            out.push_str(&format!("Paused: {}\n", visible(reason)));
        }
        _ => {}
    }
    if let Some(digest) = &result.handoff_digest {
        out.push_str(&format!("Handed over: {digest}\n"));
    }
    if let Some(next) = &result.next {
        out.push_str(&format!("Next: {}\n", visible(next)));
    }
    out
}

fn released(package: &ReleasedPackage, style: Style) -> String {
    let mut out = format!("{} {} {}\n", style.green("Released"), style.bold(&visible(&package.name)), package.version);
    let mut row = |label: &str, value: &str| out.push_str(&format!("  {} {value}\n", style.dim(&format!("{label:7}"))));
    row("tag", package.tag.as_str());
    if let Some(commit) = &package.commit {
        row("commit", &commit.to_string());
    }
    if let Some(url) = &package.release_url {
        row("where", &visible(url));
    }
    let bytes: u64 = package.assets.iter().map(|asset| asset.size).sum();
    row(
        "assets",
        &format!("{} ({bytes} bytes), each downloaded again and compared", plural(package.assets.len(), "file")),
    );
    out
}
