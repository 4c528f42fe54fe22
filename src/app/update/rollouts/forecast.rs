//! The forecast: what it is computed from, and when.

use jiff::SignedDuration;

use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::rollout::{ForecastAnswer, ForecastRequest, ForecastScope, LearnedBaselines};
use crate::watch::FollowId;

/// The shortest time between two queries of the past runs.
const RELEARN: SignedDuration = SignedDuration::from_secs(20);

impl Model {
    /// Takes over the baselines that were learned from the history, and judges
    /// the rows of the jobs by them that are shown already.
    pub(in crate::app::update) fn learned(&mut self, learned: LearnedBaselines) -> Vec<Effect> {
        for (env_id, flow, runs) in learned.runs {
            if let Some(environment) = self.environments.by_env_id(&env_id) {
                self.gates.set_runs(environment.id, flow, runs);
            }
        }
        self.compare_with_baselines();
        for (env_id, flow, baseline) in learned.baselines {
            if let Some(environment) = self.environments.by_env_id(&env_id) {
                self.learning.add_baseline(environment.id, flow.clone());
                self.forecast.set_baseline(environment.id, flow, baseline);
            }
        }
        self.forecast.set_calibration(learned.calibration);
        for (env_id, flow, calibration) in learned.flow_calibrations {
            if let Some(environment) = self.environments.by_env_id(&env_id) {
                self.forecast
                    .set_flow_calibration(environment.id, flow, calibration);
            }
        }
        let ids: Vec<_> = self.jobs.all().map(|row| row.id).collect();
        self.evaluate(&ids);
        self.offer_learning();
        Vec::from_iter(self.judge_rows_again())
    }

    /// Compares the jobs of followed flows whose gate needs it with the runs
    /// before.
    fn compare_with_baselines(&mut self) {
        for (id, followed) in self.follows.iter() {
            let (gate, since) = (&followed.flow.gate, followed.flow.since);
            if gate.iter().any(|condition| condition.needs_baseline()) {
                let rows = self.jobs.all().filter(|row| row.is_followed_by(id));
                self.gates.compare(id, since, gate, rows);
            }
        }
    }

    /// Queries the past runs again after earlier ones became known, which the
    /// first polls of a followed flow bring in large numbers.
    pub(in crate::app::update) fn refresh_baselines(&mut self) -> Option<Effect> {
        let due = self
            .baselines_queried
            .is_none_or(|queried| self.now.duration_since(queried) >= RELEARN);
        if !self.is_baseline_outdated || !due {
            return None;
        }
        self.is_baseline_outdated = false;
        self.baselines_queried = Some(self.now);
        self.query_past_runs()
    }

    /// Asks for the ETAs when they are due: after a change, at most once a
    /// second. The dashboard is not frozen meanwhile.
    pub(in crate::app::update) fn refresh_forecast(&mut self) -> Option<Effect> {
        let due = self.forecast.due()?;
        if self.now < due || self.freeze.is_some() {
            return None;
        }
        self.compare_with_baselines();
        let request = self.forecast_request();
        self.forecast.start(self.now);
        Some(Effect::Forecast(request))
    }

    /// Takes over the computed ETAs, and records those of followed flows, each
    /// once a minute.
    pub(in crate::app::update) fn forecast_computed(
        &mut self,
        answer: ForecastAnswer,
    ) -> Option<Effect> {
        let forecasts = self.forecast.finish(answer).into_iter();
        let records = forecasts.filter_map(|(scope, forecast)| {
            let ForecastScope::Follow(id) = scope else {
                return None;
            };
            let flow = &self.follows.get(id)?.flow;
            Some(forecast.record(self.env_id(flow.environment)?, flow.flow.clone()))
        });
        let records: Vec<_> = records.collect();
        (!records.is_empty()).then_some(Effect::RecordForecasts(records))
    }

    fn forecast_request(&self) -> ForecastRequest {
        let mut request = ForecastRequest::new(self.now);
        let follows: Vec<FollowId> = self.follows.iter().map(|(id, _)| id).collect();
        let is_one_rollout =
            follows.len() == 1 && self.jobs.all().all(|row| row.is_followed_by(follows[0]));
        let mut all = vec![ForecastScope::All];
        for follow in follows {
            let mut scopes = vec![ForecastScope::Follow(follow)];
            if is_one_rollout {
                scopes.append(&mut all);
            }
            self.add_rollout(&mut request, scopes, |row| row.is_followed_by(follow));
        }
        if !all.is_empty() {
            self.add_rollout(&mut request, all, |_| true);
        }
        request
    }

    fn add_rollout(
        &self,
        request: &mut ForecastRequest,
        scopes: Vec<ForecastScope>,
        is_member: impl Fn(&Row) -> bool,
    ) {
        let members = || self.jobs.all().filter(|row| is_member(row));
        let not_started = members().filter(|row| row.is_not_started()).count();
        let started = members()
            .filter(|row| row.is_expected_to_finish())
            .map(|row| (row.id, !row.state().is_finished()));
        request.add(scopes, self.forecast.snapshot(started, not_started));
    }
}
