//! The command of `on_change`: run without a shell and without API keys, four
//! at the same time, half a minute each. A failure is reported once.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::{Hook, Message, Severity};
use crate::config::ProcessGroup;
use crate::runtime::known_keys::KnownKeys;
use crate::terminal::Input;

/// Commands that run at the same time.
const MAX_RUNNING: usize = 4;
/// Commands that wait for their turn; beyond it the oldest is skipped.
const MAX_WAITING: usize = 256;
/// How long a command may run.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Runs the command of `on_change`.
pub(crate) struct Hooks {
    queue: Arc<Queue>,
    runners: JoinSet<()>,
}

struct Queue {
    state: Mutex<State>,
    known_keys: Arc<KnownKeys>,
    messages: mpsc::UnboundedSender<Input>,
    time_limit: Duration,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Hook>,
    runners: usize,
    is_failure_reported: bool,
    is_skip_reported: bool,
}

impl Hooks {
    pub(crate) fn new(messages: mpsc::UnboundedSender<Input>, known_keys: Arc<KnownKeys>) -> Self {
        Self::with_time_limit(messages, known_keys, TIME_LIMIT)
    }

    fn with_time_limit(
        messages: mpsc::UnboundedSender<Input>,
        known_keys: Arc<KnownKeys>,
        time_limit: Duration,
    ) -> Self {
        Self {
            queue: Arc::new(Queue {
                state: Mutex::default(),
                known_keys,
                messages,
                time_limit,
            }),
            runners: JoinSet::new(),
        }
    }

    /// Runs a command as soon as fewer than four are running.
    pub(crate) fn run(&mut self, hook: Hook) {
        if !self.queue.push(hook) {
            return;
        }
        while self.runners.try_join_next().is_some() {}
        let queue = Arc::clone(&self.queue);
        self.runners.spawn(async move {
            while let Some(hook) = queue.pop() {
                queue.run(hook).await;
            }
        });
    }

    /// Kills the commands that are running and skips the others.
    pub(crate) async fn stop(mut self) {
        self.runners.shutdown().await;
    }
}

impl Queue {
    /// Adds a command; returns whether another runner is needed.
    fn push(&self, hook: Hook) -> bool {
        let mut state = self.lock();
        state.waiting.push_back(hook);
        if state.waiting.len() > MAX_WAITING {
            state.waiting.pop_front();
            let is_reported = std::mem::replace(&mut state.is_skip_reported, true);
            if !is_reported {
                self.warn(format!(
                    "on_change: more than {MAX_WAITING} commands are waiting; skipping the oldest"
                ));
            }
        }
        let is_needed = state.runners < MAX_RUNNING;
        state.runners += usize::from(is_needed);
        is_needed
    }

    /// Takes the next command; `None` ends the runner that asks.
    fn pop(&self) -> Option<Hook> {
        let mut state = self.lock();
        let hook = state.waiting.pop_front();
        state.runners -= usize::from(hook.is_none());
        hook
    }

    async fn run(&self, hook: Hook) {
        let Err(problem) = self.try_run(hook).await else {
            return;
        };
        let is_reported = std::mem::replace(&mut self.lock().is_failure_reported, true);
        if is_reported {
            tracing::warn!(problem, "on_change");
        } else {
            self.warn(problem);
        }
    }

    async fn try_run(&self, hook: Hook) -> Result<(), String> {
        let Some((program, arguments)) = hook.command.split_first() else {
            return Ok(());
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(hook.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        for variable in self.known_keys.variables() {
            command.env_remove(variable);
        }
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn();
        let mut child = child.map_err(|error| format!("on_change: {program}: {error}"))?;
        // Declared after the child, so that it is dropped before the child is
        // reaped.
        let mut group = ProcessGroup::of(child.id());
        let exited = timeout(self.time_limit, child.wait()).await;
        match exited {
            Err(_) => Err(format!(
                "on_change: {program} was killed: it ran for more than {} s",
                self.time_limit.as_secs()
            )),
            Ok(status) => {
                group.release();
                match status {
                    Err(error) => Err(format!("on_change: {program}: {error}")),
                    Ok(status) if !status.success() => {
                        Err(format!("on_change: {program} failed ({status})"))
                    }
                    Ok(_) => Ok(()),
                }
            }
        }
    }

    fn warn(&self, problem: String) {
        tracing::warn!(problem, "on_change");
        let notice = Message::Notice(Severity::Warning, problem);
        // It fails only after the event loop ended.
        let _ = self.messages.send(Input::Message(notice));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{BufRead, BufReader, Read};
    use std::path::PathBuf;

    fn hook(script: &str) -> Hook {
        Hook {
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            variables: Vec::new(),
        }
    }

    fn hooks(time_limit: Duration) -> (Hooks, mpsc::UnboundedReceiver<Input>) {
        let (messages, inbox) = mpsc::unbounded_channel();
        let hooks = Hooks::with_time_limit(messages, Arc::default(), time_limit);
        (hooks, inbox)
    }

    fn notice(input: Option<Input>) -> String {
        match input {
            Some(Input::Message(Message::Notice(Severity::Warning, text))) => text,
            other => panic!("{other:?}"),
        }
    }

    /// A pipe whose other end processes hold open as long as they live.
    struct Pipe {
        path: PathBuf,
        _folder: tempfile::TempDir,
    }

    impl Pipe {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("fifo");
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.unwrap().success());
            Self {
                path,
                _folder: folder,
            }
        }

        /// A command that says that it started, and never ends by itself; nor
        /// does the process that it starts.
        fn endless(&self) -> Hook {
            let path = self.path.display();
            hook(&format!("(echo started; exec sleep 600) > {path} & wait"))
        }

        /// Waits for the start; then returns when no process is left.
        async fn read(&self, until_started: impl FnOnce() + Send + 'static) -> String {
            let path = self.path.clone();
            let read = tokio::task::spawn_blocking(move || {
                let mut lines = BufReader::new(fs::File::open(path).unwrap());
                let mut text = String::new();
                lines.read_line(&mut text).unwrap();
                until_started();
                lines.read_to_string(&mut text).unwrap();
                text
            });
            read.await.unwrap()
        }
    }

    #[tokio::test]
    async fn whole_process_group_is_killed_at_the_time_limit() {
        let (mut hooks, mut inbox) = hooks(Duration::from_millis(300));
        let pipe = Pipe::new();
        hooks.run(pipe.endless());
        assert_eq!(pipe.read(|| {}).await, "started\n");
        let notice = notice(inbox.recv().await);
        assert!(notice.starts_with("on_change: sh was killed"), "{notice}");
    }

    #[tokio::test]
    async fn stopping_kills_what_is_running() {
        let (mut hooks, _inbox) = hooks(TIME_LIMIT);
        let pipe = Pipe::new();
        hooks.run(pipe.endless());
        let (started, is_started) = tokio::sync::oneshot::channel();
        let read = pipe.read(move || started.send(()).unwrap());
        let stop = async {
            is_started.await.unwrap();
            hooks.stop().await;
        };
        let (text, ()) = tokio::join!(read, stop);
        assert_eq!(text, "started\n");
    }

    #[tokio::test]
    async fn failure_is_reported_once() {
        let (mut hooks, mut inbox) = hooks(TIME_LIMIT);
        for _ in 0..5 {
            hooks.run(hook("exit 3"));
        }
        let notice = notice(inbox.recv().await);
        assert!(notice.starts_with("on_change: sh failed"), "{notice}");
        while hooks.runners.join_next().await.is_some() {}
        assert!(inbox.try_recv().is_err(), "one notice only");
    }

    #[tokio::test]
    async fn oldest_commands_are_skipped_when_too_many_wait() {
        let (mut hooks, mut inbox) = hooks(TIME_LIMIT);
        let folder = tempfile::tempdir().unwrap();
        let ran = folder.path().join("ran");
        // Nothing runs before this test yields.
        let count = MAX_WAITING + 10;
        for number in 0..count {
            hooks.run(hook(&format!("echo {number} >> {}", ran.display())));
        }
        assert_eq!(hooks.queue.lock().waiting.len(), MAX_WAITING);
        let notice = notice(inbox.recv().await);
        assert!(notice.contains("skipping the oldest"), "{notice}");
        while hooks.runners.join_next().await.is_some() {}
        assert!(inbox.try_recv().is_err(), "one notice only");
        let text = fs::read_to_string(ran).unwrap();
        let mut ran: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
        ran.sort_unstable();
        assert_eq!(ran, (count - MAX_WAITING..count).collect::<Vec<_>>());
    }
}
