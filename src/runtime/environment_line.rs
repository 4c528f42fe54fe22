//! One line about an environment that is not being polled as usual.

use jiff::Timestamp;

use crate::hotglue::elapsed;
use crate::watch::EnvironmentStatus;

/// Describes why an environment is not polled as usual, and when polling
/// continues: `prod: rate limited by hotglue, resuming in 12s`. `None` while it
/// is.
pub(crate) fn environment_line(
    name: &str,
    status: &EnvironmentStatus,
    now: Timestamp,
) -> Option<String> {
    let wait =
        |until: &Timestamp| elapsed(until.duration_since(now).max(jiff::SignedDuration::ZERO));
    match status {
        EnvironmentStatus::Closed => None,
        EnvironmentStatus::RateLimited { until } => Some(format!(
            "{name}: rate limited by hotglue, resuming in {}",
            wait(until)
        )),
        EnvironmentStatus::Unauthorized { error, next, .. } => {
            Some(format!("{name}: {error}, next try in {}", wait(next)))
        }
        EnvironmentStatus::Outage { error, .. } => Some(format!("{name}: {error}, retrying")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotglue::FetchError;
    use std::sync::Arc;

    #[test]
    fn each_interruption_names_the_environment_and_what_happens_next() {
        let now: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let then = "2026-11-24T09:00:12Z".parse().unwrap();
        let line = |status| environment_line("prod", &status, now);
        assert_eq!(line(EnvironmentStatus::Closed), None);
        assert_eq!(
            line(EnvironmentStatus::RateLimited { until: then }).unwrap(),
            "prod: rate limited by hotglue, resuming in 12s"
        );
        let error = Arc::new(FetchError::TimedOut);
        assert_eq!(
            line(EnvironmentStatus::Unauthorized {
                since: now,
                error: Arc::clone(&error),
                next: then
            })
            .unwrap(),
            format!("prod: {error}, next try in 12s")
        );
        let outage = EnvironmentStatus::Outage {
            since: now,
            error: Arc::clone(&error),
            next: then,
        };
        assert_eq!(line(outage).unwrap(), format!("prod: {error}, retrying"));
    }
}
