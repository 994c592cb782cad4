//! JSON read as `JSON.parse` reads it, with the messages that node 20 has for what is wrong.

use super::value::{Object, Value};

/// Deeper ones are no configuration.
const MAX_DEPTH: usize = 400;

/// Reads `text`. The error is node's message, which people see beside a file that cannot be read.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0 };
    reader.space();
    let value = reader.value(0)?;
    reader.space();
    if reader.at < reader.chars.len() {
        return Err(format!("Unexpected non-whitespace character after JSON at position {}", reader.place()));
    }
    Ok(value)
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("JSON is nested more than {MAX_DEPTH} levels deep"));
        }
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some('"') => self.text().map(Value::Text),
            Some('-' | '0'..='9') => self.number(),
            Some('t') => self.word("true", Value::Bool(true)),
            Some('f') => self.word("false", Value::Bool(false)),
            Some('n') => self.word("null", Value::Null),
            _ => Err(self.unexpected()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut object = Object::default();
        self.space();
        if self.take('}') {
            return Ok(Value::Object(object));
        }
        let mut wanted = "Expected property name or '}'";
        loop {
            self.space();
            if self.peek() != Some('"') {
                return Err(self.located(wanted));
            }
            let key = self.text()?;
            self.space();
            if !self.take(':') {
                return Err(self.located("Expected ':' after property name"));
            }
            self.space();
            let value = self.value(depth + 1)?;
            object.set(&key, value);
            self.space();
            if self.take('}') {
                return Ok(Value::Object(object));
            }
            if !self.take(',') {
                return Err(self.located("Expected ',' or '}' after property value"));
            }
            wanted = "Expected double-quoted property name";
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut values = Vec::new();
        self.space();
        if self.take(']') {
            return Ok(Value::List(values));
        }
        loop {
            self.space();
            values.push(self.value(depth + 1)?);
            self.space();
            if self.take(']') {
                return Ok(Value::List(values));
            }
            if !self.take(',') {
                return Err(self.located("Expected ',' or ']' after array element"));
            }
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for wanted in word.chars() {
            if !self.take(wanted) {
                return Err(self.unexpected());
            }
        }
        Ok(value)
    }

    fn text(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(self.located("Unterminated string")),
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some(char) if char < ' ' => return Err(self.located("Bad control character in string literal")),
                Some(char) => {
                    self.at += 1;
                    text.push(char);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let plain = match self.peek() {
            None => return Err(self.unexpected()),
            Some(char @ ('"' | '\\' | '/')) => char,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unit_escape(),
            Some(_) => return Err(self.located("Bad escaped character")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unit_escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let first = self.unit()?;
        let is_pair =
            (0xd800..0xdc00).contains(&first) && self.peek() == Some('\\') && self.chars.get(self.at + 1) == Some(&'u');
        let units = if is_pair {
            self.at += 2;
            vec![first, self.unit()?]
        } else {
            vec![first]
        };
        let mut chars = char::decode_utf16(units);
        match (chars.next(), chars.next()) {
            (Some(Ok(char)), None) => Ok(char),
            _ => Err(self.located("Half a surrogate pair, which is no text,")),
        }
    }

    fn unit(&mut self) -> Result<u16, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|char| char.to_digit(16)).and_then(|digit| u16::try_from(digit).ok());
            let Some(digit) = digit else { return Err(self.located("Bad Unicode escape")) };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        self.take('-');
        match self.peek() {
            Some('0') => {
                self.at += 1;
                if matches!(self.peek(), Some('0'..='9')) {
                    return Err(self.located("Unexpected number"));
                }
            }
            Some('1'..='9') => self.digits(),
            _ => return Err(self.located("No number after minus sign")),
        }
        if self.take('.') {
            if !matches!(self.peek(), Some('0'..='9')) {
                return Err(self.located("Unterminated fractional number"));
            }
            self.digits();
        }
        if self.take('e') || self.take('E') {
            let _ = self.take('+') || self.take('-');
            if !matches!(self.peek(), Some('0'..='9')) {
                return Err(self.located("Exponent part is missing a number"));
            }
            self.digits();
        }
        let text: String = self.chars.iter().skip(start).take(self.at - start).collect();
        text.parse().map(Value::Number).map_err(|_| self.located("Unexpected number"))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
    }

    /// Places are counted in the units that JavaScript counts texts in.
    fn place(&self) -> usize {
        self.chars.iter().take(self.at).map(|char| char.len_utf16()).sum()
    }

    fn located(&self, what: &str) -> String {
        format!("{what} in JSON at position {}", self.place())
    }

    fn unexpected(&self) -> String {
        /// So many characters are shown on each side.
        const SHOWN: usize = 10;
        let Some(char) = self.peek() else { return "Unexpected end of JSON input".to_owned() };
        match char {
            '-' | '0'..='9' => return self.located("Unexpected number"),
            '"' => return self.located("Unexpected string"),
            _ => {}
        }
        let length = self.chars.len();
        if ["NaN", "Infinity", "undefined"].iter().any(|word| self.chars.iter().copied().eq(word.chars())) {
            return format!("\"{}\" is not valid JSON", self.chars.iter().collect::<String>());
        }
        let is_short = length <= 2 * SHOWN;
        let start = if is_short || self.at < SHOWN { 0 } else { self.at - SHOWN };
        let end = if is_short || self.at >= length - SHOWN { length } else { self.at + SHOWN };
        let context: String = self.chars.iter().skip(start).take(end - start).collect();
        let before = if !is_short && self.at >= SHOWN { "..." } else { "" };
        let after = if !is_short && self.at < length - SHOWN.min(length) { "..." } else { "" };
        format!("Unexpected token '{char}', {before}\"{context}\"{after} is not valid JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_wrong_is_said_as_node_says_it() {
        let check = |json: &str, expected: &str| {
            assert_eq!(parse(json).map(|_| ()).unwrap_err(), expected, "{json}");
        };
        check("", "Unexpected end of JSON input");
        check("{", "Expected property name or '}' in JSON at position 1");
        check("[", "Unexpected end of JSON input");
        check("[1", "Expected ',' or ']' after array element in JSON at position 2");
        check("[1,", "Unexpected end of JSON input");
        check("{\"a\"", "Expected ':' after property name in JSON at position 4");
        check("{\"a\":", "Unexpected end of JSON input");
        check("{\"a\":1", "Expected ',' or '}' after property value in JSON at position 6");
        check("{\"a\":1,", "Expected double-quoted property name in JSON at position 7");
        check("{\"a\":1,}", "Expected double-quoted property name in JSON at position 7");
        check("{a:1}", "Expected property name or '}' in JSON at position 1");
        check("[1,]", "Unexpected token ']', \"[1,]\" is not valid JSON");
        check("tru}", "Unexpected token '}', \"tru}\" is not valid JSON");
        check("nul", "Unexpected end of JSON input");
        check("[1 2]", "Expected ',' or ']' after array element in JSON at position 3");
        check("[\"a\" \"b\"]", "Expected ',' or ']' after array element in JSON at position 5");
        check("// hello there comment\n{}", "Unexpected token '/', \"// hello t\"... is not valid JSON");
        check(
            "{\"a\": // comment that is long\n 1}",
            "Unexpected token '/', \"{\"a\": // comment\"... is not valid JSON",
        );
        check(
            "{\"version\": \"1.0.0\", \"x\": undefined}",
            "Unexpected token 'u', ...\".0\", \"x\": undefined}\" is not valid JSON",
        );
        check("abc", "Unexpected token 'a', \"abc\" is not valid JSON");
        check("\"a\nb\"", "Bad control character in string literal in JSON at position 2");
        check("\"\\x\"", "Bad escaped character in JSON at position 2");
        check("\"\\u12\"", "Bad Unicode escape in JSON at position 5");
        check("\"abc", "Unterminated string in JSON at position 4");
        check("01", "Unexpected number in JSON at position 1");
        check("-", "No number after minus sign in JSON at position 1");
        check("1.", "Unterminated fractional number in JSON at position 2");
        check("1e", "Exponent part is missing a number in JSON at position 2");
        check("{} x", "Unexpected non-whitespace character after JSON at position 3");
        check("\u{feff}{\"a\":1}", "Unexpected token '\u{feff}', \"\u{feff}{\"a\":1}\" is not valid JSON");
        check("{\"aaaaaaaaaaaaaaaaaaaa\":x}", "Unexpected token 'x', ...\"aaaaaaaa\":x}\" is not valid JSON");
        check("undefined", "\"undefined\" is not valid JSON");
        check("NaN", "\"NaN\" is not valid JSON");
        check("{\"a\":\"\\", "Unexpected end of JSON input");
        check("{\"a\":tru\"", "Unexpected string in JSON at position 8");
        check("[t1", "Unexpected number in JSON at position 2");
        check("<html>some page that is long</html>", "Unexpected token '<', \"<html>some\"... is not valid JSON");
        check("{\"a\":1}\n<<<<<<< HEAD\n", "Unexpected non-whitespace character after JSON at position 8");
        check("{\n<<<<<<< HEAD\n\"a\":1}", "Expected property name or '}' in JSON at position 2");
        check("{\"a\": -x}", "No number after minus sign in JSON at position 7");
        check("{'a': 1}", "Expected property name or '}' in JSON at position 1");
        check("{\"é\": \"😀\" x}", "Expected ',' or '}' after property value in JSON at position 11");
        check("xxxxxxxxxxxxxxxxxxxxx", "Unexpected token 'x', \"xxxxxxxxxx\"... is not valid JSON");
        check("xxxxxxxxxxxxxxxxxxxx", "Unexpected token 'x', \"xxxxxxxxxxxxxxxxxxxx\" is not valid JSON");
        check("[1,2,3,4,5,6,7,8,9,0,1,x]", "Unexpected token 'x', ...\"7,8,9,0,1,x]\" is not valid JSON");
        check("[[[[[[[[[[[[[[[[[[[[[x]]]", "Unexpected token 'x', ...\"[[[[[[[[[[x]]]\" is not valid JSON");
        check("{\"a\":\"b\",\"c\":}", "Unexpected token '}', \"{\"a\":\"b\",\"c\":}\" is not valid JSON");
    }
}
