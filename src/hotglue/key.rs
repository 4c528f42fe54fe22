//! The API key: read, checked, and never shown.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// Longest accepted key, in bytes.
const MAX_KEY_BYTES: usize = 1024;

/// A key of the hotglue API. It has no way to be printed, and its memory is
/// wiped when it is dropped.
#[derive(Debug, Clone)]
pub struct ApiKey(SecretString);

/// Why a text cannot be a key. The text is never part of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ApiKeyError {
    /// Nothing, or only blanks.
    #[error("the key is empty")]
    Empty,
    /// A line break, a blank, or another character no key has.
    #[error("the key holds a blank, line break or character outside ASCII: copy it again")]
    Malformed,
    /// Far longer than a key.
    #[error("the key is longer than {MAX_KEY_BYTES} bytes: is it a key?")]
    TooLong,
}

impl ApiKey {
    /// Takes a key; white space around it is dropped.
    ///
    /// # Errors
    /// When it is empty, too long, or could not stand in an HTTP header.
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

    /// Whether two keys are the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }

    /// The value of the `x-api-key` header, marked so that no log shows it.
    pub(super) fn header(&self) -> Result<HeaderValue, ApiKeyError> {
        let mut value =
            HeaderValue::from_str(self.0.expose_secret()).map_err(|_| ApiKeyError::Malformed)?;
        value.set_sensitive(true);
        Ok(value)
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
