//! The words of error messages that name nobody.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Common words, in lower case.
static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("common_words.txt")
        .split_whitespace()
        .collect()
});

/// Whether a word is common, in any letter case.
pub(in crate::history) fn is_common(word: &str) -> bool {
    WORDS.contains(word.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_known_in_any_case() {
        assert!(is_common("Timeout") && is_common("a") && is_common("KeyError"));
        assert!(!is_common("acme") && !is_common(""));
    }
}
