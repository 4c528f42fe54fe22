//! The processes of custom commands: run without a shell and without API keys, a
//! few at the same time, until they end or are killed. Their output is cleaned
//! and bounded before it reaches the dashboard.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, Write};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::app::{CommandEvent, CommandFailure, Message, Processes};
use crate::config::ProcessGroup;
use crate::hotglue::Text;
use crate::runtime::known_keys::KnownKeys;
use crate::terminal::Input;

/// Processes of a run that run at the same time.
const MAX_RUNNING: usize = 4;
/// The longest line that is shown, in bytes; the rest of it is dropped.
const MAX_LINE_BYTES: u64 = 4 * 1024;
/// The most lines that are passed on together; of more, the oldest are dropped.
const MAX_BATCH: usize = 500;
/// The least time between two batches of output.
const BATCH_INTERVAL: Duration = Duration::from_millis(100);
/// How long the output of a process is read after it has ended: what it left
/// behind may keep the output open.
const DRAIN_LIMIT: Duration = Duration::from_millis(500);

/// Runs custom commands.
pub(crate) struct CustomCommands {
    runs: HashMap<u64, JoinHandle<()>>,
    known_keys: Arc<KnownKeys>,
    messages: mpsc::UnboundedSender<Input>,
}

impl CustomCommands {
    pub(crate) fn new(messages: mpsc::UnboundedSender<Input>, known_keys: Arc<KnownKeys>) -> Self {
        Self {
            runs: HashMap::new(),
            known_keys,
            messages,
        }
    }

    /// Starts the processes of a run.
    pub(crate) fn run(&mut self, run: Processes) {
        self.runs.retain(|_, task| !task.is_finished());
        let number = run.number;
        let (known_keys, messages) = (Arc::clone(&self.known_keys), self.messages.clone());
        let task = tokio::spawn(async move { run_all(run, &known_keys, &messages).await });
        self.runs.insert(number, task);
    }

    /// Kills the processes of a run, and what they started.
    pub(crate) fn kill(&mut self, number: u64) {
        if let Some(task) = self.runs.remove(&number) {
            task.abort();
        }
    }

    /// Kills all runs.
    pub(crate) async fn stop(self) {
        for task in self.runs.into_values() {
            task.abort();
            let _ = task.await;
        }
    }

    /// Runs processes one after the other on the terminal, which the caller has
    /// given up.
    pub(crate) fn run_here(&self, run: &Processes) {
        for (index, (_, arguments)) in run.commands.iter().enumerate() {
            let result = run_on_terminal(arguments, &self.known_keys);
            if let Err(failure) = &result {
                wait_for_enter(&failure.message());
            }
            let event = CommandEvent::Finished(index, result);
            send(&self.messages, run.number, event);
        }
    }
}

fn send(messages: &mpsc::UnboundedSender<Input>, number: u64, event: CommandEvent) {
    // It fails only after the event loop ended.
    let _ = messages.send(Input::Message(Message::Command(number, event)));
}

fn failure(status: String) -> CommandFailure {
    CommandFailure {
        status,
        last_error: None,
    }
}

fn not_started(program: &str, error: &std::io::Error) -> CommandFailure {
    let program = Text::cut(program, 200).one_line();
    failure(format!("{program} cannot be started: {error}"))
}

fn ended(status: ExitStatus, last_error: Option<String>) -> Result<(), CommandFailure> {
    if status.success() {
        return Ok(());
    }
    let status = match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    };
    Err(CommandFailure { status, last_error })
}

fn run_on_terminal(arguments: &[String], known_keys: &KnownKeys) -> Result<(), CommandFailure> {
    let Some((program, arguments)) = arguments.split_first() else {
        return Ok(());
    };
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    for variable in known_keys.variables() {
        command.env_remove(variable);
    }
    match command.status() {
        Ok(status) => ended(status, None),
        Err(error) => Err(not_started(program, &error)),
    }
}

/// Keeps the output of a failed process on the screen until the user has read
/// it.
fn wait_for_enter(message: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "\nhgtop: {message}; press enter to continue ");
    let _ = std::io::stdin().lock().read_line(&mut String::new());
}

async fn run_all(run: Processes, known_keys: &KnownKeys, messages: &mpsc::UnboundedSender<Input>) {
    // The queue is bounded: a process that prints faster than its output is
    // read has to wait.
    let (lines, printed) = mpsc::channel(256);
    let number = run.number;
    let shows_output = run.shows_output;
    let processes = stream::iter(run.commands.into_iter().enumerate());
    // It owns the sender, so that the output ends with the last process.
    let all = async move {
        let start = |(index, (label, arguments)): (usize, (Option<String>, Vec<String>))| {
            let output = Output {
                label: label.unwrap_or_default(),
                lines: shows_output.then(|| lines.clone()),
            };
            async move {
                let result = run_one(&arguments, &output, known_keys).await;
                drop(output);
                send(messages, number, CommandEvent::Finished(index, result));
            }
        };
        processes.for_each_concurrent(MAX_RUNNING, start).await;
    };
    tokio::join!(all, pass_on(number, printed, messages));
}

/// Where the output of a process goes.
struct Output {
    label: String,
    /// `None` where it is not shown.
    lines: Option<mpsc::Sender<String>>,
}

async fn run_one(
    arguments: &[String],
    output: &Output,
    known_keys: &KnownKeys,
) -> Result<(), CommandFailure> {
    let Some((program, arguments)) = arguments.split_first() else {
        return Ok(());
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for variable in known_keys.variables() {
        command.env_remove(variable);
    }
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn();
    let mut child = child.map_err(|error| not_started(program, &error))?;
    // Declared after the child, so that it is dropped before the child is
    // reaped.
    let mut group = ProcessGroup::of(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let read = async {
        let ((), last_error) = tokio::join!(
            async {
                if let Some(stdout) = stdout {
                    read_lines(stdout, output).await;
                }
            },
            async {
                match stderr {
                    Some(stderr) => read_lines_to_last(stderr, output).await,
                    None => None,
                }
            }
        );
        last_error
    };
    // A process that was left behind may keep the output open.
    let (status, last_error) = wait_and_read(child.wait(), read).await;
    let status = status.map_err(|error| failure(error.to_string()))?;
    group.release();
    ended(status, last_error)
}

/// Waits for a process, and reads its output until that ends or shortly after
/// the process has ended.
async fn wait_and_read(
    wait: impl Future<Output = std::io::Result<ExitStatus>>,
    read: impl Future<Output = Option<String>>,
) -> (std::io::Result<ExitStatus>, Option<String>) {
    let (mut wait, mut read) = (std::pin::pin!(wait), std::pin::pin!(read));
    tokio::select! {
        last_error = &mut read => (wait.await, last_error),
        status = &mut wait => {
            let last_error = tokio::time::timeout(DRAIN_LIMIT, read).await;
            (status, last_error.ok().flatten())
        }
    }
}

async fn read_lines(stream: impl AsyncRead + Unpin, output: &Output) {
    drop(read_lines_to_last(stream, output).await);
}

/// Passes on the lines of a stream. Returns the last one that is not empty.
async fn read_lines_to_last(stream: impl AsyncRead + Unpin, output: &Output) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut last = None;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let mut limited = (&mut reader).take(MAX_LINE_BYTES);
        let read = limited.read_until(b'\n', &mut bytes).await;
        if !matches!(read, Ok(count) if count > 0) {
            return last;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = Text::new(line.trim_end_matches(['\n', '\r'])).one_line();
        if !line.trim().is_empty() {
            last = Some(line.clone());
        }
        if let Some(lines) = &output.lines {
            let line = if output.label.is_empty() {
                line
            } else {
                format!("{}: {line}", output.label)
            };
            if lines.send(line).await.is_err() {
                return last;
            }
        }
    }
}

/// Passes lines on to the dashboard, at most ten batches in a second.
async fn pass_on(
    number: u64,
    mut printed: mpsc::Receiver<String>,
    messages: &mpsc::UnboundedSender<Input>,
) {
    while let Some(line) = printed.recv().await {
        let mut batch = VecDeque::from([line]);
        let mut dropped = 0;
        let end = Instant::now() + BATCH_INTERVAL;
        while let Ok(Some(line)) = timeout_at(end, printed.recv()).await {
            batch.push_back(line);
            if batch.len() > MAX_BATCH {
                batch.pop_front();
                dropped += 1;
            }
        }
        send(
            messages,
            number,
            CommandEvent::Output(batch.into(), dropped),
        );
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    struct Bench {
        commands: CustomCommands,
        inbox: mpsc::UnboundedReceiver<Input>,
    }

    impl Bench {
        fn new() -> Self {
            let (messages, inbox) = mpsc::unbounded_channel();
            Self {
                commands: CustomCommands::new(messages, Arc::default()),
                inbox,
            }
        }

        fn run(&mut self, processes: &[&[&str]]) {
            let owned =
                |arguments: &[&str]| arguments.iter().map(|&text| text.to_owned()).collect();
            self.commands.run(Processes {
                number: 7,
                commands: processes
                    .iter()
                    .map(|arguments| (None, owned(arguments)))
                    .collect(),
                shows_output: true,
            });
        }

        async fn event(&mut self) -> CommandEvent {
            match self.inbox.recv().await {
                Some(Input::Message(Message::Command(7, event))) => event,
                other => panic!("{other:?}"),
            }
        }

        /// The output and the results of this number of processes.
        async fn finished(
            &mut self,
            count: usize,
        ) -> (Vec<String>, Vec<Result<(), CommandFailure>>) {
            let mut results = vec![None; count];
            let mut lines = Vec::new();
            // The sender of the output is dropped with the last process.
            while results.iter().any(Option::is_none) || !self.is_done() {
                match self.event().await {
                    CommandEvent::Output(more, _) => lines.extend(more),
                    CommandEvent::Finished(index, result) => results[index] = Some(result),
                }
            }
            (lines, results.into_iter().flatten().collect())
        }

        fn is_done(&self) -> bool {
            self.inbox.is_empty() && self.commands.runs.values().all(JoinHandle::is_finished)
        }
    }

    #[tokio::test]
    async fn hostile_arguments_arrive_one_by_one() {
        let mut bench = Bench::new();
        let long = "x".repeat(64 * 1024);
        let script = r#"for argument in "$@"; do printf '%s.' "${#argument}"; done; echo "$#""#;
        let hostile = ["it's \"q\"", "two\nlines", "-rf", "--", "$(id)", "", &long];
        let mut arguments = vec!["sh", "-c", script, "sh"];
        arguments.extend(hostile);
        bench.run(&[&arguments]);
        let (lines, results) = bench.finished(1).await;
        assert_eq!(results, [Ok(())]);
        let lengths = hostile.map(|argument| argument.chars().count().to_string());
        assert_eq!(lines, [format!("{}.7", lengths.join("."))]);
    }

    #[tokio::test]
    async fn failure_has_the_exit_code_and_the_last_line_of_standard_error() {
        let mut bench = Bench::new();
        bench.run(&[
            &[
                "sh",
                "-c",
                "echo first >&2; printf 'no \\033[31msuch file\\n\\n' >&2; exit 3",
            ],
            &["true"],
            &["/no/such/program"],
        ]);
        let (_, results) = bench.finished(3).await;
        let failure = results[0].clone().unwrap_err();
        assert_eq!(failure.message(), "exit code 3: no ␛[31msuch file");
        assert_eq!(results[1], Ok(()));
        let failure = results[2].clone().unwrap_err();
        assert!(failure.status.contains("cannot be started"), "{failure:?}");
    }

    #[tokio::test]
    async fn output_is_bounded() {
        let mut bench = Bench::new();
        bench.run(&[&[
            "sh",
            "-c",
            "head -c 3000000 /dev/zero | tr '\\0' x; seq 1 20000",
        ]]);
        let (lines, results) = bench.finished(1).await;
        assert_eq!(results, [Ok(())]);
        assert_eq!(lines.last().map(String::as_str), Some("20000"));
        let longest = lines.iter().map(String::len).max();
        assert!(
            longest <= usize::try_from(MAX_LINE_BYTES).ok(),
            "{longest:?}"
        );
    }

    #[tokio::test]
    async fn killed_run_leaves_no_process() {
        let mut bench = Bench::new();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let script = format!("(echo started; exec sleep 600) > {} & wait", path.display());
        bench.run(&[&["sh", "-c", &script]]);
        let (started, is_started) = tokio::sync::oneshot::channel();
        let read = tokio::task::spawn_blocking(move || {
            use std::io::{BufRead, Read};
            let mut lines = std::io::BufReader::new(std::fs::File::open(path).unwrap());
            let mut text = String::new();
            lines.read_line(&mut text).unwrap();
            started.send(()).unwrap();
            // This ends when no process holds the pipe open.
            lines.read_to_string(&mut text).unwrap();
            text
        });
        is_started.await.unwrap();
        bench.commands.kill(7);
        assert_eq!(read.await.unwrap(), "started\n");
    }
}
