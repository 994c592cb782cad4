#!/usr/bin/env bash
# Turns the inputs of release.yml into arguments of Bowline, one on each line, and says which of them are deprecated or not carried
# out. What has no meaning stops the release here, before anything was looked at. Works with the bash 3.2 of macOS.
set -euo pipefail

escaped() {
  # GitHub docs, "Workflow commands": these three stand for themselves otherwise.
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '%s' "${text//$'\n'/%0A}"
}

say() {
  printf '::%s title=%s::%s\n' "$1" "$2" "$(escaped "$3")"
  [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || printf -- '- %s\n' "$(shown "$3")" >>"$GITHUB_STEP_SUMMARY"
}

# For a summary: one line, and nothing of Markdown or HTML in it.
shown() {
  local text=$1
  text=${text//$'\n'/ }
  text=${text//$'\r'/ }
  text=${text//'&'/'&amp;'}
  text=${text//'<'/'&lt;'}
  text=${text//'`'/'&#96;'}
  text=${text//'['/'&#91;'}
  printf '%s' "${text//'|'/'&#124;'}"
}

stop() {
  say error 'input of the release' "$1"
  exit 2
}

deprecated() {
  say warning 'deprecated input' "$1 is deprecated: use $2"
}

args=()
type=${RELEASE_TYPE:-}
if [[ -n ${VERSION_TYPE:-} ]]; then
  deprecated version-type release-type
  case $type in
    '' | auto) type=$VERSION_TYPE ;;
    "$VERSION_TYPE") ;;
    *) stop "release-type is $type and version-type is $VERSION_TYPE: give one of them" ;;
  esac
fi

identifier=
case ${PRERELEASE:-} in
  '' | false) ;;
  true) identifier=rc ;;
  *)
    [[ $PRERELEASE =~ ^[0-9A-Za-z-]+$ ]] ||
      stop "prerelease is $PRERELEASE: it is an identifier such as rc, of letters, digits and hyphens, or true or false"
    identifier=$PRERELEASE
    ;;
esac

version=${VERSION:-}
case $type in
  '' | auto) ;;
  major | minor | patch) args+=(--bump "$type") ;;
  prerelease) identifier=${identifier:-rc} ;;
  premajor | preminor | prepatch)
    args+=(--bump "${type#pre}")
    identifier=${identifier:-rc}
    ;;
  [0-9]* | v[0-9]*)
    [[ -z $version || $version == "$type" ]] || stop "release-type is $type and version is $version: give one of them"
    version=$type
    ;;
  *) stop "release-type is $type: it is auto, major, minor, patch, prerelease, premajor, preminor, prepatch, or a version" ;;
esac
if [[ -n $version ]]; then
  [[ ${#args[@]} -eq 0 ]] || stop "version is $version and release-type is $type: give one of them"
  case ${PRERELEASE:-} in '' | false) ;; *) stop "version is $version and prerelease is $PRERELEASE: give one of them" ;; esac
  [[ ${version#v} =~ ^[0-9A-Za-z.+-]+$ ]] || stop "version is $version: it is written like 1.2.3"
  args+=(--version "${version#v}")
elif [[ -n $identifier ]]; then
  args+=(--pre "$identifier")
fi
if [[ -n ${PLAN_DIGEST:-} ]]; then
  [[ $PLAN_DIGEST =~ ^sha256:[0-9a-f]{64}$ ]] || stop "plan-digest is $PLAN_DIGEST: it is written sha256: and 64 digits"
fi

draft=${DRAFT:-false}
if [[ ${CREATE_GITHUB_RELEASE:-true} == false ]]; then
  say warning 'create-github-release' 'create-github-release is false: the release stays a draft, which readers do not see; branch and tag are pushed'
  draft=true
fi

[[ ${SKIP_QUALITY:-false} != true ]] || deprecated skip-quality 'run-quality-checks: false'
# Nothing but blanks and `false` means that no input about Jira was given.
jira=${JIRA:-}
jira=${jira//false/}
if [[ -n ${jira//[[:space:]]/} ]]; then
  say warning 'Jira is skipped' 'this version does not change anything in Jira: the inputs about it are accepted and not carried out. Keys of issues are linked in the notes where [changelog.jira] in bowline.toml says how'
fi

# What quality.yml says counts for the commit that it looked at, and for no other.
case ${QUALITY_RESULT:-} in
  success)
    command -v git >/dev/null || stop 'git is not on this runner: install it, or choose another one with runs-on'
    head=$(git rev-parse --verify HEAD)
    [[ ${QUALITY_COMMIT:-} == "$head" ]] ||
      stop "the quality checks looked at commit ${QUALITY_COMMIT:-unknown}, and $head is to be released: run the workflow again"
    case ${QUALITY_OUTCOME:-} in
      passed) ;;
      nothing) say notice 'quality' 'no quality check was found in this repository, so none was run' ;;
      *) stop "the quality checks ended with ${QUALITY_OUTCOME:-nothing}" ;;
    esac
    ;;
  skipped | '') say notice 'quality' 'no quality checks were run: run-quality-checks is false' ;;
  *) stop "the quality checks ended with $QUALITY_RESULT" ;;
esac

[[ $draft != true ]] || args+=(--draft)
mark=arguments-$RANDOM$RANDOM$RANDOM
{
  printf 'draft=%s\n' "$draft"
  printf 'plan-args<<%s\n' "$mark"
  [[ ${#args[@]} -eq 0 ]] || printf '%s\n' "${args[@]}"
  printf '%s\n' "$mark"
  # Which plan it must be is for `release` to know; `plan` shows the one that is due.
  [[ -z ${PLAN_DIGEST:-} ]] || args+=(--plan "$PLAN_DIGEST")
  printf 'args<<%s\n' "$mark"
  [[ ${#args[@]} -eq 0 ]] || printf '%s\n' "${args[@]}"
  printf '%s\n' "$mark"
} >>"${GITHUB_OUTPUT:-/dev/null}"
