//! The last line: something told in passing, and the keys of the moment.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Action, AddField, Level, Model, Overlay};
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, cells, fitted, put};

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let mut x = area.x + 1;
    if let Some(notice) = &model.notice {
        let room = area.width.saturating_sub(2);
        let text = fitted(&notice.text, room, Cut::End, context.glyphs.ellipsis);
        x += put(
            canvas,
            x,
            area.y,
            room,
            &text,
            context.theme.severity(notice.severity),
        ) + 3;
    } else if model.jobs.marked_count() > 0 {
        let text = format!("{} marked", model.jobs.marked_count());
        x += put(canvas, x, area.y, area.width, &text, context.theme.accent) + 3;
    }
    for (key, word) in hints(model) {
        let width = cells(&key) + 1 + cells(word);
        if x + width >= area.right() {
            break;
        }
        x += put(canvas, x, area.y, width, &key, context.theme.accent) + 1;
        x += put(canvas, x, area.y, width, word, context.theme.dim) + 2;
    }
}

/// The keys that do something here and now, the most useful first.
fn hints(model: &Model) -> Vec<(String, &'static str)> {
    if let Some(fixed) = typing_hints(model) {
        return fixed
            .iter()
            .map(|(key, word)| ((*key).to_owned(), *word))
            .collect();
    }
    action_hints(model)
        .iter()
        .filter_map(|(action, word)| Some((model.keymap.keys(*action).first()?.clone(), *word)))
        .collect()
}

/// The keys of a popup or a line of input: they are not bound in `[keys]`.
fn typing_hints(model: &Model) -> Option<&'static [(&'static str, &'static str)]> {
    Some(match &model.overlay {
        Some(Overlay::Help(_)) => &[
            ("type", "to search"),
            ("up down", "scroll"),
            ("esc", "close"),
        ],
        Some(Overlay::Palette(_)) => &[("enter", "do it"), ("up down", "choose"), ("esc", "close")],
        Some(Overlay::Sort(_)) => &[("enter", "sort, again to reverse"), ("esc", "close")],
        Some(Overlay::Columns(_)) => &[
            ("space", "show or hide"),
            ("left right", "move"),
            ("esc", "close"),
        ],
        Some(Overlay::Add(form)) if form.field == AddField::Environment => &[
            ("left right", "choose"),
            ("tab", "next field"),
            ("enter", "add"),
            ("esc", "close"),
        ],
        Some(Overlay::Add(_)) => &[
            ("enter", "add what is complete"),
            ("tab", "next field"),
            ("alt-enter", "new line"),
            ("esc", "close"),
        ],
        Some(Overlay::Setup(_)) => &[
            ("enter", "make the file"),
            ("tab", "next field"),
            ("left right", "choose"),
            ("esc", "later"),
        ],
        Some(Overlay::Edit(_)) => &[("enter", "save"), ("tab", "next field"), ("esc", "close")],
        Some(Overlay::Remove(_)) => &[("enter", "remove"), ("esc", "keep")],
        Some(Overlay::Discover(browser)) => match browser.level {
            Level::Environments(_) => &[("enter", "open"), ("esc", "close")],
            Level::Flows => &[
                ("enter", "its tenants"),
                ("ctrl-f", "follow for all tenants"),
                ("tab", "mark"),
                ("esc", "close"),
            ],
            Level::Tenants(_) => &[
                ("enter", "its jobs"),
                ("tab", "mark"),
                ("ctrl-f", "follow for these"),
                ("esc", "back"),
            ],
            Level::Jobs(..) => &[
                ("enter", "watch"),
                ("tab", "mark"),
                ("ctrl-f", "follow the newest"),
                ("esc", "back"),
            ],
        },
        Some(Overlay::FailureGroups(_)) => &[
            ("enter", "show only these"),
            ("y", "copy tenants"),
            ("up down", "choose"),
            ("esc", "close"),
        ],
        Some(Overlay::Snapshot(_)) => &[("enter", "do it"), ("esc", "close")],
        Some(Overlay::Events(_)) => &[("up down", "scroll"), ("esc", "close")],
        None if model.filter_input.is_some() => {
            &[("enter", "keep"), ("esc", "clear"), ("up down", "move")]
        }
        None if model.detail.search.input.is_some() => &[("enter", "keep"), ("esc", "clear")],
        None => return None,
    })
}

/// The actions most wanted on the table or in the pane, under the keys that
/// they are bound to.
fn action_hints(model: &Model) -> &'static [(Action, &'static str)] {
    if model.detail.open && model.detail.focused {
        &[
            (Action::Back, "close"),
            (Action::NextTab, "next tab"),
            (Action::Down, "scroll"),
            (Action::Filter, "find"),
            (Action::Zoom, "zoom"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
            (Action::CopyMessage, "copy message"),
            (Action::Reveal, "show folded"),
            (Action::Focus, "table"),
        ]
    } else if model.detail.open {
        &[
            (Action::Back, "close"),
            (Action::NextTab, "next tab"),
            (Action::Focus, "into it"),
            (Action::Zoom, "zoom"),
            (Action::NextFailure, "next failure"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
            (Action::PollNow, "refresh"),
            (Action::CopyMessage, "copy message"),
        ]
    } else if model.jobs.counts().total() == 0 {
        &[
            (Action::Add, "add"),
            (Action::Discover, "discover"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ]
    } else if model.matrix {
        &[
            (Action::Back, "table"),
            (Action::Down, "down"),
            (Action::NextTab, "right"),
            (Action::Details, "details"),
            (Action::NextFailure, "next failure"),
            (Action::Filter, "filter"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ]
    } else if model.paused {
        &[
            (Action::Pause, "go on"),
            (Action::PollNow, "refresh"),
            (Action::Add, "add"),
            (Action::Filter, "filter"),
            (Action::Details, "details"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ]
    } else {
        &[
            (Action::Add, "add"),
            (Action::Filter, "filter"),
            (Action::Sort, "sort"),
            (Action::Details, "details"),
            (Action::NextFailure, "next failure"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
            (Action::FailureGroups, "why"),
            (Action::Matrix, "matrix"),
            (Action::Group, "group"),
            (Action::PollNow, "refresh"),
            (Action::Pause, "pause"),
            (Action::Remove, "remove"),
            (Action::Mark, "mark"),
            (Action::CopyRoot, "copy root"),
            (Action::Palette, "all actions"),
            (Action::Theme, "theme"),
        ]
    }
}
