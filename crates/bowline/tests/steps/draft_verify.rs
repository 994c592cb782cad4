//! `draft/verify`: nothing irreversible happens with a draft that is not exactly the set.

use crate::shared::{Meddle, asset, draft, finish, stopped};
use crate::worlds;
use bowline_model::Failure;
use bowline_testkit::World;
use bowline_testkit::bench::Bench;

fn check(bench: &Bench, before: &'static str, act: impl Fn(&World), exit: u8, code: &str, text: &str) -> Failure {
    let meddle = Meddle::before(before, || act(&bench.world));
    let failure = stopped(&bench.run_with(&meddle), exit, code, "draft/verify");
    assert!(failure.message.contains(text), "{failure:?}");
    failure
}

/// Once when its turn comes and once more right before the push.
#[test]
fn a_draft_that_somebody_touched_is_not_released() {
    let bench = worlds::bench(worlds::with_artifacts());
    let before = bench.world.visible();
    for turn in ["draft/verify", "push/refs"] {
        for (name, bytes, text) in [
            ("extra.txt", "x", "not ours: extra.txt"),
            ("app.tar", "artifact", "different: app.tar"),
            ("app.tar", "artifact 0ne", "different: app.tar"),
        ] {
            let put = |world: &World| std::fs::write(draft(world).join(name), bytes).unwrap();
            let failure = check(&bench, turn, put, 23, "assets_differ", text);
            let place = draft(&bench.world).parent().unwrap().display().to_string();
            assert!(failure.hints[0].ends_with(&place), "where it is: {failure:?}");
            assert_eq!(failure.hints.len(), 2, "each is said once: {failure:?}");
            assert_eq!(std::fs::read_to_string(draft(&bench.world).join(name)).unwrap(), bytes, "it is not ours");
            std::fs::remove_dir_all(bench.world.releases().join(".staging")).unwrap();
            assert_eq!(bench.world.visible(), before, "nothing is pushed");
        }
        let lose = |world: &World| std::fs::remove_file(draft(world).join("SHA256SUMS")).unwrap();
        check(&bench, turn, lose, 20, "draft_differs", "missing: SHA256SUMS");
        assert_eq!(bench.world.visible(), before, "nothing is pushed and the draft is gone");
        let vanish = |world: &World| std::fs::remove_dir_all(world.releases().join(".staging")).unwrap();
        check(&bench, turn, vanish, 20, "release_vanished", "the draft is gone");
        assert_eq!(bench.world.visible(), before, "nothing is pushed and the draft is gone");
    }
    finish(&bench);
    assert_eq!(asset(&bench.world, "v1.1.0", "app.tar"), "artifact one");
}
