//! Commits read and the changelog's section written, as conventional-changelog does it.
