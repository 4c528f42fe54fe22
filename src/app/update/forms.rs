//! Key presses in the forms.

use crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;

use crate::app::detail::Severity;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{AddField, AddForm, EditForm, Overlay, SetupField, SetupForm};
use crate::watch::JobId;

pub(super) fn in_add(model: &mut Model, mut form: Box<AddForm>, event: KeyEvent) -> Vec<Effect> {
    let newline = event.modifiers.contains(KeyModifiers::ALT)
        || (event.modifiers.contains(KeyModifiers::CONTROL) && event.code == KeyCode::Char('j'));
    let mut effects = Vec::new();
    let asked_to_drop = std::mem::take(&mut form.asked_to_drop);
    match event.code {
        KeyCode::Esc if form.holds_much() && !asked_to_drop => form.asked_to_drop = true,
        KeyCode::Esc => return effects,
        KeyCode::Enter if !newline => {
            let jobs = form.complete();
            let found = jobs.len();
            if found > 0 {
                effects = model.add_jobs(jobs);
            }
            if !form.keep_the_rest() {
                if found == 0 && !form.parsed_lines.is_empty() {
                    model.notify(Severity::Plain, "all of these are watched already");
                }
                if !form.parsed_lines.is_empty() {
                    return effects;
                }
                model.notify(
                    Severity::Plain,
                    "paste or type a job_root, URL, JSON answer or curl command",
                );
            }
        }
        KeyCode::Tab => form.field = step(&form, true),
        KeyCode::BackTab => form.field = step(&form, false),
        _ => edit(model, &mut form, event, newline),
    }
    form.parse_references(&model.environments, &model.jobs);
    model.overlay = Some(Overlay::Add(form));
    effects
}

fn edit(model: &Model, form: &mut AddForm, event: KeyEvent, newline: bool) {
    match form.field {
        AddField::References if newline => form.references.insert_newline(),
        AddField::References => drop(form.references.input(event)),
        AddField::Environment => {
            let chosen = form.environment;
            form.environment = match event.code {
                KeyCode::Right | KeyCode::Char(' ') => model.environments.neighbor(chosen, true),
                KeyCode::Left => model.environments.neighbor(chosen, false),
                _ => chosen,
            };
        }
        AddField::Name => drop(form.name.handle_event(&TerminalEvent::Key(event))),
        AddField::Tags => drop(form.tags.handle_event(&TerminalEvent::Key(event))),
    }
}

fn step(form: &AddForm, forward: bool) -> AddField {
    let count = AddField::ALL.len();
    let at = AddField::ALL
        .iter()
        .position(|field| *field == form.field)
        .unwrap_or_default();
    AddField::ALL[(at + if forward { 1 } else { count - 1 }) % count]
}

pub(super) fn in_edit(model: &mut Model, mut form: Box<EditForm>, event: KeyEvent) -> Vec<Effect> {
    let count = form.inputs.len();
    match event.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => match form.job() {
            Ok(job) => return model.edit_job(form.key, job),
            Err(problem) => form.problem = Some(problem),
        },
        KeyCode::Tab | KeyCode::Down => form.field = (form.field + 1) % count,
        KeyCode::BackTab | KeyCode::Up => form.field = (form.field + count - 1) % count,
        _ => {
            form.problem = None;
            let at = form.field;
            form.inputs[at].handle_event(&TerminalEvent::Key(event));
        }
    }
    model.overlay = Some(Overlay::Edit(form));
    Vec::new()
}

pub(super) fn in_setup(
    model: &mut Model,
    mut form: Box<SetupForm>,
    event: KeyEvent,
) -> Vec<Effect> {
    form.problem = None;
    match event.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => match form.config() {
            Ok(text) => {
                // It stays open until the file is there.
                model.overlay = Some(Overlay::Setup(form));
                return vec![Effect::CreateConfig(text)];
            }
            Err(problem) => form.problem = Some(problem),
        },
        KeyCode::Tab | KeyCode::Down => form.step(true),
        KeyCode::BackTab | KeyCode::Up => form.step(false),
        code => match (form.field, code) {
            (SetupField::Place, KeyCode::Left) => form.turn(false),
            (SetupField::Place, _) => form.turn(true),
            _ => {
                if let Some(input) = form.input() {
                    input.handle_event(&TerminalEvent::Key(event));
                }
            }
        },
    }
    model.overlay = Some(Overlay::Setup(form));
    Vec::new()
}

pub(super) fn in_confirm(model: &mut Model, keys: Vec<JobId>, event: KeyEvent) -> Vec<Effect> {
    match event.code {
        KeyCode::Enter | KeyCode::Char('y' | 'd') => model.remove_jobs(&keys),
        KeyCode::Esc | KeyCode::Char('n' | 'q') => Vec::new(),
        _ => {
            model.overlay = Some(Overlay::Remove(keys));
            Vec::new()
        }
    }
}
