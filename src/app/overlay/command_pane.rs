//! The output of a custom command, and which of its processes failed.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::OverlayKind;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The output of a custom command.
#[derive(Debug, Clone)]
pub struct CommandPane {
    /// The number of the run.
    pub(crate) number: u64,
    /// The number of lines between the last one shown and the newest.
    pub(crate) back: usize,
}

impl CommandPane {
    /// The output of a run.
    pub(in crate::app) fn new(number: u64) -> Self {
        Self { number, back: 0 }
    }
}

impl OverlayPart for CommandPane {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        if menu::closes(context, key, OverlayKind::Output) {
            return Outcome::Close;
        }
        let Some(run) = context.command_runs.get(self.number) else {
            return Outcome::Close;
        };
        match key.code {
            KeyCode::Char('x') if !run.is_finished() => {
                return Outcome::Run(OverlayAction::KillCommand(self.number));
            }
            KeyCode::Char('y') => {
                let lines: Vec<_> = run.lines.iter().map(String::as_str).collect();
                return Outcome::Run(OverlayAction::Copy {
                    text: lines.join("\n"),
                    notice: "output copied".to_owned(),
                });
            }
            _ => {}
        }
        self.back = menu::step_back(context, key, self.back, run.lines.len());
        Outcome::Stay
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let run = context.command_runs.get(self.number);
        let is_running = run.is_some_and(|run| !run.is_finished());
        [
            Some(menu::close_hint(context)),
            is_running.then(|| Hint::fixed("x", "kill")),
            menu::move_hint(context, "scroll"),
            Some(Hint::fixed("y", "copy output")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
