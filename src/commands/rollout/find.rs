//! The followed flow that a command line names.

use super::super::CliError;
use crate::config::{Config, Follow, did_you_mean};

/// The followed flow with a name, else the one of a flow id.
///
/// # Errors
/// A usage error, when there is none or it is not clear which.
pub(super) fn find<'a>(config: &'a Config, name: &str) -> Result<&'a Follow, CliError> {
    let named = config.follows.iter().filter(|it| it.name.as_str() == name);
    let mut found: Vec<&Follow> = named.collect();
    if found.is_empty() {
        let of_flow = config.follows.iter().filter(|it| it.flow.as_str() == name);
        found = of_flow.collect();
    }
    match found[..] {
        [follow] => Ok(follow),
        [] => Err(CliError::Usage(unknown(config, name))),
        [first, .., last] => {
            let fix = if first.environment == last.environment {
                "give each a name in the config file"
            } else {
                "choose an environment with --env"
            };
            Err(CliError::Usage(format!(
                "several followed flows are named \"{name}\": {fix}"
            )))
        }
    }
}

fn unknown(config: &Config, name: &str) -> String {
    if config.follows.is_empty() {
        return format!(
            "no followed flow is named \"{name}\": none is in the config file; add one with \
             hgtop add --follow FLOW"
        );
    }
    let known = config.follows.iter();
    let known = known.flat_map(|follow| [follow.name.as_str(), follow.flow.as_str()]);
    let hint = did_you_mean(name, known);
    format!("no followed flow is named \"{name}\"{hint}")
}
