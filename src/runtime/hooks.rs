//! The command of `on_change`: run without a shell, four at once, half a
//! minute each, its failures told once.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::{Semaphore, mpsc};

use crate::app::{Hook, Message, Severity};
use crate::terminal::Input;

/// How many may run at once.
const AT_ONCE: usize = 4;
/// How long one may run.
const TIME: Duration = Duration::from_secs(30);

/// Runs the command of `on_change`.
pub(crate) struct Hooks {
    room: Arc<Semaphore>,
    told: Arc<AtomicBool>,
    messages: mpsc::UnboundedSender<Input>,
}

impl Hooks {
    pub(crate) fn new(messages: mpsc::UnboundedSender<Input>) -> Self {
        Self {
            room: Arc::new(Semaphore::new(AT_ONCE)),
            told: Arc::default(),
            messages,
        }
    }

    /// Runs it as soon as there is room.
    pub(crate) fn run(&self, hook: Hook) {
        let (room, told) = (Arc::clone(&self.room), Arc::clone(&self.told));
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let Ok(_place) = room.acquire().await else {
                return;
            };
            if let Err(problem) = run(hook).await {
                tracing::warn!(problem, "on_change");
                if !told.swap(true, Ordering::SeqCst) {
                    let notice = Message::Notice(Severity::Warning, problem);
                    let _ = messages.send(Input::Message(notice));
                }
            }
        });
    }
}

async fn run(hook: Hook) -> Result<(), String> {
    let Some((program, arguments)) = hook.command.split_first() else {
        return Ok(());
    };
    let child = Command::new(program)
        .args(arguments)
        .envs(hook.variables)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.map_err(|error| format!("on_change: {program}: {error}"))?;
    match tokio::time::timeout(TIME, child.wait()).await {
        Err(_) => Err(format!(
            "on_change: {program} took longer than {} s and was ended",
            TIME.as_secs()
        )),
        Ok(Err(error)) => Err(format!("on_change: {program}: {error}")),
        Ok(Ok(status)) if !status.success() => Err(format!("on_change: {program}: {status}")),
        Ok(Ok(_)) => Ok(()),
    }
}
