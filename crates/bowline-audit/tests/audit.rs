//! Every rule with a workflow that breaks it and one that does not, and the checklist as a whole.

use bowline_audit::finding::Severity;
use bowline_audit::workflow::checklist::State;
use bowline_audit::workflow::{AREAS, Audit, audit};
use std::collections::BTreeSet;

/// A workflow with these lines at the top, of its job `release`, and its steps.
fn workflow(top: &str, job: &str, steps: &str) -> String {
    let indent =
        |text: &str, by: usize| text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect::<String>();
    format!(
        "name: x\non:\n  push:\n    branches: [main]\npermissions: {{}}\n{}jobs:\n  release:\n    name: Release\n    runs-on: ubuntu-latest\n{}    steps:\n{}",
        indent(top, 0),
        indent(job, 4),
        indent(steps, 6)
    )
}

fn judge(text: &str) -> Audit {
    audit(&[(".github/workflows/x.yml".to_owned(), text.to_owned())], &|_| None)
}

fn rules(text: &str) -> BTreeSet<String> {
    judge(text).findings.into_iter().map(|finding| finding.rule).collect()
}

const PIN: &str = "0123456789abcdef0123456789abcdef01234567";
const PUBLISH: &str = "- run: gh release create v1 --draft\n";

/// Rule, a workflow that breaks it, one that does not.
fn table() -> Vec<(&'static str, String, String)> {
    let steps = |text: &str| workflow("", "", text);
    let run = |script: &str| workflow("", "", &format!("- run: |\n    {script}\n"));
    let checkout = |with: &str, more: &str| {
        workflow("", "", &format!("- uses: actions/checkout@{PIN}\n  with:\n    x: y\n{with}- run: {more}\n"))
    };
    vec![
        (
            "workflow/no-concurrency",
            steps(PUBLISH),
            workflow("concurrency:\n  group: x\n  cancel-in-progress: false", "", PUBLISH),
        ),
        (
            "workflow/cancels-releases",
            workflow("concurrency:\n  group: x\n  cancel-in-progress: true", "", PUBLISH),
            workflow("concurrency: x", "", PUBLISH),
        ),
        ("workflow/no-approval", steps(PUBLISH), workflow("", "environment: production", PUBLISH)),
        ("workflow/no-checks", steps(PUBLISH), steps(&format!("- run: npm test\n{PUBLISH}"))),
        ("workflow/no-timeout", steps(PUBLISH), workflow("", "timeout-minutes: 5", PUBLISH)),
        ("workflow/ignored-failure", run("npm publish || true"), run("npm publish || exit 1")),
        (
            "workflow/ignored-failure",
            steps("- run: npm publish\n  continue-on-error: true\n"),
            steps("- run: echo done\n  continue-on-error: true\n- run: npm publish\n"),
        ),
        (
            "workflow/several-acts",
            run("git push --follow-tags\n    npm publish"),
            run("npm publish\n    git push --follow-tags"),
        ),
        (
            "workflow/public-before-assets",
            run("gh release create v1\n    gh release upload v1 a"),
            run("gh release create v1 --draft\n    gh release upload v1 a"),
        ),
        ("workflow/no-retries", steps(PUBLISH), run("gh release create v1 --draft\n    curl --retry 3 x")),
        ("workflow/no-validation", steps(PUBLISH), run("sha256sum a > b\n    gh release create v1 --draft")),
        ("workflow/unsigned", steps(PUBLISH), run("cosign sign-blob a\n    gh release create v1 --draft")),
        (
            "workflow/no-record",
            steps(PUBLISH),
            run("gh release create v1 --draft\n    echo x >>\"$GITHUB_STEP_SUMMARY\""),
        ),
        ("workflow/no-metadata", steps(PUBLISH), run("syft .\n    gh release create v1 --draft")),
        ("workflow/no-structured-logs", steps(PUBLISH), run("bowline release --yes")),
        ("workflow/no-metrics", steps(PUBLISH), run("echo nothing")),
        (
            "workflow/no-permissions",
            steps(PUBLISH).replace("permissions: {}\n", ""),
            steps(PUBLISH).replace("permissions: {}\n", "permissions:\n  contents: read\n"),
        ),
        ("workflow/broad-permissions", steps(PUBLISH).replace("{}", "write-all"), steps(PUBLISH)),
        (
            "workflow/inherited-secrets",
            format!(
                "on: push\npermissions: {{}}\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@{PIN}\n    secrets: inherit\n"
            ),
            format!(
                "on: push\npermissions: {{}}\njobs:\n  a:\n    uses: o/r/.github/workflows/x.yml@{PIN}\n    secrets:\n      T: x\n"
            ),
        ),
        (
            "workflow/secrets-for-all",
            workflow("env:\n  TOKEN: ${{ secrets.TOKEN }}", "", PUBLISH),
            workflow("env:\n  NODE_ENV: secrets.TOKEN", "", PUBLISH),
        ),
        (
            "workflow/dangerous-trigger",
            steps(&format!(
                "- uses: actions/checkout@{PIN}\n  with:\n    ref: ${{{{ github.event.pull_request.head.sha }}}}\n"
            ))
            .replace("push:\n    branches: [main]", "pull_request_target:"),
            steps(&format!("- uses: actions/checkout@{PIN}\n"))
                .replace("push:\n    branches: [main]", "pull_request_target:"),
        ),
        (
            "workflow/unpinned-action",
            steps("- uses: o/a@v1\n"),
            steps(&format!("- uses: o/a@{PIN} # v1\n- uses: ./x\n- uses: $/y\n")),
        ),
        (
            "workflow/unpinned-action",
            steps("- uses: docker://alpine:3\n"),
            steps(&format!("- uses: docker://alpine@sha256:{PIN}\n")),
        ),
        (
            "workflow/injection",
            run("echo ${{ github.event.pull_request.title }}"),
            steps("- run: echo \"$TITLE\"\n  env:\n    TITLE: ${{ github.event.pull_request.title }}\n"),
        ),
        (
            "workflow/injection",
            run("echo ${{ inputs.name }}"),
            run("echo ${{ github.run_id }} ${{ github.event_name }}"),
        ),
        (
            "workflow/injection",
            steps(&format!(
                "- uses: actions/github-script@{PIN}\n  with:\n    script: return '${{{{ github.head_ref }}}}'\n"
            )),
            steps(&format!("- uses: actions/github-script@{PIN}\n  with:\n    script: return context.ref\n")),
        ),
        ("workflow/unpinned-tool", run("curl -sSf https://x | sh"), run("curl -sSf https://x | jq .")),
        ("workflow/unpinned-tool", run("npx semantic-release@latest"), run("npx semantic-release@24.2.0")),
        ("workflow/unpinned-tool", run("npx -y @scope/tool"), run("npx @scope/tool@1.0.0")),
        ("workflow/forced-tag", run("git tag -f v1"), run("git tag v1.0.0")),
        (
            "workflow/forced-tag",
            run("git push --force origin refs/tags/v1"),
            run("# git push --force origin refs/tags/v1"),
        ),
        ("workflow/old-command", run("echo \"::set-output name=a::b\""), run("echo a=b >> \"$GITHUB_OUTPUT\"")),
        (
            "workflow/shallow-checkout",
            checkout("", "npx standard-version@9.5.0"),
            checkout("    fetch-depth: 0\n", "npx standard-version@9.5.0"),
        ),
        (
            "workflow/persisted-credentials",
            checkout("", "gh release create v1 --draft"),
            checkout("    persist-credentials: false\n", "gh release create v1 --draft"),
        ),
        (
            "workflow/cache-in-release",
            steps(&format!("- uses: actions/setup-node@{PIN}\n  with:\n    cache: npm\n- run: npm publish\n")),
            steps(&format!("- uses: actions/setup-node@{PIN}\n- run: npm publish\n")),
        ),
        ("workflow/unreadable", "a: [".to_owned(), steps(PUBLISH)),
        ("workflow/unreadable", "a: 1\n".to_owned(), "runs:\n  using: node24\n".to_owned()),
    ]
}

#[test]
fn each_rule_finds_what_it_is_for_and_nothing_else() {
    for (rule, bad, good) in table() {
        assert!(rules(&bad).contains(rule), "{rule} is not found in\n{bad}");
        assert!(!rules(&good).contains(rule), "{rule} is found in\n{good}");
    }
}

/// A rule without an area would be in no row of the checklist, and one without a row of the table untested.
#[test]
fn every_rule_has_an_area_and_a_test() {
    let tested: BTreeSet<&str> = table().into_iter().map(|(rule, ..)| rule).collect();
    let owned: BTreeSet<&str> =
        AREAS.iter().flat_map(bowline_audit::workflow::Area::rules).copied().chain(["workflow/unreadable"]).collect();
    assert_eq!(tested, owned);
    for finding in table().into_iter().flat_map(|(_, bad, _)| judge(&bad).findings) {
        assert!(owned.contains(finding.rule.as_str()), "{}", finding.rule);
        assert!(!finding.fixes.is_empty() && finding.place.is_some(), "{finding:?}");
    }
}

#[test]
fn findings_stand_where_the_trouble_is() {
    let text = workflow(
        "",
        "",
        "- uses: o/a@v1\n- run: |\n    echo one\n    npm publish || true\n- run: npm publish || true\n",
    );
    let found = judge(&text);
    let lines = |rule: &str| {
        let places =
            found.findings.iter().filter(|finding| finding.rule == rule).filter_map(|finding| finding.place.clone());
        places
            .map(|place| text.lines().nth(usize::try_from(place.line).unwrap() - 1).unwrap().trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines("workflow/unpinned-action"), ["- uses: o/a@v1"]);
    assert_eq!(lines("workflow/ignored-failure"), ["npm publish || true", "- run: npm publish || true"]);
    let alias = workflow("x: &x |\n  a\n  b\n  c\n  d\n  npm publish || true", "", "- run: *x\n");
    let found = judge(&alias).findings;
    let ignored = found.iter().find(|finding| finding.rule == "workflow/ignored-failure").unwrap();
    assert_eq!(ignored.place.as_ref().unwrap().line, alias.lines().count() as u64, "where it is used");
    // Line ends that are written as escapes, or folded, are none of the file.
    for script in ["\"echo\\n\\n\\n\\n\\n\\nnpm publish || true\"", ">\n    echo one\n\n    npm publish || true"] {
        let text = workflow("", "", &format!("- run: {script}\n"));
        let last = text.lines().count() as u64;
        let findings = judge(&text).findings;
        let found = findings.iter().find(|finding| finding.rule == "workflow/ignored-failure").unwrap();
        assert!(found.place.as_ref().unwrap().line <= last, "{found:?}");
    }
}

#[test]
fn calling_bowlines_workflow_meets_what_it_brings() {
    let text = format!(
        "on: push\npermissions: {{}}\njobs:\n  release:\n    permissions:\n      contents: write\n    uses: bowline-release/bowline/.github/workflows/release.yml@{PIN}\n    with:\n      environment: production\n"
    );
    let found = judge(&text);
    let stands = |id: &str| found.areas.iter().find(|row| row.area == id).unwrap().state;
    for id in [
        "version-conflicts",
        "retries",
        "error-handling",
        "artifact-validation",
        "structured-logs",
        "audit-trail",
        "pinning",
    ] {
        assert_eq!(stands(id), State::Met, "{id}: {:#?}", found.areas);
    }
    assert_ne!(stands("signing"), State::Met, "this version does not sign");
    assert!(found.findings.iter().all(|finding| finding.severity < Severity::Error), "{:#?}", found.findings);
}

/// What was not read is neither praised nor blamed.
#[test]
fn what_is_done_elsewhere_cannot_be_told() {
    let text = format!("on: push\npermissions: {{}}\njobs:\n  a:\n    uses: o/r/.github/workflows/publish.yml@{PIN}\n");
    let found = judge(&text);
    assert!(found.areas.iter().any(|row| row.state == State::CannotTell), "{:#?}", found.areas);
    assert!(found.findings.is_empty(), "{:#?}", found.findings);
}

#[test]
fn nothing_that_releases_needs_nothing_of_a_release() {
    let found = judge(&workflow("", "", "- run: npm test\n"));
    assert!(!found.releases && found.findings.is_empty(), "{:#?}", found.findings);
    assert!(found.areas.iter().any(|row| row.state == State::NotApplicable));
}

#[test]
fn local_workflows_and_actions_are_followed_once() {
    let caller = "on: push\npermissions: {}\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n";
    let called = "on: workflow_call\npermissions: {}\njobs:\n  b:\n    runs-on: x\n    steps:\n      - uses: $/act\n";
    let action = "name: a\nruns:\n  using: composite\n  steps:\n    - run: npm publish || true\n      shell: bash\n    - uses: ./act\n";
    let read = |path: &str| match path {
        ".github/workflows/b.yml" => Some(called.to_owned()),
        "act/action.yml" => Some(action.to_owned()),
        _ => None,
    };
    let found = audit(&[(".github/workflows/a.yml".to_owned(), caller.to_owned())], &read);
    assert_eq!(found.files, [".github/workflows/a.yml", ".github/workflows/b.yml", "act/action.yml"]);
    let ignored = found.findings.iter().find(|finding| finding.rule == "workflow/ignored-failure").unwrap();
    assert_eq!(ignored.place.as_ref().unwrap().path, "act/action.yml");
}

#[test]
fn environments_are_told() {
    let text = workflow("", "environment:\n  name: production\n  url: x", PUBLISH);
    assert_eq!(judge(&text).environments, BTreeSet::from(["production".to_owned()]));
    assert!(judge(&workflow("", "environment: ${{ inputs.x }}", PUBLISH)).environments.is_empty());
    let call = |what: &str| {
        format!(
            "on: push\npermissions: {{}}\njobs:\n  a:\n    uses: {what}@{PIN}\n    with:\n      environment: live\n"
        )
    };
    let ours = judge(&call("bowline-release/bowline/.github/workflows/release.yml"));
    assert_eq!(ours.environments, BTreeSet::from(["live".to_owned()]));
    assert!(judge(&call("o/r/.github/workflows/x.yml")).environments.is_empty(), "what others do with it is not known");
}
