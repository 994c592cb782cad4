#!/usr/bin/env bash
# Tells Slack how a release ended, by an incoming webhook (Slack docs, "Sending messages using incoming webhooks"). Whether that works
# or not, the release is what it is: nothing here makes a job red. The address is a secret and is not in any argument.
set -euo pipefail

: "${SLACK_WEBHOOK_URL:=}" "${SLACK_WEBHOOK:=}" "${SLACK_UNUSED:=}" "${RESULTS:=}" "${STATUS:=}" "${TAG:=}" "${RELEASE_URL:=}"

note() {
  printf '::%s title=Slack::%s\n' "$1" "$2"
  [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || printf -- '- Slack: %s\n' "$2" >>"$GITHUB_STEP_SUMMARY"
}

# Only names get here, never what the secrets are.
[[ -z ${SLACK_UNUSED//[[:space:]]/} ]] || note warning "not used: $(printf '%s' "$SLACK_UNUSED" | tr -cd 'A-Z_ '); give SLACK_WEBHOOK_URL, the address of an incoming webhook"
if [[ -z $SLACK_WEBHOOK_URL && -n $SLACK_WEBHOOK ]]; then
  note warning 'SLACK_WEBHOOK is deprecated: use SLACK_WEBHOOK_URL'
  SLACK_WEBHOOK_URL=$SLACK_WEBHOOK
fi
if [[ -z $SLACK_WEBHOOK_URL ]]; then
  note notice 'skipped: no SLACK_WEBHOOK_URL was given'
  exit 0
fi
command -v curl >/dev/null || { note warning 'not told: curl is not on this runner'; exit 0; }
case $SLACK_WEBHOOK_URL in
  https://*) allowed='=https' ;;
  # A server of a test, on this machine.
  http://127.0.0.1:*) allowed='=http' ;;
  *) note warning 'not told: SLACK_WEBHOOK_URL is no https address'; exit 0 ;;
esac

# Only what has the form of a tag or an address goes into the message: nothing else of a stranger is in it.
[[ $TAG =~ ^[0-9A-Za-z._/@+-]{1,200}$ ]] || TAG='a release'
[[ $RELEASE_URL =~ ^https?://[0-9A-Za-z._~:/@%+-]{1,500}$ ]] || RELEASE_URL=
[[ $STATUS =~ ^[a-z]{1,20}$ ]] || STATUS=
run=${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}/actions/runs/${GITHUB_RUN_ID:-}
case " $RESULTS " in
  *' failure '* | *' cancelled '*) text="${GITHUB_REPOSITORY:-}: releasing $TAG did not end well${STATUS:+ ($STATUS)}. $run" ;;
  *)
    case $STATUS in
      released) text="${GITHUB_REPOSITORY:-}: $TAG is released. ${RELEASE_URL:-$run}" ;;
      *) text="${GITHUB_REPOSITORY:-}: $TAG: ${STATUS:-nothing was released}. $run" ;;
    esac
    ;;
esac

body=$(mktemp "${RUNNER_TEMP:-/tmp}/notice.XXXXXX")
trap 'rm -f "$body"' EXIT
printf '{"text":"%s"}' "$text" >"$body"
# The address comes by standard input: arguments can be seen by everybody on the machine.
if printf 'url = "%s"\n' "$SLACK_WEBHOOK_URL" | curl --config - --proto "$allowed" --fail --silent --show-error --retry 2 \
  --connect-timeout 10 --max-time 30 --header 'Content-Type: application/json' --data "@$body" --output /dev/null; then
  note notice 'told'
else
  note warning 'not told: the address did not take the message'
fi
