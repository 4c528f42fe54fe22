//! How things look: colors, glyphs, and text fitted into cells. What is drawn
//! where lives in the other rooms of `ui`.

pub(in crate::ui) mod glyphs;
pub(in crate::ui) mod input;
pub(in crate::ui) mod text;
pub(in crate::ui) mod theme;

use crate::app::Appearance;
use glyphs::Glyphs;
use theme::Theme;

/// The theme and the glyphs that everything is drawn with.
pub(in crate::ui) struct RenderContext {
    pub(in crate::ui) theme: Theme,
    pub(in crate::ui) glyphs: &'static Glyphs,
}

impl RenderContext {
    pub(in crate::ui) fn new(appearance: Appearance) -> Self {
        Self {
            theme: Theme::of(appearance),
            glyphs: Glyphs::of(appearance.unicode),
        }
    }
}
