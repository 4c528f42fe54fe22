//! Key presses: to the line being typed, to what lies over the table, or to
//! the action they are bound to.

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::actions;
use super::browsing;
use super::forms;
use crate::app::input::{Action, Arrangement, Motion, OverlayKind};
use crate::app::jobs::Sort;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{ActionList, AddField, Overlay};

pub(super) fn handle(model: &mut Model, event: KeyEvent) -> Vec<Effect> {
    if event.kind == KeyEventKind::Release {
        return Vec::new();
    }
    // Leaving and suspending work everywhere.
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    if control && matches!(event.code, KeyCode::Char('c' | 'z')) {
        return match model.keymap.action(event) {
            Some(action) => actions::run(model, action),
            None => Vec::new(),
        };
    }
    if let Some(overlay) = model.overlay.take() {
        return in_overlay(model, overlay, event);
    }
    if model.filter_input.is_some() {
        in_filter(model, event);
        return Vec::new();
    }
    if model.detail.search.input.is_some() {
        in_search(model, event);
        return Vec::new();
    }
    match model.keymap.action(event) {
        Some(action) => actions::run(model, action),
        None => Vec::new(),
    }
}

/// Pasted text goes to the line being typed, and on the table it opens the
/// form that adds jobs; it never acts as keys.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let type_into = |input: &mut Input| {
        for c in line.chars().filter(|c| !c.is_control()).take(1_000) {
            input.handle(tui_input::InputRequest::InsertChar(c));
        }
    };
    match &mut model.overlay {
        Some(Overlay::Help(list) | Overlay::Palette(list)) => {
            type_into(&mut list.input);
            list.narrow();
        }
        Some(Overlay::Add(form)) => {
            match form.field {
                AddField::Name => type_into(&mut form.name),
                AddField::Tags => type_into(&mut form.tags),
                AddField::References | AddField::Environment => form.paste(text),
            }
            form.parse_references(&model.environments, &model.jobs);
        }
        Some(Overlay::Setup(form)) => {
            if let Some(input) = form.input() {
                type_into(input);
            }
        }
        Some(Overlay::Edit(form)) => type_into(&mut form.inputs[form.field]),
        Some(Overlay::Discover(browser)) => {
            type_into(&mut browser.input);
            let mut browser = browser.clone();
            browser.narrow(model);
            model.overlay = Some(Overlay::Discover(browser));
        }
        Some(_) => {}
        None => {
            if let Some(input) = &mut model.filter_input {
                type_into(input);
                let text = input.value().to_owned();
                model.jobs.set_filter(&text);
            } else if let Some(input) = &mut model.detail.search.input {
                type_into(input);
                search(model);
            } else {
                actions::open_add(model, Some(text));
            }
        }
    }
    Vec::new()
}

fn in_filter(model: &mut Model, event: KeyEvent) {
    match event.code {
        KeyCode::Enter => model.filter_input = None,
        KeyCode::Esc => {
            model.filter_input = None;
            model.clear_filter();
        }
        KeyCode::Down => model.jobs.step(1),
        KeyCode::Up => model.jobs.step(-1),
        _ => {
            if let Some(input) = &mut model.filter_input {
                input.handle_event(&TerminalEvent::Key(event));
                let text = input.value().to_owned();
                if text != model.jobs.table().settings().filter.text() {
                    model.jobs.set_filter(&text);
                    model.view = None;
                }
            }
        }
    }
}

fn in_search(model: &mut Model, event: KeyEvent) {
    match event.code {
        KeyCode::Enter => model.detail.search.input = None,
        KeyCode::Esc => model.detail.search = crate::app::Search::default(),
        _ => {
            if let Some(input) = &mut model.detail.search.input {
                input.handle_event(&TerminalEvent::Key(event));
            }
            search(model);
        }
    }
}

fn search(model: &mut Model) {
    let search = &mut model.detail.search;
    search.text = search
        .input
        .as_ref()
        .map(|input| input.value().to_lowercase())
        .unwrap_or_default();
    if !search.text.is_empty() {
        model.detail.seek(true, true);
    }
}

fn in_overlay(model: &mut Model, overlay: Overlay, event: KeyEvent) -> Vec<Effect> {
    let bound = model.keymap.action(event);
    match overlay {
        Overlay::Help(mut list) => {
            if event.code == KeyCode::Esc
                || (list.input.value().is_empty() && bound == Some(Action::Open(OverlayKind::Help)))
            {
                return Vec::new();
            }
            in_list(&mut list, event);
            model.overlay = Some(Overlay::Help(list));
        }
        Overlay::Palette(mut list) => match event.code {
            KeyCode::Esc => {}
            KeyCode::Enter => {
                return match list.actions.get(list.at) {
                    Some(action) => actions::run(model, *action),
                    None => Vec::new(),
                };
            }
            _ => {
                in_list(&mut list, event);
                model.overlay = Some(Overlay::Palette(list));
            }
        },
        Overlay::Add(form) => return forms::in_add(model, form, event),
        Overlay::Setup(form) => return forms::in_setup(model, form, event),
        Overlay::Edit(form) => return forms::in_edit(model, form, event),
        Overlay::Remove(keys) => return forms::in_confirm(model, keys, event),
        Overlay::Discover(browser) => return browsing::in_discover(model, *browser, event),
        Overlay::FailureGroups(list) => {
            return browsing::in_failure_groups(model, list, event, bound);
        }
        Overlay::Snapshot(at) => return browsing::in_snapshot(model, at, event, bound),
        Overlay::Sort(at) => in_sort(model, at, event, bound),
        Overlay::Columns(at) => in_columns(model, at, event, bound),
        Overlay::Events(back) => {
            let count = model.events.len();
            let page = usize::from(model.size.height / 2);
            let back = match bound {
                Some(Action::Back | Action::Open(OverlayKind::Events) | Action::Quit) => {
                    return Vec::new();
                }
                Some(Action::Move(Motion::Up)) => back + 1,
                Some(Action::Move(Motion::Down)) => back.saturating_sub(1),
                Some(Action::Move(Motion::HalfPageUp | Motion::PageUp)) => back + page,
                Some(Action::Move(Motion::HalfPageDown | Motion::PageDown)) => {
                    back.saturating_sub(page)
                }
                Some(Action::Move(Motion::Top)) => count,
                Some(Action::Move(Motion::Bottom)) => 0,
                _ => back,
            };
            model.overlay = Some(Overlay::Events(back.min(count.saturating_sub(1))));
        }
    }
    Vec::new()
}

fn in_list(list: &mut ActionList, event: KeyEvent) {
    match event.code {
        KeyCode::Down => list.step(1),
        KeyCode::Up => list.step(-1),
        KeyCode::PageDown => list.step(10),
        KeyCode::PageUp => list.step(-10),
        _ => {
            let before = list.input.value().to_owned();
            list.input.handle_event(&TerminalEvent::Key(event));
            if list.input.value() != before {
                list.narrow();
            }
        }
    }
}

fn in_sort(model: &mut Model, at: usize, event: KeyEvent, bound: Option<Action>) {
    let last = Sort::CHOICES.len() - 1;
    let at = match (event.code, bound) {
        (KeyCode::Enter | KeyCode::Char(' '), _) => {
            let column = Sort::CHOICES[at.min(last)];
            let sort = model.jobs.table().settings().sort;
            // The same column again turns the order around.
            let reversed = sort.column == column && !sort.reversed;
            model.jobs.set_sort(Sort { column, reversed });
            return;
        }
        (_, Some(Action::Back | Action::Open(OverlayKind::Sort) | Action::Quit)) => return,
        (_, Some(Action::Arrange(Arrangement::Reverse))) => {
            let sort = model.jobs.table().settings().sort;
            model.jobs.set_sort(Sort {
                reversed: !sort.reversed,
                ..sort
            });
            at
        }
        (_, bound) => step_in_menu(at, last, bound),
    };
    model.overlay = Some(Overlay::Sort(at));
}

fn in_columns(model: &mut Model, at: usize, event: KeyEvent, bound: Option<Action>) {
    let columns = model.jobs.columns_mut();
    let last = columns.choices().len() - 1;
    let at = match (event.code, bound) {
        (KeyCode::Char(' '), _) => {
            columns.toggle(at);
            at
        }
        (KeyCode::Char('J') | KeyCode::Right, _) => columns.shift(at, true),
        (KeyCode::Char('K') | KeyCode::Left, _) => columns.shift(at, false),
        (KeyCode::Enter, _)
        | (_, Some(Action::Back | Action::Open(OverlayKind::Columns) | Action::Quit)) => return,
        (_, bound) => step_in_menu(at, last, bound),
    };
    model.overlay = Some(Overlay::Columns(at));
}

pub(super) fn step_in_menu(at: usize, last: usize, bound: Option<Action>) -> usize {
    match bound {
        Some(Action::Move(Motion::Down)) => (at + 1).min(last),
        Some(Action::Move(Motion::Up)) => at.saturating_sub(1),
        Some(Action::Move(Motion::Top)) => 0,
        Some(Action::Move(Motion::Bottom)) => last,
        _ => at,
    }
}
