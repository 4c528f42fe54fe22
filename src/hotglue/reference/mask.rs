//! Masks API keys in text that enters the program, so that a pasted curl
//! command or config excerpt never shows or keeps one.
//!
//! What is a key is decided by the name before it: a header such as
//! `x-api-key`, a query parameter or setting such as `api_key`, or a curl
//! option that takes credentials. When in doubt, too much is masked rather
//! than too little; everything else of the text stays as it is.

use std::borrow::Cow;

use crate::hotglue::text::MASKED;

/// Names that a key follows, in lower case.
const NAMES: [&str; 10] = [
    "api-key",
    "api_key",
    "apikey",
    "authorization",
    "access-token",
    "access_token",
    "auth-token",
    "auth_token",
    "--oauth2-bearer",
    "--user",
];
/// Words before a key in a header value.
const SCHEMES: [&str; 5] = ["apikey", "basic", "bearer", "digest", "token"];

/// Returns the text with every API key replaced by `••••`. Takes time linear
/// in the length of the text.
pub fn mask_api_keys(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut index = 0;
    while let Some(name) = find_name(text, index) {
        index = name.end;
        let Some(value) = value(text, &name).filter(|value| !value.is_empty()) else {
            continue;
        };
        if &text[value.clone()] != MASKED {
            masked.push_str(&text[copied..value.start]);
            masked.push_str(MASKED);
            copied = value.end;
        }
        index = value.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

type Range = std::ops::Range<usize>;

/// The next name from a byte on.
fn find_name(text: &str, from: usize) -> Option<Range> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|start| {
        if !matches!(bytes[start], b'a' | b'A' | b'-') {
            return None;
        }
        let rest = &bytes[start..];
        let name = NAMES.iter().find(|name| {
            rest.get(..name.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        })?;
        let end = start + name.len();
        // `api_key_env` and the like name something else.
        let ends = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-');
        bytes.get(end).is_none_or(ends).then_some(start..end)
    })
}

/// The value that follows a name: behind a separator, and in quotes if the
/// value or the whole header is quoted.
fn value(text: &str, name: &Range) -> Option<Range> {
    let bytes = text.as_bytes();
    let skip = |from: usize, skipped: &[u8]| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest
            .iter()
            .take_while(|byte| skipped.contains(byte))
            .count()
    };
    let is_quote = |index: usize| matches!(bytes.get(index), Some(b'\'' | b'"' | b'`'));
    let is_option = text[name.clone()].starts_with("--");

    // A quote behind the name closes it: the name is quoted by itself.
    let mut index = skip(name.end, b"\\");
    let name_is_quoted = is_quote(index);
    index = skip(index + usize::from(name_is_quoted), b" \t]");
    let separator = bytes.get(index).copied();
    match separator {
        Some(b':' | b'=') => {
            index += 1;
            index += usize::from(bytes.get(index) == Some(&b'>'));
            // A space may be escaped for the shell.
            while let Some(space) = [&b"\\ "[..], b" ", b"\t"]
                .into_iter()
                .find(|space| bytes[index..].starts_with(space))
            {
                index += space.len();
            }
        }
        // `set("x-api-key", "…")`, and `{"name": "x-api-key", "value": "…"}`.
        Some(b',') if name_is_quoted => {
            index = skip(index + 1, b" \t\r\n");
            if [&b"\"value\""[..], b"'value'"]
                .iter()
                .any(|field| bytes[index..].starts_with(field))
            {
                index = skip(index + "\"value\"".len(), b" \t:");
            }
            if !is_quote(skip(index, b"\\")) {
                return None;
            }
        }
        _ if is_option && index > name.end => {}
        _ => return None,
    }
    let escape = index;
    index = skip(index, b"\\");
    if is_quote(index) {
        let is_escaped = index > escape;
        return Some(index + 1..end_of_quoted(bytes, index + 1, bytes[index], is_escaped));
    }
    let header = text[..name.start]
        .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let quote = header.len().checked_sub(1).filter(|quote| is_quote(*quote));
    if let Some(quote) = quote.filter(|_| !name_is_quoted) {
        // Two backslashes in front of it are one that is escaped itself.
        let backslashes = bytes[..quote].iter().rev();
        let backslashes = backslashes.take_while(|byte| **byte == b'\\').count();
        let is_escaped = backslashes % 2 == 1;
        return Some(escape..end_of_quoted(bytes, escape, bytes[quote], is_escaped));
    }
    let in_query = separator == Some(b'=');
    let end_of_word = |from: usize| from + end_of_word(&text[from..], in_query);
    let end = end_of_word(escape);
    let word = text[escape..end].to_ascii_lowercase();
    let key = skip(end, b" \t");
    Some(if SCHEMES.contains(&word.as_str()) && key > end {
        escape..end_of_word(key)
    } else {
        escape..end
    })
}

/// The end of a value without quotes around it. Quotes inside of it belong to
/// it, as a shell reads them.
fn end_of_word(text: &str, in_query: bool) -> usize {
    let mut quoted_until = 0;
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        if index < quoted_until {
            continue;
        }
        let is_quote = matches!(c, '\'' | '"' | '`');
        let rest = &text[index + c.len_utf8()..];
        let ends = match c {
            '&' => in_query,
            c if is_quote => !is_inside_word(c, rest),
            c => c.is_whitespace(),
        };
        if ends && (!escaped || c == '\n') {
            return index;
        }
        if is_quote && !escaped {
            let closing = rest.find([c, '\n']);
            let closing = closing.filter(|closing| rest[*closing..].starts_with(c));
            quoted_until = closing.map_or(0, |closing| index + 2 + closing);
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// Whether a value continues behind a quote.
fn is_inside_word(quote: char, rest: &str) -> bool {
    let rest = rest.strip_prefix(quote).unwrap_or(rest);
    let ends = |c: char| c.is_whitespace() || ",;:)]}>&|'\"`".contains(c);
    rest.chars().next().is_some_and(|next| !ends(next))
}

/// The end of a quoted value; a value that is not closed ends with its line.
fn end_of_quoted(bytes: &[u8], from: usize, quote: u8, is_escaped: bool) -> usize {
    let mut index = from;
    while let Some(byte) = bytes.get(index) {
        match byte {
            b'\n' => break,
            b'\\' if is_escaped => break,
            b'\\' if bytes.get(index + 1).is_some_and(|next| *next != b'\n') => index += 1,
            byte if *byte == quote => break,
            _ => {}
        }
        index += 1;
    }
    index.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escaped_backslash_in_front_of_a_quote_does_not_escape_it() {
        let masked = mask_api_keys(r#"apikey="\\"apikey=\"#);
        assert_eq!(masked, r#"apikey="••••"apikey=••••"#);
    }

    #[test]
    fn keys_are_masked_in_every_form_a_user_pastes() {
        let cases = [
            (
                "curl -H 'x-api-key: K' 'https://h/a'",
                "curl -H 'x-api-key: ••••' 'https://h/a'",
            ),
            ("-H \"X-API-Key: K\" u", "-H \"X-API-Key: ••••\" u"),
            ("-H\"x-api-key:K\" u", "-H\"x-api-key:••••\" u"),
            ("-Hx-api-key:K u", "-Hx-api-key:•••• u"),
            ("-Hx-api-key:K\"L\" u", "-Hx-api-key:•••• u"),
            ("x-api-key:K\"L M\"'N' u", "x-api-key:•••• u"),
            ("x-api-key:K\"\"L u", "x-api-key:•••• u"),
            ("x-api-key:K\"L", "x-api-key:••••"),
            (
                "\"-H x-api-key: K\", \"u\"",
                "\"-H x-api-key: ••••\", \"u\"",
            ),
            ("-H x-api-key:\\ K u", "-H x-api-key:\\ •••• u"),
            (
                "-H authorization:\\ Bearer\\ K u",
                "-H authorization:\\ •••• u",
            ),
            ("--header=x-api-key:K u", "--header=x-api-key:•••• u"),
            (
                "--header='x-api-key: K L' u",
                "--header='x-api-key: ••••' u",
            ),
            ("-H $'x-api-key: K' u", "-H $'x-api-key: ••••' u"),
            ("-H ^\"x-api-key: K^\" u", "-H ^\"x-api-key: ••••\" u"),
            (
                "-H 'Authorization: Bearer K' u",
                "-H 'Authorization: ••••' u",
            ),
            ("-H Authorization: bearer K u", "-H Authorization: •••• u"),
            ("--oauth2-bearer K u", "--oauth2-bearer •••• u"),
            ("--user=me:K u", "--user=•••• u"),
            (
                "https://h/?api_key=K&job_root=r",
                "https://h/?api_key=••••&job_root=r",
            ),
            ("https://h/?a=1&apikey=K", "https://h/?a=1&apikey=••••"),
            ("HOTGLUE_API_KEY=K curl u", "HOTGLUE_API_KEY=•••• curl u"),
            ("api_key = \"K\"", "api_key = \"••••\""),
            (
                "{\"x-api-key\": \"K\", \"a\": 1}",
                "{\"x-api-key\": \"••••\", \"a\": 1}",
            ),
            (
                "\"{\\\"api_key\\\":\\\"K\\\"}\"",
                "\"{\\\"api_key\\\":\\\"••••\\\"}\"",
            ),
            ("{'x-api-key': 'K\\'L'}", "{'x-api-key': '••••'}"),
            ("h[\"x-api-key\"] = \"K\"", "h[\"x-api-key\"] = \"••••\""),
            ("@{\"x-api-key\"=\"K\"}", "@{\"x-api-key\"=\"••••\"}"),
            ("set('x-api-key', 'K')", "set('x-api-key', '••••')"),
            (
                "{\"name\": \"x-api-key\",\n \"value\": \"K\"}",
                "{\"name\": \"x-api-key\",\n \"value\": \"••••\"}",
            ),
            ("'x-api-key' => 'K'", "'x-api-key' => '••••'"),
            ("-H 'x-api-key: K", "-H 'x-api-key: ••••"),
            ("-H 'x-api-key: K\nnext", "-H 'x-api-key: ••••\nnext"),
            ("x-api-key: ••••typed", "x-api-key: ••••"),
        ];
        for (text, expected) in cases {
            assert_eq!(mask_api_keys(text), expected);
            assert_eq!(mask_api_keys(expected), expected);
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [
            "acme/flows/f/jobs/j",
            "api_key_env = \"HOTGLUE_API_KEY\"",
            "curl -H 'x-api-key: ••••' https://h/dev/f/t/jobs/status?job_root=r",
            "-H 'x-api-key:'",
            "the API key",
            "--username x",
            "",
        ] {
            assert!(matches!(mask_api_keys(text), Cow::Borrowed(_)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn masking_never_panics_and_is_stable(
            text in "([a-z'\"`\\\\ :=&>\n日]|x-api-key|Authorization|Bearer|api_key=|--user){0,40}",
        ) {
            let masked = mask_api_keys(&text).into_owned();
            prop_assert_eq!(mask_api_keys(&masked), masked.as_str());
        }

        #[test]
        fn no_header_leaks_its_key(
            name in prop::sample::select(vec!["x-api-key", "X-API-KEY", "Api-Key", "apikey"]),
            option in prop::sample::select(vec!["-H", "-H ", "--header ", "--header="]),
            quote in prop::sample::select(vec!["'", "\""]),
            space in " {0,3}",
            key in "[A-Za-z0-9+/=_.~-]{1,60}",
        ) {
            let text = format!("curl {option}{quote}{name}:{space}{key}{quote} https://h/");
            let masked = format!("curl {option}{quote}{name}:{space}{MASKED}{quote} https://h/");
            prop_assert_eq!(mask_api_keys(&text), masked.as_str());
        }
    }
}
