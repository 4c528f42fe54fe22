//! Single keys for a command that draws no dashboard. The terminal stays as it
//! is, except that it neither waits for the end of a line nor echoes. `ctrl-c`
//! and `ctrl-z` work as before.

#[cfg(unix)]
pub(crate) use unix::KeyPresses;

#[cfg(unix)]
mod unix {
    use std::io::{self, IsTerminal, Read};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::process::{Signal, getpgrp, getpid, kill_process};
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    };
    use tokio::signal::unix::{SignalKind, signal};
    use tokio::sync::mpsc;
    use tokio::task::JoinHandle;

    /// How often a process in the background looks whether it is in the
    /// foreground again, while there is something to read.
    const BACKGROUND_INTERVAL: Duration = Duration::from_millis(500);

    /// The keys that are pressed. Dropping it restores the terminal.
    pub(crate) struct KeyPresses {
        saved: Termios,
        keys: mpsc::UnboundedReceiver<u8>,
        suspension: JoinHandle<()>,
    }

    impl KeyPresses {
        /// Starts to read keys; `None` where standard input is no terminal, or
        /// that of another process.
        pub(crate) fn start() -> Option<Self> {
            if !io::stdin().is_terminal() || !is_in_foreground() {
                return None;
            }
            let saved = tcgetattr(io::stdin()).ok()?;
            let mut mode = saved.clone();
            mode.local_modes
                .remove(LocalModes::ICANON | LocalModes::ECHO);
            mode.special_codes[SpecialCodeIndex::VMIN] = 1;
            mode.special_codes[SpecialCodeIndex::VTIME] = 0;
            set(&mode);
            let (sender, keys) = mpsc::unbounded_channel();
            let thread = std::thread::Builder::new().name("keys".to_owned());
            let read = move || {
                if let Err(error) = read(&sender) {
                    tracing::warn!(%error, "keys can no longer be read");
                }
            };
            if let Err(error) = thread.spawn(read) {
                tracing::warn!(%error, "keys cannot be read");
            }
            let suspension = tokio::spawn(suspend(saved.clone(), mode));
            Some(Self {
                saved,
                keys,
                suspension,
            })
        }

        /// Waits for the next key; forever once they cannot be read.
        pub(crate) async fn next(&mut self) -> u8 {
            match self.keys.recv().await {
                Some(key) => key,
                None => std::future::pending().await,
            }
        }
    }

    impl Drop for KeyPresses {
        fn drop(&mut self) {
            self.suspension.abort();
            set(&self.saved);
        }
    }

    /// Whether the terminal is this process's to read and to change: elsewhere
    /// the system would stop the process.
    fn is_in_foreground() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }

    fn set(mode: &Termios) {
        if is_in_foreground() {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, mode);
        }
    }

    fn read(sender: &mpsc::UnboundedSender<u8>) -> io::Result<()> {
        let stdin = io::stdin();
        let mut terminal = std::fs::File::from(rustix::io::dup(&stdin)?);
        let mut bytes = [0; 64];
        loop {
            match poll(&mut [PollFd::new(&terminal, PollFlags::IN)], None) {
                Err(rustix::io::Errno::INTR) => continue,
                ready => drop(ready?),
            }
            if !is_in_foreground() {
                std::thread::sleep(BACKGROUND_INTERVAL);
                continue;
            }
            let count = terminal.read(&mut bytes)?;
            if count == 0 {
                return Ok(());
            }
            if bytes[..count].iter().any(|key| sender.send(*key).is_err()) {
                return Ok(());
            }
        }
    }

    /// Gives the shell its terminal back while the process is stopped.
    async fn suspend(saved: Termios, mode: Termios) {
        let kind = |signal: Signal| SignalKind::from_raw(signal.as_raw());
        let (Ok(mut stop), Ok(mut resume)) =
            (signal(kind(Signal::TSTP)), signal(kind(Signal::CONT)))
        else {
            return;
        };
        loop {
            tokio::select! {
                _ = stop.recv() => {
                    set(&saved);
                    let _ = kill_process(getpid(), Signal::STOP);
                }
                _ = resume.recv() => set(&mode),
            }
        }
    }
}

/// Keys are not read on this platform.
#[cfg(not(unix))]
pub(crate) struct KeyPresses(std::convert::Infallible);

#[cfg(not(unix))]
impl KeyPresses {
    /// Reads no keys.
    pub(crate) fn start() -> Option<Self> {
        None
    }

    /// Never called.
    pub(crate) fn next(&mut self) -> std::future::Ready<u8> {
        match self.0 {}
    }
}
