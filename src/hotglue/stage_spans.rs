//! The course of a job: how long each stage took, read out of the statuses it
//! went through and when.

use jiff::{SignedDuration, Timestamp};

use super::status::{JobStatus, Stage};

/// A stage, and the time it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageSpan {
    /// The stage; `Queued` for the wait before the first.
    pub stage: Stage,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; `None` while it goes on.
    pub to: Option<Timestamp>,
    /// Whether the job failed in it.
    pub failed: bool,
}

impl StageSpan {
    /// How long it took, or takes so far.
    pub fn lasted(&self, now: Timestamp) -> SignedDuration {
        self.to.unwrap_or(now).duration_since(self.from)
    }
}

/// The stages of a job, from the statuses it went through and when each began,
/// oldest first. A stage ends with its own success or failure, or where the
/// next one begins; a stage seen twice, as after a re-run, is counted anew.
pub fn stage_spans(steps: impl IntoIterator<Item = (JobStatus, Timestamp)>) -> Vec<StageSpan> {
    let mut spans: Vec<StageSpan> = Vec::new();
    for (status, at) in steps {
        let open = spans.last_mut().filter(|span| span.to.is_none());
        let stage = status.stage();
        if let Some(span) = open {
            let ends = status.ends_stage() || stage != Some(span.stage);
            if !ends {
                continue;
            }
            // A clock that went back must not make a stage end before it began.
            span.to = Some(at.max(span.from));
            span.failed = status.is_finished() && status.state() != super::State::Completed;
        }
        match stage {
            Some(stage) if !status.ends_stage() && stage != Stage::Done => spans.push(StageSpan {
                stage,
                from: at,
                to: None,
                failed: false,
            }),
            _ => {}
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans_of(steps: &[(&str, i64)]) -> Vec<(Stage, i64, Option<i64>, bool)> {
        let steps = steps.iter().map(|(status, at)| {
            let at = Timestamp::from_second(*at).unwrap();
            (JobStatus::parse(status), at)
        });
        stage_spans(steps)
            .into_iter()
            .map(|span| {
                let to = span.to.map(Timestamp::as_second);
                (span.stage, span.from.as_second(), to, span.failed)
            })
            .collect()
    }

    #[test]
    fn stages_end_with_their_success_or_where_the_next_begins() {
        let steps = [
            ("JOB_CREATED", 0),
            ("SYNC_STARTED", 5),
            ("SYNC_SUCCESS", 20),
            ("ETL_STARTED", 22),
            ("EXPORT_STARTED", 40),
            ("JOB_COMPLETED", 60),
        ];
        let wanted = [
            (Stage::Queued, 0, Some(5), false),
            (Stage::Sync, 5, Some(20), false),
            (Stage::Etl, 22, Some(40), false),
            (Stage::Export, 40, Some(60), false),
        ];
        assert_eq!(spans_of(&steps), wanted);
    }

    #[test]
    fn failures_and_what_is_under_way() {
        let failed = spans_of(&[("ETL_STARTED", 5), ("ETL_FAILED", 9), ("ETL_STARTED", 12)]);
        let wanted = [
            (Stage::Etl, 5, Some(9), true),
            (Stage::Etl, 12, None, false),
        ];
        assert_eq!(failed, wanted);
        assert_eq!(
            spans_of(&[("SYNC_STARTED", 9), ("JOB_CANCELLED", 4)]),
            [(Stage::Sync, 9, Some(9), true)]
        );
        assert_eq!(spans_of(&[("JOB_COMPLETED", 4)]), []);
        assert_eq!(spans_of(&[("ODD", 1), ("ODDER", 2)]), []);
    }
}
