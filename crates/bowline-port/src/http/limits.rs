//! When a server wants to be left alone, read from its answers.
//!
//! Three ways are in use: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3); a count of what is left with
//! the time at which it starts anew (`x-ratelimit-remaining`, `x-ratelimit-reset`, and the same without the `x-`); and no
//! more than the words *secondary rate limit*, for which GitHub asks to wait at least a minute and longer each time.
//! GraphQL refuses with success: there an error of the type `RATE_LIMITED`, or with those words, stands in the answer
//! (*Rate limits and query limits for the GraphQL API*).
//! Dates of the server are compared with the server's own `Date`, so that it does not matter what our clock says.

use super::Reply;
use bowline_model::Timestamp;
use serde_json::Value;
use std::time::{Duration, UNIX_EPOCH};

/// How long nothing may be sent to the host of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    /// From the arrival of the answer on.
    pub(super) wait: Duration,
    /// Whether the server named that time. If not, it is our own guess and grows.
    pub(super) asked: bool,
}

/// Whether the answer says that the request was not carried out because there were too many.
pub(super) fn is_limited(reply: &Reply) -> bool {
    match reply.status {
        429 => true,
        // A right that is missing is a 403 as well, and waiting does not bring it.
        403 => reply.header("retry-after").is_some() || says_so(reply) || (is_used_up(reply) && reply.body.is_empty()),
        200 => has_limit_among_errors(reply),
        _ => false,
    }
}

/// For how long the host of `reply` is to be left alone, when it is. `now` is our own time, `strikes` counts the limits
/// before this one that came without a time.
pub(super) fn hold(reply: &Reply, now: Timestamp, strikes: u32) -> Option<Hold> {
    let limited = is_limited(reply);
    let server = reply.header("date").and_then(http_date).unwrap_or_else(|| now.unix());
    let after = reply.header("retry-after").filter(|_| limited || reply.status >= 500);
    let after = after.and_then(|value| retry_after(value, server));
    let reset = is_used_up(reply).then(|| reset(reply, server)).flatten();
    match after.max(reset) {
        Some(wait) => (!wait.is_zero() || limited).then_some(Hold { wait, asked: true }),
        None => limited.then(|| Hold { wait: unasked(strikes), asked: false }),
    }
}

/// The wait when a limit came without a time, after so many others: a minute, two, four, at most an hour.
fn unasked(strikes: u32) -> Duration {
    SECONDARY.saturating_mul(1 << strikes.min(16)).min(LONGEST_UNASKED)
}

fn says_so(reply: &Reply) -> bool {
    is_about_limit(&String::from_utf8_lossy(reply.body.get(..SEARCHED).unwrap_or(&reply.body)))
}

fn is_about_limit(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["rate limit", "abuse detection"].iter().any(|words| text.contains(words))
}

/// Whether it is an answer of GraphQL with such an error. Words count only in an error without a type: one of another type
/// may quote what a stranger wrote.
fn has_limit_among_errors(reply: &Reply) -> bool {
    if !reply.body.windows(ERRORS.len()).any(|window| window == ERRORS) {
        return false;
    }
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let errors = answer.get("errors").and_then(Value::as_array);
    errors.into_iter().flatten().any(|error| {
        let word = |name: &str| error.get(name).and_then(Value::as_str);
        word("type").map_or_else(|| word("message").is_some_and(is_about_limit), |kind| kind == "RATE_LIMITED")
    })
}

fn is_used_up(reply: &Reply) -> bool {
    either(reply, "x-ratelimit-remaining", "ratelimit-remaining").is_some_and(|left| left.trim() == "0")
}

/// Until the count starts anew. The value is a Unix time (GitHub, GitLab) or a number of seconds (IETF draft
/// *RateLimit header fields*); no server means 2001 by a small number.
fn reset(reply: &Reply, server: i64) -> Option<Duration> {
    let value: i64 = either(reply, "x-ratelimit-reset", "ratelimit-reset")?.trim().parse().ok()?;
    Some(seconds(if value > 1_000_000_000 { value.saturating_sub(server) } else { value }))
}

fn either<'r>(reply: &'r Reply, name: &str, other: &str) -> Option<&'r str> {
    reply.header(name).or_else(|| reply.header(other))
}

/// A number of seconds, or a date.
fn retry_after(value: &str, server: i64) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(seconds(value.parse().unwrap_or(i64::MAX)));
    }
    Some(seconds(http_date(value)?.saturating_sub(server)))
}

/// A date in any of the three forms (RFC 9110, section 5.6.7), in Unix seconds.
pub(super) fn http_date(value: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(value.trim()).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// Never negative, and never so long that adding it to a time overflows.
fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.clamp(0, LONGEST).unsigned_abs())
}

const SECONDARY: Duration = Duration::from_secs(60);
const LONGEST_UNASKED: Duration = Duration::from_secs(3600);
/// Ten years: as good as for ever, and still a time with four digits for the year.
const LONGEST: i64 = 10 * 366 * 86_400;
/// The member of a GraphQL answer with its errors, as it cannot stand inside of a text.
const ERRORS: &[u8] = b"\"errors\"";
/// How much of an answer is searched for words.
const SEARCHED: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Our clock; the server's is two hours behind.
    const NOW: i64 = 1_800_007_200;
    const DATE: (&str, &str) = ("date", "Fri, 15 Jan 2027 08:00:00 GMT");

    fn check(status: u16, headers: &[(&str, &str)], body: &str, expected: Option<u64>) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let reply = Reply { status, headers, body: body.as_bytes().to_vec() };
        let now = Timestamp::from_unix(NOW).unwrap();
        let found = hold(&reply, now, 0).map(|hold| hold.wait.as_secs());
        assert_eq!(found, expected, "{reply:?}");
        if expected.is_some() && (status != 200 || !body.is_empty()) && status < 500 {
            assert!(is_limited(&reply), "{reply:?}");
        }
    }

    #[test]
    fn seconds_and_dates_are_read() {
        check(429, &[("retry-after", "30")], "", Some(30));
        check(429, &[("retry-after", " 0 ")], "", Some(0));
        check(429, &[DATE, ("retry-after", "Fri, 15 Jan 2027 08:01:30 GMT")], "", Some(90));
        check(429, &[DATE, ("retry-after", "Friday, 15-Jan-27 08:01:30 GMT")], "", Some(90));
        check(429, &[DATE, ("retry-after", "Fri Jan 15 08:01:30 2027")], "", Some(90));
        check(429, &[DATE, ("retry-after", "Fri, 15 Jan 2027 07:00:00 GMT")], "", Some(0));
        // Without the server's date there is only our own.
        check(429, &[("retry-after", "Fri, 15 Jan 2027 10:00:05 GMT")], "", Some(5));
        check(503, &[("retry-after", "7")], "", Some(7));
        check(403, &[("retry-after", "7")], "{}", Some(7));
    }

    #[test]
    fn what_cannot_be_read_counts_as_not_said() {
        for value in ["soon", "-5", "1.5", "", "1e3", "+7"] {
            check(429, &[("retry-after", value)], "", Some(60));
        }
        check(503, &[("retry-after", "soon")], "", None);
        check(503, &[], "", None);
        check(429, &[("retry-after", "99999999999999999999999")], "", Some(LONGEST.unsigned_abs()));
    }

    #[test]
    fn a_count_that_is_used_up_holds_even_after_success() {
        let used = ("x-ratelimit-remaining", "0");
        check(200, &[DATE, used, ("x-ratelimit-reset", "1800003600")], "", Some(3600));
        check(403, &[DATE, used, ("x-ratelimit-reset", "1800000010")], "API rate limit exceeded for x", Some(10));
        check(403, &[DATE, used, ("x-ratelimit-reset", "1800000010")], "", Some(10));
        check(429, &[DATE, used, ("x-ratelimit-reset", "1800000010"), ("retry-after", "99")], "", Some(99));
        check(200, &[DATE, ("ratelimit-remaining", "0"), ("ratelimit-reset", "25")], "", Some(25));
        check(200, &[DATE, ("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "1800003600")], "", None);
        check(200, &[DATE, used, ("x-ratelimit-reset", "1700000000")], "", None);
        check(200, &[DATE, used, ("x-ratelimit-reset", "never")], "", None);
        check(200, &[("retry-after", "30")], "", None);
    }

    #[test]
    fn graphql_refuses_with_success() {
        let limited = r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#;
        let used = ("x-ratelimit-remaining", "0");
        check(200, &[], limited, Some(60));
        check(200, &[DATE, used, ("x-ratelimit-reset", "1800000010")], limited, Some(10));
        check(
            200,
            &[("retry-after", "7")],
            r#"{"errors":[{"message":"You have exceeded a secondary rate limit"}]}"#,
            Some(7),
        );
        for body in [
            r#"{"errors":[{"type":"NOT_FOUND","message":"no repository named rate limit"}]}"#,
            r#"{"errors":[{"message":"Something went wrong"}]}"#,
            r#"{"body":"\"errors\":[{\"type\":\"RATE_LIMITED\"}]"}"#,
            r#"{"errors":"RATE_LIMITED"}"#,
            r#"[{"errors":[{"type":"RATE_LIMITED"}]}]"#,
            r#""errors" [{"type":"RATE_LIMITED"}]"#,
        ] {
            check(200, &[], body, None);
        }
    }

    #[test]
    fn a_missing_right_is_no_limit() {
        check(403, &[], "Resource not accessible by integration", None);
        check(401, &[], "Bad credentials", None);
        check(403, &[], "", None);
        let reply = |body: &str| Reply {
            status: 403,
            headers: vec![("x-ratelimit-remaining".to_owned(), "0".to_owned())],
            body: body.as_bytes().to_vec(),
        };
        assert!(!is_limited(&reply("Resource not accessible by integration")));
        assert!(is_limited(&reply("")));
    }

    #[test]
    fn without_a_time_it_gets_longer() {
        let said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        check(403, &[], said, Some(60));
        check(403, &[], "You have triggered an Abuse Detection mechanism", Some(60));
        check(429, &[], "", Some(60));
        let minutes: Vec<u64> = (0..8).map(|strikes| unasked(strikes).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(unasked(u32::MAX), LONGEST_UNASKED);
    }
}
