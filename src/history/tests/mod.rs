//! Tests of the history, by theme.

mod crashes;
mod damage;
mod forecasts;
mod migration;
mod past_runs;
mod pruning;
mod recorder;
mod recording;
mod replay;
mod support;
