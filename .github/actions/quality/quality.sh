#!/usr/bin/env bash
# Runs the quality checks of a project: format, lint, type-check, tests, audit, for every ecosystem that is found here, with the tools
# that the project itself configures, or with commands that were given. All kinds run, also after one has failed. What cannot be run is
# skipped with its reason and never counts as passed. Works with the bash 3.2 of macOS.
set -euo pipefail

readonly KINDS='format lint type-check tests audit'
rows=()
failed=()

# The outcome of a kind so far: in outcome_KIND, with _ for -.
outcome_of() {
  local name=outcome_${1//-/_}
  printf '%s' "${!name:-skipped}"
}

# note KIND ECOSYSTEM OUTCOME SECONDS TEXT: remembers one row. A failure stays one; a skip changes nothing.
note() {
  local name=outcome_${1//-/_}
  rows+=("$1|$2|$3|$4|$(shown "$5")")
  case $3 in
    failed)
      printf -v "$name" failed
      failed+=("$1 ($2)")
      ;;
    passed) [[ ${!name:-} == failed ]] || printf -v "$name" passed ;;
  esac
}

# For a cell of a Markdown table.
shown() {
  local text=${1//$'\n'/ }
  text=${text//$'\r'/ }
  text=${text//'&'/'&amp;'}
  text=${text//'<'/'&lt;'}
  text=${text//'`'/'&#96;'}
  printf '%s' "${text//'|'/'&#124;'}"
}

skip() {
  printf 'skipped: %s (%s): %s\n' "$1" "$2" "$3"
  note "$1" "$2" skipped 0 "$3"
}

wanted() {
  local given=given_${1//-/_}
  # What was given takes the place of what would be found.
  [[ -z ${!given:-} && ",$SKIP," != *",$1,"* ]]
}

# What a tool prints is text: no line of it is a command to the runner (GitHub docs, "Stopping and starting workflow commands").
mark=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

# check KIND ECOSYSTEM PROGRAM ARGUMENT...: runs it and remembers how it ended.
check() {
  local kind=$1 ecosystem=$2 start=$SECONDS code=0
  shift 2
  printf '::group::%s (%s)\n::stop-commands::%s\n' "$kind" "$ecosystem" "$mark"
  "$@" </dev/null || code=$?
  # A tool may have ended in the middle of a line.
  printf '\n::%s::\n::endgroup::\n' "$mark"
  if ((code == 0)); then
    note "$kind" "$ecosystem" passed "$((SECONDS - start))" "$*"
  else
    note "$kind" "$ecosystem" failed "$((SECONDS - start))" "$* (exit code $code)"
  fi
}

# with PROGRAM KIND ECOSYSTEM COMMAND...: checks when the program is there, and skips otherwise.
with() {
  local program=$1
  shift
  wanted "$1" || return 0
  if command -v "$program" >/dev/null; then check "$@"; else skip "$1" "$2" "$program is not installed"; fi
}

has() { command -v "$1" >/dev/null; }
contains() { [[ -f $1 ]] && grep -qE "$2" "$1"; }

given() {
  local kind name
  for kind in $KINDS; do
    name=given_${kind//-/_}
    [[ -n ${!name:-} ]] || continue
    if [[ ",$SKIP," == *",$kind,"* ]]; then skip "$kind" given 'skipped as asked'; else
      check "$kind" given bash -euo pipefail -c "${!name}"
    fi
  done
}

rust() {
  [[ -f Cargo.toml ]] || return 0
  local locked=()
  [[ ! -f Cargo.lock ]] || locked=(--locked)
  if ! has cargo; then
    for kind in $KINDS; do ! wanted "$kind" || skip "$kind" rust 'cargo is not installed'; done
    return 0
  fi
  with cargo-fmt format rust cargo fmt --all --check
  with cargo-clippy lint rust cargo clippy --workspace --all-targets ${locked[@]+"${locked[@]}"} -- -D warnings
  ! wanted type-check || skip type-check rust 'the compiler checks types when it builds for lint and tests'
  with cargo tests rust cargo test --workspace ${locked[@]+"${locked[@]}"}
  if [[ -f deny.toml ]] && has cargo-deny; then with cargo-deny audit rust cargo deny check advisories; else
    with cargo-audit audit rust cargo audit
  fi
}

# The first of these scripts that package.json has, and is not npm's own placeholder.
script() {
  node -e '
    const scripts = JSON.parse(require("fs").readFileSync("package.json", "utf8")).scripts || {};
    const is = (name) => typeof scripts[name] === "string" && scripts[name].trim() !== "" && !/no test specified/.test(scripts[name]);
    const found = process.argv.slice(1).find(is);
    if (found) process.stdout.write(found);
  ' "$@"
}

node_js() {
  [[ -f package.json ]] || return 0
  local kind name manager=npm install=(npm install --no-save --no-audit --no-fund) audit=()
  if [[ -f pnpm-lock.yaml ]]; then
    manager=pnpm install=(pnpm install --frozen-lockfile) audit=(pnpm audit --audit-level high --prod)
  elif [[ -f yarn.lock ]]; then
    manager=yarn install=(yarn install --frozen-lockfile)
    # Yarn from 2 on has a file of its own, and another word for it.
    [[ ! -f .yarnrc.yml ]] || install=(yarn install --immutable)
  elif [[ -f package-lock.json || -f npm-shrinkwrap.json ]]; then
    install=(npm ci --no-audit --no-fund) audit=(npm audit --audit-level=high --omit=dev)
  fi
  for name in node "$manager"; do
    has "$name" && continue
    for kind in $KINDS; do ! wanted "$kind" || skip "$kind" node "$name is not installed"; done
    return 0
  done
  # Said in words of our own: what a parser says about the text holds the text.
  if ! node -e 'if (!JSON.parse(require("fs").readFileSync("package.json", "utf8"))) process.exit(1)' 2>/dev/null; then
    for kind in $KINDS; do ! wanted "$kind" || note "$kind" node failed 0 'package.json is no JSON document'; done
    return 0
  fi
  local kinds='' start=$SECONDS code=0
  for kind in format lint type-check tests; do
    wanted "$kind" || continue
    case $kind in
      format) name=$(script format:check format-check check:format check-format fmt:check prettier:check) ;;
      lint) name=$(script lint) ;;
      type-check) name=$(script typecheck type-check check-types check:types types) ;;
      tests) name=$(script test) ;;
    esac
    if [[ -n $name ]]; then kinds="$kinds $kind=$name"; elif [[ $kind == type-check && -f tsconfig.json ]]; then
      kinds="$kinds $kind="
    else
      skip "$kind" node 'package.json has no script for it'
    fi
  done
  if [[ -n $kinds ]]; then
    printf '::group::dependencies (node)\n::stop-commands::%s\n' "$mark"
    "${install[@]}" </dev/null || code=$?
    printf '\n::%s::\n::endgroup::\n' "$mark"
  fi
  for kind in $kinds; do
    name=${kind#*=}
    kind=${kind%%=*}
    if ((code != 0)); then
      note "$kind" node failed "$((SECONDS - start))" "dependencies cannot be installed: ${install[*]}"
    elif [[ -n $name ]]; then
      check "$kind" node "$manager" run "$name"
    elif [[ -x node_modules/.bin/tsc ]]; then
      check "$kind" node node_modules/.bin/tsc --noEmit
    else
      skip "$kind" node 'tsconfig.json is there and TypeScript is not among the dependencies'
    fi
  done
  if wanted audit; then
    if ((${#audit[@]} > 0)); then check audit node "${audit[@]}"; else
      skip audit node 'without a lock file of npm or pnpm it is not known what to look at: give audit-command'
    fi
  fi
}

python_() {
  [[ -f pyproject.toml || -f setup.py || -f setup.cfg || -f requirements.txt ]] || return 0
  local run=() python=python3 kind
  has python3 || python=python
  if ! has "$python"; then
    for kind in $KINDS; do ! wanted "$kind" || skip "$kind" python 'python3 is not installed'; done
    return 0
  fi
  if [[ -f uv.lock ]] && has uv; then run=(uv run --frozen); elif [[ -f poetry.lock ]] && has poetry; then run=(poetry run); fi
  # tool KIND PROGRAM ARGUMENT...: through the project's own environment where it has one.
  tool() {
    local kind=$1
    shift
    wanted "$kind" || return 0
    if ((${#run[@]} > 0)); then check "$kind" python "${run[@]}" "$@"; else with "$1" "$kind" python "$@"; fi
  }
  if [[ -f ruff.toml || -f .ruff.toml ]] || contains pyproject.toml '^\[tool\.ruff'; then
    tool lint ruff check .
    if contains pyproject.toml '^\[tool\.black'; then tool format black --check .; else tool format ruff format --check .; fi
  else
    if contains pyproject.toml '^\[tool\.black'; then tool format black --check .; else
      ! wanted format || skip format python 'neither ruff nor black is configured'
    fi
    if [[ -f .flake8 ]] || contains setup.cfg '^\[flake8'; then tool lint flake8; else
      ! wanted lint || skip lint python 'neither ruff nor flake8 is configured'
    fi
  fi
  if [[ -f mypy.ini || -f .mypy.ini ]] || contains pyproject.toml '^\[tool\.mypy' || contains setup.cfg '^\[mypy'; then
    tool type-check mypy .
  elif [[ -f pyrightconfig.json ]] || contains pyproject.toml '^\[tool\.pyright'; then
    tool type-check pyright
  else
    ! wanted type-check || skip type-check python 'neither mypy nor pyright is configured'
  fi
  if [[ -f pytest.ini || -f conftest.py || -f tests/conftest.py ]] || contains pyproject.toml 'pytest' || contains setup.cfg '^\[tool:pytest'; then
    tool tests pytest
  elif compgen -G 'tests/test*.py' >/dev/null || compgen -G 'tests/*/test*.py' >/dev/null; then
    if ((${#run[@]} == 0)) && has pytest; then tool tests pytest; else ! wanted tests || check tests python unittest_discover; fi
  else
    ! wanted tests || skip tests python 'there are no tests: neither a configuration of pytest nor files such as tests/test_one.py'
  fi
  if [[ -f requirements.txt ]]; then with pip-audit audit python pip-audit --requirement requirements.txt; else
    with pip-audit audit python pip-audit
  fi
}

# Before Python 3.12 unittest ends well when it finds no test, such as where all are written for pytest.
unittest_discover() {
  ${run[@]+"${run[@]}"} "$python" -c '
import sys, unittest
result = unittest.main(module=None, argv=["unittest", "discover", "-s", "tests"], exit=False).result
sys.exit(None if result.wasSuccessful() and result.testsRun else "unittest ran %d tests" % result.testsRun)
'
}

go_() {
  [[ -f go.mod ]] || return 0
  if ! has go; then
    for kind in $KINDS; do ! wanted "$kind" || skip "$kind" go 'go is not installed'; done
    return 0
  fi
  with gofmt format go unformatted_go
  if has golangci-lint && compgen -G '.golangci.*' >/dev/null; then with golangci-lint lint go golangci-lint run; else
    with go lint go go vet ./...
  fi
  ! wanted type-check || skip type-check go 'the compiler checks types when it builds for lint and tests'
  with go tests go go test ./...
  with govulncheck audit go govulncheck ./...
}

# gofmt tells files by printing them, and ends well all the same.
unformatted_go() {
  local files
  files=$(gofmt -l .) || return 1
  [[ -z $files ]] || { printf '%s\n' "$files"; return 1; }
}

java() {
  local tool kind plugin=''
  if [[ -f pom.xml ]]; then
    tool=mvn
    [[ ! -x mvnw ]] || tool=./mvnw
  elif [[ -f build.gradle || -f build.gradle.kts ]]; then
    tool=gradle
    [[ ! -x gradlew ]] || tool=./gradlew
  else
    return 0
  fi
  for kind in $KINDS; do
    wanted "$kind" || continue
    if ! has "$tool"; then
      skip "$kind" java "$tool is not installed"
      continue
    fi
    case $kind-$tool in
      tests-*mvn*) check tests java "$tool" --batch-mode --no-transfer-progress verify ;;
      tests-*) check tests java "$tool" --console=plain check ;;
      format-*mvn*)
        if contains pom.xml 'spotless-maven-plugin'; then check format java "$tool" --batch-mode --no-transfer-progress spotless:check; else
          skip format java 'pom.xml has no spotless-maven-plugin'
        fi
        ;;
      audit-*) skip audit java 'no tool for it comes with Maven or Gradle: give audit-command' ;;
      *)
        plugin=verify
        [[ $tool == *mvn* ]] || plugin=check
        skip "$kind" java "what the project has of it is part of $plugin, which counts as tests"
        ;;
    esac
  done
}

main() {
  command -v git >/dev/null || { printf '::error title=quality::git is not on this runner\n'; exit 2; }
  local kind row result=nothing missing=() passed=0
  SKIP=${SKIP//[[:space:]]/}
  REQUIRE=${REQUIRE//[[:space:]]/}
  for kind in ${SKIP//,/ } ${REQUIRE//,/ }; do
    [[ " $KINDS " == *" $kind "* ]] || { printf '::error title=quality::there is no check %s\n' "$(printf '%s' "$kind" | tr -cd 'a-z-')"; exit 2; }
  done
  given
  rust
  node_js
  python_
  go_
  java
  for kind in $KINDS; do
    [[ $(outcome_of "$kind") != passed ]] || passed=$((passed + 1))
    if [[ ",$REQUIRE," == *",$kind,"* && $(outcome_of "$kind") == skipped ]]; then
      missing+=("$kind")
    fi
  done
  ((passed == 0)) || result=passed
  ((${#failed[@]} == 0 && ${#missing[@]} == 0)) || result=failed
  {
    printf 'result=%s\n' "$result"
    for kind in $KINDS; do printf '%s=%s\n' "$kind" "$(outcome_of "$kind")"; done
    printf 'commit=%s\n' "$(git rev-parse --verify HEAD)"
  } >>"${GITHUB_OUTPUT:-/dev/null}"
  {
    printf '## Quality: %s\n\n' "$result"
    if ((${#rows[@]} == 0)); then
      printf 'No project was found here that has something to check.\n'
    else
      printf '| check | of | outcome | seconds | what |\n| --- | --- | --- | --- | --- |\n'
      for row in "${rows[@]}"; do printf '| %s |\n' "${row//|/ | }"; done
    fi
    ((${#missing[@]} == 0)) || printf '\nRequired and not run: %s\n' "${missing[*]}"
  } | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"
  [[ $result == failed ]] || return 0
  ((${#failed[@]} == 0)) || printf '::error title=quality::failed: %s\n' "${failed[*]}"
  ((${#missing[@]} == 0)) || printf '::error title=quality::required, and not run: %s\n' "${missing[*]}"
  return 1
}

: "${SKIP:=}" "${REQUIRE:=}"
main
