//! hgtop: a terminal dashboard for hotglue jobs.
//!
//! The modules stand in layers; each knows only those below it. See
//! ARCHITECTURE.md for the map.

pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod history;
pub mod hotglue;
pub mod report;
pub mod terminal;
pub mod ui;
pub mod watch;
