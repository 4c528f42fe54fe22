//! The baselines and the corrections that come from the history.

use std::collections::{BTreeMap, HashMap};

use super::calibration::Calibration;
use super::rollout::RolloutForecast;
use crate::history::{PastRun, RecordedForecast};
use crate::hotglue::{EnvId, FlowId, TenantId};
use crate::rollout::baseline::FlowBaseline;
use crate::rollout::paired_job::TenantRuns;

/// The fewest earlier forecasts of a flow that correct its forecasts alone;
/// those of all flows do before. Three of each rollout are read.
const FEWEST_OF_FLOW: usize = 30;

/// The baselines of flows, and the corrections of forecasts by earlier ones.
#[derive(Debug, Clone, Default)]
pub struct LearnedBaselines {
    /// The baselines; flows with too few runs are missing.
    pub(crate) baselines: Vec<(EnvId, FlowId, FlowBaseline)>,
    /// The correction by the forecasts of all flows.
    pub(crate) calibration: Calibration,
    /// The corrections of flows with enough earlier forecasts.
    pub(crate) flow_calibrations: Vec<(EnvId, FlowId, Calibration)>,
    /// The runs of the tenants of flows, for gates.
    pub(crate) runs: Vec<(EnvId, FlowId, HashMap<TenantId, TenantRuns>)>,
}

impl LearnedBaselines {
    /// Learns from the finished runs of flows, and from earlier forecasts whose
    /// finish is known. Takes about a second for a million runs.
    pub(crate) fn new(
        flows: &[(EnvId, FlowId, Vec<PastRun>)],
        forecasts: &[RecordedForecast],
    ) -> Self {
        let baselines = flows.iter().filter_map(|(env_id, flow, past)| {
            Some((env_id.clone(), flow.clone(), FlowBaseline::new(past)?))
        });
        let runs = flows.iter().map(|(env_id, flow, past)| {
            // The runs of a tenant are next to each other.
            let tenants = past.chunk_by(|run, next| run.tenant == next.tenant);
            let runs = tenants.map(|runs| (runs[0].tenant.clone(), TenantRuns::of(runs)));
            (env_id.clone(), flow.clone(), runs.collect())
        });
        let mut by_flow: BTreeMap<(&EnvId, &FlowId), Vec<f64>> = BTreeMap::new();
        for forecast in forecasts {
            by_flow
                .entry((&forecast.env_id, &forecast.flow))
                .or_default()
                .extend(outcome(forecast));
        }
        let all = by_flow.values().flatten().copied().collect();
        let flow_calibrations = by_flow
            .into_iter()
            .filter(|(_, outcomes)| outcomes.len() >= FEWEST_OF_FLOW)
            .map(|((env_id, flow), outcomes)| {
                (env_id.clone(), flow.clone(), Calibration::new(outcomes))
            });
        Self {
            baselines: baselines.collect(),
            runs: runs.collect(),
            flow_calibrations: flow_calibrations.collect(),
            calibration: Calibration::new(all),
        }
    }
}

/// The probability that a forecast gave to a finish no later than the real one.
fn outcome(forecast: &RecordedForecast) -> Option<f64> {
    let finish = forecast.finish.filter(|finish| *finish > forecast.made)?;
    let quantiles = forecast.quantiles.as_slice().try_into().ok()?;
    Some(RolloutForecast::outcome(quantiles, finish))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::history::{Observation, Store};
    use crate::hotglue::{Job, JobAddress, JobRoot, Text};
    use crate::rollout::{ForecastJob, RolloutSnapshot};
    use crate::watch::{EnvironmentId, JobId};

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn env() -> EnvId {
        EnvId::parse("dev.x.xyz").unwrap()
    }

    fn flow(name: &str) -> FlowId {
        FlowId::parse(name).unwrap()
    }

    /// A run of a flow from one second to another, which the history knows as
    /// running or as completed.
    fn observation(flow_name: &str, number: i64, run: (i64, i64), status: &str) -> Observation {
        let root = format!("acme/flows/{flow_name}/jobs/{number}");
        let address = JobAddress {
            flow: flow(flow_name),
            tenant: TenantId::parse("acme").unwrap(),
            job_root: JobRoot::parse(&root).unwrap(),
        };
        let (start, last) = (time(run.0), time(run.1));
        let answer = format!(
            r#"{{"status":"{status}","tap":"stripe","start_time":"{start}","last_updated":"{last}"}}"#
        );
        let job = Job::decode(&answer).unwrap();
        Observation::new(env(), Arc::new(address), &job, last)
    }

    /// What the history of a flow teaches.
    fn learn(store: &Store, flow_name: &str) -> LearnedBaselines {
        let runs = store.past_runs(&env(), &flow(flow_name), None, 20);
        let flows = [(env(), flow(flow_name), runs.unwrap())];
        LearnedBaselines::new(&flows, &store.past_forecasts().unwrap())
    }

    /// The forecast of a job of a flow that began at a second, 20 s later.
    fn forecast(learned: LearnedBaselines, flow_name: &str, began: i64) -> RolloutForecast {
        let id = EnvironmentId(0);
        let mut forecast = crate::rollout::Forecast::default();
        for (_, flow, baseline) in learned.baselines {
            forecast.set_baseline(id, flow, baseline);
        }
        forecast.set_calibration(learned.calibration);
        for (_, flow, calibration) in learned.flow_calibrations {
            forecast.set_flow_calibration(id, flow, calibration);
        }
        let job = ForecastJob {
            id: JobId(0),
            environment: id,
            flow: &flow(flow_name),
            tenant: &TenantId::parse("acme").unwrap(),
            tap: Some(&Text::new("stripe")),
            started: Some(time(began)),
            end: None,
            polled: Some(time(began + 20)),
        };
        forecast.update(&job, || None);
        let snapshot: RolloutSnapshot = forecast.snapshot([(JobId(0), true)], 0);
        snapshot.forecast(time(began + 20)).unwrap()
    }

    #[test]
    fn forecasts_that_were_always_too_early_are_corrected() {
        let mut store = Store::in_memory().unwrap();
        // A flow whose runs are known to take 100 s.
        for day in 0..20 {
            let from = 86_400 * day;
            let took = 100 + 4 * (day % 5);
            let run = observation("f", day, (from, from + took), "JOB_COMPLETED");
            store.record(&[run]).unwrap();
        }
        let first = learn(&store, "f");
        let before = forecast(first.clone(), "f", 86_400 * 40);
        let correction = before.eta.p50.duration_since(before.quantiles[3]);
        assert!(
            correction.abs() < SignedDuration::from_secs(1),
            "{correction}"
        );
        // Twelve rollouts that take longer than the same forecast says, whose
        // runs are no part of its baseline.
        for day in 20..32 {
            let from = 86_400 * day;
            let running = observation("f", day, (from, from + 1), "SYNC_STARTED");
            store.record(&[running]).unwrap();
            for _ in 0..3 {
                let made = forecast(first.clone(), "f", from);
                store
                    .record_forecasts(&[made.record(env(), flow("f"))])
                    .unwrap();
            }
            let late = observation("f", day, (from, from + 250), "JOB_COMPLETED");
            store.record(&[late]).unwrap();
        }
        let learned = LearnedBaselines {
            baselines: first.baselines.clone(),
            ..learn(&store, "f")
        };
        assert_eq!(learned.flow_calibrations.len(), 1);
        let after = forecast(learned.clone(), "f", 86_400 * 40);
        assert_eq!(
            after.quantiles, before.quantiles,
            "the record is of the model"
        );
        assert!(after.eta.p50 > before.eta.p50 + SignedDuration::from_secs(5));
        assert!(after.eta.p90 > before.eta.p90);
        // A flow without recorded forecasts is corrected by those of all flows.
        let runs = |flow_name| {
            let baseline = first.baselines[0].2.clone();
            let baselines = vec![(env(), flow(flow_name), baseline)];
            LearnedBaselines {
                baselines,
                ..learned.clone()
            }
        };
        let other = forecast(runs("g"), "g", 86_400 * 40);
        assert_eq!(other.eta.p50, after.eta.p50);
    }
}
