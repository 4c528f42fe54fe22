//! Checking the watched jobs and followed flows against the environments.

use std::ops::Range;

use toml::Spanned;

use super::check::Reader;
use super::problem::did_you_mean;
use super::schema;
use super::{Environment, Follow, WatchedJob};
use crate::hotglue::{FlowId, JobAddress, JobRoot, TenantId, Text};

impl Reader<'_> {
    fn environment_of(
        &mut self,
        span: &Range<usize>,
        name: Option<&Spanned<String>>,
        environments: &[Environment],
    ) -> Option<usize> {
        let Some(name) = name else {
            return match environments.len() {
                1 => Some(0),
                0 => {
                    self.problem(
                        span,
                        "no environment is configured: add an [environments.NAME] with its env_id",
                    );
                    None
                }
                _ => {
                    self.problem(
                        span,
                        "several environments are configured: say which with environment = \"…\"",
                    );
                    None
                }
            };
        };
        let found = environments
            .iter()
            .position(|each| each.name.as_str() == name.get_ref());
        if found.is_none() {
            let known = environments.iter().map(|each| each.name.as_str());
            let hint = did_you_mean(name.get_ref(), known);
            self.problem(
                &name.span(),
                format!("no environment '{}'{hint}", name.get_ref()),
            );
        }
        found
    }

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
            self.problem(&root_span, format!(
                "job_root is not of the form TENANT/flows/FLOW/jobs/…, so the job needs {missing} as well"
            ));
        }
        let name = written.name.filter(|name| !name.trim().is_empty());
        let name = Text::cut(name.as_deref().unwrap_or(job_root.job_id()), 256);
        Some(WatchedJob {
            name: Text::new(&name.one_line()),
            environment: environment?,
            address: JobAddress {
                flow: flow?,
                tenant: tenant?,
                job_root,
            },
            poll_interval: written.poll_interval.map(|interval| interval.0),
            tags: written.tags.iter().map(|tag| Text::cut(tag, 64)).collect(),
        })
    }

    pub(super) fn drop_repeated(&mut self, jobs: &mut Vec<WatchedJob>) {
        let mut seen = std::collections::HashSet::new();
        let mut repeated = Vec::new();
        jobs.retain(|job| {
            let first = seen.insert((job.environment, job.address.job_root.clone()));
            if !first {
                repeated.push(job.name.to_string());
            }
            first
        });
        if let Some(name) = repeated.first() {
            let more = match repeated.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            self.warnings
                .push(format!("listed twice, watched once: '{name}'{more}"));
        }
    }

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
                self.problem(&tenants_span, "tenants is a list, or \"*\" for all");
                return None;
            }
            schema::Tenants::Named(names) => {
                let read: Vec<_> = names.iter().map(|name| TenantId::parse(name)).collect();
                let read: Result<Vec<_>, _> = read.into_iter().collect();
                Some(self.id(&tenants_span, read)?)
            }
        };
        let name = written.name.unwrap_or_else(|| flow.to_string());
        Some(Follow {
            name: Text::cut(&name, 256),
            environment,
            flow,
            tenants,
        })
    }
}
