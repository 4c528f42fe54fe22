//! The stages of a job over time, derived from its statuses and their times.

use jiff::{SignedDuration, Timestamp};

use super::status::{JobStatus, Stage, State};

/// The time a job spent in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageSpan {
    /// The stage; `Queued` for the wait before the first stage.
    pub(crate) stage: Stage,
    /// The start.
    pub(crate) from: Timestamp,
    /// The end; `None` while the stage is running.
    pub(crate) to: Option<Timestamp>,
    /// Whether the job failed or was canceled in the stage.
    pub(crate) failed: bool,
}

impl StageSpan {
    /// Returns the duration, up to `now` while the stage is running.
    pub(crate) fn duration(&self, now: Timestamp) -> SignedDuration {
        self.to.unwrap_or(now).duration_since(self.from)
    }
}

/// Returns the stages of a job, from its statuses and the times they were
/// reached, oldest first. A stage ends with its own success or failure, or where
/// the next one starts; a stage that runs twice, as after a re-trigger, has two
/// spans.
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
            // A clock that went back must not make a stage end before its start.
            span.to = Some(at.max(span.from));
            span.failed = status.is_finished() && status.state() != State::Completed;
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
            let time = Timestamp::from_second(*at).unwrap();
            (JobStatus::parse(status), time)
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
    fn a_stage_ends_with_its_success_or_where_the_next_starts() {
        let steps = [
            ("JOB_CREATED", 0),
            ("SYNC_STARTED", 5),
            ("SYNC_SUCCESS", 20),
            ("ETL_STARTED", 22),
            ("EXPORT_STARTED", 40),
            ("JOB_COMPLETED", 60),
        ];
        let expected = [
            (Stage::Queued, 0, Some(5), false),
            (Stage::Sync, 5, Some(20), false),
            (Stage::Etl, 22, Some(40), false),
            (Stage::Export, 40, Some(60), false),
        ];
        assert_eq!(spans_of(&steps), expected);
    }

    #[test]
    fn failed_running_and_unknown_stages_are_read() {
        let failed = spans_of(&[("ETL_STARTED", 5), ("ETL_FAILED", 9), ("ETL_STARTED", 12)]);
        let expected = [
            (Stage::Etl, 5, Some(9), true),
            (Stage::Etl, 12, None, false),
        ];
        assert_eq!(failed, expected);
        assert_eq!(
            spans_of(&[("SYNC_STARTED", 9), ("JOB_CANCELLED", 4)]),
            [(Stage::Sync, 9, Some(9), true)]
        );
        assert_eq!(spans_of(&[("JOB_COMPLETED", 4)]), []);
        assert_eq!(spans_of(&[("ODD", 1), ("ODDER", 2)]), []);
    }
}
