//! What must be true of parsers of bytes from outside, whatever the bytes are.
//!
//! A [`Target`] takes any bytes and panics when a property does not hold. The same bodies run in two worlds: under
//! libFuzzer (the project in `fuzz/`, started by `scripts/fuzz`), which searches for bytes that break them, and in the
//! ordinary tests (`tests/corpora.rs`), which replay the seeds in `fuzz/corpus/` and mutations of them. A parser that
//! is added gets a target in one of the files here, a line in [`TARGETS`], and seeds.

mod audit;
mod commits;
mod compat;
mod config;
mod files;
mod git;
mod http;
mod markup;
mod names;
mod records;
mod templates;
mod texts;

pub use files::edits_of;

/// Properties of one parser.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, that of its folder of seeds and of its program in `fuzz/`.
    pub name: &'static str,
    /// Checks the properties.
    ///
    /// # Panics
    ///
    /// When one does not hold for these bytes.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "address", run: texts::address },
    Target { name: "answers", run: http::answers },
    Target { name: "audit_workflow", run: audit::audit_workflow },
    Target { name: "bundle", run: git::bundle },
    Target { name: "change_file", run: files::change_file },
    Target { name: "changelog", run: files::changelog },
    Target { name: "child_output", run: git::child_output },
    Target { name: "commit", run: commits::commit },
    Target { name: "compat_json", run: compat::compat_json },
    Target { name: "compat_options", run: compat::compat_options },
    Target { name: "compat_section", run: compat::compat_section },
    Target { name: "compat_updaters", run: compat::compat_updaters },
    Target { name: "config", run: config::config },
    Target { name: "journal", run: records::journal },
    Target { name: "link", run: http::link },
    Target { name: "lint", run: commits::lint },
    Target { name: "listing", run: git::listing },
    Target { name: "lock", run: records::lock },
    Target { name: "marker", run: names::marker },
    Target { name: "markup", run: markup::markup },
    Target { name: "names", run: names::names },
    Target { name: "objects", run: git::objects },
    Target { name: "plan", run: records::plan },
    Target { name: "push_report", run: git::push_report },
    Target { name: "redact", run: texts::redact },
    Target { name: "release_file", run: records::release_file },
    Target { name: "release_record", run: records::release_record },
    Target { name: "run_record", run: records::run_record },
    Target { name: "settings", run: git::settings },
    Target { name: "tag", run: names::tag },
    Target { name: "template", run: templates::template },
    Target { name: "text", run: texts::text },
    Target { name: "version", run: names::version },
    Target { name: "version_files", run: files::version_files },
];

/// Runs the target called `name`.
///
/// # Panics
///
/// When there is no such target, or a property does not hold.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of the table");
    (target.run)(data);
}
