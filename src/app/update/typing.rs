//! Where key presses and pasted text go: to the open overlay, to the line
//! being typed, or to the action that the key is bound to.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::app::detail::Search;
use crate::app::filter_input::FilterInput;
use crate::app::jobs::Typing;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::update::{actions, open, overlays};

/// Handles a key press.
pub(super) fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release || model.paste_burst.takes(model.now, key) {
        return Vec::new();
    }
    // A paste that saw no idle moment ends here.
    let mut effects = end_paste(model);
    effects.extend(handle(model, key));
    effects
}

fn handle(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let bound = |model: &mut Model| match model.keymap.action(key) {
        Some(action) => actions::run(model, action),
        None => match model.keymap.command(key) {
            Some(_) if model.is_past() => {
                model.notify_read_only();
                Vec::new()
            }
            Some(index) => model.run_command(index, false),
            None => Vec::new(),
        },
    };
    // Quitting and suspending work everywhere.
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    if is_control && matches!(key.code, KeyCode::Char('c' | 'z')) {
        return bound(model);
    }
    if model.overlay.is_some() {
        return overlays::on_key(model, key);
    }
    if model.filter_input.is_some() {
        type_filter(model, key);
        return Vec::new();
    }
    if model.detail.search.input.is_some() {
        type_search(model, key);
        return Vec::new();
    }
    bound(model)
}

/// Collects pasted text. It is inserted when the paste has ended.
pub(super) fn on_paste(model: &mut Model, text: String) -> Vec<Effect> {
    model.paste_burst.add(model.now, text);
    Vec::new()
}

/// Inserts pasted text, after what was collected before it.
pub(super) fn on_complete_paste(model: &mut Model, text: String) -> Vec<Effect> {
    model.paste_burst.add(model.now, text);
    end_paste(model)
}

/// Ends a paste at an idle moment.
pub(super) fn on_tick(model: &mut Model) -> Vec<Effect> {
    if model.paste_burst.ends_idle(model.now) {
        end_paste(model)
    } else {
        Vec::new()
    }
}

/// Inserts the paste that was collected, if there is one.
fn end_paste(model: &mut Model) -> Vec<Effect> {
    match model.paste_burst.end() {
        Some(text) => insert(model, &text),
        None => Vec::new(),
    }
}

/// Inserts pasted text where the user types; on the table it opens the form
/// that adds jobs. It never acts as keys.
fn insert(model: &mut Model, text: &str) -> Vec<Effect> {
    if model.overlay.is_some() {
        return overlays::on_paste(model, text);
    }
    if let Some(input) = &mut model.filter_input {
        input.line.paste(text);
        apply_filter(model, Typing::InProgress);
    } else if let Some(input) = &mut model.detail.search.input {
        input.paste(text);
        apply_search(model);
    } else if model.is_past() {
        model.notify_read_only();
    } else {
        open::open_add(model, Some(text));
    }
    Vec::new()
}

fn type_filter(model: &mut Model, key: KeyEvent) {
    match key.code {
        KeyCode::Enter => {
            apply_filter(model, Typing::Finished);
            // A bad expression stays open, with the error under it.
            if model
                .filter_input
                .as_ref()
                .is_some_and(|input| input.error.is_none())
            {
                model.filter_input = None;
            }
        }
        KeyCode::Esc => {
            model.filter_input = None;
            model.clear_filter();
        }
        KeyCode::Down => model.jobs.step(1),
        KeyCode::Up => model.jobs.step(-1),
        _ if FilterInput::is_completion_key(key) => {
            if let Some(input) = &mut model.filter_input
                && input.complete(key.code == KeyCode::Tab, model.jobs.all())
            {
                apply_filter(model, Typing::InProgress);
            }
        }
        _ => {
            if let Some(input) = &mut model.filter_input
                && input.on_key(key)
            {
                apply_filter(model, Typing::InProgress);
            }
        }
    }
}

/// Filters by what is typed; the table keeps the last valid filter.
fn apply_filter(model: &mut Model, typing: Typing) {
    let Some(input) = &mut model.filter_input else {
        return;
    };
    let text = input.line.value();
    let is_changed = text != model.jobs.table().settings().filter.text();
    input.error = match typing {
        // Only completeness is checked: the table shows this filter already.
        Typing::Finished if !is_changed => model.jobs.check_filter(text).err(),
        Typing::Finished | Typing::InProgress => model.jobs.set_filter(text, typing).err(),
    };
    if is_changed {
        model.view = None;
    }
}

fn type_search(model: &mut Model, key: KeyEvent) {
    match key.code {
        KeyCode::Enter => model.detail.search.input = None,
        KeyCode::Esc => model.detail.search = Search::default(),
        _ => {
            if let Some(input) = &mut model.detail.search.input
                && input.on_key(key)
            {
                apply_search(model);
            }
        }
    }
}

fn apply_search(model: &mut Model) {
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
