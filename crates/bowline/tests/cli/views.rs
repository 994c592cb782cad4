//! What a user sees from beginning to end: exit code, standard output and standard error together.

use crate::support::{one_fix, with_artifacts, with_package_json};
use bowline_testkit::{Ran, World};
use std::os::unix::fs::PermissionsExt;

/// The whole view, without what differs between machines: times and byte counts.
fn view(ran: &Ran) -> String {
    let snapshot = ran.snapshot();
    let lines = snapshot.lines().map(|line| {
        let line = line.strip_suffix(" s").map_or(line, |rest| {
            let digits = rest.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            digits.strip_suffix(' ').unwrap_or(line)
        });
        match line.split_once(" bytes)") {
            Some((count, rest)) => {
                format!("{}[N] bytes){rest}", count.trim_end_matches(|c: char| c.is_ascii_digit()))
            }
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plan() {
    insta::assert_snapshot!(view(&with_package_json().bowline(&["plan"])), @r#"
    exit: 0
    --- stdout ---
    app 1.0.0 → 1.1.0
      channel   stable: no channels are configured
      why       minor: feat: add things ([SHORT])
      tag       v1.1.0 on main, from [SHORT]
      commits   1 commit (feat 1)
      edit      CHANGELOG.md created with 9 lines
      edit      package.json version: 1.0.0 → 1.1.0

    Notes
      ### Features

      - add things ([SHORT])

    Steps
      – gate/branch          skipped: not configured
      ▸ gate/tree            looks
      ▸ gate/remote          looks
      – gate/checks          skipped: not configured
      – gate/environment     skipped: not configured
      – commit/staged        skipped: not configured
      ▸ commit/objects       changes this machine
      – build/command        skipped: not configured
      – build/promoted       skipped: nothing is promoted
      ▸ build/manifest       changes this machine
      ▸ validate/artifacts   looks
      ▸ draft/create         can be taken back
      ▸ draft/upload         can be taken back
      ▸ draft/verify         looks
      ▸ push/refs            cannot be taken back
      ▸ publish/release      cannot be taken back
      ▸ verify/release       looks
      ▸ notify/checkout      changes this machine
      – notify/floating-tags skipped: not configured
      – notify/discussion    skipped: not configured
      – notify/status        skipped: not configured
      – notify/released      skipped: not configured

    Gates
      open   gate/tree        the declared files are clean
      open   gate/remote      the remote has not moved and the tag is free

    plan sha256:[DIGEST]
    --- stderr ---
    "#);
}

#[test]
fn a_release() {
    insta::assert_snapshot!(view(&with_artifacts().bowline(&["release", "--yes"])), @r#"
    exit: 0
    --- stdout ---
    Released app 1.1.0
      tag     v1.1.0
      commit  [OID]
      where   [ROOT]/data/bowline/releases/app/v1.1.0
      assets  4 files ([N] bytes), each downloaded again and compared
    --- stderr ---
    Releasing app 1.0.0 → 1.1.0 from main at [SHORT]
      – gate/branch          skipped: not configured
      ✓ gate/tree            the declared files are clean
      ✓ gate/remote          the remote has not moved and the tag is free
      – gate/checks          skipped: not configured
      – gate/environment     skipped: not configured
      – commit/staged        skipped: not configured
      ✓ commit/objects       make the release commit and the tag
      – build/command        skipped: not configured
      – build/promoted       skipped: nothing is promoted
      ✓ build/manifest       collect the artifacts and freeze them
      ✓ validate/artifacts   check the frozen artifacts
      ✓ draft/create         create the draft release
      ✓ draft/upload         upload the assets
      ✓ draft/verify         verify the whole set in the draft
      ✓ push/refs            push branch and tag at once
      ✓ publish/release      publish the release
      ✓ verify/release       download and verify the release
      ✓ notify/checkout      bring the checkout to the release
      – notify/floating-tags skipped: not configured
      – notify/discussion    skipped: not configured
      – notify/status        skipped: not configured
      – notify/released      skipped: not configured
    "#);
}

#[test]
fn a_promotion() {
    let world = with_artifacts();
    let _ = world.bowline(&["release", "--yes", "--pre", "rc"]).expect_code(0);
    let promote = ["promote", "1.1.0-rc.0", "--to", "stable"];
    insta::assert_snapshot!(view(&world.bowline(&[&promote[..], &["--dry-run"]].concat())), @r#"
    exit: 0
    --- stdout ---
    app 1.0.0 → 1.1.0
      channel   stable: no channels are configured
      why       promotes v1.1.0-rc.0; minor: feat: add things ([SHORT])
      tag       v1.1.0 on main, from [SHORT]
      promotes  v1.1.0-rc.0, its files as they are: inside of them, and in their names, it stays 1.1.0-rc.0
      commits   2 commits (chore 1, feat 1)
      edit      none: the tag stands on the planned commit itself

    Notes
      ### Features

      - add things ([SHORT])

    Steps
      – gate/branch          skipped: not configured
      ▸ gate/tree            looks
      ▸ gate/remote          looks
      – gate/checks          skipped: not configured
      – gate/environment     skipped: not configured
      – commit/staged        skipped: not configured
      ▸ commit/objects       changes this machine
      – build/command        skipped: a promotion builds nothing
      ▸ build/promoted       changes this machine
      ▸ build/manifest       changes this machine
      ▸ validate/artifacts   looks
      ▸ draft/create         can be taken back
      ▸ draft/upload         can be taken back
      ▸ draft/verify         looks
      ▸ push/refs            cannot be taken back
      ▸ publish/release      cannot be taken back
      ▸ verify/release       looks
      ▸ notify/checkout      changes this machine
      – notify/floating-tags skipped: not configured
      – notify/discussion    skipped: not configured
      – notify/status        skipped: not configured
      – notify/released      skipped: not configured

    Gates
      open   gate/tree        the declared files are clean
      open   gate/remote      the remote has not moved and the tag is free

    plan sha256:[DIGEST]
    --- stderr ---
    "#);
    insta::assert_snapshot!(view(&world.bowline(&promote)), @r#"
    exit: 0
    --- stdout ---
    Released app 1.1.0
      tag     v1.1.0
      commit  [OID]
      where   [ROOT]/data/bowline/releases/app/v1.1.0
      assets  4 files ([N] bytes), each downloaded again and compared
    --- stderr ---
    Promoting v1.1.0-rc.0: app 1.0.0 → 1.1.0 from main at [SHORT]
      – gate/branch          skipped: not configured
      ✓ gate/tree            the declared files are clean
      ✓ gate/remote          the remote has not moved and the tag is free
      – gate/checks          skipped: not configured
      – gate/environment     skipped: not configured
      – commit/staged        skipped: not configured
      ✓ commit/objects       make the release commit and the tag
      – build/command        skipped: a promotion builds nothing
      ✓ build/promoted       take the files of the promoted pre-release
      ✓ build/manifest       collect the artifacts and freeze them
      ✓ validate/artifacts   check the frozen artifacts
      ✓ draft/create         create the draft release
      ✓ draft/upload         upload the assets
      ✓ draft/verify         verify the whole set in the draft
      ✓ push/refs            push branch and tag at once
      ✓ publish/release      publish the release
      ✓ verify/release       download and verify the release
      ✓ notify/checkout      bring the checkout to the release
      – notify/floating-tags skipped: not configured
      – notify/discussion    skipped: not configured
      – notify/status        skipped: not configured
      – notify/released      skipped: not configured
    "#);
    insta::assert_snapshot!(view(&world.bowline(&promote)), @r#"
    exit: 0
    --- stdout ---
    Nothing to promote: already released as v1.1.0
    --- stderr ---
    "#);
}

#[test]
fn nothing_to_do() {
    let world = with_package_json();
    let _ = world.bowline(&["release", "--yes"]).expect_code(0);
    insta::assert_snapshot!(view(&world.bowline(&["release", "--yes"])), @r#"
    exit: 0
    --- stdout ---
    Nothing to release: head is v1.1.0
    --- stderr ---
    "#);
}

#[test]
fn a_refusal() {
    let world = with_package_json();
    world.write("package.json", "{}\n");
    insta::assert_snapshot!(view(&world.bowline(&["release", "--yes"])), @r#"
    exit: 10
    --- stdout ---
    Next: bowline release
    --- stderr ---
    Releasing app 1.0.0 → 1.1.0 from main at [SHORT]
      – gate/branch          skipped: not configured
      ✗ gate/tree            package.json has changes that are not part of this release
    error: package.json has changes that are not part of this release
      hint: commit the changes, or drop them: git restore --staged --worktree -- package.json
      (declared_files_edited in gate/tree, exit code 10)
    "#);
}

#[test]
fn a_failure_that_is_taken_back() {
    let world = with_artifacts();
    let hook = world.remote().join("hooks/update");
    std::fs::create_dir_all(world.remote().join("hooks")).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho 'main is protected' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(view(&world.bowline(&["release", "--yes"])), @r#"
    exit: 20
    --- stdout ---
    Next: bowline release
    --- stderr ---
    Releasing app 1.0.0 → 1.1.0 from main at [SHORT]
      – gate/branch          skipped: not configured
      ✓ gate/tree            the declared files are clean
      ✓ gate/remote          the remote has not moved and the tag is free
      – gate/checks          skipped: not configured
      – gate/environment     skipped: not configured
      – commit/staged        skipped: not configured
      ✓ commit/objects       make the release commit and the tag
      – build/command        skipped: not configured
      – build/promoted       skipped: nothing is promoted
      ✓ build/manifest       collect the artifacts and freeze them
      ✓ validate/artifacts   check the frozen artifacts
      ✓ draft/create         create the draft release
      ✓ draft/upload         upload the assets
      ✓ draft/verify         verify the whole set in the draft
      ✗ push/refs            the remote refused refs/heads/main: hook declined: main is protected; error: hook declined to update refs/heads/main
      nothing is public yet: going back
      ↩ draft/create         taken back
      ↩ build/manifest       taken back
    error: the remote refused refs/heads/main: hook declined: main is protected; error: hook declined to update refs/heads/main
      hint: nothing moved; let this identity bypass the branch's rule, or release from a branch without it
      (push_rejected in push/refs, exit code 20)
    "#);
}

#[test]
fn a_mistake_in_the_configuration() {
    let world = one_fix();
    world.write("bowline.toml", "[release]\nbranchs = [\"main\"]\n\n[artifacts]\nmin = \"one\"\n");
    insta::assert_snapshot!(view(&world.bowline(&["plan"])), @r#"
    exit: 3
    --- stdout ---
    --- stderr ---
    error: bowline.toml is not a valid configuration: 2 findings
      because: bowline.toml:2:1: unknown key `branchs` in `[release]` | branchs = ["main"]
      because: bowline.toml:5:7: `artifacts.min` must be a whole number without quotes, not text | min = "one"
      hint: line 2: did you mean `branches`?
      (config_invalid, exit code 3)
    "#);
}

#[test]
fn a_conflict() {
    let world = with_package_json();
    world.git_in(world.root(), &["clone", "--quiet", "remote/app.git", "other"]);
    let other = world.root().join("other");
    world.git_in(&other, &["commit", "--quiet", "--allow-empty", "--message", "feat: by somebody else"]);
    world.git_in(&other, &["push", "--quiet", "origin", "HEAD"]);
    insta::assert_snapshot!(view(&world.bowline(&["release", "--yes"])), @r#"
    exit: 23
    --- stdout ---
    Next: bowline plan
    --- stderr ---
    Releasing app 1.0.0 → 1.1.0 from main at [SHORT]
      – gate/branch          skipped: not configured
      ✓ gate/tree            the declared files are clean
      ✗ gate/remote          branch main has moved on to [OID] on the remote
    error: branch main has moved on to [OID] on the remote
      hint: update and plan again: git pull --ff-only && bowline plan (the newer head is [OID])
      (superseded in gate/remote, exit code 23)
    "#);
}

#[test]
fn an_explanation() {
    let world = World::with_repository(crate::support::PROGRAM);
    world.commit("docs: say more");
    world.commit_and_push("fix(core)!: mend it\n\nBREAKING CHANGE: the old way is gone");
    insta::assert_snapshot!(view(&world.bowline(&["explain"])), @r#"
    exit: 0
    --- stdout ---
    app
      channel  stable: no channels are configured
      current  1.0.0, from tag v1.0.0 on [SHORT]
      next     2.0.0
      why      major: fix(core)!: mend it ([SHORT])

    2 commits
    ▲ [SHORT] major   fix(core)!: mend it
                 BREAKING CHANGE footer → major
      [SHORT] none    docs: say more
                 docs → none
    --- stderr ---
    "#);
}

#[test]
fn a_status_after_a_crash() {
    let world = with_package_json();
    let killed = world.bowline_with(&["release", "--yes"], &[("BOWLINE_CRASH_AT", "effect:push/refs")]);
    assert_eq!(killed.code, None);
    let host = format!("host {}", world.shell("uname -n"));
    let seen = view(&world.bowline(&["status"])).replace(&host, "[HOST]");
    insta::assert_snapshot!(seen, @r#"
    exit: 0
    --- stdout ---
    local/app on main
      newest tag  v1.0.0 at [SHORT]
      unfinished  v1.1.0, missing: the published release of v1.1.0
        commit    public, [SHORT]
        tag       public, v1.1.0
        release   a draft that nobody sees
                  go on with `bowline resume`
      lock        [HOST] was releasing v1.1.0 and has died; the next run here goes on at once
      run [RUN]  open, v1.1.0
    --- stderr ---
    "#);
}
