//! The user of a simulated world: keys, pasted text, and edits of the config
//! file; and what the machine does to the program.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fastrand::Rng;
use hgtop::app::Message;
use hgtop::config::{self, Change};
use tokio::time::{self, Instant};

use super::ledger::Ledger;
use super::life::Life;
use super::plan::{Event, Plan};
use super::{Item, World, load};

/// How soon a change of the config file is noticed.
pub(super) const NOTICED: Duration = Duration::from_millis(300);

/// The service's id of an environment.
pub(super) fn env_id(number: usize) -> String {
    format!("e{number}.simulation.hotglue.xyz")
}

/// The number of an environment, from the service's id.
pub(super) fn environment_number(env_id: &str) -> usize {
    let number = env_id.trim_start_matches('e').split('.').next();
    number
        .and_then(|number| number.parse().ok())
        .expect("an id of this simulation")
}

/// The config file at the beginning.
pub(super) fn config_text(plan: &Plan) -> String {
    let mut text = format!(
        "poll_interval = \"{}s\"\nmax_requests_per_second = {}\nmax_concurrent_requests = {}\n",
        plan.interval.as_secs(),
        plan.rate,
        plan.concurrency
    );
    for number in 0..plan.environments {
        text.push_str(&format!(
            "[environments.env{number}]\nenv_id = \"{}\"\nbase_url = \"http://127.0.0.1:1\"\n\
             api_key = \"key\"\n",
            env_id(number)
        ));
    }
    for (environment, life) in &plan.jobs {
        text.push_str(&format!(
            "[[jobs]]\nenvironment = \"env{environment}\"\njob_root = \"{}\"\n",
            life.root
        ));
    }
    for (number, (environment, _)) in plan.follows.iter().enumerate() {
        text.push_str(&format!(
            "[[follow]]\nname = \"rollout {number}\"\nenvironment = \"env{environment}\"\n\
             flow = \"followed\"\ntenants = [\"t{number}\"]\n"
        ));
    }
    text
}

/// A key by its name in the config.
fn key(name: &str) -> KeyEvent {
    let (name, modifiers) = match name.strip_prefix("ctrl-") {
        Some(rest) => (rest, KeyModifiers::CONTROL),
        None => (name, KeyModifiers::NONE),
    };
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "space" => KeyCode::Char(' '),
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "backspace" => KeyCode::Backspace,
        other => KeyCode::Char(other.chars().next().unwrap_or(' ')),
    };
    KeyEvent::new(code, modifiers)
}

impl World {
    pub(super) fn press(&mut self, name: &str) -> Result<(), String> {
        self.send(Message::Key(key(name)))
    }

    /// Closes whatever is open, so that keys act on the table.
    fn back_to_table(&mut self) -> Result<(), String> {
        for _ in 0..8 {
            let model = &self.process.model;
            if model.overlay.is_none() && model.filter_input.is_none() {
                break;
            }
            self.press("esc")?;
        }
        if let Some(overlay) = &self.process.model.overlay {
            return Err(format!("esc does not close {overlay:?}"));
        }
        self.press("esc")
    }

    pub(super) async fn event(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::StopProcess(length) => {
                self.shared.lock().ledgers().for_each(Ledger::excuse);
                time::advance(length).await;
                self.shared.lock().ledgers().for_each(Ledger::end_excuse);
            }
            Event::Sleep(length) => {
                self.clock.sleep(length);
                self.shared.lock().sleep();
                // Requests in flight occupy their slots until they time out.
                self.excuse_all();
            }
            Event::SetClock(error) => self.clock.set_error(error),
            Event::BlockScreen(length) => {
                let until = (Instant::now() + length).min(self.clock.at(super::LENGTH));
                time::sleep_until(until).await;
                self.drain().await?;
            }
            Event::Restart => {
                if load(&self.path()).is_ok() {
                    self.restart().await?;
                }
            }
            Event::Pause => {
                self.back_to_table()?;
                self.press("p")?;
                let length = Duration::from_secs(self.rng.u64(1..3_600));
                self.schedule(length, Item::Resume);
            }
            Event::PauseFor(length) => {
                self.back_to_table()?;
                if !self.process.model.paused {
                    self.press("p")?;
                }
                self.schedule(length, Item::Resume);
            }
            Event::Freeze => {
                self.back_to_table()?;
                self.press("f")?;
                let length = Duration::from_secs(self.rng.u64(1..3_600));
                self.schedule(length, Item::Unfreeze);
            }
            Event::RefreshAll => {
                self.back_to_table()?;
                self.press("R")?;
            }
            Event::RefreshMarked => {
                self.back_to_table()?;
                for name in ["j", "space", "j", "space", "r", "esc"] {
                    self.press(name)?;
                }
            }
            Event::Keys(seed) => self.random_keys(seed)?,
            Event::Remove => {
                self.back_to_table()?;
                for name in ["j", "d", "y"] {
                    self.press(name)?;
                }
            }
            Event::Undo => {
                self.back_to_table()?;
                self.press("u")?;
            }
            Event::RemoveAndUndo => self.remove_and_undo().await?,
            Event::Paste => self.paste()?,
            Event::Edit(edit) => self.edit(edit)?,
            Event::BreakSaving(length) => {
                self.can_save = false;
                self.schedule(length, Item::AllowSaving);
            }
            Event::Resize(width, height) => self.send(Message::Resize { width, height })?,
            Event::Focus(has_it) => self.send(Message::Focus(has_it))?,
            Event::Draw => self.draw()?,
            Event::Tick => self.send(Message::Tick)?,
        }
        Ok(())
    }

    /// Removes a job while its poll is in flight, and restores it.
    async fn remove_and_undo(&mut self) -> Result<(), String> {
        self.back_to_table()?;
        for name in ["j", "r"] {
            self.press(name)?;
        }
        // Less than any response takes.
        time::sleep(Duration::from_millis(1)).await;
        for name in ["d", "y", "u"] {
            self.press(name)?;
        }
        Ok(())
    }

    /// Presses what keys there are, and puts the program back into order.
    fn random_keys(&mut self, seed: u64) -> Result<(), String> {
        const NAMED: [&str; 7] = ["enter", "esc", "space", "tab", "up", "down", "backspace"];
        let mut rng = Rng::with_seed(seed);
        for _ in 0..rng.usize(1..40) {
            if rng.bool() {
                self.press(NAMED[rng.usize(..NAMED.len())])?;
            } else {
                let letter = rng.char('!'..='~').to_string();
                self.press(&letter)?;
            }
        }
        self.draw()?;
        self.back_to_table()?;
        if self.process.model.paused {
            self.press("p")?;
        }
        if self.process.model.freeze.is_some() {
            self.press("f")?;
        }
        Ok(())
    }

    /// Pastes references to new jobs, and adds them.
    fn paste(&mut self) -> Result<(), String> {
        self.back_to_table()?;
        let environment = self.rng.usize(..self.plan.environments);
        let mut roots = Vec::new();
        for _ in 0..self.rng.usize(1..4) {
            roots.push(self.new_job(environment));
        }
        self.send(Message::Paste(roots.join("\n")))?;
        // Keys that follow a paste without a pause are part of it.
        self.schedule(Duration::from_millis(200), Item::AcceptPaste);
        Ok(())
    }

    /// Submits what was pasted.
    pub(super) fn accept_paste(&mut self) -> Result<(), String> {
        self.send(Message::Tick)?;
        for _ in 0..3 {
            if self.process.model.overlay.is_some() {
                self.press("enter")?;
            }
        }
        self.back_to_table()
    }

    /// A job that the plan does not have; returns its root.
    pub(super) fn new_job(&mut self, environment: usize) -> String {
        let number = self.next_job;
        self.next_job += 1;
        let names = [
            format!("t{number}"),
            "f0".to_owned(),
            format!("t{number}/flows/f0/jobs/j{number}"),
        ];
        let root = names[2].clone();
        let start = self.clock.true_millis() + self.rng.i64(-600_000..600_000);
        let pace = self.rng.i64(5_000..600_000);
        let life = Life::new(&mut self.rng, names, start, pace, 0.2);
        // Which environment the user chose is not known: all have it.
        let mut state = self.shared.lock();
        for other in 0..self.plan.environments {
            state.add_life(other, life.clone());
        }
        let _ = environment;
        root
    }

    /// Saves a change of the list, as the writer's thread does.
    pub(super) fn save(&mut self, number: u64, change: &Change) {
        let result = if self.can_save {
            self.totals.saves += 1;
            // Nobody else writes the file meanwhile, so there is nothing to wait for.
            config::save_unless_canceled(&self.path(), change, &|| true)
                .map_err(|error| error.to_string())
        } else {
            Err("no space left on device".to_owned())
        };
        let message = Item::Message(Box::new(Message::Saved(number, result)));
        self.schedule(Duration::from_millis(20), message);
        self.schedule(NOTICED, Item::Reload);
    }

    /// The file watcher saw a change of the config file.
    pub(super) fn reload(&mut self) -> Result<(), String> {
        self.totals.reloads += 1;
        let loaded = load(&self.path());
        let is_whole = loaded.is_ok();
        self.send(Message::Reloaded(loaded.map(Box::new)))?;
        let changes = &self.process.model.changes;
        if is_whole && changes.unsaved.is_empty() && !self.is_saving() {
            self.check_file()?;
        }
        Ok(())
    }

    fn is_saving(&self) -> bool {
        self.agenda.values().any(|item| {
            matches!(item, Item::Message(message) if matches!(**message, Message::Saved(..)))
        })
    }
}
