//! The line of a message that names the error.

/// The longest line that is read of a message, in characters.
const MAX_LINE: usize = 400;

/// The line of a message that names the error, cut to a bounded length: the
/// exception of a Python, Node or Java stack trace, else the first line that
/// is not blank. Empty for a blank message.
pub fn error_line(message: &str) -> &str {
    // Most messages are one line, and the table reads those of every row.
    let line = if message.contains('\n') {
        line_of_trace(message)
    } else {
        cause(message).unwrap_or(message)
    };
    let line = without_prefix(line.trim());
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => &line[..end],
        None => line,
    }
}

/// The line of several that names the error.
fn line_of_trace(message: &str) -> &str {
    let lines: Vec<&str> = message
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    python_exception(&lines)
        .or_else(|| root_cause(&lines))
        .or_else(|| before_frames(&lines))
        .or_else(|| lines.first().copied())
        .unwrap_or_default()
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
    lines.iter().rev().find_map(|&line| cause(line))
}

fn cause(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("Caused by: ")
}

/// The line before the first stack frame (`at …`) of a Node or Java trace.
fn before_frames<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let is_frame = |line: &&str| line.starts_with([' ', '\t']) && line.trim().starts_with("at ");
    let first = lines.iter().position(is_frame)?;
    lines.get(first.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
