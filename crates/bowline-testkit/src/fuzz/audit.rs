//! Workflows that anybody can write.

use bowline_audit::sarif;
use bowline_audit::workflow::{AREAS, audit};

/// Every finding stands somewhere in the file and belongs to the checklist, and nothing of the file becomes more than text.
pub(super) fn audit_workflow(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    // A lone carriage return ends a line of YAML as well.
    let lines = text.matches(['\n', '\r']).count() as u64 + 1;
    // A file that calls itself is read once.
    let files = [("x.yml".to_owned(), text.clone())];
    let found = audit(&files, &|_| Some(text.clone()));
    assert_eq!(found.areas.len(), AREAS.len());
    for finding in &found.findings {
        let place = finding.place.as_ref().expect("workflows are files");
        assert!(place.line >= 1 && place.line <= lines + 1 && place.column >= 1, "{finding:?} of {lines} lines");
        let known = finding.rule == "workflow/unreadable" || AREAS.iter().any(|area| area.owns(&finding.rule));
        assert!(known && !finding.fixes.is_empty(), "{finding:?}");
    }
    let log = sarif::log(&found.findings, "1.0.0", "bowline.toml");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(found.findings.len()));
}
