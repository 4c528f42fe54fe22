//! Followed flows and rollouts: their tenants, start, forecast, baseline and
//! comparison.

pub(in crate::app::update) mod comparison;
pub(in crate::app::update) mod follows;
pub(in crate::app::update) mod forecast;
pub(in crate::app::update) mod learning;
mod start;
