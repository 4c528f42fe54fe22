//! hgtop: a terminal dashboard for hotglue jobs.
//!
//! The modules form layers; each imports only those below it. See
//! ARCHITECTURE.md for the map.

pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod history;
pub mod hotglue;
pub mod http_server;
pub mod replay;
pub mod report;
pub mod rollout;
mod runtime;
pub mod terminal;
pub mod ui;
pub mod watch;
