#!/usr/bin/env bash
# Brings the program `bowline` onto a runner, and believes nothing that it has not compared.
#
# BOWLINE_BIN names a program that is there already: runners of one's own, air gaps, tests. Otherwise the archive of a release is
# downloaded: that of the version asked for, or that which this action's own files belong to. It counts when
#   - its SHA-256 is the one in the release's SHA256SUMS, and the one asked for where one was,
#   - the release says that it was made of the commit asked for, where one was; a SHA-256 that was asked for says more than that,
#   - the program says that it is that version.
# Needs curl and tar. Works with the bash 3.2 of macOS. Nothing is installed for the machine: the program lies in RUNNER_TEMP.
set -euo pipefail

stop() {
  # Workflow commands want these three escaped (GitHub docs, "Workflow commands").
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  # Not to standard output: a function whose output is taken may stop as well.
  printf '::error title=bowline%%3A cannot be installed::%s\n' "$text" >&2
  exit 1
}

hand_out() {
  printf 'bowline=%s\n' "$1" >>"${GITHUB_OUTPUT:-/dev/null}"
}

works() {
  "$1" --version 2>/dev/null
}

given() {
  case $BOWLINE_BIN in
    /* | [A-Za-z]:[\\/]*) ;;
    *) stop "BOWLINE_BIN is $BOWLINE_BIN: give the whole path of the program" ;;
  esac
  [[ -f $BOWLINE_BIN && -x $BOWLINE_BIN ]] || stop "BOWLINE_BIN is $BOWLINE_BIN, and there is no program that can be started"
  local says
  says=$(works "$BOWLINE_BIN") || stop "the program of BOWLINE_BIN cannot be started here: $BOWLINE_BIN"
  printf 'Using BOWLINE_BIN: %s, %s\n' "$says" "$BOWLINE_BIN"
  hand_out "$BOWLINE_BIN"
}

# The program's name for this machine (Rust's target triples).
target() {
  case ${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)} in
    Linux-X64 | Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64 | Linux-aarch64) echo aarch64-unknown-linux-musl ;;
    macOS-X64 | Darwin-x86_64) echo x86_64-apple-darwin ;;
    macOS-ARM64 | Darwin-arm64) echo aarch64-apple-darwin ;;
    Windows-*) stop "there is no Bowline for Windows yet: run this job on Linux or macOS, and only the build on Windows" ;;
    *) stop "there is no Bowline for ${RUNNER_OS:-$(uname -s)} on ${RUNNER_ARCH:-$(uname -m)}: build it from source and name it with BOWLINE_BIN" ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# The version of the files that this action is made of.
own_version() {
  sed -n 's/^version = "\([0-9A-Za-z.+-]\{1,\}\)"$/\1/p' "$ROOT/Cargo.toml" 2>/dev/null | head -n 1
}

fetch() {
  # Plain HTTP is for servers of a test, on this machine.
  local allowed='=https'
  case $1 in http://127.0.0.1:* | http://localhost:*) allowed='=http' ;; esac
  curl --proto "$allowed" --proto-redir '=https' --fail --silent --show-error --location --retry 4 --retry-connrefused \
    --connect-timeout 20 --max-time 300 --output "$2" -- "$1" ||
    stop "$1 cannot be downloaded. Without a network, put the program onto the runner and name it with BOWLINE_BIN; see docs/action.md"
}

download() {
  local program version=${VERSION#v} server=${SERVER%/} folder archive expected found says made_of
  for program in curl tar; do
    command -v "$program" >/dev/null || stop "$program is not on this runner: install it, or name a program with BOWLINE_BIN"
  done
  if [[ -n $COMMIT && ! $COMMIT =~ ^([0-9a-f]{40}|[0-9a-f]{64})$ ]]; then
    stop "the commit to install from is no commit id: $COMMIT"
  fi
  if [[ $REQUIRE_COMMIT == true && -z $COMMIT && -z $SHA256 ]]; then
    stop "this runner or server does not say which commit the workflow is from (job.workflow_sha is empty), so the program cannot be chosen by it. Name it with BOWLINE_BIN, or give bowline-version and bowline-sha256"
  fi
  [[ $REPOSITORY =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] || stop "the repository to install from is none: $REPOSITORY"
  [[ -n $version ]] || version=$(own_version)
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([.+-][0-9A-Za-z.+-]+)?$ ]] || stop "the version to install is none: $version"
  SHA256=${SHA256#sha256:}
  if [[ -n $SHA256 && ! $SHA256 =~ ^[0-9a-f]{64}$ ]]; then
    stop "the SHA-256 to expect is none: $SHA256"
  fi
  archive=bowline-$(target).tar.gz
  folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/bowline.XXXXXX")
  fetch "$server/$REPOSITORY/releases/download/v$version/SHA256SUMS" "$folder/SHA256SUMS"
  fetch "$server/$REPOSITORY/releases/download/v$version/release.bowline.json" "$folder/release.bowline.json"
  fetch "$server/$REPOSITORY/releases/download/v$version/$archive" "$folder/$archive"
  for program in "$archive" release.bowline.json; do
    # Whole names only: lines are a digest, two blanks and a name.
    expected=$(awk -v name="$program" '$2 == name || $2 == "*" name { print $1 }' "$folder/SHA256SUMS")
    found=$(sha256 "$folder/$program")
    [[ -n $expected && $expected == "$found" ]] ||
      stop "$program of v$version has SHA-256 $found, and SHA256SUMS says ${expected:-nothing}: nothing was installed"
  done
  found=$(sha256 "$folder/$archive")
  [[ -z $SHA256 || $SHA256 == "$found" ]] ||
    stop "$archive of v$version has SHA-256 $found, and $SHA256 is expected: nothing was installed"
  made_of=$(tr -d ' \n\r\t' <"$folder/release.bowline.json" | sed -n 's/.*"commit":"\([0-9a-f]\{40,64\}\)","tag_object".*/\1/p')
  if [[ -n $COMMIT && -z $SHA256 && $COMMIT != "$made_of" ]]; then
    stop "v$version was made of commit ${made_of:-unknown}, and this workflow is from $COMMIT. Pin it to the commit of a release, or give bowline-version and bowline-sha256: git ls-remote $server/$REPOSITORY 'refs/tags/v$version^{}'"
  fi
  tar -xzf "$folder/$archive" -C "$folder" bowline || stop "$archive of v$version holds no program of that name"
  says=$(works "$folder/bowline") || stop "the program of v$version cannot be started on this machine"
  [[ $says == "bowline $version" ]] || stop "the program of v$version says that it is $says"
  printf 'Installed %s (%s, SHA-256 %s, commit %s)\n' "$says" "$archive" "$found" "${made_of:-not told}"
  hand_out "$folder/bowline"
}

: "${VERSION:=}" "${SHA256:=}" "${COMMIT:=}" "${REQUIRE_COMMIT:=false}" "${SERVER:=https://github.com}"
REPOSITORY=${REPOSITORY:-bowline-release/bowline}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
if [[ -n ${BOWLINE_BIN:-} ]]; then given; else download; fi
