//! The commands of a `run:` as words.
//!
//! Rules look at words, so that a comment or a message that speaks of `npm publish` is not taken for it. This is no shell: what
//! variables and functions come to is not known, and a word of an expression stays as it is written.

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its words, without quotes.
    pub words: Vec<String>,
    /// The line of the script it begins on, from 0.
    pub line: u64,
    /// What stands behind it: `|`, `||`, `&&`, `;`, or nothing.
    pub then: &'static str,
}

impl Command {
    /// Whether it begins with these words, after assignments and words such as `sudo`.
    pub fn begins(&self, words: &[&str]) -> bool {
        let own = self.own();
        own.len() >= words.len() && own.iter().zip(words).all(|(own, word)| own == word)
    }

    /// Whether one of its words is `word`.
    pub fn has(&self, word: &str) -> bool {
        self.own().iter().any(|own| own == word)
    }

    /// The program and its arguments.
    pub fn own(&self) -> &[String] {
        let before = self.words.iter().take_while(|word| is_before(word)).count();
        self.words.get(before..).unwrap_or_default()
    }
}

/// Words that can stand before a program: assignments, and programs that run others.
fn is_before(word: &str) -> bool {
    let assigns = word
        .split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    assigns
        || matches!(
            word,
            "sudo"
                | "env"
                | "exec"
                | "time"
                | "command"
                | "if"
                | "then"
                | "do"
                | "else"
                | "!"
                | "{"
                | "("
                | "while"
                | "nohup"
        )
}

/// The commands of `script`, in order.
pub fn commands(script: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut state = State::default();
    let mut characters = script.chars().peekable();
    while let Some(c) = characters.next() {
        match (state.quote, c) {
            (Some(quote), c) if c == quote => state.quote = None,
            (Some('"'), '\\') | (None, '\\') => match characters.next() {
                // A command that goes on in the next line.
                Some('\n') => state.lines += 1,
                Some(next) => state.push(next),
                None => {}
            },
            (None, '\'' | '"') => {
                state.quote = Some(c);
                state.begun = true;
            }
            (None, '#') if !state.begun => while characters.next_if(|&c| c != '\n').is_some() {},
            (None, '\n') => {
                state.end(&mut found, "");
                state.lines += 1;
            }
            (None, ';') => state.end(&mut found, ";"),
            (None, '|') => {
                let both = characters.next_if_eq(&'|').is_some();
                state.end(&mut found, if both { "||" } else { "|" });
            }
            (None, '&') => match characters.next_if_eq(&'&') {
                Some(_) => state.end(&mut found, "&&"),
                // `2>&1`, or a command in the background.
                None => state.push('&'),
            },
            (None, c) if c.is_whitespace() => state.word(),
            (_, c) => state.push(c),
        }
        if c == '\n' && state.quote.is_some() {
            state.lines += 1;
        }
    }
    state.end(&mut found, "");
    found
}

#[derive(Default)]
struct State {
    words: Vec<String>,
    current: String,
    begun: bool,
    quote: Option<char>,
    lines: u64,
    line: u64,
}

impl State {
    fn push(&mut self, c: char) {
        if !self.begun && self.words.is_empty() {
            self.line = self.lines;
        }
        self.begun = true;
        self.current.push(c);
    }

    fn word(&mut self) {
        if std::mem::take(&mut self.begun) {
            self.words.push(std::mem::take(&mut self.current));
        }
    }

    fn end(&mut self, found: &mut Vec<Command>, then: &'static str) {
        self.word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            found.push(Command { words, line: self.line, then });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_commands() {
        let script = "# npm publish\necho 'npm publish' \"and more\" # npm publish\nCI=1 sudo npm \\\n  publish --tag next || true\na | b; c && d\n";
        let commands = commands(script);
        let words: Vec<String> = commands
            .iter()
            .map(|command| format!("{} {} {}", command.line, command.words.join("·"), command.then))
            .collect();
        assert_eq!(
            words,
            [
                "1 echo·npm publish·and more ",
                "2 CI=1·sudo·npm·publish·--tag·next ||",
                "3 true ",
                "4 a |",
                "4 b ;",
                "4 c &&",
                "4 d "
            ]
        );
        assert!(commands[1].begins(&["npm", "publish"]) && commands[1].has("next") && !commands[0].begins(&["npm"]));
    }

    #[test]
    fn odd_ends_are_no_trouble() {
        for script in ["", "\\", "'", "\"\\", "a 'b\nc", "&&||;;|", "x &", "a\u{0}b"] {
            let _ = commands(script);
        }
        assert_eq!(commands("a 'b\nc'\nd")[1].line, 2);
    }
}
