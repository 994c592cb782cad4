//! What hiding secrets costs: `cargo bench -p bowline-port --bench redact`.
//!
//! Text of several kinds goes through a redactor that knows as many secrets as a job in CI has. `BOWLINE_BENCH_ROUNDS`
//! sets how often each is measured (default 25).
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and measures, and reads its setting itself"
)]

use bowline_port::secret::{Redactor, Secret};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    // `cargo test --benches` passes `--test`: being built is the test then.
    if std::env::args().any(|arg| arg == "--test" || arg == "--list") {
        return;
    }
    let rounds = std::env::var("BOWLINE_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(25);
    println!("medians of {rounds} rounds; goal: at most 1 µs for 100 bytes");
    println!("{:10} {:34} {:>12} {:>16}", "secrets", "text", "bytes", "µs / 100 bytes");
    for count in [1, 5, 20] {
        let secrets: Vec<String> = (0..count).map(secret).collect();
        let redactor = Redactor::new(secrets.iter().map(Secret::new));
        for (name, text) in texts(&secrets) {
            let times = (0..=rounds).map(|_| {
                let begun = Instant::now();
                // Lines come one by one, as a build prints them.
                for line in text.lines() {
                    black_box(redactor.redact(black_box(line)));
                }
                begun.elapsed()
            });
            // The first round warms up.
            let time = median(times.skip(1).collect());
            let each = time.as_secs_f64() * 1e6 / text.len() as f64 * 100.0;
            println!("{count:10} {name:34} {:12} {each:16.3}", text.len());
        }
    }
    for count in [1, 5, 20] {
        let times = (0..=rounds).map(|_| {
            let begun = Instant::now();
            let redactor = Redactor::new((0..count).map(|number| Secret::new(secret(number))));
            black_box(redactor.redact(black_box("a line")));
            begun.elapsed()
        });
        let time = median(times.skip(1).collect());
        println!("{count:10} learned, and the first line: {:.3} ms", time.as_secs_f64() * 1e3);
    }
}

/// Forty signs without a pattern, as forges make them.
fn secret(number: u64) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let signs = (0..36).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(SIGNS[(state % 62) as usize])
    });
    format!("ghp_{}", signs.collect::<String>())
}

fn texts(secrets: &[String]) -> Vec<(&'static str, String)> {
    let log = "   Compiling serde v1.0.228 (registry), warning: unused variable `name` at src/lib.rs:17:9\n";
    let encoded = "TWFueSBidWlsZHMgcHJpbnQgc3VtcyBhbmQga2V5cyBpbiBiYXNlNjQsIHdoaWNoIGxvb2sgbGlrZSBz\n";
    let leak = format!("remote: the token {} is wrong\n", secrets.first().map_or("", String::as_str));
    vec![
        ("lines of a build", log.repeat(4000)),
        ("lines of base64", encoded.repeat(4000)),
        ("one long line", log.replace('\n', " ").repeat(4000)),
        ("a secret in every line", leak.repeat(4000)),
    ]
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
