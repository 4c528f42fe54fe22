//! Noticing that the terminal is gone.
//!
//! A closed window sends SIGHUP, but not to a process that ignores it or has
//! no controlling terminal; reading events then spins for ever. A thread that
//! waits for nothing but the hang-up costs nothing.

/// Ends the process as soon as the terminal on standard input is gone.
#[cfg(unix)]
pub(super) fn exit_on_hangup() {
    use rustix::event::{PollFd, PollFlags, poll};
    let watch = || {
        let stdin = std::io::stdin();
        loop {
            let mut terminal = [PollFd::new(&stdin, PollFlags::empty())];
            if poll(&mut terminal, None).is_ok()
                && terminal[0]
                    .revents()
                    .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
            {
                tracing::info!("the terminal is gone");
                std::process::exit(129);
            }
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("hangup".to_owned())
        .spawn(watch)
    {
        tracing::warn!(%error, "a closed terminal will not be noticed at once");
    }
}

#[cfg(not(unix))]
pub(super) fn exit_on_hangup() {}
