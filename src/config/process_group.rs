//! The process group of a child, so that nothing it started outlives it by
//! accident.

/// Kills a process group when it is dropped, unless it was released. The child
/// must have been spawned as the leader of a new group, and must not be reaped
/// before this is dropped or released: its process id becomes free then.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    leader: Option<u32>,
}

impl ProcessGroup {
    /// The group that the process with this id leads.
    pub(crate) fn of(leader: Option<u32>) -> Self {
        Self { leader }
    }

    /// Lets the group live: its leader has exited, and whatever it left behind
    /// on purpose, such as an agent, keeps running.
    pub(crate) fn release(&mut self) {
        self.leader = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            let leader = self.leader.and_then(|leader| i32::try_from(leader).ok());
            if let Some(leader) = leader.and_then(rustix::process::Pid::from_raw) {
                // It fails only when no process of the group is left.
                let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
            }
        }
    }
}
