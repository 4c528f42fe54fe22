//! What stands where there is no row to show: why, and what to do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, ConfigSource, Model, OverlayKind, Show};
use crate::ui::style::RenderContext;
use crate::ui::style::text::{cells, put};

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let lines = lines(model, context);
    let width = lines.iter().map(|(text, _)| cells(text)).max().unwrap_or(0);
    let height = u16::try_from(lines.len()).unwrap_or(0);
    let x = area.x + area.width.saturating_sub(width) / 2;
    let top = area.y + area.height.saturating_sub(height) / 3;
    for ((text, style), y) in lines.iter().zip(top..area.bottom()) {
        put(canvas, x, y, area.right().saturating_sub(x), text, *style);
    }
}

fn lines(model: &Model, context: &RenderContext) -> Vec<(String, Style)> {
    let plain = Style::new();
    let (title, dim) = (context.theme.accent, context.theme.dim);
    let key = |action| {
        model
            .keymap
            .keys(action)
            .first()
            .cloned()
            .unwrap_or_default()
    };
    let line = |text: &str, style| (text.to_owned(), style);
    let total = model.jobs.counts().total();
    if total > 0 {
        let what = match (
            model.jobs.table().settings().show,
            model.jobs.table().settings().filter.text(),
        ) {
            (Show::All, filter) => format!("None of the {total} jobs fits the filter '{filter}'."),
            (show, "") => format!("None of the {total} jobs is {}.", show.name()),
            (show, filter) => format!("No {} job fits the filter '{filter}'.", show.name()),
        };
        let back = format!("{} shows all jobs", key(Action::Back));
        return vec![(what, plain), (String::new(), plain), (back, dim)];
    }
    let mut lines = vec![line("Welcome to hgtop", title), line("", plain)];
    match &model.source {
        ConfigSource::NoFile(_) => {
            let add = key(Action::Open(OverlayKind::Add));
            lines.extend([
                line("There is no config file yet.", plain),
                line("", plain),
                (
                    format!("Press {add} to name your environment and make one."),
                    plain,
                ),
                line(
                    "Or look around first, without key or network: hgtop demo",
                    plain,
                ),
            ]);
        }
        ConfigSource::File(_) => {
            let add = key(Action::Open(OverlayKind::Add));
            lines.extend([
                line("No jobs are watched yet.", plain),
                line("", plain),
                (
                    format!("Press {add}, or just paste: a job_root, a status URL, the answer"),
                    plain,
                ),
                line(
                    "of a Run job call, a curl command, or a whole list of them.",
                    plain,
                ),
                (
                    format!(
                        "{} looks what the environment has.",
                        key(Action::Open(OverlayKind::Discover))
                    ),
                    plain,
                ),
            ]);
            for followed in model.follows().values() {
                let name = &followed.flow.name;
                lines.push(match &followed.problem {
                    None => (format!("Asking for the tenants of '{name}' …"), dim),
                    Some(problem) => (format!("'{name}': {problem}"), context.theme.warning),
                });
            }
        }
        ConfigSource::Demo => lines.push(line(
            "This rollout has no jobs: try hgtop demo --jobs 24",
            plain,
        )),
    }
    lines.push(line("", plain));
    let keys = format!(
        "{} help   {} quit",
        key(Action::Open(OverlayKind::Help)),
        key(Action::Quit)
    );
    lines.push((keys, dim));
    lines
}
