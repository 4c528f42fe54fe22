//! The first-run form.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{ConfigSource, KeyPlace, Model, SetupField, SetupForm};
use crate::ui::overlay::field::{Content, Field};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

impl OverlayView for SetupForm {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let inside = popup::open(context, "Welcome to hgtop", (74, 14), area, canvas);
        if let ConfigSource::NoFile(path) = &model.source {
            let text = "Name your hotglue environment. Save creates the config file";
            popup::write(context, text, Style::new(), inside, canvas);
            let line = popup::line(inside, 1);
            popup::write(context, path, context.theme.dim, line, canvas);
        }
        let key = match self.place {
            KeyPlace::Variable => ("variable", Content::Input(self.key())),
            KeyPlace::Command => ("command", Content::Input(self.key())),
            KeyPlace::File => ("API key", Content::Secret(self.key())),
        };
        let env_id = ("env_id", Content::Input(&self.env_id));
        let place = ("API key from", Content::Choice(self.place.label()));
        let base_url = ("base_url", Content::Input(&self.base_url));
        let mut cursor = None;
        for (focus, offset, (label, content)) in [
            (SetupField::EnvId, 3, env_id),
            (SetupField::Place, 5, place),
            (SetupField::Key, 6, key),
            (SetupField::BaseUrl, 8, base_url),
        ] {
            let field = Field {
                label,
                label_width: 14,
                content,
                is_focused: self.focus == focus,
            };
            let line = popup::line(inside, offset);
            cursor = field.draw(context, line, canvas).or(cursor);
        }
        let (text, style) = note(context, self);
        popup::write(context, text, style, popup::line(inside, 10), canvas);
        cursor
    }
}

/// The problem, or what the user should know.
fn note<'a>(context: &RenderContext, form: &'a SetupForm) -> (&'a str, Style) {
    let theme = &context.theme;
    match &form.problem {
        Some(problem) => (problem, theme.warning),
        None if form.place == KeyPlace::File => (
            "Anyone who can read the file can read the API key.",
            theme.warning,
        ),
        None if form.prefilled => ("Filled in from the files of hotglue's own CLI.", theme.dim),
        None => (
            "To look around first, without API key or network: hgtop demo",
            theme.dim,
        ),
    }
}
