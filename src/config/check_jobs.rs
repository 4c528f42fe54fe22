//! Checking the watched jobs and followed flows against the environments.

use std::collections::HashSet;
use std::ops::Range;

use jiff::Timestamp;
use toml::Spanned;

use super::check::Checker;
use super::condition::Condition;
use super::contents::{Environment, Follow, WatchedJob};
use super::problem::did_you_mean;
use super::schema;
use super::since::moment;
use crate::hotglue::{FlowId, JobAddress, JobRoot, TenantId, Text};

/// The longest name of a job or follow, in bytes.
const MAX_NAME_BYTES: usize = 256;
/// The longest tag, in bytes.
const MAX_TAG_BYTES: usize = 64;

impl Checker<'_> {
    fn environment_of(
        &mut self,
        span: &Range<usize>,
        name: Option<&Spanned<String>>,
        environments: &[Environment],
    ) -> Option<usize> {
        let Some(name) = name else {
            let problem = match environments.len() {
                1 => return Some(0),
                0 => "no environment is configured; add [environments.NAME] with its env_id",
                _ => "several environments are configured; set environment = \"NAME\"",
            };
            self.problem(span, problem);
            return None;
        };
        let found = environments
            .iter()
            .position(|environment| environment.name.as_str() == name.get_ref());
        if found.is_none() {
            let known = environments
                .iter()
                .map(|environment| environment.name.as_str());
            let hint = did_you_mean(name.get_ref(), known);
            self.problem(
                &name.span(),
                format!("unknown environment \"{}\"{hint}", name.get_ref()),
            );
        }
        found
    }

    /// Checks a watched job.
    pub(super) fn job(
        &mut self,
        written: Spanned<schema::Job>,
        environments: &[Environment],
    ) -> Option<WatchedJob> {
        let span = written.span();
        let written = written.into_inner();
        let environment = self.environment_of(&span, written.environment.as_ref(), environments);
        let root_span = written.job_root.span();
        let job_root = self.id(&root_span, JobRoot::parse(written.job_root.get_ref()))?;
        let parts = job_root.parts();
        let mut missing = Vec::new();
        let tenant = match &written.tenant {
            Some(tenant) => self.id(&tenant.span(), TenantId::parse(tenant.get_ref())),
            None => parts
                .as_ref()
                .map(|parts| parts.tenant.clone())
                .or_else(|| {
                    missing.push("tenant");
                    None
                }),
        };
        let flow = match &written.flow {
            Some(flow) => self.id(&flow.span(), FlowId::parse(flow.get_ref())),
            None => parts.map(|parts| parts.flow).or_else(|| {
                missing.push("flow");
                None
            }),
        };
        if !missing.is_empty() {
            let missing = missing.join(" and ");
            self.problem(
                &root_span,
                format!("job_root is not of the form TENANT/flows/FLOW/jobs/…; set {missing} too"),
            );
        }
        let name = written.name.filter(|name| !name.trim().is_empty());
        let name = Text::cut(name.as_deref().unwrap_or(job_root.job_id()), MAX_NAME_BYTES);
        Some(WatchedJob {
            name: Text::new(&name.one_line()),
            environment: environment?,
            address: JobAddress {
                flow: flow?,
                tenant: tenant?,
                job_root,
            },
            poll_interval: written.poll_interval.map(|interval| interval.0),
            tags: written
                .tags
                .iter()
                .map(|tag| Text::cut(tag, MAX_TAG_BYTES))
                .collect(),
        })
    }

    /// Drops jobs that are listed again, with a warning.
    pub(super) fn drop_duplicates(&mut self, jobs: &mut Vec<WatchedJob>) {
        let mut seen = HashSet::new();
        let mut duplicates = Vec::new();
        jobs.retain(|job| {
            let is_first = seen.insert((job.environment, job.address.job_root.clone()));
            if !is_first {
                duplicates.push(job.name.to_string());
            }
            is_first
        });
        if let Some(name) = duplicates.first() {
            let message = match duplicates.len() {
                1 => format!("duplicate job, watched once: \"{name}\""),
                count => format!(
                    "duplicate jobs, each watched once: \"{name}\" and {} more",
                    count - 1
                ),
            };
            self.warnings.push(message);
        }
    }

    /// Checks a followed flow.
    pub(super) fn follow(
        &mut self,
        written: Spanned<schema::Follow>,
        environments: &[Environment],
    ) -> Option<Follow> {
        let span = written.span();
        let written = written.into_inner();
        let environment = self.environment_of(&span, written.environment.as_ref(), environments)?;
        let flow = self.id(&written.flow.span(), FlowId::parse(written.flow.get_ref()))?;
        let tenants_span = written.tenants.span();
        let tenants = match written.tenants.into_inner() {
            schema::Tenants::All(star) if star == "*" => None,
            schema::Tenants::All(_) => {
                self.problem(&tenants_span, "tenants must be a list of tenants or \"*\"");
                return None;
            }
            schema::Tenants::Named(names) => {
                let tenants: Result<Vec<_>, _> =
                    names.iter().map(|name| TenantId::parse(name)).collect();
                Some(self.id(&tenants_span, tenants)?)
            }
        };
        let since = match written.since {
            Some(since) => Some(self.since(&since)?),
            None => None,
        };
        let gate = match written.gate {
            Some(gate) => self.gate(&gate)?,
            None => Vec::new(),
        };
        let name = written.name.unwrap_or_else(|| flow.to_string());
        Some(Follow {
            name: Text::cut(&name, MAX_NAME_BYTES),
            environment,
            flow,
            tenants,
            since,
            gate,
        })
    }

    fn since(&mut self, written: &Spanned<schema::Since>) -> Option<Timestamp> {
        moment(written.get_ref())
            .map_err(|message| self.problem(&written.span(), message))
            .ok()
    }

    fn gate(&mut self, written: &Spanned<schema::Gate>) -> Option<Vec<Condition>> {
        let conditions = match written.get_ref() {
            schema::Gate::One(condition) => std::slice::from_ref(condition),
            schema::Gate::Several(conditions) => conditions,
        };
        let parsed: Result<Vec<Condition>, String> = conditions
            .iter()
            .map(|condition| {
                let error = |error| format!("gate: {error}, not \"{condition}\"");
                condition.parse().map_err(error)
            })
            .collect();
        parsed
            .map_err(|message| self.problem(&written.span(), message))
            .ok()
    }
}
