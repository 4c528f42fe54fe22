//! How things look: colors, glyphs, and text fitted into cells. What is drawn
//! where lives in the other rooms of `ui`.

pub(in crate::ui) mod areas;
mod context;
pub(in crate::ui) mod draw;
pub(in crate::ui) mod glyphs;
pub(in crate::ui) mod input;
mod palette;
pub(in crate::ui) mod text;
pub(in crate::ui) mod theme;

pub(in crate::ui) use context::RenderContext;

use crate::hotglue::State;

/// The states in the order in which they are counted: the answers first.
pub(in crate::ui) const COUNTED_STATES: [State; 6] = [
    State::Failed,
    State::Cancelled,
    State::Unknown,
    State::Running,
    State::Queued,
    State::Completed,
];
