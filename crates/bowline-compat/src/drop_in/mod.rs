//! The run: bump, changelog, commit, tag, hint.
