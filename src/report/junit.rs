//! A report in the XML of `JUnit`, as CI services read it: one suite with one
//! test case for each job and each condition of a gate.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::hotglue::Text;

/// A suite of test cases.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JunitReport {
    pub(crate) name: String,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    pub(crate) cases: Vec<JunitCase>,
}

/// A test case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JunitCase {
    pub(crate) name: String,
    /// What it belongs to, with dots between the levels.
    pub(crate) class: String,
    /// How long it took, in seconds, where that is known.
    pub(crate) seconds: Option<i64>,
    pub(crate) result: JunitResult,
}

/// What a test case came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JunitResult {
    Passed,
    Failed {
        kind: String,
        /// The line that names the error.
        message: String,
        /// The whole message.
        text: String,
    },
    /// Its result could not be determined.
    Error {
        kind: String,
        message: String,
    },
    Skipped {
        message: String,
    },
}

impl JunitReport {
    /// Returns the XML document.
    ///
    /// # Errors
    /// None that can happen: memory is always written.
    pub(crate) fn xml(&self) -> io::Result<String> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let count = |is_counted: fn(&JunitResult) -> bool| {
            let cases = self.cases.iter();
            cases
                .filter(|case| is_counted(&case.result))
                .count()
                .to_string()
        };
        let tests = self.cases.len().to_string();
        let failures = count(|result| matches!(result, JunitResult::Failed { .. }));
        let errors = count(|result| matches!(result, JunitResult::Error { .. }));
        let skipped = count(|result| matches!(result, JunitResult::Skipped { .. }));
        let time = format!("{:.3}", self.seconds);
        let name = attribute(&self.name);
        let totals = [
            ("name", name.as_str()),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", &errors),
            ("skipped", &skipped),
            ("time", &time),
        ];
        writer
            .create_element("testsuites")
            .with_attributes(totals)
            .write_inner_content(|writer| {
                let suite = writer.create_element("testsuite").with_attributes(totals);
                suite
                    .write_inner_content(|writer| {
                        self.cases.iter().try_for_each(|case| case.write(writer))
                    })
                    .map(drop)
            })?;
        let mut xml = String::from_utf8_lossy(&writer.into_inner()).into_owned();
        xml.push('\n');
        Ok(xml)
    }
}

impl JunitCase {
    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let (name, class) = (attribute(&self.name), attribute(&self.class));
        let mut case = writer
            .create_element("testcase")
            .with_attributes([("name", name.as_str()), ("classname", class.as_str())]);
        if let Some(seconds) = self.seconds {
            case = case.with_attribute(("time", format!("{seconds}.000").as_str()));
        }
        let (tag, kind, message, text) = match &self.result {
            JunitResult::Passed => return case.write_empty().map(drop),
            JunitResult::Failed {
                kind,
                message,
                text,
            } => ("failure", kind.as_str(), message, text.as_str()),
            JunitResult::Error { kind, message } => ("error", kind.as_str(), message, ""),
            JunitResult::Skipped { message } => ("skipped", "", message, ""),
        };
        case.write_inner_content(|writer| {
            let mut result = writer.create_element(tag);
            let (kind, message) = (attribute(kind), attribute(message));
            if !kind.is_empty() {
                result = result.with_attribute(("type", kind.as_str()));
            }
            result = result.with_attribute(("message", message.as_str()));
            if text.is_empty() {
                result.write_empty().map(drop)
            } else {
                let text = characters(text);
                result.write_text_content(BytesText::new(&text)).map(drop)
            }
        })
        .map(drop)
    }
}

/// Text as the value of an attribute: on one line, since a reader normalizes
/// line breaks there.
fn attribute(text: &str) -> String {
    characters(&Text::new(text).one_line())
}

/// Text without the characters that XML cannot hold, escaped or not.
fn characters(text: &str) -> String {
    let clean = Text::cut(text, usize::MAX);
    let is_noncharacter = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}');
    clean.as_str().replace(is_noncharacter, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::Reader;

    fn report(message: &str) -> JunitReport {
        let case = |name: &str, result| JunitCase {
            name: name.to_owned(),
            class: "dev.invoices".to_owned(),
            seconds: Some(12),
            result,
        };
        JunitReport {
            name: "hgtop wait".to_owned(),
            seconds: 90.25,
            cases: vec![
                case("acme", JunitResult::Passed),
                case(
                    message,
                    JunitResult::Failed {
                        kind: "JOB_FAILED".to_owned(),
                        message: message.to_owned(),
                        text: message.to_owned(),
                    },
                ),
                JunitCase {
                    seconds: None,
                    ..case(
                        "initech",
                        JunitResult::Error {
                            kind: "undetermined".to_owned(),
                            message: "connection refused".to_owned(),
                        },
                    )
                },
                case(
                    "hooli",
                    JunitResult::Skipped {
                        message: "not started".to_owned(),
                    },
                ),
            ],
        }
    }

    /// Reads a document: the value of `message` of the failure, and its text.
    fn read(xml: &str) -> (String, String) {
        let mut reader = Reader::from_str(xml);
        let (mut message, mut text, mut is_inside) = (String::new(), String::new(), false);
        let mut depth = 0_i32;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    depth += 1;
                    is_inside = start.name().as_ref() == "failure";
                    if is_inside {
                        let attribute = start.try_get_attribute("message").unwrap().unwrap();
                        let value = quick_xml::escape::unescape(&attribute.value).unwrap();
                        message = value.into_owned();
                    }
                }
                Event::End(_) => {
                    depth -= 1;
                    is_inside = false;
                }
                Event::Text(part) if is_inside => text.push_str(&part),
                Event::GeneralRef(part) if is_inside => {
                    let entity = format!("&{};", &*part);
                    text.push_str(&quick_xml::escape::unescape(&entity).unwrap());
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
        (message, text)
    }

    #[test]
    fn report_counts_its_cases() {
        insta::assert_snapshot!(report("KeyError: '<x>' & \"y\"").xml().unwrap(), @r##"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="hgtop wait" tests="4" failures="1" errors="1" skipped="1" time="90.250">
          <testsuite name="hgtop wait" tests="4" failures="1" errors="1" skipped="1" time="90.250">
            <testcase name="acme" classname="dev.invoices" time="12.000"/>
            <testcase name="KeyError: &apos;&lt;x&gt;&apos; &amp; &quot;y&quot;" classname="dev.invoices" time="12.000">
              <failure type="JOB_FAILED" message="KeyError: &apos;&lt;x&gt;&apos; &amp; &quot;y&quot;">KeyError: &apos;&lt;x&gt;&apos; &amp; &quot;y&quot;</failure>
            </testcase>
            <testcase name="initech" classname="dev.invoices">
              <error type="undetermined" message="connection refused"/>
            </testcase>
            <testcase name="hooli" classname="dev.invoices" time="12.000">
              <skipped message="not started"/>
            </testcase>
          </testsuite>
        </testsuites>
        "##);
    }

    proptest::proptest! {
        #[test]
        fn any_message_is_valid_xml_and_kept(message in "([^\\p{Cf}]|[<>&\"'\u{1b}\u{0}\n\u{fffe}\u{ffff}]|]]>){0,60}") {
            let xml = report(&message).xml().unwrap();
            let is_allowed = |c: char| matches!(c, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            proptest::prop_assert!(xml.chars().all(is_allowed));
            let (attribute_value, text) = read(&xml);
            proptest::prop_assert_eq!(attribute_value, attribute(&message));
            if !characters(&message).is_empty() {
                proptest::prop_assert_eq!(text, characters(&message));
            }
        }
    }
}
