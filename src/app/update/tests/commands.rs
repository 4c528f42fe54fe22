//! Custom commands and the page of a job.

use super::{Effect, KeyCode, Message, Model, model_of, now, update};
use crate::app::command_runs::{CommandEvent, CommandFailure};
use crate::app::input::KeyMap;
use crate::app::message::Processes;
use crate::app::overlay::Overlay;

const COMMANDS: &str = r#"
[[commands]]
name = "rerun"
key = "f5"
run = ["rerun", "--", "{tenant}", "--root={job_root}", "{message}"]

[[commands]]
name = "report"
key = "f6"
run = ["report", "{job_id}", "end"]
on = "marked"
output = "background"

[[commands]]
name = "shell"
key = "f7"
run = ["sh"]
output = "terminal"
confirm = true
"#;

fn model_with_commands(jobs: usize) -> Model {
    let mut text = "[environments.dev]\nenv_id = \"dev.x.xyz\"\n\
                    job_url = \"https://h.example/{flow}/{tenant}?root={job_root}\"\n"
        .to_owned();
    for number in 0..jobs {
        text.push_str(&format!(
            "[[jobs]]\njob_root = \"t{number}/flows/f/jobs/j{number}\"\n"
        ));
    }
    let mut model = model_of(&format!("{text}{COMMANDS}"));
    let keys = ["f5", "f6", "f7"].map(Some);
    model.keymap = KeyMap::default().with_commands(keys).unwrap();
    model
}

/// The effects of a key press that custom commands have.
fn press(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    let mut effects = super::press(model, code);
    effects.retain(|effect| {
        matches!(
            effect,
            Effect::RunCommand(_)
                | Effect::KillCommand(_)
                | Effect::RunInTerminal(_)
                | Effect::OpenUrl(_)
        )
    });
    effects
}

fn run(effects: &[Effect]) -> &Processes {
    match effects {
        [Effect::RunCommand(run)] => run,
        other => panic!("{other:?}"),
    }
}

#[test]
fn command_on_each_runs_one_process_for_each_marked_job() {
    let mut model = model_with_commands(2);
    let effects = press(&mut model, KeyCode::F(5));
    let processes = &run(&effects).commands;
    let expected = ["rerun", "--", "t0", "--root=t0/flows/f/jobs/j0", ""];
    assert_eq!(processes.len(), 1);
    assert_eq!(processes[0], (None, expected.map(str::to_owned).to_vec()));
    assert!(matches!(model.overlay, Some(Overlay::CommandOutput(_))));
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Char('*'));
    let effects = press(&mut model, KeyCode::F(5));
    let labels: Vec<_> = run(&effects)
        .commands
        .iter()
        .map(|(label, _)| label.as_deref())
        .collect();
    assert_eq!(labels, [Some("t0"), Some("t1")]);
}

#[test]
fn command_on_marked_runs_once_with_all_jobs() {
    let mut model = model_with_commands(2);
    press(&mut model, KeyCode::Char('*'));
    let effects = press(&mut model, KeyCode::F(6));
    let run = run(&effects);
    assert!(!run.shows_output);
    assert_eq!(run.commands.len(), 1);
    assert_eq!(run.commands[0].1, ["report", "j0", "j1", "end"]);
}

#[test]
fn failures_name_the_job_the_exit_code_and_the_last_error() {
    let mut model = model_with_commands(2);
    press(&mut model, KeyCode::Char('*'));
    press(&mut model, KeyCode::F(5));
    press(&mut model, KeyCode::Esc);
    let failure = CommandFailure {
        status: "exit code 3".to_owned(),
        last_error: Some("no such file".to_owned()),
    };
    for (index, result) in [(0, Ok(())), (1, Err(failure))] {
        let event = CommandEvent::Finished(index, result);
        update(&mut model, now(), Message::Command(0, event));
    }
    assert_eq!(
        model.notice.as_ref().unwrap().text,
        "rerun: 1 of 2 failed (! shows all): t1: exit code 3: no such file"
    );
    press(&mut model, KeyCode::Char('!'));
    assert!(matches!(model.overlay, Some(Overlay::CommandOutput(_))));
}

#[test]
fn running_command_is_killed_from_its_pane() {
    let mut model = model_with_commands(1);
    press(&mut model, KeyCode::F(5));
    let effects = press(&mut model, KeyCode::Char('x'));
    assert!(
        matches!(effects[..], [Effect::KillCommand(0)]),
        "{effects:?}"
    );
    let effects = press(&mut model, KeyCode::Char('x'));
    assert!(effects.is_empty(), "it is killed already");
}

#[test]
fn confirmed_command_on_many_jobs_needs_their_number() {
    let mut model = model_with_commands(21);
    let effects = press(&mut model, KeyCode::F(7));
    assert!(effects.is_empty());
    let effects = press(&mut model, KeyCode::Enter);
    assert!(
        matches!(effects[..], [Effect::RunInTerminal(_)]),
        "{effects:?}"
    );
    press(&mut model, KeyCode::Char('*'));
    press(&mut model, KeyCode::F(7));
    assert!(press(&mut model, KeyCode::Enter).is_empty());
    press(&mut model, KeyCode::Char('2'));
    assert!(press(&mut model, KeyCode::Enter).is_empty());
    press(&mut model, KeyCode::Char('1'));
    let effects = press(&mut model, KeyCode::Enter);
    let [Effect::RunInTerminal(run)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(run.commands.len(), 21);
}

#[test]
fn removing_many_jobs_needs_their_number() {
    let mut model = model_with_commands(21);
    press(&mut model, KeyCode::Char('*'));
    for key in ["d", "y", "d"] {
        press(&mut model, KeyCode::Char(key.chars().next().unwrap()));
    }
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.jobs.counts().total(), 21);
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Char('d'));
    for key in "21".chars() {
        press(&mut model, KeyCode::Char(key));
    }
    press(&mut model, KeyCode::Enter);
    assert_eq!(model.jobs.counts().total(), 0);
}

#[test]
fn page_of_a_job_has_its_values_encoded() {
    let mut model = model_with_commands(1);
    let effects = press(&mut model, KeyCode::Char('o'));
    assert!(
        matches!(&effects[..], [Effect::OpenUrl(url)]
            if url == "https://h.example/f/t0?root=t0%2Fflows%2Ff%2Fjobs%2Fj0"),
        "{effects:?}"
    );
    let mut model = super::model();
    assert!(press(&mut model, KeyCode::Char('o')).is_empty());
    assert_eq!(
        model.notice.as_ref().unwrap().text,
        "set job_url in [environments.dev] to open the page of a job"
    );
}
