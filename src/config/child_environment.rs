//! The environment variables that hold API keys, which no child process may
//! inherit.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use crate::hotglue::ApiKey;

/// The variable that holds the API key unless the config says otherwise.
pub(super) const DEFAULT_VARIABLE: &str = "HOTGLUE_API_KEY";

/// The variables of this process that hold an API key: the named ones,
/// `HOTGLUE_API_KEY`, and every other one with the value of one of them or of
/// a known key.
pub(crate) fn variables_with_keys(
    names: &BTreeSet<String>,
    known_keys: &[ApiKey],
) -> BTreeSet<OsString> {
    select(std::env::vars_os(), names, known_keys)
}

fn select(
    variables: impl Iterator<Item = (OsString, OsString)>,
    names: &BTreeSet<String>,
    known_keys: &[ApiKey],
) -> BTreeSet<OsString> {
    let key_of = |value: &OsStr| ApiKey::parse(value.to_str()?).ok();
    let (named, others): (Vec<_>, Vec<_>) = variables.partition(|(name, _)| {
        name == DEFAULT_VARIABLE || names.iter().any(|named| name == named.as_str())
    });
    let mut keys: Vec<ApiKey> = named
        .iter()
        .filter_map(|(_, value)| key_of(value))
        .collect();
    keys.extend_from_slice(known_keys);
    let copies = others.into_iter().filter(|(_, value)| {
        key_of(value).is_some_and(|value| keys.iter().any(|key| key.is_same(&value)))
    });
    let copies: Vec<_> = copies.collect();
    let names = named.into_iter().chain(copies).map(|(name, _)| name);
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_with_a_key_are_found_by_name_and_by_value() {
        let variables = [
            ("HOTGLUE_API_KEY", "default-key"),
            ("PROD_KEY", "prod-key"),
            ("COPY", " prod-key\n"),
            ("IN_THE_FILE", "literal"),
            ("EMPTY", ""),
            ("PATH", "/bin"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let names = BTreeSet::from(["PROD_KEY".to_owned(), "NOT_SET".to_owned()]);
        let known = [ApiKey::parse("literal").unwrap()];
        let found = select(variables.into_iter(), &names, &known);
        let wanted = ["COPY", "HOTGLUE_API_KEY", "IN_THE_FILE", "PROD_KEY"];
        assert_eq!(found, wanted.map(OsString::from).into());
    }
}
