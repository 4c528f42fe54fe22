//! Edits of the config file by hand, in a simulated world.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item as TomlItem, Table, value};

use super::plan::Edit;
use super::user::{NOTICED, env_id};
use super::{Item, World};

impl World {
    /// Edits the config file by hand.
    pub(super) fn edit(&mut self, edit: Edit) -> Result<(), String> {
        let text = std::fs::read_to_string(self.path()).map_err(|error| error.to_string())?;
        let Ok(mut document) = text.parse::<DocumentMut>() else {
            // It is broken just now.
            return Ok(());
        };
        let environments = environment_names(&document);
        let environment = environments[self.rng.usize(..environments.len())].clone();
        match edit {
            Edit::AddJobs => {
                for _ in 0..self.rng.usize(1..5) {
                    let root = self.new_job(0);
                    let mut table = Table::new();
                    table["environment"] = value(&environment);
                    table["job_root"] = value(root);
                    if let Some(jobs) = tables(&mut document, "jobs") {
                        jobs.push(table);
                    }
                }
            }
            Edit::RemoveJobs => {
                if let Some(jobs) = tables(&mut document, "jobs") {
                    for _ in 0..self.rng.usize(1..5).min(jobs.len()) {
                        jobs.remove(self.rng.usize(..jobs.len()));
                    }
                }
            }
            Edit::Interval(interval, true) => {
                document["poll_interval"] = value(format!("{}s", interval.as_secs()));
            }
            Edit::Interval(interval, false) => {
                if let Some(jobs) = tables(&mut document, "jobs").filter(|jobs| !jobs.is_empty()) {
                    let number = self.rng.usize(..jobs.len());
                    if let Some(job) = jobs.get_mut(number) {
                        job["poll_interval"] = value(format!("{}s", interval.as_secs()));
                    }
                }
            }
            Edit::Limits(rate, concurrency) => {
                document["max_requests_per_second"] = value(i64::from(rate));
                document["max_concurrent_requests"] = value(i64::from(concurrency));
            }
            Edit::Rename => {
                let new = format!("renamed{}", self.next_job);
                self.next_job += 1;
                let renamed = document.to_string();
                let renamed = renamed
                    .replace(
                        &format!("[environments.{environment}]"),
                        &format!("[environments.{new}]"),
                    )
                    .replace(
                        &format!("environment = \"{environment}\""),
                        &format!("environment = \"{new}\""),
                    );
                document = renamed.parse().map_err(|error| format!("{error}"))?;
            }
            Edit::ApiKey => {
                let key = format!("key{}", self.rng.u32(..));
                document["environments"][&environment]["api_key"] = value(key);
            }
            Edit::Follow => self.edit_follow(&mut document),
            Edit::Break(length) => {
                let broken = format!("pol_interval = 7\n{text}");
                std::fs::write(self.path(), broken).map_err(|error| error.to_string())?;
                self.schedule(NOTICED, Item::Reload);
                self.schedule(length, Item::RepairFile(text));
                return Ok(());
            }
        }
        std::fs::write(self.path(), document.to_string()).map_err(|error| error.to_string())?;
        self.schedule(NOTICED, Item::Reload);
        Ok(())
    }

    /// Removes the tenant of a followed flow, adds it again, or changes whether
    /// there is a start.
    fn edit_follow(&mut self, document: &mut DocumentMut) {
        if self.plan.follows.is_empty() {
            return;
        }
        let number = self.rng.usize(..self.plan.follows.len());
        let name = format!("rollout {number}");
        let env_id = env_id(self.plan.follows[number].0);
        let environment = environment_of(document, &env_id);
        let start = self.clock.timestamp(self.clock.true_millis()).to_string();
        let (Some(follows), Some(environment)) = (tables(document, "follow"), environment) else {
            return;
        };
        let place = follows.iter().position(|follow| {
            let named = follow.get("name").and_then(TomlItem::as_str);
            named == Some(&name)
        });
        match place {
            Some(place) if self.rng.bool() => {
                follows.remove(place);
            }
            Some(place) => {
                if let Some(follow) = follows.get_mut(place)
                    && follow.remove("since").is_none()
                {
                    follow["since"] = value(start);
                }
            }
            None => {
                let mut follow = Table::new();
                follow["name"] = value(name);
                follow["environment"] = value(environment);
                follow["flow"] = value("followed");
                follow["tenants"] = value(Array::from_iter([format!("t{number}")]));
                follows.push(follow);
            }
        }
    }
}

fn environment_names(document: &DocumentMut) -> Vec<String> {
    let tables = document["environments"].as_table();
    let names = tables.into_iter().flat_map(|tables| tables.iter());
    names.map(|(name, _)| name.to_owned()).collect()
}

/// The name of an environment, from the service's id.
fn environment_of(document: &DocumentMut, env_id: &str) -> Option<String> {
    let names = environment_names(document).into_iter();
    let mut names =
        names.filter(|name| document["environments"][name]["env_id"].as_str() == Some(env_id));
    names.next()
}

/// The jobs or the followed flows of a config file.
fn tables<'a>(document: &'a mut DocumentMut, name: &str) -> Option<&'a mut ArrayOfTables> {
    document
        .entry(name)
        .or_insert_with(|| TomlItem::ArrayOfTables(ArrayOfTables::new()))
        .as_array_of_tables_mut()
}
