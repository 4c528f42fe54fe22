//! The effects that the model asks for, performed on the simulated world.

use std::time::Duration;

use hgtop::app::{Effect, Message};
use hgtop::history::HistoryQuery;
use hgtop::rollout::ForecastRequest;
use hgtop::watch::{JobSelector, Target};

use super::ledger::Ledger;
use super::{Item, World, user};

impl World {
    pub(super) fn perform_all(&mut self, effects: Vec<Effect>) -> Result<(), String> {
        effects
            .into_iter()
            .try_for_each(|effect| self.perform(effect))
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each effect")]
    fn perform(&mut self, effect: Effect) -> Result<(), String> {
        let watcher = &self.process.watcher;
        match effect {
            Effect::RunCommand(_)
            | Effect::KillCommand(_)
            | Effect::RunInTerminal(_)
            | Effect::OpenUrl(_)
            | Effect::OfMoment(..) => return Err(format!("nobody requests {effect:?}")),
            Effect::PollNow(rows) => {
                watcher.poll_now(rows);
                self.shared.lock().ledgers().for_each(Ledger::refresh);
            }
            Effect::PollAll => {
                watcher.poll_all();
                self.shared.lock().ledgers().for_each(Ledger::refresh);
            }
            Effect::PollFirst(rows) => {
                for (number, ledger) in self.shared.lock().ledgers().enumerate() {
                    let names = rows.iter().filter_map(|row| self.names.get(row));
                    let names = names.filter(|(environment, _)| *environment == number);
                    ledger.poll_first(names.map(|(_, name)| name.clone()).collect());
                }
                watcher.poll_first(rows);
            }
            Effect::SetStart(starts) => watcher.set_start(starts),
            Effect::Pause(paused) => {
                watcher.pause(paused);
                self.shared.lock().ledgers().for_each(|it| it.pause(paused));
            }
            Effect::Watch(targets) => {
                self.totals.rows_added += targets.len() as u64;
                for target in &targets {
                    self.watch(target);
                }
                self.process.watcher.add(targets);
            }
            Effect::Unwatch(rows) => {
                self.totals.rows_removed += rows.len() as u64;
                for row in &rows {
                    if let Some((environment, name)) = self.names.remove(row) {
                        self.shared.lock().ledger(environment).unwatch(&name);
                    }
                }
                self.process.watcher.remove(rows);
            }
            Effect::SetInterval(row, interval) => {
                if let Some((environment, name)) = self.names.get(&row) {
                    let mut state = self.shared.lock();
                    state.ledger(*environment).set_interval(name, interval);
                }
                self.process.watcher.set_interval(row, interval);
            }
            Effect::Connect(environments, limits) => {
                let rate = limits.requests_per_second.unwrap_or(u32::MAX) as usize;
                for (id, environment) in environments {
                    let number = user::environment_number(environment.env_id.as_str());
                    let mut state = self.shared.lock();
                    let ledger = state.ledger(number);
                    ledger.connect(id, rate, limits.concurrent_requests);
                    let service = self.shared.service(number);
                    self.process.watcher.connect(id, service, limits);
                }
            }
            Effect::Save(number, change) => self.save(number, &change),
            Effect::AddTenantDiscovery(discovery) => watcher.add_tenant_discovery(discovery),
            Effect::RemoveTenantDiscovery(discovery) => watcher.remove_tenant_discovery(discovery),
            Effect::List(number, ..) => {
                let refused = Message::Listed(number, Err("not in this simulation".to_owned()));
                self.schedule(Duration::from_secs(1), Item::Message(Box::new(refused)));
            }
            Effect::Record(observations) => {
                self.observations.extend(observations);
                if self.observations.len() > 64 {
                    self.record()?;
                }
            }
            Effect::HistoryQuery(query) => {
                // What is asked again before the answer came is answered once.
                let is_pending = |item: &Item| {
                    matches!((item, &query), (
                        Item::Query(HistoryQuery::PastRuns { flows: pending, .. }),
                        HistoryQuery::PastRuns { flows, .. },
                    ) if pending.len() == flows.len())
                };
                if !self.agenda.values().any(is_pending) {
                    self.schedule(Duration::from_secs(1), Item::Query(query));
                }
            }
            Effect::Forecast(request) => self.forecast(&request),
            Effect::Quit
            | Effect::Suspend
            | Effect::Learn(_)
            | Effect::RecordEvents(_)
            | Effect::RecordForecasts(_)
            | Effect::RecordUpdates(_)
            | Effect::RecordList(_)
            | Effect::Copy(_)
            | Effect::Compare(_)
            | Effect::CreateConfig(_)
            | Effect::StopListing
            | Effect::WriteFile(..)
            | Effect::WriteReport(_)
            | Effect::Notification(_)
            | Effect::Title(_)
            | Effect::Run(_) => {}
        }
        Ok(())
    }

    fn forecast(&mut self, request: &ForecastRequest) {
        let answer = Box::new(Message::Forecast(request.compute()));
        self.schedule(Duration::from_millis(5), Item::Message(answer));
    }

    fn watch(&mut self, target: &Target) {
        let environments = &self.process.model.environments;
        let Some(entry) = environments.get(target.environment) else {
            return;
        };
        let environment = user::environment_number(entry.env_id().as_str());
        let (name, is_listing) = match &target.selector {
            JobSelector::Job(address) => (address.job_root.to_string(), false),
            JobSelector::Newest { tenant, .. } => (tenant.to_string(), true),
        };
        let mut state = self.shared.lock();
        let ledger = state.ledger(environment);
        ledger.watch(&name, target.id, target.interval, is_listing);
        self.names.insert(target.id, (environment, name));
    }

    /// Writes what is to be recorded.
    pub(super) fn record(&mut self) -> Result<(), String> {
        let observations = std::mem::take(&mut self.observations);
        if observations.is_empty() {
            return Ok(());
        }
        let recorded = self.store.record(&observations);
        recorded.map_err(|error| error.to_string())
    }
}
