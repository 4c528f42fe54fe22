//! The API key: checked when it is read, and never printed.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use super::mask::KeyMask;

/// The longest accepted API key, in bytes.
const MAX_KEY_BYTES: usize = 1024;

/// A key of the hotglue API. It cannot be printed, and its memory is wiped when
/// it is dropped.
#[derive(Debug, Clone)]
pub struct ApiKey(SecretString);

/// The reason why a text is not an API key. The text is never part of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// The text is empty or white space.
    #[error("API key is empty")]
    Empty,
    /// The text contains a space, a line break, or another character that no key
    /// contains.
    #[error("API key contains a space, line break or non-ASCII character: copy it again")]
    Malformed,
    /// The text is longer than any key.
    #[error("API key is longer than {MAX_KEY_BYTES} bytes: check that it is a key")]
    TooLong,
}

impl ApiKey {
    /// Reads a key; white space around it is dropped.
    ///
    /// # Errors
    /// Fails when the key is empty, too long, or not allowed in an HTTP header.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() {
            return Err(ApiKeyError::Empty);
        }
        if text.len() > MAX_KEY_BYTES {
            return Err(ApiKeyError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ApiKeyError::Malformed);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// Whether two keys are equal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }

    /// Returns the value of the `x-api-key` header, marked so that no log shows
    /// it.
    pub(super) fn header(&self) -> Result<HeaderValue, ApiKeyError> {
        let mut value =
            HeaderValue::from_str(self.0.expose_secret()).map_err(|_| ApiKeyError::Malformed)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Returns the mask that removes this key from responses.
    pub(super) fn mask(&self) -> KeyMask {
        KeyMask::new(self.0.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked_and_never_printed() {
        let key = ApiKey::parse("  SECRET-key \n").unwrap();
        assert!(!format!("{key:?} {:?}", key.header().unwrap()).contains("SECRET"));
        assert_eq!(ApiKey::parse(" \n").unwrap_err(), ApiKeyError::Empty);
        for bad in ["SECRET\nkey", "SECRET key", "SECRET\u{e9}", "SECRET\0"] {
            let error = ApiKey::parse(bad).unwrap_err();
            assert_eq!(error, ApiKeyError::Malformed);
            assert!(!error.to_string().contains("SECRET"));
        }
        assert_eq!(
            ApiKey::parse(&"k".repeat(10_000)).unwrap_err(),
            ApiKeyError::TooLong
        );
    }
}
