//! What an object store said, in words that are safe to show.
//!
//! Errors of the client hold addresses with signed queries, and answers of a server may repeat a whole signed request.
//! So of a chain of errors only the deepest cause is told, of an answer only its code and message, and whatever is a
//! secret of ours is blotted out.

use crate::http::words::deepest;
use bowline_model::text::one_line;
use bowline_port::environment::Environment;
use std::error::Error;

/// Values that must not be shown.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// The values of `names`.
    pub(super) fn of(environment: &Environment, names: impl IntoIterator<Item = &'static str>) -> Self {
        let values = names.into_iter().filter_map(|name| environment.get(name)).filter(|value| value.len() > 3);
        Self(values.map(str::to_owned).collect())
    }

    /// What went wrong, in one line.
    pub(super) fn describe(&self, error: &(dyn Error + 'static)) -> String {
        let mut text = condense(&deepest(error));
        for secret in &self.0 {
            text = text.replace(secret.as_str(), "***");
        }
        one_line(&text, 300).into_owned()
    }
}

/// `text` without what the client says around it, with the answer cut down to its code and message: the rest is a page
/// for a browser, or our own request.
fn condense(text: &str) -> String {
    let (before, answer) = match text.strip_prefix("Server returned non-2xx status code: ") {
        Some(answered) => answered.split_once(": ").unwrap_or((answered, "")),
        None => (text, ""),
    };
    let mut told = without_queries(before);
    for (open, close) in
        [("<Code>", "</Code>"), ("<Message>", "</Message>"), (r#""error":""#, "\""), (DESCRIPTION, "\"")]
    {
        let found = answer.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        if let Some((part, _)) = found {
            told = format!("{told}: {}", without_queries(part));
        }
    }
    if told.is_empty() { "an answer that is none".to_owned() } else { told }
}

/// `text` in which no address has a query.
fn without_queries(text: &str) -> String {
    let cut = |word: &str| match word.split_once('?') {
        Some((address, _)) if address.contains("://") => address.to_owned(),
        _ => word.to_owned(),
    };
    text.split(char::is_whitespace).map(cut).collect::<Vec<_>>().join(" ")
}

/// Logins answer with JSON.
const DESCRIPTION: &str = r#""error_description":""#;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Chain {
        text: String,
        source: Option<Box<Chain>>,
    }

    fn check(chain: &[&str], expected: &str) {
        let environment = [("KEY".to_owned(), "s3cret/key".to_owned()), ("SHORT".to_owned(), "a".to_owned())];
        let secrets = Secrets::of(&Environment::from_pairs(environment), ["KEY", "SHORT", "ABSENT"]);
        let link = |source, text: &&str| Some(Box::new(Chain { text: (*text).to_owned(), source }));
        let error = chain.iter().rev().fold(None, link).unwrap();
        assert_eq!(secrets.describe(&*error), expected);
    }

    #[test]
    fn only_what_helps_is_told() {
        check(&["Generic S3 error: GET http://x/?X-Amz-Signature=1", "Connection refused"], "Connection refused");
        check(
            &[
                "Server returned non-2xx status code: 403 Forbidden: <?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch\
               </Code><Message>Check your key.</Message><CanonicalRequest>x-amz-security-token:abc</CanonicalRequest></Error>",
            ],
            "403 Forbidden: SignatureDoesNotMatch: Check your key.",
        );
        check(
            &[
                r#"Server returned non-2xx status code: 401 Unauthorized: {"error":"invalid_client","error_description":"No."}"#,
            ],
            "401 Unauthorized: invalid_client: No.",
        );
        check(&["Server returned non-2xx status code: 503 Service Unavailable: "], "503 Service Unavailable");
        check(&["cannot reach https://x/y?sig=abc&z=1 now, why?"], "cannot reach https://x/y now, why?");
        check(&["the key s3cret/key is wrong\n::error::"], "the key *** is wrong ::error::");
        check(&[""], "an answer that is none");
    }
}
