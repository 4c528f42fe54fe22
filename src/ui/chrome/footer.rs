//! The last line: something told in passing, and the keys of the moment.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{
    Action, AddField, Arrangement, Copied, Level, Marking, Model, Motion, Overlay, OverlayKind,
    PaneAction, Polling, Step,
};
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
    } else if model.jobs.selection().marked_count() > 0 {
        let text = format!("{} marked", model.jobs.selection().marked_count());
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
            (Action::Tab(Step::Next), "next tab"),
            (Action::Move(Motion::Down), "scroll"),
            (Action::Filter, "find"),
            (Action::Pane(PaneAction::Zoom), "zoom"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
            (Action::Copy(Copied::Message), "copy message"),
            (Action::Pane(PaneAction::Reveal), "show folded"),
            (Action::Pane(PaneAction::Focus), "table"),
        ]
    } else if model.detail.open {
        &[
            (Action::Back, "close"),
            (Action::Tab(Step::Next), "next tab"),
            (Action::Pane(PaneAction::Focus), "into it"),
            (Action::Pane(PaneAction::Zoom), "zoom"),
            (Action::Failure(Step::Next), "next failure"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
            (Action::Poll(Polling::Jobs), "refresh"),
            (Action::Copy(Copied::Message), "copy message"),
        ]
    } else if model.jobs.counts().total() == 0 {
        &[
            (Action::Open(OverlayKind::Add), "add"),
            (Action::Open(OverlayKind::Discover), "discover"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
        ]
    } else if model.matrix {
        &[
            (Action::Back, "table"),
            (Action::Move(Motion::Down), "down"),
            (Action::Tab(Step::Next), "right"),
            (Action::Pane(PaneAction::Open), "details"),
            (Action::Failure(Step::Next), "next failure"),
            (Action::Filter, "filter"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
        ]
    } else if model.paused {
        &[
            (Action::Poll(Polling::Pause), "go on"),
            (Action::Poll(Polling::Jobs), "refresh"),
            (Action::Open(OverlayKind::Add), "add"),
            (Action::Filter, "filter"),
            (Action::Pane(PaneAction::Open), "details"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
        ]
    } else {
        &[
            (Action::Open(OverlayKind::Add), "add"),
            (Action::Filter, "filter"),
            (Action::Open(OverlayKind::Sort), "sort"),
            (Action::Pane(PaneAction::Open), "details"),
            (Action::Failure(Step::Next), "next failure"),
            (Action::Open(OverlayKind::Help), "help"),
            (Action::Quit, "quit"),
            (Action::Open(OverlayKind::FailureGroups), "why"),
            (Action::Arrange(Arrangement::Matrix), "matrix"),
            (Action::Arrange(Arrangement::Group), "group"),
            (Action::Poll(Polling::Jobs), "refresh"),
            (Action::Poll(Polling::Pause), "pause"),
            (Action::Open(OverlayKind::Remove), "remove"),
            (Action::Mark(Marking::Job), "mark"),
            (Action::Copy(Copied::Root), "copy root"),
            (Action::Open(OverlayKind::Palette), "all actions"),
            (Action::Theme, "theme"),
        ]
    }
}
