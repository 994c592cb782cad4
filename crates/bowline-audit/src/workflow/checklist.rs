//! The checklist for releases: what an enterprise asks of a release workflow, what shows that it is there, and what Bowline does about
//! it. The documentation is made from this table.

use super::Seen;
use super::known::Does;
use crate::finding::{Finding, Place};
use schemars::JsonSchema;
use serde::Serialize;

/// One thing that is asked of a release workflow.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// A stable name for scripts.
    pub id: &'static str,
    /// What is asked.
    pub asks: &'static str,
    /// Where that is from.
    pub source: &'static str,
    /// What Bowline does about it today, and what it does not.
    pub with_bowline: &'static str,
    /// Doing one of these shows that it is there.
    shown_by: &'static [Does],
    /// Whether Bowline brings it along.
    by_bowline: bool,
    /// Findings whose rules begin with one of these are gaps.
    gaps: &'static [&'static str],
}

/// How a workflow stands in one area.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The area.
    pub area: String,
    /// How it stands.
    pub state: State,
    /// What shows it, or why nothing can be said.
    pub evidence: String,
    /// Where that stands.
    pub place: Option<Place>,
    /// What Bowline does about it.
    pub with_bowline: String,
}

/// How a workflow stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there.
    Met,
    /// It is missing; findings say what.
    Gap,
    /// It does not concern these files.
    NotApplicable,
    /// It is done somewhere that was not read.
    CannotTell,
}

/// All areas, in the order of the checklist.
pub const AREAS: [Area; 15] = [
    Area {
        id: "version-conflicts",
        asks: "two runs cannot release the same version, and no queued release is lost",
        source: "GitHub docs, Control the concurrency of workflows and jobs",
        with_bowline: "branch, tag and lock move in one push from exact values; another run waits or finds everything done; a version that is taken is exit 23",
        shown_by: &[],
        by_bowline: true,
        gaps: &["workflow/no-concurrency", "workflow/cancels-releases"],
    },
    Area {
        id: "retries",
        asks: "calls of git and of APIs are tried again without doing things twice",
        source: "GitHub docs, Best practices for using the REST API",
        with_bowline: "every call is tried again within a budget; after an unclear answer it looks before it sends again",
        shown_by: &[Does::Retry],
        by_bowline: true,
        gaps: &["workflow/no-retries"],
    },
    Area {
        id: "error-handling",
        asks: "a failure is seen, stops the release, and can be recovered from",
        source: "OWASP CICD-SEC-1",
        with_bowline: "a run that died anywhere is completed by the next one; exit codes and messages say what to do",
        shown_by: &[],
        by_bowline: true,
        gaps: &["workflow/ignored-failure", "workflow/no-timeout", "workflow/several-acts"],
    },
    Area {
        id: "artifact-validation",
        asks: "what ships is compared with what was built, before and after publishing",
        source: "OWASP CICD-SEC-9; SLSA 1.2, Build track",
        with_bowline: "files are frozen with SHA-256 and SHA-512, compared in the draft before the push, and downloaded and compared after publishing",
        shown_by: &[Does::Checksum, Does::Verify],
        by_bowline: true,
        gaps: &["workflow/no-validation", "workflow/public-before-assets"],
    },
    Area {
        id: "pre-release-checks",
        asks: "tests and other checks pass for the commit before it is released",
        source: "OWASP CICD-SEC-1",
        with_bowline: "quality.yml runs first and counts for the exact commit; [gate.checks] asks the forge for required checks",
        shown_by: &[Does::Test],
        by_bowline: false,
        gaps: &["workflow/no-checks"],
    },
    Area {
        id: "structured-logs",
        asks: "logs can be read by machines",
        source: "OWASP CICD-SEC-10",
        with_bowline: "--log-format json and --log-file write one JSON object a line",
        shown_by: &[],
        by_bowline: true,
        gaps: &["workflow/no-structured-logs"],
    },
    Area {
        id: "metrics",
        asks: "success, failure and duration of releases are measured",
        source: "OpenTelemetry semantic conventions for CI/CD",
        with_bowline: "the result document has outcome and duration of every step; metrics and traces are not in this version",
        shown_by: &[],
        by_bowline: false,
        gaps: &["workflow/no-metrics"],
    },
    Area {
        id: "audit-trail",
        asks: "who released what, when and why is on record",
        source: "OWASP CICD-SEC-10",
        with_bowline: "every release holds its plan with the reason for each change, and tag and commit name the plan; the tamper-evident ledger is not in this version",
        shown_by: &[Does::Report],
        by_bowline: true,
        gaps: &["workflow/no-record"],
    },
    Area {
        id: "signing",
        asks: "what ships is signed or attested, and can be verified by others",
        source: "OpenSSF Scorecard, Signed-Releases; SLSA 1.2, Build L2",
        with_bowline: "signatures and attestations are not in this version: attest in a job of your own, between build and release",
        shown_by: &[Does::Sign],
        by_bowline: false,
        gaps: &["workflow/unsigned"],
    },
    Area {
        id: "approval-gates",
        asks: "somebody other than the author lets a release pass",
        source: "OWASP CICD-SEC-1; GitHub docs, Deployments and environments",
        with_bowline: "release.yml asks an environment before it builds; [gate.environment] stops when that environment has no rules",
        shown_by: &[],
        by_bowline: false,
        gaps: &["workflow/no-approval"],
    },
    Area {
        id: "metadata",
        asks: "version, commit and contents of a release are told to machines",
        source: "SLSA 1.2, Provenance; CycloneDX",
        with_bowline: "release.bowline.json in every release, outputs of every job; a list of components (SBOM) is not in this version",
        shown_by: &[Does::Sbom],
        by_bowline: true,
        gaps: &["workflow/no-metadata"],
    },
    Area {
        id: "secrets",
        asks: "each job has the secrets that it needs and no others, and leaves none behind",
        source: "OWASP CICD-SEC-6; GitHub docs, Secure use reference",
        with_bowline: "only the publishing job gets a token that may write; secrets are named, never inherited",
        shown_by: &[],
        by_bowline: false,
        gaps: &["workflow/inherited-secrets", "workflow/secrets-for-all", "workflow/persisted-credentials"],
    },
    Area {
        id: "permissions",
        asks: "each job has the rights that it needs and no others",
        source: "OpenSSF Scorecard, Token-Permissions; OWASP CICD-SEC-5",
        with_bowline: "release.yml gives contents: write to one job; all others read",
        shown_by: &[],
        by_bowline: false,
        gaps: &["workflow/no-permissions", "workflow/broad-permissions"],
    },
    Area {
        id: "pinning",
        asks: "everything that runs is exact content and not a name that can be moved",
        source: "OpenSSF Scorecard, Pinned-Dependencies; OWASP CICD-SEC-3",
        with_bowline: "actions are pinned to commits, the program is chosen by the workflow's own commit and compared before it runs",
        shown_by: &[],
        by_bowline: false,
        gaps: &["workflow/unpinned-action", "workflow/unpinned-tool"],
    },
    Area {
        id: "untrusted-input",
        asks: "nothing that a stranger writes is run, or reaches a job that can publish",
        source: "OWASP CICD-SEC-4; OpenSSF Scorecard, Dangerous-Workflow",
        with_bowline: "all values pass through variables; text of commits is data; builds of pull requests do not release",
        shown_by: &[],
        by_bowline: false,
        gaps: &[
            "workflow/injection",
            "workflow/dangerous-trigger",
            "workflow/cache-in-release",
            "workflow/forced-tag",
            "workflow/shallow-checkout",
            "workflow/old-command",
        ],
    },
];

impl Area {
    /// Whether a finding of this rule is a gap here.
    pub fn owns(&self, rule: &str) -> bool {
        self.gaps.contains(&rule)
    }

    /// The rules whose findings are gaps here.
    pub const fn rules(&self) -> &'static [&'static str] {
        self.gaps
    }
}

/// The table, filled in.
pub(super) fn fill(seen: &Seen, findings: &[Finding]) -> Vec<Row> {
    AREAS.iter().map(|area| row(area, seen, findings)).collect()
}

fn row(area: &Area, seen: &Seen, findings: &[Finding]) -> Row {
    let (state, evidence, place) = stands(area, seen, findings);
    Row { area: area.id.to_owned(), state, evidence, place, with_bowline: area.with_bowline.to_owned() }
}

fn stands(area: &Area, seen: &Seen, findings: &[Finding]) -> (State, String, Option<Place>) {
    let gaps: Vec<&Finding> = findings.iter().filter(|finding| area.owns(&finding.rule)).collect();
    if let Some(gap) = gaps.iter().max_by_key(|gap| gap.severity) {
        let more = gaps.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        return (State::Gap, format!("{}{more}", gap.message), gap.place.clone());
    }
    if seen.files.is_empty() {
        return (State::CannotTell, "nothing could be read".to_owned(), None);
    }
    // Findings alone decide where any step can be wrong; where something has to be done, it must be seen.
    let about_all = area.shown_by.is_empty() && !area.by_bowline && !matches!(area.id, "approval-gates" | "metrics");
    if about_all {
        return (State::Met, "nothing against it was found".to_owned(), None);
    }
    if !seen.releases() {
        return match seen.elsewhere.first() {
            Some((what, place)) => (State::CannotTell, format!("{what} was not read"), Some(place.clone())),
            None => (State::NotApplicable, "nothing here is recognised as releasing".to_owned(), None),
        };
    }
    if let Some(place) = seen.first(&[Does::Bowline]).filter(|_| area.by_bowline) {
        return (State::Met, "Bowline does it".to_owned(), Some(place));
    }
    if let Some(place) = seen.first(area.shown_by) {
        return (State::Met, "it is done here".to_owned(), Some(place));
    }
    match seen.elsewhere.first() {
        Some((what, place)) => (State::CannotTell, format!("{what} was not read"), Some(place.clone())),
        None => (State::Met, "nothing against it was found".to_owned(), None),
    }
}
