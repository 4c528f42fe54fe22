//! The files of hotglue's own command line tool: its API key in
//! `~/.hotglue/config.yaml`, and a project's environment in `.hotgluerc`. They
//! are only read, to fill in the form of a first run.
//!
//! Neither format is documented. A line `name: value` or `"name": "value"`, as
//! in YAML and JSON, is understood.

use std::fs;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// What the files hold. The key itself is not kept, only its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HotglueCli {
    /// The environment of the project in the current folder.
    pub(crate) env_id: Option<String>,
    /// The file that holds an API key.
    pub(crate) key_file: Option<PathBuf>,
}

impl HotglueCli {
    /// Searches the home folder and the current one.
    pub(crate) fn find() -> Self {
        let home = directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned());
        let current = std::env::current_dir().ok();
        Self::find_in(home.as_deref(), current.as_deref())
    }

    fn find_in(home: Option<&Path>, current: Option<&Path>) -> Self {
        let key_file = home.map(|home| home.join(".hotglue").join("config.yaml"));
        Self {
            env_id: [current, home]
                .into_iter()
                .flatten()
                .find_map(|folder| value_in(&folder.join(".hotgluerc"), "env")),
            key_file: key_file.filter(|file| value_in(file, "apikey").is_some()),
        }
    }

    /// A command line for `api_key_command` that prints the key from its file,
    /// so that the key is stored only once.
    pub(crate) fn key_command(&self) -> Option<Vec<String>> {
        let file = self.key_file.as_ref()?.to_str()?;
        let extract = r#"s/^ *"\{0,1\}apikey"\{0,1\} *: *["']\{0,1\}\([^"', ]*\).*/\1/p"#;
        Some(["sed", "-n", extract, file].map(str::to_owned).to_vec())
    }
}

fn value_in(file: &Path, name: &str) -> Option<String> {
    let metadata = fs::metadata(file).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return None;
    }
    hotglue_cli_value(&fs::read_to_string(file).ok()?, name)
}

/// Returns the value of a name in the text of such a file: of its first line
/// with that name, if it is not empty.
pub fn hotglue_cli_value(text: &str, name: &str) -> Option<String> {
    let quotes = ['"', '\'', ' ', '\t', ',', '{', '}'];
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim_matches(quotes) == name)
        .map(|(_, value)| value.trim_matches(quotes).to_owned())
        .filter(|value| !value.is_empty())
}

// The command that reads the API key is run by a shell.
#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn environment_and_key_file_are_found() {
        let home = tempfile::tempdir().unwrap();
        let project = home.path().join("project");
        fs::create_dir_all(home.path().join(".hotglue")).unwrap();
        fs::create_dir(&project).unwrap();
        let find = || HotglueCli::find_in(Some(home.path()), Some(&project));
        assert_eq!(find(), HotglueCli::default());

        let file = home.path().join(".hotglue/config.yaml");
        fs::write(&file, "other: 1\napikey: 'k-123'\n").unwrap();
        fs::write(
            project.join(".hotgluerc"),
            "{\n  \"env\": \"dev.x.xyz\",\n  \"flow\": \"f\"\n}\n",
        )
        .unwrap();
        let found = find();
        assert_eq!(found.env_id.as_deref(), Some("dev.x.xyz"));
        assert!(!format!("{found:?}").contains("k-123"));
        let command_line = found.key_command().unwrap();
        let printed = std::process::Command::new(&command_line[0])
            .args(&command_line[1..])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), "k-123\n");
    }
}
