//! Reading a config file: from bytes to a checked [`Config`].

use std::fs;
use std::io;
use std::path::Path;

use super::check::Reader;
use super::overrides::Overrides;
use super::problem::did_you_mean;
use super::{Config, ConfigError, Environment, KeySource, Place, Problem};

/// The largest config file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Reads and checks a config file.
///
/// # Errors
/// When it is not there, cannot be read, or holds mistakes; all mistakes that
/// can be told apart are named at once.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let source = read_file(path)?;
    let mut config = parse(&source, path, overrides)?;
    warn_of_readable_key(path, &mut config);
    Ok(config)
}

/// Checks the text of a config file; `path` is for errors only.
///
/// # Errors
/// As [`load`].
pub fn parse(source: &str, path: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let file = toml::from_str(source).map_err(|error| ConfigError::Invalid {
        path: path.to_owned(),
        problems: vec![syntax_problem(source, &error)],
    })?;
    let mut reader = Reader {
        source,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    let config = reader.config(file, path, overrides);
    match config {
        Some(config) if reader.problems.is_empty() => Ok(config),
        _ => {
            reader.problems.sort_by_key(|problem| problem.place);
            Err(ConfigError::Invalid {
                path: path.to_owned(),
                problems: reader.problems,
            })
        }
    }
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    // The kind is asked first: opening a pipe would wait for ever.
    let about = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ConfigError::Missing {
            path: path.to_owned(),
        },
        _ => unreadable(format!("cannot be read: {error}")),
    })?;
    if !about.is_file() {
        return Err(unreadable("is not a file".to_owned()));
    }
    if about.len() > MAX_FILE_BYTES {
        return Err(unreadable(format!(
            "is larger than {} MiB",
            MAX_FILE_BYTES >> 20
        )));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let place = Place::of(&String::from_utf8_lossy(&error.as_bytes()[..good]), good);
        unreadable(format!(
            "is not UTF-8 (line {}); save it as UTF-8",
            place.line
        ))
    })
}

/// What the TOML library found. Its message may quote a value, and a value
/// may be a key, so quoted text is left out.
fn syntax_problem(source: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let mut message = String::new();
    for (at, part) in error
        .message()
        .lines()
        .next()
        .unwrap_or_default()
        .split('"')
        .enumerate()
    {
        message.push_str(if at % 2 == 0 { part } else { "\"…\"" });
    }
    if let Some(known) = message.strip_prefix("unknown field ") {
        let mut names = known.split('`').skip(1).step_by(2);
        let unknown = names.next().unwrap_or_default().to_owned();
        message = format!("unknown key '{unknown}'{}", did_you_mean(&unknown, names));
    } else if let Some(known) = message.strip_prefix("unknown variant ") {
        let names: Vec<_> = known.split('`').skip(1).step_by(2).collect();
        message = match names.split_first() {
            Some((unknown, known)) => format!(
                "unknown value '{unknown}'; it is one of: {}",
                known.join(", ")
            ),
            None => message,
        };
    } else if let Some(missing) = message.strip_prefix("missing field ") {
        message = format!("missing key '{}'", missing.trim_matches('`'));
    }
    Problem {
        place: Some(Place::of(source, span.start)),
        message,
    }
}

#[cfg(unix)]
fn warn_of_readable_key(path: &Path, config: &mut Config) {
    use std::os::unix::fs::PermissionsExt;
    let holds_key = |environment: &Environment| matches!(environment.key, KeySource::Literal(_));
    let mode = fs::metadata(path).map_or(0, |about| about.permissions().mode());
    if mode & 0o077 != 0 && config.environments.iter().any(holds_key) {
        config.warnings.push(format!(
            "{0} holds a key and others can read it; run: chmod 600 '{0}'",
            path.display()
        ));
    }
}

#[cfg(not(unix))]
fn warn_of_readable_key(_: &Path, _: &mut Config) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(source: &str) -> Result<Config, ConfigError> {
        parse(source, Path::new("hgtop.toml"), &Overrides::default())
    }

    fn error(source: &str) -> String {
        read(source).unwrap_err().to_string()
    }

    const ENVIRONMENT: &str = "[environments.dev]\nenv_id = \"dev.x.xyz\"\n";

    #[test]
    fn the_example_is_complete_and_right() {
        let config = read(super::super::TEMPLATE).unwrap();
        let defaults = super::super::Settings::default();
        assert_eq!(config.settings, defaults, "the example shows the defaults");
        assert_eq!(config.environments.len(), 1);
        let job = &config.jobs[0];
        assert_eq!(job.name.as_str(), "acme nightly");
        assert_eq!(job.address.tenant.as_str(), "acme");
        assert_eq!(job.address.flow.as_str(), "l8odS2mce");
        assert_eq!(job.poll_interval, Some(Duration::from_secs(2)));
        assert_eq!(config.views[0].filter, "tag:rollout-42");
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }

    #[test]
    fn the_commented_parts_of_the_example_are_right_too() {
        let mut commented = String::from("[environments.dev]\nenv_id = \"x\"\n");
        let mut inside = false;
        for line in super::super::TEMPLATE.lines() {
            let text = line.strip_prefix("# ").unwrap_or_default();
            inside = (inside && text.contains(" = ")) || text.starts_with("[[");
            if inside {
                commented.push_str(text);
                commented.push('\n');
            }
        }
        let config = read(&commented).unwrap();
        assert_eq!(config.jobs.len(), 1);
        assert_eq!(config.follows.len(), 1);
    }

    #[test]
    fn mistakes_are_placed_and_the_nearest_name_is_offered() {
        insta::assert_snapshot!(error("poll_intervall = \"5s\""),
            @"hgtop.toml:1:1: unknown key 'poll_intervall'; did you mean 'poll_interval'?");
        insta::assert_snapshot!(error("\npoll_interval = 5"),
            @"hgtop.toml:2:17: invalid type: integer `5`, expected a duration in quotes, like `5s`");
        insta::assert_snapshot!(error("poll_interval = \"0s\""),
            @"hgtop.toml:1:17: poll_interval must be from `1s` to `10m`");
        insta::assert_snapshot!(error("theme = \"drak\""),
            @"hgtop.toml:1:9: unknown value 'drak'; it is one of: auto, dark, light, high-contrast, mono");
        insta::assert_snapshot!(error("max_requests_per_second = 0"),
            @"hgtop.toml:1:27: max_requests_per_second must be from 1 to 1000");
        insta::assert_snapshot!(error("[environments.dev]\nbase_url = \"https://h\""),
            @"hgtop.toml:1:1: missing key 'env_id'");
        insta::assert_snapshot!(error("[[jobs]]\njob_root = \"a/flows/f/jobs/j\""),
            @"hgtop.toml:1:1: no environment is configured: add an [environments.NAME] with its env_id");
        let several = format!(
            "{ENVIRONMENT}[[jobs]]\nenvironment = \"dve\"\njob_root = \"a/flows/f/jobs/j\"\n\
             [[jobs]]\njob_root = \"odd/root\"\n[[jobs]]\njob_root = \"a/../b\"\n"
        );
        insta::assert_snapshot!(error(&several), @r"
        hgtop.toml:4:15: no environment 'dve'; did you mean 'dev'?
        hgtop.toml:7:12: job_root is not of the form TENANT/flows/FLOW/jobs/…, so the job needs tenant and flow as well
        hgtop.toml:9:12: job_root cannot be '.' or '..', nor hold them between slashes
        ");
    }

    #[test]
    fn no_error_repeats_a_key() {
        for source in [
            "[environments.dev]\nenv_id = \"x\"\napi_key = SECRET",
            "[environments.dev]\nenv_id = \"x\"\napi_key = \"SECRET",
            "[environments.dev]\nenv_id = \"x\"\napi_key = \"SECRET key\"",
            "[environments.dev]\nenv_id = \"x\"\napi_key_env = \"SECRET-\"",
            "[environments.dev]\nenv_id = \"x\"\napi_key_command = \"SECRET\"",
            "[environments.dev]\nenv_id = \"x\"\napi_key = [\"SECRET\"]",
            "max_requests_per_second = \"SECRET\"",
        ] {
            let error = read(source).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
        }
        let config = read("[environments.dev]\nenv_id = \"x\"\napi_key = \"SECRET\"").unwrap();
        assert!(!format!("{config:?}").contains("SECRET"));
    }

    #[test]
    fn a_job_listed_twice_is_watched_once() {
        let job = "[[jobs]]\njob_root = \"a/flows/f/jobs/j\"\n";
        let config = read(&format!("{ENVIRONMENT}{job}{job}")).unwrap();
        assert_eq!(config.jobs.len(), 1);
        assert_eq!(config.warnings, ["listed twice, watched once: 'j'"]);
    }

    #[test]
    fn the_command_line_overrides() {
        let overrides = Overrides {
            env: None,
            base_url: Some("http://127.0.0.1:9".to_owned()),
            env_id: Some("other".to_owned()),
        };
        let config = parse(ENVIRONMENT, Path::new("x"), &overrides).unwrap();
        assert_eq!(config.environments[0].env_id.as_str(), "other");
        assert_eq!(
            config.environments[0].base_url.to_string(),
            "http://127.0.0.1:9"
        );
        let config = parse("", Path::new("x"), &overrides).unwrap();
        assert_eq!(config.environments[0].name.as_str(), "other");
        let unknown = Overrides {
            env: Some("prod".to_owned()),
            ..Overrides::default()
        };
        assert!(parse(ENVIRONMENT, Path::new("x"), &unknown).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_file_panics(source in "[a-z_\\[\\]=\"' \\n0-9.#{},\\PC]{0,200}") {
            let _ = read(&source);
        }
    }
}
