//! The `Link` header, by which servers say where the next page is (RFC 8288, section 3).

/// The target of the first link of relation `relation` in the values of the `link` headers.
///
/// What does not follow the grammar is passed over up to the next comma outside of `<…>` and quotes, so one strange link
/// does not hide the others.
pub fn target<'h>(headers: impl IntoIterator<Item = &'h str>, relation: &str) -> Option<&'h str> {
    headers.into_iter().find_map(|header| Links(header).find(|link| link.is(relation)).map(|link| link.target))
}

struct Link<'h> {
    target: &'h str,
    parameters: &'h str,
}

impl Link<'_> {
    fn is(&self, relation: &str) -> bool {
        // Of several `rel` only the first counts (section 3.3).
        let rel = parts(self.parameters, ';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"'))
        });
        rel.is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(relation)))
    }
}

/// The links of one header.
struct Links<'h>(&'h str);

impl<'h> Iterator for Links<'h> {
    type Item = Link<'h>;

    fn next(&mut self) -> Option<Link<'h>> {
        while !self.0.is_empty() {
            let text = self.0.trim_start_matches([',', ' ', '\t']);
            let whole = text.strip_prefix('<').and_then(|rest| rest.split_once('>'));
            let Some((target, rest)) = whole else {
                self.0 = parts(text, ',').nth(1).map_or("", |next| from(text, next));
                continue;
            };
            let parameters = parts(rest, ',').next().unwrap_or_default();
            self.0 = rest.get(parameters.len()..).unwrap_or_default();
            return Some(Link { target: target.trim(), parameters });
        }
        None
    }
}

/// `text` from where its part `part` begins.
fn from<'t>(text: &'t str, part: &'t str) -> &'t str {
    text.get(part.as_ptr().addr() - text.as_ptr().addr()..).unwrap_or_default()
}

/// `text` cut at `separator`, but not inside of quotes, in which a backslash takes the next character as it is.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match c {
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return c == separator && !quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[&str], expected: Option<&str>) {
        assert_eq!(target(headers.iter().copied(), "next"), expected, "{headers:?}");
    }

    #[test]
    fn the_next_page_is_found() {
        check(&[], None);
        check(&[""], None);
        check(&["<https://h/x?page=2>; rel=\"next\""], Some("https://h/x?page=2"));
        check(&["<https://h/x?page=2>; rel=next"], Some("https://h/x?page=2"));
        check(&["</x?page=2>;REL = \"NEXT\""], Some("/x?page=2"));
        check(&["<a>; rel=\"prev\", <b>; rel=\"next\", <c>; rel=\"last\""], Some("b"));
        check(&["<a>; rel=\"prev first\",<b>; title=\"x\"; rel=\"last next\""], Some("b"));
        check(&["<a>; rel=last", "<b>; rel=next"], Some("b"));
    }

    #[test]
    fn separators_inside_of_others_separate_nothing() {
        check(&["<a,b;rel=next>; rel=last, <c,d>; rel=next"], Some("c,d"));
        check(&["<a>; title=\"x, <evil>; rel=next\"; rel=last"], None);
        check(&["<a>; title=\"quote \\\" , <evil>; rel=next\"; rel=last, <b>; rel=next"], Some("b"));
        check(&["<a>; rel=first; rel=next"], None);
        check(&["<a>; relish=next, <b>; xrel=next"], None);
    }

    #[test]
    fn what_is_no_link_is_passed_over() {
        check(&["nonsense, <b>; rel=next"], Some("b"));
        check(&[",,  , <b>; rel=next,"], Some("b"));
        check(&["<a"], None);
        check(&["<a; rel=next, <b>; rel=next"], Some("a; rel=next, <b"));
        check(&["<>; rel=next"], Some(""));
        check(&["\"<a>; rel=next"], None);
    }
}
