//! The effects of hgtop: connections to the service, the config writer and its
//! file watch, hooks, the history recorder, signals and the log.
//!
//! Commands compose these parts and print; nothing here prints or knows the
//! command line. What to do is decided below: by the model (`app`), by the
//! rules of a wait (`rollout`), by the schedule (`watch`).

pub(crate) mod config_watch;
pub(crate) mod config_writer;
pub(crate) mod connector;
pub(crate) mod dashboard;
pub(crate) mod effects;
pub(crate) mod environment_line;
pub(crate) mod executor;
pub(crate) mod exporter;
pub(crate) mod forecaster;
pub(crate) mod history;
pub(crate) mod judge;
pub(crate) mod known_keys;
pub(crate) mod learner;
pub(crate) mod lister;
pub(crate) mod listings;
pub(crate) mod log;
pub(crate) mod past_runs;
pub(crate) mod poll_once;
pub(crate) mod processes;
pub(crate) mod rollout_report;
pub(crate) mod signals;
pub(crate) mod watchlist;
