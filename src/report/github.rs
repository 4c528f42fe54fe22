//! Workflow commands of GitHub Actions: lines of a log that annotate a run.
//! Source: "Workflow commands for GitHub Actions" and the parser of the runner.

use std::fmt;

/// How an annotation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnnotationLevel {
    Error,
    Warning,
}

/// An annotation of a run. Its `Display` form is the line of the log, without
/// the line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) level: AnnotationLevel,
    pub(crate) title: String,
    /// Its text, one or more lines.
    pub(crate) message: String,
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            AnnotationLevel::Error => "error",
            AnnotationLevel::Warning => "warning",
        };
        let (title, message) = (property(&self.title), data(&self.message));
        write!(f, "::{level} title={title}::{message}")
    }
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Returns a line of a log in which the runner finds no command: `::` at the
/// start, after any spaces, and `##[` anywhere would begin one.
pub(crate) fn without_commands(line: &str) -> String {
    let line = line.replace("##[", "# #[");
    if line.trim_start().starts_with("::") {
        line.replacen("::", ": :", 1)
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a command as the runner does.
    fn read(line: &str) -> (String, String) {
        let (title, message) = line
            .strip_prefix("::error title=")
            .and_then(|rest| rest.split_once("::"))
            .unwrap();
        let data = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n");
            text.replace("%25", "%")
        };
        let title = title.replace("%3A", ":").replace("%2C", ",");
        (data(&title), data(message))
    }

    proptest::proptest! {
        #[test]
        fn an_annotation_is_one_line_and_keeps_its_text(title in ".*", message in "(.|[\r\n%:,])*") {
            let line = Annotation { level: AnnotationLevel::Error, title: title.clone(), message: message.clone() }.to_string();
            proptest::prop_assert!(!line.contains(['\r', '\n']));
            proptest::prop_assert_eq!(read(&line), (title, message));
        }

        #[test]
        fn no_line_of_a_log_is_a_command(line in "[ \t]*(::|##\\[|#|[a-z:]){0,9}.*") {
            let safe = without_commands(&line);
            proptest::prop_assert!(!safe.contains("##["), "{}", safe);
            proptest::prop_assert!(!safe.trim_start().starts_with("::"), "{}", safe);
        }
    }

    #[test]
    fn an_annotation_is_escaped_as_documented() {
        let annotation = Annotation {
            level: AnnotationLevel::Warning,
            title: "gate failed<=2%: hold, 3".to_owned(),
            message: "100%: a\nb,c".to_owned(),
        };
        assert_eq!(
            annotation.to_string(),
            "::warning title=gate failed<=2%25%3A hold%2C 3::100%25: a%0Ab,c"
        );
    }
}
