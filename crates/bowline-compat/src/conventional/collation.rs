//! `String.prototype.localeCompare` of JavaScript, as node does it without a locale of its own, and the sorting of V8.

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use std::cmp::Ordering;

/// Compares texts as the root of Unicode's collation has it; node's default locale changes nothing about it.
pub(super) struct Collation(Option<CollatorBorrowed<'static>>);

impl Collation {
    pub(super) fn new() -> Self {
        Self(Collator::try_new(icu_collator::CollatorPreferences::default(), CollatorOptions::default()).ok())
    }

    pub(super) fn compare(&self, one: &str, other: &str) -> Ordering {
        match &self.0 {
            _ if one == other => Ordering::Equal,
            Some(collator) => collator.compare(one, other),
            None => one.cmp(other),
        }
    }
}

/// Sorts as V8 does, so that an order that contradicts itself gives what it gives there. `before` says whether the first is to
/// stand before the second. Exact for fewer than 64 items, which is more groups than a changelog has.
pub(super) fn sort_like_v8<T>(items: &mut Vec<T>, before: impl Fn(&T, &T) -> bool) {
    if items.len() < 2 {
        return;
    }
    let mut run = 2;
    let is_descending = before(&items[1], &items[0]);
    while run < items.len() && before(&items[run], &items[run - 1]) == is_descending {
        run += 1;
    }
    if let Some(start) = items.get_mut(..run).filter(|_| is_descending) {
        start.reverse();
    }
    for place in run..items.len() {
        let (mut left, mut right) = (0, place);
        while left < right {
            let middle = left + (right - left) / 2;
            if before(&items[place], &items[middle]) {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        let item = items.remove(place);
        items.insert(left, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_node_compares() {
        let mut texts =
            ["b", "B", "a-b", "a_b", "a b", "ab", "é", "Éa", "e", "f", "😀", "$", "1", "中", "п", "П", "_", "#"];
        let collation = Collation::new();
        texts.sort_by(|one, other| collation.compare(one, other));
        assert_eq!(
            texts,
            ["_", "#", "😀", "$", "1", "a b", "a_b", "a-b", "ab", "b", "B", "e", "é", "Éa", "f", "п", "П", "中"]
        );
    }

    #[test]
    fn an_order_that_contradicts_itself() {
        let check = |ranks: &[i32], expected: &[usize]| {
            let mut items: Vec<(usize, i32)> = ranks.iter().copied().enumerate().collect();
            sort_like_v8(&mut items, |one, other| one.1 >= other.1);
            let places: Vec<usize> = items.iter().map(|(place, _)| *place).collect();
            assert_eq!(places, expected, "{ranks:?}");
        };
        check(&[-1, -1], &[1, 0]);
        check(&[-1, -1, 3, -1, 2], &[2, 4, 3, 1, 0]);
        check(&[3, 2, -1, -1, 0, -1], &[0, 1, 4, 5, 3, 2]);
    }
}
