//! Reading and writing a version in a file.
