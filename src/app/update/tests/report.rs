//! The report of a rollout.

use super::rollouts::{ROLLOUT, answer, newest};
use super::*;
use crate::app::report_request::ReportedState;

#[test]
fn report_of_the_selected_rollout_asks_where_it_is_written_to() {
    let mut model = model_of(ROLLOUT);
    let root = "acme/flows/f/jobs/1";
    answer(
        &mut model,
        0,
        newest(root, "JOB_COMPLETED", "2026-11-23T11:30:00Z"),
    );
    let before = "2026-11-23T10:30:00Z";
    let root = "globex/flows/f/jobs/2";
    answer(&mut model, 1, newest(root, "JOB_COMPLETED", before));
    assert!(press(&mut model, KeyCode::Char('H')).is_empty());
    press(&mut model, KeyCode::Char('x'));
    let effects = press(&mut model, KeyCode::Enter);
    let [Effect::WriteReport(request)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(request.file, "rollout-invoices-20261123-120000.htmlx");
    let jobs: Vec<_> = request.jobs.iter().map(|job| &job.state).collect();
    assert!(matches!(
        jobs[..],
        [ReportedState::Run(..), ReportedState::NotStarted]
    ));
    assert!(model.overlay.is_none());
    let mut other = model_of(FILE);
    press(&mut other, KeyCode::Char('H'));
    assert!(other.overlay.is_none());
}
