//! The jobs that are polled first.

use super::*;

/// A list of jobs, of which the rate limit delays the polls if it has more than
/// 100.
fn model_with(jobs: u32) -> Model {
    let mut text = TWO_ENVIRONMENTS.to_owned();
    for job in 0..jobs {
        text.push_str(&format!(
            "[[jobs]]\nenvironment = \"dev\"\njob_root = \"t{job:03}/flows/f/jobs/{job}\"\n"
        ));
    }
    model_of(&text)
}

fn polled_first(effects: &[Effect]) -> Option<Vec<JobId>> {
    effects.iter().find_map(|effect| match effect {
        Effect::PollFirst(ids) => Some(ids.clone()),
        _ => None,
    })
}

#[test]
fn jobs_in_the_window_and_the_selected_one_are_polled_first_under_a_rate_limit() {
    let mut model = model_with(500);
    let first = polled_first(&update(&mut model, now(), Message::Tick));
    let first = first.expect("the window is reported");
    let window: Vec<_> = model.jobs.windowed().map(|row| row.id).collect();
    assert!(window.len() > 10 && window.iter().all(|id| first.contains(id)));
    // Nothing is reported while the window stays.
    assert_eq!(
        polled_first(&update(&mut model, now(), Message::Tick)),
        None
    );
    assert_eq!(polled_first(&press(&mut model, KeyCode::Down)), None);
    let last = polled_first(&press(&mut model, KeyCode::Char('G'))).expect("another window");
    let selected = model.jobs.selected().map(|row| row.id);
    assert!(last.contains(&selected.expect("a selected row")) && !last.contains(&first[0]));
    // The matrix shows all jobs.
    let matrix = polled_first(&press(&mut model, KeyCode::Char('M'))).expect("the matrix");
    assert_eq!(Some(matrix), selected.map(|id| vec![id]));
}

#[test]
fn no_job_is_polled_first_without_a_rate_limit() {
    let mut model = model_with(80);
    assert_eq!(
        polled_first(&update(&mut model, now(), Message::Tick)),
        None
    );
}
