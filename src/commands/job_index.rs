//! The watched jobs by everything that names one, so that a lookup does not
//! search the list.

use std::collections::HashMap;

use crate::config::{Config, WatchedJob};
use crate::hotglue::{JobRoot, Text, read_references};

/// The watched jobs of a config, by name, id and root.
pub(super) struct JobIndex<'a> {
    jobs: &'a [WatchedJob],
    /// Indexes into the jobs, by name and by id.
    by_name: HashMap<&'a str, Vec<usize>>,
    /// Likewise, by root; one for each environment.
    by_root: HashMap<&'a str, Vec<usize>>,
}

impl<'a> JobIndex<'a> {
    /// Indexes the jobs of a config.
    pub(super) fn new(config: &'a Config) -> Self {
        let mut index = Self {
            jobs: &config.jobs,
            by_name: HashMap::new(),
            by_root: HashMap::new(),
        };
        for (place, job) in config.jobs.iter().enumerate() {
            let root = &job.address.job_root;
            index
                .by_name
                .entry(job.name.as_str())
                .or_default()
                .push(place);
            index.by_name.entry(root.job_id()).or_default().push(place);
            index.by_root.entry(root.as_str()).or_default().push(place);
        }
        index
    }

    /// The jobs of a name, an id or a reference, in the order of the config.
    pub(super) fn find(&self, name: &str) -> Vec<&'a WatchedJob> {
        let references = read_references(name).into_iter();
        let references: Vec<_> = references.filter_map(|read| read.result.ok()).collect();
        let roots = references
            .iter()
            .map(|reference| reference.job_root.as_str())
            .chain([name.trim().trim_matches('/')]);
        let by_root = roots.filter_map(|root| self.by_root.get(root));
        let found = self.by_name.get(name).into_iter().chain(by_root);
        let mut places: Vec<usize> = found.flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| &self.jobs[place]).collect()
    }

    /// The name of the job with a root in an environment.
    pub(super) fn name_of(&self, environment: usize, root: &JobRoot) -> Option<Text> {
        let mut places = self.by_root.get(root.as_str())?.iter();
        let place = places.find(|place| self.jobs[**place].environment == environment)?;
        Some(self.jobs[*place].name.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Overrides, parse};

    #[test]
    fn jobs_are_found_by_name_id_root_and_reference() {
        let text = "[environments.dev]\nenv_id = \"d\"\n[environments.prod]\nenv_id = \"p\"\n\
             [[jobs]]\nenvironment = \"dev\"\nname = \"same\"\njob_root = \"a/flows/f/jobs/1\"\n\
             [[jobs]]\nenvironment = \"prod\"\nname = \"same\"\njob_root = \"a/flows/f/jobs/1\"\n\
             [[jobs]]\nenvironment = \"prod\"\njob_root = \"a/flows/f/jobs/2\"\n";
        let config = parse(text, Path::new("x"), &Overrides::default()).unwrap();
        let index = JobIndex::new(&config);
        let found = |name: &str| -> Vec<usize> {
            let found = index.find(name).into_iter();
            found
                .map(|job| config.jobs.iter().position(|known| known == job).unwrap())
                .collect()
        };
        assert_eq!(found("same"), [0, 1]);
        assert_eq!(found("1"), [0, 1]);
        assert_eq!(found("/a/flows/f/jobs/2/"), [2]);
        let url = "https://h/p/f/a/jobs/status?job_root=a%2Fflows%2Ff%2Fjobs%2F2";
        assert_eq!(found(url), [2]);
        assert!(found("other").is_empty());
        let root = &config.jobs[0].address.job_root;
        assert_eq!(index.name_of(1, root).unwrap().as_str(), "same");
        assert_eq!(index.name_of(2, root), None);
    }
}
