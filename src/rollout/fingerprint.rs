//! Fingerprints of error messages: what is left when the parts are masked that
//! differ from job to job, so that failures with one cause share a fingerprint.

/// The longest fingerprint, in characters.
const MAX_FINGERPRINT: usize = 160;
/// The longest line that is read of a message, in characters.
const MAX_LINE: usize = 400;
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

/// The line of a message that names the error, cut to a bounded length: the
/// exception of a Python, Node or Java stack trace, else the first line that
/// is not blank. Empty for a blank message.
pub fn error_line(message: &str) -> String {
    let lines: Vec<&str> = message
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let line = python_exception(&lines)
        .or_else(|| root_cause(&lines))
        .or_else(|| before_frames(&lines))
        .or_else(|| lines.first().copied())
        .unwrap_or_default();
    without_prefix(line.trim()).chars().take(MAX_LINE).collect()
}

/// A line without what a runtime writes before an exception that nothing
/// caught.
fn without_prefix(line: &str) -> &str {
    let thread = line.strip_prefix("Exception in thread ");
    let exception = thread.and_then(|rest| rest.split_once("\" ").map(|(_, rest)| rest));
    exception
        .or_else(|| line.strip_prefix("Uncaught "))
        .unwrap_or(line)
}

/// The first line without an indent after the last Python traceback: frames
/// are indented, the exception is not.
fn python_exception<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let start = lines.iter().rposition(|line| {
        line.trim_start()
            .starts_with("Traceback (most recent call last)")
    })?;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines[start]);
    lines[start + 1..]
        .iter()
        .find(|line| indent(line) <= own)
        .copied()
}

/// The innermost cause of a Java stack trace.
fn root_cause<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let cause = lines
        .iter()
        .rev()
        .find_map(|line| line.trim_start().strip_prefix("Caused by: "))?;
    Some(cause)
}

/// The line before the first stack frame (`at …`) of a Node or Java trace.
fn before_frames<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let is_frame = |line: &&str| line.starts_with([' ', '\t']) && line.trim().starts_with("at ");
    let first = lines.iter().position(is_frame)?;
    lines.get(first.checked_sub(1)?).copied()
}

/// The error line of a message with the parts masked that differ from job to
/// job: the tenant, addresses, numbers and ids, and quoted text that is not a
/// name.
pub fn fingerprint(message: &str, tenant: &str) -> String {
    let line = error_line(message);
    let line = if tenant.len() > 2 {
        line.replace(tenant, "@")
    } else {
        line
    };
    let mut fingerprint = String::new();
    let mut last_word = String::new();
    let mut rest = line.as_str();
    while let Some(first) = rest.chars().next() {
        if fingerprint.chars().count() >= MAX_FINGERPRINT {
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

    const PYTHON: &str = "Traceback (most recent call last):
  File \"/home/etl/job-8812/etl.py\", line 42, in <module>
    total = row['invoice_number']
            ~~~^^^^^^^^^^^^^^^^^^
KeyError: 'invoice_number'";

    const CHAINED: &str = "Traceback (most recent call last):
  File \"etl.py\", line 3, in <module>
    connect()
ConnectionError: refused

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"etl.py\", line 5, in <module>
    raise RuntimeError('no connection for tenant 8812')
RuntimeError: no connection for tenant 8812";

    const NODE: &str = "/srv/transform/index.js:12
    const id = row.customer.id;
                            ^

TypeError: Cannot read properties of undefined (reading 'id')
    at transform (/srv/transform/index.js:12:29)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)";

    const JAVA: &str = "Exception in thread \"main\" java.lang.RuntimeException: load failed
\tat com.acme.Loader.load(Loader.java:88)
Caused by: java.sql.SQLException: connection reset by 10.0.0.7
\tat com.acme.Db.open(Db.java:17)
\t... 3 more";

    #[test]
    fn error_line_of_a_stack_trace_is_its_exception() {
        assert_eq!(error_line(PYTHON), "KeyError: 'invoice_number'");
        assert_eq!(
            error_line(CHAINED),
            "RuntimeError: no connection for tenant 8812"
        );
        assert_eq!(
            error_line(NODE),
            "TypeError: Cannot read properties of undefined (reading 'id')"
        );
        assert_eq!(
            error_line(JAVA),
            "java.sql.SQLException: connection reset by 10.0.0.7"
        );
        let without_cause = JAVA.split("Caused by").next().unwrap();
        assert_eq!(
            error_line(without_cause),
            "java.lang.RuntimeException: load failed"
        );
        assert_eq!(error_line("\n  disk full \nmore"), "disk full");
        assert_eq!(error_line(" \n"), "");
    }

    #[test]
    fn cut_stack_trace_still_has_an_error_line() {
        let cut = "Traceback (most recent call last):\n  File \"etl.py\", line 3";
        assert_eq!(error_line(cut), "Traceback (most recent call last):");
    }

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
        assert_eq!(fingerprint(PYTHON, "t"), "keyerror: 'invoice_number'");
        assert_eq!(fingerprint("it's unclosed", "x"), "it's unclosed");
    }

    proptest! {
        #[test]
        fn any_message_has_a_bounded_fingerprint(message in "\\PC{0,200}", tenant in "\\PC{0,8}") {
            prop_assert!(fingerprint(&message, &tenant).chars().count() < 2 * MAX_LINE);
        }
    }
}
