//! What signals from outside do.

use futures_util::Stream;
use tokio::sync::mpsc;

use super::event_loop::Input;

/// The signals as inputs of the event loop. One that asks to end is obeyed
/// within a second even while the terminal takes no output.
#[cfg(unix)]
pub fn signals() -> impl Stream<Item = Input> + Unpin {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = mpsc::unbounded_channel();
    let number = |kind: SignalKind| kind.as_raw_value();
    let listen = |kind: SignalKind, input: Input| {
        let sender = sender.clone();
        let Ok(mut stream) = signal(kind) else { return };
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                let ends = matches!(input, Input::Terminate(_));
                let _ = sender.send(input.clone());
                if ends {
                    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
                    super::session::leave();
                    std::process::exit(128 + number(kind));
                }
            }
        });
    };
    for kind in [
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::quit(),
        SignalKind::terminate(),
    ] {
        listen(kind, Input::Terminate(128 + number(kind)));
    }
    // SIGTSTP has the number 20, or 18 on BSD systems.
    let stop = if cfg!(any(target_os = "linux", target_os = "android")) {
        20
    } else {
        18
    };
    listen(SignalKind::from_raw(stop), Input::Suspend);
    let resume = if cfg!(any(target_os = "linux", target_os = "android")) {
        18
    } else {
        19
    };
    listen(SignalKind::from_raw(resume), Input::Resumed);
    stream(receiver)
}

/// The signals as inputs of the event loop.
#[cfg(not(unix))]
pub fn signals() -> impl Stream<Item = Input> + Unpin {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            let _ = sender.send(Input::Terminate(130));
        }
    });
    stream(receiver)
}

fn stream(mut receiver: mpsc::UnboundedReceiver<Input>) -> impl Stream<Item = Input> + Unpin {
    futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
}
