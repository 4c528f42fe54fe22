//! The program in a real pseudo-terminal, and the screen that it draws.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

pub const LEAVE: &str = "\u{1b}[?1049l";

/// The program in a pseudo-terminal.
pub struct Window {
    pub child: Box<dyn Child + Send + Sync>,
    pub master: Option<Box<dyn MasterPty + Send>>,
    pub keys: Option<Box<dyn Write + Send>>,
    pub output: Receiver<Vec<u8>>,
    pub screen: vt100::Parser,
    pub raw: Vec<u8>,
    pub closed: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
}

impl Window {
    pub fn open(arguments: &[&str]) -> Self {
        Self::open_at(arguments, Path::new(env!("CARGO_TARGET_TMPDIR")))
    }

    pub fn open_at(arguments: &[&str], home: &Path) -> Self {
        Self::open_with(arguments, home, &[])
    }

    /// With further variables.
    pub fn open_with(arguments: &[&str], home: &Path, variables: &[(&str, &str)]) -> Self {
        // The release build is tried with the same tests.
        let program = std::env::var("HGTOP_PROGRAM");
        let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_hgtop").to_owned());
        Self::of(&program, arguments, home, variables)
    }

    /// Another program.
    pub fn of(program: &str, arguments: &[&str], home: &Path, variables: &[(&str, &str)]) -> Self {
        let size = PtySize {
            rows: 36,
            cols: 120,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("HOME", home);
        command.env_remove("HGTOP_CONFIG");
        command.env_remove("XDG_CONFIG_HOME");
        command.env_remove("XDG_STATE_HOME");
        command.env_remove("TMUX");
        command.env("HOTGLUE_API_KEY", "demo-key-for-the-simulation-only");
        command.env_remove("NO_COLOR");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let closed = Arc::new(AtomicBool::new(false));
        let close = Arc::clone(&closed);
        let paused = Arc::new(AtomicBool::new(false));
        let pause = Arc::clone(&paused);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                while pause.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                if close.load(Ordering::SeqCst) || sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            child,
            master: Some(pair.master),
            keys: Some(keys),
            output,
            screen: vt100::Parser::new(36, 120, 0),
            raw: Vec::new(),
            closed,
            paused,
        }
    }

    pub fn send(&mut self, text: &str) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(text.as_bytes()).unwrap();
        keys.flush().unwrap();
    }

    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    pub fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        self.read_until(what, |window| wanted(&window.text()));
    }

    /// Waits for bytes that are not on the screen.
    pub fn outputs(&mut self, bytes: &[u8]) {
        self.read_until("the bytes", |window| {
            window.raw.windows(bytes.len()).any(|part| part == bytes)
        });
    }

    fn read_until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !wanted(self) {
            match self
                .output
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("never saw {what} in:\n{}", self.text())
                }
            }
        }
    }

    pub fn shows(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    /// Gives the window another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.screen.screen_mut().set_size(rows, cols);
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// Stops reading, like a terminal that hangs.
    pub fn stop_reading(&self) {
        self.paused.store(true, Ordering::SeqCst);
    }

    pub fn resume_reading(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        std::process::Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status()
            .unwrap();
    }

    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            if Instant::now() > end {
                let _ = self.child.kill();
                panic!("never ended; last seen:\n{}", self.text());
            }
            std::thread::yield_now();
        }
    }

    /// Waits for the end; answers the exit code and all output.
    pub fn end(mut self) -> (u32, String) {
        let status = self.wait();
        drop(self.master.take());
        for bytes in &self.output {
            self.raw.extend(bytes);
        }
        (
            status.exit_code(),
            String::from_utf8_lossy(&self.raw).into_owned(),
        )
    }
}
