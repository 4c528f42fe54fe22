//! Benchmarks of what hgtop concludes and of the screens that show it, and of a
//! peer. Run with `cargo bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod support;

use crossterm::event::KeyCode;
use divan::Bencher;
use hgtop::hotglue::Text;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Constraint;
use ratatui::widgets::{Row, Table, TableState};
use support::{Screen, compared, model, now, press, rollout};

fn main() {
    divan::main();
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_of_the_pulse(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    press(&mut model, KeyCode::Char('P'));
    let mut screen = Screen::new(200, 60);
    bencher.bench_local(|| screen.draw(&model));
}

#[divan::bench(args = [60, 2_000])]
fn frame_of_the_comparison(bencher: Bencher, tenants: u32) {
    let model = compared(tenants);
    let mut screen = Screen::new(200, 60);
    bencher.bench_local(|| screen.draw(&model));
}

/// What a table costs that is given all rows, as is usual with ratatui.
#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_of_a_ratatui_table(bencher: Bencher, jobs: u32) {
    let model = model(jobs);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    let mut state = TableState::default().with_selected(Some(0));
    bencher.bench_local(|| {
        let rows = model.jobs.shown().map(|row| {
            let job = row.job();
            Row::new([
                row.name.as_str(),
                job.and_then(|job| job.tenant.as_ref())
                    .map_or("", Text::as_str),
                job.map_or("", |job| job.status.as_str()),
                job.and_then(|job| job.message.as_ref())
                    .map_or("", Text::as_str),
            ])
        });
        let widths = [24, 16, 16, 120].map(Constraint::Length);
        let table = Table::new(rows, widths);
        terminal
            .draw(|frame| frame.render_stateful_widget(table, frame.area(), &mut state))
            .unwrap();
    });
}

/// The ETA of a rollout with this number of unfinished jobs.
#[divan::bench(args = [100, 2_000])]
fn forecast(bencher: Bencher, unfinished: u32) {
    let rollout = rollout(unfinished);
    bencher.bench_local(|| rollout.forecast(now()).unwrap());
}
