//! Tests of the history, by theme.

mod crashes;
mod damage;
mod migration;
mod pruning;
mod recorder;
mod recording;
mod support;
