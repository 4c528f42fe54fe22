//! The comparison of the selected row's rollout with the runs before it. It is
//! computed in `rollout::compare`, off the UI thread.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;

use crate::app::input::{Action, OverlayKind, Polling};
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::compared_rollout::ComparedRollout;
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};
use crate::rollout::ComparedMetric;

/// The comparison, one of its metrics selected.
#[derive(Debug, Clone)]
pub struct ComparisonOverlay {
    /// What is compared.
    pub(crate) rollout: ComparedRollout,
    /// When it was requested; the number of the request, too.
    pub(crate) requested: Timestamp,
    /// The metrics; `None` until they are computed.
    pub(crate) metrics: Option<Vec<ComparedMetric>>,
    /// The index of the selected metric.
    pub(crate) selected: usize,
}

impl ComparisonOverlay {
    /// A comparison that is being computed.
    pub(in crate::app) fn new(rollout: ComparedRollout, requested: Timestamp) -> Self {
        Self {
            rollout,
            requested,
            metrics: None,
            selected: 0,
        }
    }
}

impl OverlayPart for ComparisonOverlay {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        if menu::closes(context, key, OverlayKind::Comparison) {
            return Outcome::Close;
        }
        let is_refresh = context.keymap.action(key) == Some(Action::Poll(Polling::Jobs));
        if is_refresh || key.code == KeyCode::Tab {
            let by_version = self.rollout.by_version != (key.code == KeyCode::Tab);
            return Outcome::Run(OverlayAction::Compare(ComparedRollout {
                by_version,
                ..self.rollout.clone()
            }));
        }
        let count = self.metrics.as_ref().map_or(0, Vec::len);
        self.selected = menu::step(context, key, self.selected, count);
        Outcome::Stay
    }

    /// Selects the metric.
    fn on_line(&mut self, _context: &Context, index: usize) -> Outcome {
        self.selected = index;
        Outcome::Stay
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let by = if self.rollout.by_version {
            "all tenants"
        } else {
            "by tap version"
        };
        [
            Some(Hint::fixed("tab", by)),
            Hint::bound(context, &[Action::Poll(Polling::Jobs)], "compare again"),
            menu::move_hint(context, "choose"),
            Some(menu::close_hint(context)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
