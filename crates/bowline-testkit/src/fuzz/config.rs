//! The configuration file.

use super::texts::assert_safe;
use bowline_config::{ConfigError, File, Input, load};
use bowline_model::Failure;

/// How an accepted file is written changes nothing; a refused one says what is wrong, safe to show.
pub(super) fn config(data: &[u8]) {
    let input = |bytes: &[u8]| Input {
        file: Some(File { name: "bowline.toml".to_owned(), bytes: bytes.to_vec(), committed: true }),
        ..Input::default()
    };
    let loaded = load(&input(data));
    assert_eq!(loaded, load(&input(data)), "the same file twice");
    match loaded {
        Ok(loaded) => {
            let spaced = [data, b"\n# a comment\n\n"].concat();
            let other = load(&input(&spaced)).expect("a comment changes nothing");
            assert_eq!(other.config.digest(), loaded.config.digest());
            assert_eq!(other.config, loaded.config);
            assert!(!loaded.entries().is_empty());
        }
        Err(error) => {
            if let ConfigError::Invalid { findings, .. } = &error {
                assert!(!findings.is_empty(), "refused without a reason");
                for finding in findings {
                    assert!(finding.line > 0 && finding.column > 0 && !finding.message.is_empty(), "{finding:?}");
                    assert!(finding.line <= data.split(|&byte| byte == b'\n').count(), "{finding:?}");
                    let texts = [&finding.excerpt, &finding.key, &finding.message];
                    texts.into_iter().chain(&finding.hint).for_each(|text| assert_safe(text));
                }
            }
            let failure = Failure::from(error);
            assert!(!failure.message.is_empty() && !failure.code.is_empty());
        }
    }
}
