//! In the making.
use super::Job;
use super::release::Release;
pub(super) fn print(_job: &Job<'_>, _release: &Release) -> String {
    String::new()
}
