//! `draft/verify`: nothing irreversible happens with a draft that is not exactly the set.

use crate::shared::{Meddle, asset, draft, finish, stopped};
use crate::worlds;
use bowline_testkit::World;
use bowline_testkit::bench::Bench;

fn check(bench: &Bench, before: &'static str, act: impl Fn(&World), code: &str, text: &str) {
    let seen = bench.world.visible();
    let meddle = Meddle::before(before, || act(&bench.world));
    let failure = stopped(&bench.run_with(&meddle), 20, code, "draft/verify");
    assert!(failure.message.contains(text), "{failure:?}");
    assert_eq!(bench.world.visible(), seen, "nothing is pushed and the draft is gone");
}

/// Once when its turn comes and once more right before the push.
#[test]
fn a_draft_that_somebody_touched_is_not_released() {
    let bench = worlds::bench(worlds::with_artifacts());
    for turn in ["draft/verify", "push/refs"] {
        let put = |name: &'static str, bytes: &'static str| {
            move |world: &World| std::fs::write(draft(world).join(name), bytes).unwrap()
        };
        check(&bench, turn, put("extra.txt", "x"), "draft_differs", "not ours: extra.txt");
        check(&bench, turn, put("app.tar", "artifact"), "draft_differs", "different: app.tar");
        let lose = |world: &World| std::fs::remove_file(draft(world).join("SHA256SUMS")).unwrap();
        check(&bench, turn, lose, "draft_differs", "missing: SHA256SUMS");
        let vanish = |world: &World| std::fs::remove_dir_all(world.releases().join(".staging")).unwrap();
        check(&bench, turn, vanish, "release_vanished", "the draft is gone");
    }
    finish(&bench);
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}
