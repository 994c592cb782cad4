//! Templates of a project, and what strangers' text is in them: data.

use super::commits::fact;
use super::texts::{assert_commands_nothing, assert_safe};
use bowline_config::Config;
use bowline_model::Version;
use bowline_model::git::TagName;
use bowline_model::plan::{ForgeKind, RepositoryId};
use bowline_model::text::markdown;
use bowline_plan::history::{self, Change, Overrides};
use bowline_plan::{Beside, Release, Renderer, message};

/// The bytes: a template, a zero byte, a commit's description. Whatever the template is, rendering ends; whatever the
/// description is, it stands in the text as Markdown shows it and was not carried out.
pub(super) fn template(data: &[u8]) {
    let at = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let (template, rest) = data.split_at(at);
    let template = String::from_utf8_lossy(template).into_owned();
    let described = rest.get(1..).unwrap_or_default();
    let changes =
        history::read(&Config::default(), &[fact(&[b"feat: ", described].concat(), None)], &Overrides::default(), None);

    let mut config = Config::default();
    if let Some(text) = section(&config, &changes) {
        let subject = markdown::inline(&changes[0].planned.subject, None);
        assert!(
            changes[0].planned.kind != "feat" || text.replace('\u{2060}', "").contains(&*subject),
            "{subject:?} in {text:?}"
        );
        assert_commands_nothing(&text);
        assert_safe(&text.replace('\u{2060}', ""));
    }
    config.changelog.template = Some(template.clone());
    if let Some(text) = section(&config, &changes) {
        assert_commands_nothing(&text);
        assert_eq!(section(&config, &changes), Some(text), "the same twice");
    }

    let (version, tag) = (Version::new(1, 2, 3), TagName::new("v1.2.3").unwrap());
    let package = format!("{}{{tag}}{{no}}", String::from_utf8_lossy(described).replace('\0', ""));
    if let Ok(text) = message::fill("release.tag_message", &template, &version, &tag, &package) {
        let places = template.matches("{package}").count();
        assert!(text.matches(package.trim()).count() >= places, "a value is never a template: {text:?}");
    }
}

fn section(config: &Config, changes: &[Change]) -> Option<String> {
    let (version, tag) = (Version::new(1, 2, 3), TagName::new("v1.2.3").unwrap());
    let mut renderer = Renderer::new(config, &RepositoryId::local("app"), ForgeKind::Local, "app").ok()?;
    let release = Release {
        version: Some(&version),
        tag: Some(&tag),
        previous: None,
        date: Some("2026-11-26"),
        changes,
        beside: Beside::default(),
    };
    renderer.section(&release).ok()
}
