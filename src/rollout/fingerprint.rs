//! Fingerprints of error messages: what is left when the parts are masked that
//! differ from job to job, so that failures with one cause share a fingerprint.

use std::borrow::Cow;

use crate::hotglue::error_line;

/// The longest fingerprint, in characters.
const MAX_FINGERPRINT: usize = 160;
/// The longest quoted name that is kept, in characters.
const MAX_NAME: usize = 40;

/// Words before a quoted name that belongs to the cause rather than to the
/// data: `KeyError: 'invoice_number'`, `column "total" does not exist`.
const BEFORE_NAMES: [&str; 18] = [
    "keyerror",
    "attributeerror",
    "nameerror",
    "importerror",
    "modulenotfounderror",
    "named",
    "name",
    "attribute",
    "column",
    "relation",
    "table",
    "field",
    "property",
    "reading",
    "setting",
    "function",
    "module",
    "key",
];

/// The error line of a message with the parts masked that differ from job to
/// job: the tenant, addresses, numbers and ids, and quoted text that is not a
/// name.
pub fn fingerprint(message: &str, tenant: &str) -> String {
    let line = error_line(message);
    let line = if tenant.len() > 2 {
        Cow::from(line.replace(tenant, "@"))
    } else {
        Cow::from(line)
    };
    let mut fingerprint = String::new();
    let mut last_word = String::new();
    let mut rest = &*line;
    while let Some(first) = rest.chars().next() {
        if fingerprint.len() >= MAX_FINGERPRINT && fingerprint.chars().count() >= MAX_FINGERPRINT {
            break;
        }
        if matches!(first, '\'' | '"' | '`')
            && let Some(end) = rest[1..].find(first)
        {
            let quoted = &rest[1..=end];
            if is_name(quoted) && BEFORE_NAMES.contains(&last_word.as_str()) {
                fingerprint.push_str(&format!("'{quoted}'"));
            } else {
                fingerprint.push_str("''");
            }
            rest = &rest[end + 2..];
            continue;
        }
        if let Some(end) = url(rest) {
            fingerprint.push_str("<url>");
            rest = &rest[end..];
            continue;
        }
        if let Some(end) = email_address(rest) {
            fingerprint.push_str("<email>");
            rest = &rest[end..];
            continue;
        }
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .unwrap_or(rest.len());
        if end == 0 {
            fingerprint.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..end];
        let is_kept =
            is_status_code(word, &last_word, &rest[end..]) || is_package(word, &rest[end..]);
        if is_kept || !word.chars().any(|c| c.is_ascii_digit()) {
            fingerprint.push_str(&word.to_lowercase());
        } else {
            fingerprint.push('#');
        }
        last_word = word.to_lowercase();
        rest = &rest[end..];
    }
    collapsed(fingerprint)
}

/// Where a URL at the start of a text ends; a bracket or comma after it is not
/// part of it.
fn url(text: &str) -> Option<usize> {
    let schemes = [
        "http://",
        "https://",
        "jdbc:",
        "postgres://",
        "postgresql://",
        "s3://",
    ];
    schemes.iter().find(|scheme| text.starts_with(**scheme))?;
    let ends = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '>' | ')' | ']' | ',');
    Some(text.find(ends).unwrap_or(text.len()))
}

/// Where an email address at the start of a text ends.
fn email_address(text: &str) -> Option<usize> {
    let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    let name = text.find(|c: char| !in_word(c))?;
    let host = text[name..].strip_prefix('@')?;
    let length = host.find(|c: char| !in_word(c)).unwrap_or(host.len());
    (name > 0 && host[..length].contains('.')).then_some(name + 1 + length)
}

/// Numbers and lists with their length masked as well: `1,234` and `7` are both
/// `#`, one quoted name is like three of them.
fn collapsed(mut fingerprint: String) -> String {
    let repeated = ["#.#", "#,#", "#:#", "#/#", "#-#"].map(|one| (one, "#"));
    let lists = [
        ("'', ''", "''"),
        ("#, #", "#"),
        ("'',''", "''"),
        ("<url>.", "<url>"),
    ];
    loop {
        let before = fingerprint.len();
        for (long, short) in repeated.into_iter().chain(lists) {
            fingerprint = fingerprint.replace(long, short);
        }
        if fingerprint.len() == before {
            return fingerprint;
        }
    }
}

/// Whether quoted text is the name of a column, a key, an attribute: letters,
/// digits, `_` and `.`, at most two of them digits.
fn is_name(quoted: &str) -> bool {
    quoted.len() <= MAX_NAME
        && quoted.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && quoted
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        && quoted.chars().filter(char::is_ascii_digit).count() <= 2
}

/// Whether a word is a package before the name of an exception, such as
/// `psycopg2.errors.UndefinedColumn`.
fn is_package(word: &str, rest: &str) -> bool {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let mut after = rest.chars();
    word.len() == name.len() + 1
        && name.len() > 2
        && name.chars().all(|c| c.is_ascii_lowercase())
        && after.next() == Some('.')
        && after.next().is_some_and(|c| c.is_ascii_alphabetic())
}

/// Whether a number is an HTTP status, which belongs to the cause: it follows a
/// word such as "status", or the name of the status follows it.
fn is_status_code(word: &str, last_word: &str, rest: &str) -> bool {
    const REASONS: [&str; 12] = [
        "Client Error",
        "Server Error",
        "Bad ",
        "Unauthorized",
        "Forbidden",
        "Not Found",
        "Conflict",
        "Unprocessable",
        "Too Many",
        "Internal",
        "Service Unavailable",
        "Gateway",
    ];
    let reason = rest.trim_start_matches([' ', ':', '-']);
    let is_after = matches!(last_word, "http" | "status" | "code" | "error" | "failed")
        || REASONS.iter().any(|known| reason.starts_with(known));
    let is_code = word.len() == 3 && word.starts_with(['4', '5']);
    is_code && is_after && word.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fingerprint_masks_what_differs_from_job_to_job() {
        for (one, other) in [
            (
                "acme: job 4f9a-77 of acme timed out after 30s",
                "globex: job 11ab-0 of globex timed out after 9s",
            ),
            (
                "duplicate key value violates unique constraint \"pk_1\" Detail: Key (id)=(17) already exists.",
                "duplicate key value violates unique constraint \"pk_1\" Detail: Key (id)=(4711) already exists.",
            ),
            (
                "GET https://api.shop.example/v1/orders?page=7 failed: 429 Too Many Requests",
                "GET https://api.shop.example/v1/orders?page=12 failed: 429 Too Many Requests",
            ),
            (
                "invalid value 'Jane Doe' in row 12",
                "invalid value 'John Roe' in row 99",
            ),
        ] {
            assert_eq!(fingerprint(one, "acme"), fingerprint(other, "globex"));
        }
    }

    #[test]
    fn fingerprint_keeps_what_names_the_cause() {
        for (one, other) in [
            ("KeyError: 'invoice_number'", "KeyError: 'customer'"),
            (
                "column \"total\" does not exist",
                "column \"tax\" does not exist",
            ),
            (
                "GET https://a.example/x failed: 429 Too Many Requests",
                "GET https://a.example/x failed: 503 Service Unavailable",
            ),
            ("HTTP 401 from the tap", "HTTP 500 from the tap"),
            ("disk full", "no such file"),
        ] {
            assert_ne!(fingerprint(one, "t"), fingerprint(other, "t"));
        }
        let traceback = "Traceback (most recent call last):\n  File \"etl.py\", line 42\nKeyError: 'invoice_number'";
        assert_eq!(fingerprint(traceback, "t"), "keyerror: 'invoice_number'");
        assert_eq!(fingerprint("it's unclosed", "x"), "it's unclosed");
    }

    proptest! {
        #[test]
        fn any_message_has_a_bounded_fingerprint(message in "\\PC{0,200}", tenant in "\\PC{0,8}") {
            prop_assert!(fingerprint(&message, &tenant).chars().count() < 5 * MAX_FINGERPRINT);
        }
    }
}
