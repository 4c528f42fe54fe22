//! What worlds did, so that a simulation that does nothing is noticed.

/// What one or several worlds did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    pub(crate) batches: u64,
    pub(crate) transitions: u64,
    pub(crate) saves: u64,
    pub(crate) reloads: u64,
    pub(crate) rows_added: u64,
    pub(crate) rows_removed: u64,
    pub(crate) restarts: u64,
    pub(crate) outages: u64,
    pub(crate) rate_limits: u64,
    pub(crate) refusals: u64,
    pub(crate) checks: u64,
    pub(crate) frames: u64,
    /// A digest of all batches and their times: the same for the same seed.
    pub(crate) digest: u64,
}

impl Totals {
    /// Adds what another world did.
    pub(crate) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.batches += other.batches;
        self.transitions += other.transitions;
        self.saves += other.saves;
        self.reloads += other.reloads;
        self.rows_added += other.rows_added;
        self.rows_removed += other.rows_removed;
        self.restarts += other.restarts;
        self.outages += other.outages;
        self.rate_limits += other.rate_limits;
        self.refusals += other.refusals;
        self.checks += other.checks;
        self.frames += other.frames;
        // The order in which the seeds end does not matter.
        self.digest ^= other.digest;
    }
}
