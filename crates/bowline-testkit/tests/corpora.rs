//! Parsers of bytes from outside, with the seeds of fuzzing and with mutations of them.
//!
//! What `scripts/fuzz` searches for hours is checked here for seconds, on every machine and in the same way each time:
//! the properties are those of `bowline_testkit::fuzz`, the mutations come from a fixed start.
#![expect(clippy::unwrap_used, reason = "a test says what it found and stops")]

use bowline_config::{File, Input, load};
use bowline_host::forge::local::fuzzing as local_forge;
use bowline_host::git::fuzzing;
use bowline_model::plan::Plan;
use bowline_model::release::lock::LockRecord;
use bowline_model::release::{Manifest, ReleaseFile, RunRecord};
use bowline_testkit::fuzz::{TARGETS, Target, edits_of};
use std::fs;
use std::path::{Path, PathBuf};

/// Mutations of each seed.
const ROUNDS: u32 = 1000;
/// A mutation does not grow larger.
const LONGEST: usize = 4096;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The seeds of a target, sorted by name.
fn seeds(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(folder) = fs::read_dir(root().join("corpus").join(target.name)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// Says which bytes they were when a property does not hold for them.
struct Naming<'a> {
    target: &'a Target,
    seed: &'a Path,
    round: Option<u32>,
    bytes: &'a [u8],
}

impl Drop for Naming<'_> {
    #[expect(clippy::print_stderr, reason = "a test says which bytes broke it")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (target, seed) = (self.target.name, self.seed.display());
            eprintln!("{target}: {seed}, mutation {:?}: b\"{}\"", self.round, self.bytes.escape_ascii());
        }
    }
}

#[test]
fn every_seed_and_its_mutations() {
    let broken = |target: &&Target| std::panic::catch_unwind(|| replay(target)).is_err();
    let broken: Vec<&str> = TARGETS.iter().filter(broken).map(|target| target.name).collect();
    assert!(broken.is_empty(), "properties that do not hold, the bytes are named above: {broken:?}");
}

/// Every seed of one target, and mutations of each.
fn replay(target: &Target) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "fuzz/corpus/{} has no seeds: write some, good ones and hostile ones", target.name);
    let mut random = Random(0x0062_6f77_6c69_6e65);
    for (seed, bytes) in &seeds {
        let check = |round, bytes: &[u8]| {
            let _naming = Naming { target, seed, round, bytes };
            (target.run)(bytes);
        };
        check(None, bytes);
        for round in 0..ROUNDS {
            let other = &seeds[random.below(seeds.len())].1;
            check(Some(round), &mutated(bytes, other, &mut random));
        }
    }
    (target.run)(b"");
}

#[test]
fn every_target_is_built_for_fuzzing() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let programs = manifest["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap());
    assert!(programs.eq(TARGETS.iter().map(|target| target.name)), "fuzz/Cargo.toml and TARGETS differ");
    for folder in fs::read_dir(root().join("corpus")).unwrap() {
        let name = folder.unwrap().file_name();
        assert!(TARGETS.iter().any(|target| name == target.name), "no target has the seeds {}", name.display());
    }
}

/// A few changes of `bytes` in a row.
fn mutated(bytes: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let from = random.below(bytes.len() + 1);
        let to = from + random.below((bytes.len() - from).min(32) + 1);
        match random.below(6) {
            0 if from < bytes.len() => bytes[from] ^= 1 << random.below(8),
            1 if from < bytes.len() => bytes[from] = TELLING[random.below(TELLING.len())],
            2 => drop(bytes.drain(from..to)),
            3 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(to..to, piece);
            }
            4 => {
                let start = random.below(other.len() + 1);
                bytes.truncate(from);
                bytes.extend_from_slice(&other[start..]);
            }
            _ => bytes.insert(from, TELLING[random.below(TELLING.len())]),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

/// Bytes that parsers tell apart.
const TELLING: &[u8] = b"\0\t\n\r\x1b \"#$%'(),-./0129:;<=>@AZ[\\]^_`az{|}~\x7f\x80\xc3\xe2\xff";

/// The same numbers each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap_or(1).max(1)).unwrap()
    }
}

/// A property of what is accepted says nothing when the good seeds are refused.
#[test]
fn good_seeds_are_accepted() {
    let read = |name: &str| fs::read(root().join("corpus").join(name)).unwrap();
    let plan: Plan = serde_json::from_slice(&read("plan/plan")).unwrap();
    plan.digest().unwrap();
    serde_json::from_slice::<ReleaseFile>(&read("release_file/release")).unwrap();
    let lock: LockRecord = serde_json::from_slice(&read("lock/held")).unwrap();
    assert!(lock.is_held());
    let run: RunRecord = serde_json::from_slice(&read("run_record/complete")).unwrap();
    assert_eq!(run.run, bowline_ledger::runs::run_id(&run.marker.plan));
    let file = File { name: "bowline.toml".to_owned(), bytes: read("config/usual"), committed: true };
    load(&Input { file: Some(file), ..Input::default() }).unwrap();
    assert!(fuzzing::commit(&read("objects/commit")).is_some_and(|commit| commit.parents.len() == 2));
    assert!(fuzzing::tag(&read("objects/tag")).is_some());
    assert!(fuzzing::tree(&read("objects/tree")).is_some_and(|(entries, _)| entries.len() == 3));
    assert_eq!(fuzzing::listing(&read("listing/usual")).len(), 2);
    assert_eq!(
        fuzzing::bundle_header(&read("bundle/release")).map(|(needs, holds)| (needs.len(), holds.len())),
        Ok((1, 2))
    );
    let (remotes, upstream) = fuzzing::settings(&read("settings/usual")).unwrap();
    assert_eq!((remotes.len(), upstream.as_deref()), (1, Some("origin")));
    let record = read("release_record/release");
    let record = local_forge::record(record.split(|&byte| byte == 0).next().unwrap(), "").unwrap();
    assert_eq!((record.tag.as_str(), record.assets.as_slice()), ("v1.1.0", &["app.tar".to_owned()][..]));
    let manifest: Manifest = serde_json::from_slice(&read("release_record/manifest")).unwrap();
    assert_eq!(manifest.artifacts.len(), 1);
    assert!(serde_json::from_slice::<Manifest>(&read("release_record/climbing")).is_err());
    for (seed, edits) in [("npm", 3), ("cargo", 2), ("workspace", 1), ("python", 2), ("plain", 2)] {
        assert_eq!(edits_of(&read(&format!("version_files/{seed}"))), edits, "{seed}");
    }
}

#[test]
fn a_broken_property_is_seen() {
    let target = Target { name: "broken", run: |data| assert!(!data.contains(&b'!'), "a bang") };
    let mut random = Random(1);
    let found = (0..5000).any(|_| {
        let bytes = mutated(b"quiet", b"loud!", &mut random);
        std::panic::catch_unwind(|| (target.run)(&bytes)).is_err()
    });
    assert!(found, "no mutation reached it");
}
