//! The last line: a notice, and hints for the keys that work now.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};

use crate::app::{ClickTarget, KeyMap, Model};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::{after, side_by_side};
use crate::ui::style::draw::Draw;
use crate::ui::style::text::{Cut, cells};

/// The hints that come before those of custom commands.
const GENERAL_HINTS: usize = 7;

/// What a key does, and what a click on it acts on.
struct Hint<'a> {
    key: String,
    label: &'a str,
    target: Option<ClickTarget>,
}

impl<'a> Hint<'a> {
    /// The hint for a key. One that names several keys, such as "up down",
    /// cannot be clicked.
    fn of_key(key: String, label: &'a str) -> Self {
        let target = KeyMap::event(&key).map(ClickTarget::Key);
        Self { key, label, target }
    }

    fn width(&self) -> u16 {
        cells(&self.key) + 1 + cells(self.label)
    }
}

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) {
    let area = area.inner(Margin::new(1, 0));
    let hints = hints(model);
    let widths: Vec<_> = hints.iter().map(Hint::width).collect();
    // The hints of an overlay are the only help that it has: a notice leaves
    // them room, up to half of the line.
    let reserved = if model.overlay.is_some() {
        let hints: u16 = widths.iter().map(|width| width + 2).sum();
        (hints + 1).min(area.width / 2)
    } else {
        0
    };
    let notice = notice(model, context, area.width - reserved);
    let width = match cells(&notice.content) {
        0 => 0,
        width => width + 3,
    };
    notice.draw(area, canvas);
    for (hint, area) in hints
        .into_iter()
        .zip(side_by_side(after(area, width), 2, widths))
    {
        // A hint that does not fit whole ends the line.
        if area.width < hint.width() {
            break;
        }
        Line::from(vec![
            Span::styled(hint.key, context.theme.accent),
            Span::raw(" "),
            Span::styled(hint.label, context.theme.dim),
        ])
        .draw(area, canvas);
        if let Some(target) = hint.target {
            screen.add(area, target);
        }
    }
}

/// The latest notice, else how many jobs are marked.
fn notice<'a>(model: &'a Model, context: &RenderContext, width: u16) -> Span<'a> {
    if let Some(notice) = &model.notice {
        let text = context.fitted(&notice.text, width, Cut::End);
        return Span::styled(text, context.theme.severity(notice.severity));
    }
    let selection = model.jobs.selection();
    let range = if selection.is_marking() {
        "range: "
    } else {
        ""
    };
    match selection.marked_count() {
        0 => Span::default(),
        count => Span::styled(format!("{range}{count} marked"), context.theme.accent),
    }
}

/// The keys that do something here and now, the most useful first.
fn hints(model: &Model) -> Vec<Hint<'_>> {
    if let Some(overlay) = &model.overlay {
        let hints = overlay.hints(&model.overlay_context()).into_iter();
        let hints = hints.map(|hint| Hint::of_key(hint.key, hint.label));
        return hints.collect();
    }
    if let Some(fixed) = typing_hints(model) {
        let hints = fixed.iter();
        let hints = hints.map(|(key, label)| Hint::of_key((*key).to_owned(), label));
        return hints.collect();
    }
    let hints = model
        .useful_actions()
        .hints
        .iter()
        .filter_map(|(action, label)| {
            Some(Hint {
                key: model.keymap.keys(*action).first()?.clone(),
                label,
                target: Some(ClickTarget::Hint(*action)),
            })
        });
    let mut hints: Vec<_> = hints.collect();
    if model.jobs.selected().is_some() {
        let commands = model.commands.iter().enumerate();
        let commands = commands.filter_map(|(index, command)| {
            Some(Hint {
                key: command.key.clone()?,
                label: command.name.as_str(),
                target: Some(ClickTarget::Command(index)),
            })
        });
        // Behind help and quit, before what is less used.
        let index = hints.len().min(GENERAL_HINTS);
        hints.splice(index..index, commands);
    }
    hints
}

/// The keys of a text input, which `[keys]` does not rebind.
fn typing_hints(model: &Model) -> Option<&'static [(&'static str, &'static str)]> {
    if model.filter_input.is_some() {
        Some(&[
            ("enter", "keep"),
            ("tab", "complete"),
            ("esc", "clear"),
            ("up down", "move"),
        ])
    } else if model.detail.search.input.is_some() {
        Some(&[("enter", "keep"), ("esc", "clear")])
    } else if model.is_past() {
        Some(&[
            ("esc", "now"),
            ("left right", "change"),
            ("n", "next failure"),
            ("space", "play"),
            (", .", "minute"),
            ("< >", "10 min"),
            ("+ -", "speed"),
            ("home end", "begin, end"),
        ])
    } else {
        None
    }
}
