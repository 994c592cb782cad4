//! Findings as SARIF 2.1.0 (OASIS), as code scanning takes them (GitHub docs, "SARIF support for code scanning").

use crate::finding::{Finding, Severity};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The log of one look. Findings that stand in no file are shown at `elsewhere`: code scanning wants a place for everything.
pub fn log(findings: &[Finding], version: &str, elsewhere: &str) -> Value {
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(index, rule)| (*rule, index)).collect();
    let worst =
        |rule: &str| findings.iter().filter(|finding| finding.rule == rule).map(|finding| finding.severity).max();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "bowline doctor",
                "version": version,
                "rules": rules.iter().map(|rule| json!({
                    "id": rule,
                    "shortDescription": { "text": rule.replace(['/', '-'], " ") },
                    "defaultConfiguration": { "level": level(worst(rule).unwrap_or(Severity::Note)) },
                })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(|finding| result(finding, index.get(finding.rule.as_str()).copied(), elsewhere)).collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding, rule: Option<usize>, elsewhere: &str) -> Value {
    let (path, line, column) = match &finding.place {
        Some(place) => (place.path.as_str(), place.line.max(1), place.column.max(1)),
        None => (elsewhere, 1, 1),
    };
    let mut text = finding.message.clone();
    for fix in &finding.fixes {
        text.push_str(&format!("\n- {fix}"));
    }
    json!({
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(path), "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": line, "startColumn": column },
        } }],
        // A finding stays the same one when lines are added above it.
        "partialFingerprints": { "bowline/v1": bowline_model::Digest::of(format!("{}\n{path}\n{}", finding.rule, finding.message).as_bytes()).hex() },
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A path as a relative reference (RFC 3986, section 4.2).
fn uri(path: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    #[test]
    fn every_finding_has_rule_level_and_place() {
        let place = Place { path: ".github/workflows/my release.yml".to_owned(), line: 7, column: 3 };
        let findings = [
            Finding::new("workflow/injection", Severity::Error, "a").at(place).fix("b"),
            Finding::new("environment/no-rules", Severity::Warning, "c"),
        ];
        let log = log(&findings, "1.2.3", "bowline.toml");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][1]["id"], "workflow/injection");
        let first = &run["results"][0];
        assert_eq!(
            (&first["ruleIndex"], &first["level"], &first["message"]["text"]),
            (&json!(1), &json!("error"), &json!("a\n- b"))
        );
        let at = &first["locations"][0]["physicalLocation"];
        assert_eq!(at["artifactLocation"]["uri"], ".github/workflows/my%20release.yml");
        assert_eq!(at["region"], json!({ "startLine": 7, "startColumn": 3 }));
        assert_eq!(run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "bowline.toml");
        assert_ne!(first["partialFingerprints"], run["results"][1]["partialFingerprints"]);
    }
}
