#!/usr/bin/env bash
# Runs one command of Bowline and hands its outputs on. BOWLINE is the program, COMMAND the command, ARGS its arguments, one on each
# line: nothing is split or expanded, so text from outside stays one argument.
set -euo pipefail

: "${BOWLINE:?}" "${COMMAND:?}" "${ARGS:=}" "${NEUTRAL_SUPERSEDED:=false}"
[[ $COMMAND =~ ^[a-z][a-z-]*$ ]] || {
  printf '::error title=bowline::the command is one word, such as release; arguments go into args, one on each line\n'
  exit 2
}
arguments=()
while IFS= read -r argument || [[ -n $argument ]]; do
  argument=${argument%$'\r'}
  [[ -z $argument ]] || arguments+=("$argument")
done <<<"$ARGS"

# The job's token belongs to the job's server. github.com is known; an Enterprise Server has to be named (docs/github.md, "The token").
if [[ -z ${BOWLINE_ALLOW_HOSTS:-} && -n ${GITHUB_SERVER_URL:-} && $GITHUB_SERVER_URL != https://github.com ]]; then
  own=${GITHUB_SERVER_URL#*://}
  export BOWLINE_ALLOW_HOSTS=${own%%/*}
fi

outputs=$(mktemp "${RUNNER_TEMP:-/tmp}/bowline-outputs.XXXXXX")
trap 'rm -f "$outputs"' EXIT
code=0
# A variable that is set and empty counts as absent. These two are this script's own.
env -u ARGS -u COMMAND GITHUB_OUTPUT="$outputs" "$BOWLINE" "$COMMAND" ${arguments[@]+"${arguments[@]}"} &
program=$!
# A cancelled job gets some seconds: Bowline pauses in them, and the next run goes on.
trap 'kill -TERM "$program" 2>/dev/null || true' INT TERM
# A signal ends the waiting, not the program.
while true; do
  code=0
  wait "$program" || code=$?
  kill -0 "$program" 2>/dev/null || break
done
cat "$outputs" >>"${GITHUB_OUTPUT:-/dev/null}"

# The first line is always the status, so no text of a commit can stand in its place.
IFS= read -r status <"$outputs" || status=
# Later jobs go by the outputs: without them they would be skipped, and the workflow would look as if nothing was due.
if [[ $code == 0 && $COMMAND == release && $status != status=* ]]; then
  printf '::error title=bowline::the outputs of this step could not be written: see whether the disk of the runner is full\n'
  exit 1
fi
if [[ $code == 23 && $status == status=superseded && $NEUTRAL_SUPERSEDED == true ]]; then
  echo "A newer commit is on the branch: its own run releases. This one ends here, and nothing was changed."
  exit 0
fi
exit "$code"
