//! How long making text safe takes: `cargo bench -p bowline-model --bench text`.
//!
//! Every function of `bowline_model::text` on 4 KiB of the texts that are usual and of those that cost it most. What is printed
//! is the time for 100 bytes that one round in ten stays below; the goal is at most 1 µs for each. `BOWLINE_BENCH_ROUNDS` sets how often each is
//! measured (default 301).
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints, and owns its time")]

use bowline_model::text::screen::{Paint, painted, shown};
use bowline_model::text::{
    command_data, command_property, defuse_workflow_commands, html, markdown, name, one_line, safe_json, visible,
};
use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

const SIZE: usize = 4096;
const GOAL: f64 = 1000.0;

fn main() {
    // `cargo test --benches` passes `--test`: being built is the test then.
    if std::env::args().any(|arg| arg == "--test" || arg == "--list") {
        return;
    }
    let rounds = std::env::var("BOWLINE_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(301);
    println!("the fastest tenth of {rounds} rounds, ns for 100 bytes of {SIZE}; goal: at most {GOAL}");
    println!("| Function | plain | 漢字 | worst of | | goal |\n| --- | --- | --- | --- | --- | --- |");
    let plain = filled("add a thing to the list of things, and mend what was broken before ");
    let letters = filled("見出しを追加する。");
    for (name, function) in FUNCTIONS {
        let time = |text: &str| measured(rounds, function, text);
        let worst = HOSTILE.iter().map(|(kind, piece)| (time(&filled(piece)), *kind));
        let (slowest, kind) = worst.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        let (plain, letters) = (time(&plain), time(&letters));
        let met = if plain.max(letters).max(slowest) <= GOAL { "met" } else { "missed" };
        println!("| `{name}` | {plain:.0} | {letters:.0} | {slowest:.0} | {kind} | {met} |");
    }
}

type Function = fn(&str) -> Cow<'_, str>;

const FUNCTIONS: [(&str, Function); 12] = [
    ("one_line", |text| one_line(text, usize::MAX)),
    ("visible", visible),
    ("screen::painted, shown", |text| Cow::Owned(shown(&painted(Paint::Dim, text)).into_owned())),
    ("defuse_workflow_commands", defuse_workflow_commands),
    ("command_data", command_data),
    ("command_property", command_property),
    ("safe_json", safe_json),
    ("markdown::inline", |text| markdown::inline(text, Some("acme/app"))),
    ("markdown::cell", markdown::cell),
    ("html::escape", html::escape),
    ("html::address", html::address),
    ("name::safe_asset", name::safe_asset),
];

/// What each function has most to do with.
const HOSTILE: [(&str, &str); 13] = [
    ("letters and marks", "漢#é_ü "),
    ("control characters", "\u{1b}"),
    ("marks of direction", "\u{202e}"),
    ("tags", "\u{e0041}"),
    ("line ends", "\r\n"),
    ("commands", "::\n"),
    ("commands within", "##["),
    ("markup", "<&>\"'[](*_~"),
    ("backticks", "`a``b```c````d`````e``````f```````g"),
    ("entities", "&a&#;"),
    ("mentions", "@a @b/c "),
    ("references", "a/b#1 https://x/issues/1 "),
    ("percent", "%:,"),
];

/// `piece` again and again.
fn filled(piece: &str) -> String {
    piece.repeat(SIZE / piece.len() + 1)
}

/// Nanoseconds for 100 bytes: what one round in ten stays below, because the others share the processor with whatever
/// else runs.
fn measured(rounds: usize, function: Function, text: &str) -> f64 {
    let mut times: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let began = Instant::now();
            black_box(function(black_box(text)));
            began.elapsed().as_secs_f64() * 1e9 * 100.0 / text.len() as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 10).copied().unwrap_or(f64::NAN)
}
