//! The form that asks where the report of a rollout is written to.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::input::LineInput;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};
use crate::hotglue::Text;
use crate::watch::FollowId;

/// The form that asks for the file of a report.
#[derive(Debug, Clone)]
pub struct ReportForm {
    follow: FollowId,
    /// The name of the rollout.
    pub(crate) name: Text,
    /// The file.
    pub(crate) file: LineInput,
}

impl ReportForm {
    /// The form for a rollout, with a file name that has its name and the time.
    pub(in crate::app) fn new(
        follow: FollowId,
        name: Text,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Self {
        let time = now.to_zoned_datetime(zone.clone());
        let time = time.strftime("%Y%m%d-%H%M%S");
        let file = format!("rollout-{}-{time}.html", slug(name.as_str()));
        Self {
            follow,
            file: LineInput::new(&file),
            name,
        }
    }
}

/// A name as a part of a file name.
fn slug(name: &str) -> String {
    let name = name.to_lowercase();
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-").chars().take(60).collect()
}

impl OverlayPart for ReportForm {
    fn on_key(&mut self, _context: &Context, key: KeyEvent) -> Outcome {
        match key.code {
            KeyCode::Esc => return Outcome::Close,
            KeyCode::Enter => {
                let file = self.file.value().trim();
                if !file.is_empty() {
                    return Outcome::CloseAndRun(OverlayAction::WriteReport(
                        self.follow,
                        file.to_owned(),
                    ));
                }
            }
            _ => drop(self.file.on_key(key)),
        }
        Outcome::Stay
    }

    fn on_paste(&mut self, _context: &Context, text: &str) -> Outcome {
        self.file.paste(text);
        Outcome::Stay
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![Hint::fixed("enter", "write"), Hint::fixed("esc", "close")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_any_rollout_is_a_file_name() {
        assert_eq!(slug("Invoices: v2 / prod"), "invoices-v2-prod");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("日本"), "");
    }
}
