//! Google Cloud Storage and Azure Blob Storage, as far as state needs them.
//!
//! Neither has a server that could be started here. These speak their languages and hold their rules about conditions:
//! Google compares generations and answers 412, Azure compares entity tags, and answers 409 when what was to be created
//! is there.

use crate::http::{Request, answer, serve};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Whose language it speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Google,
    Azure,
}

/// What a request must carry as `authorization`.
pub(crate) const TOKEN: &str = "Bearer token-of-the-writer";

/// All objects of a bucket, each with a number that no other version has.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, (u64, Vec<u8>)>,
    last: u64,
}

/// Starts one with an empty bucket called `state`; returns `127.0.0.1:PORT`.
pub(crate) fn start(language: Language) -> String {
    let bucket = Mutex::new(Bucket::default());
    serve(move |request| Some(bucket.lock().unwrap().handle(language, request)))
}

impl Bucket {
    fn handle(&mut self, language: Language, request: &Request) -> Vec<u8> {
        if request.header("authorization") != Some(TOKEN) {
            return answer("401 Unauthorized", &[], b"<Error><Code>InvalidAuthentication</Code></Error>");
        }
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let path = decoded(path);
        let Some(name) = path.strip_prefix("/state") else {
            let code = if language == Language::Google { "NoSuchBucket" } else { "ContainerNotFound" };
            return answer("404 Not Found", &[], format!("<Error><Code>{code}</Code></Error>").as_bytes());
        };
        match (request.method.as_str(), name.trim_start_matches('/')) {
            ("GET", "") => self.list(language, query),
            ("GET", name) => match self.objects.get(name) {
                Some((number, value)) => answer("200 OK", &headers(*number), value),
                None => answer("404 Not Found", &[], b"<Error><Code>NoSuchKey</Code></Error>"),
            },
            ("PUT", name) => self.put(language, name, request),
            _ => answer("405 Method Not Allowed", &[], b""),
        }
    }

    fn put(&mut self, language: Language, name: &str, request: &Request) -> Vec<u8> {
        let there = self.objects.get(name).map_or(0, |(number, _)| *number);
        let condition = |name| request.header(name);
        let refusal = match language {
            Language::Google => {
                let expected: Option<u64> = condition("x-goog-if-generation-match").map(|text| text.parse().unwrap());
                (expected != Some(there)).then_some("412 Precondition Failed")
            }
            Language::Azure => match (condition("if-none-match"), condition("if-match")) {
                (Some("*"), None) => (there != 0).then_some("409 Conflict"),
                (None, Some(tag)) => (tag != format!("\"{there}\"")).then_some("412 Precondition Failed"),
                _ => Some("400 Bad Request"),
            },
        };
        if let Some(refusal) = refusal {
            return answer(refusal, &[], b"<Error><Code>ConditionNotMet</Code></Error>");
        }
        self.last += 1;
        self.objects.insert(name.to_owned(), (self.last, request.body.clone()));
        let status = if language == Language::Google { "200 OK" } else { "201 Created" };
        answer(status, &headers(self.last), b"")
    }

    fn list(&self, language: Language, query: &str) -> Vec<u8> {
        let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
        let prefix = decoded(prefix);
        let mut found = String::new();
        for (name, (number, value)) in self.objects.iter().filter(|(name, _)| name.starts_with(&prefix)) {
            let size = value.len();
            found += &match language {
                Language::Google => format!(
                    "<Contents><Key>{name}</Key><Size>{size}</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
                     <ETag>\"{number}\"</ETag></Contents>"
                ),
                Language::Azure => format!(
                    "<Blob><Name>{name}</Name><Properties><Last-Modified>{DATE}</Last-Modified><Content-Length>{size}\
                     </Content-Length><Content-Type>text/plain</Content-Type><Etag>{number}</Etag></Properties></Blob>"
                ),
            };
        }
        let list = match language {
            Language::Google => format!("<ListBucketResult>{found}</ListBucketResult>"),
            Language::Azure => format!("<EnumerationResults><Blobs>{found}</Blobs><NextMarker/></EnumerationResults>"),
        };
        answer("200 OK", &[], list.as_bytes())
    }
}

/// `text` with its `%2F` and the like as what they stand for.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        plain.push(char::from(u8::from_str_radix(code, 16).unwrap()));
        plain += rest;
    }
    plain
}

fn headers(number: u64) -> [(&'static str, String); 3] {
    [("etag", format!("\"{number}\"")), ("x-goog-generation", number.to_string()), ("last-modified", DATE.to_owned())]
}

const DATE: &str = "Fri, 02 Jan 2026 03:04:05 GMT";
