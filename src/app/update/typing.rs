//! Where key presses and pasted text go: to the open overlay, to the line
//! being typed, or to the action that the key is bound to.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::app::detail::Search;
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
        None => Vec::new(),
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
        input.paste(text);
        apply_filter(model);
    } else if let Some(input) = &mut model.detail.search.input {
        input.paste(text);
        apply_search(model);
    } else {
        open::open_add(model, Some(text));
    }
    Vec::new()
}

fn type_filter(model: &mut Model, key: KeyEvent) {
    match key.code {
        KeyCode::Enter => model.filter_input = None,
        KeyCode::Esc => {
            model.filter_input = None;
            model.clear_filter();
        }
        KeyCode::Down => model.jobs.step(1),
        KeyCode::Up => model.jobs.step(-1),
        _ => {
            if let Some(input) = &mut model.filter_input
                && input.on_key(key)
            {
                apply_filter(model);
            }
        }
    }
}

fn apply_filter(model: &mut Model) {
    if let Some(input) = &model.filter_input {
        model.jobs.set_filter(input.value());
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
