//! What the files of hotglue's own command line tool hold: its key in
//! `~/.hotglue/config.yaml`, and the environment of a project in `.hotgluerc`.
//! They are only read, to offer a first run what is there already.
//!
//! Neither format is documented; a line `name: value` or `"name": "value"`, as
//! YAML and JSON have it, is what is understood.

use std::fs;
use std::path::{Path, PathBuf};

/// No file of that tool is longer, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// What was found. The key itself is not kept, only where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HotglueCli {
    /// The environment of the project in the current folder.
    pub env_id: Option<String>,
    /// The file that holds a key.
    pub key_file: Option<PathBuf>,
}

impl HotglueCli {
    /// Looks for its files in the home folder and the current one.
    pub fn find() -> Self {
        let home = directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned());
        let here = std::env::current_dir().ok();
        Self::find_in(home.as_deref(), here.as_deref())
    }

    fn find_in(home: Option<&Path>, here: Option<&Path>) -> Self {
        let key_file = home.map(|home| home.join(".hotglue").join("config.yaml"));
        Self {
            env_id: [here, home]
                .into_iter()
                .flatten()
                .find_map(|folder| value_in(&folder.join(".hotgluerc"), "env")),
            key_file: key_file.filter(|file| value_in(file, "apikey").is_some()),
        }
    }

    /// A command that prints the key from where it stands, so that it needs no
    /// second place; its words as for `api_key_command`.
    pub fn key_command(&self) -> Option<Vec<String>> {
        let file = self.key_file.as_ref()?.to_str()?;
        let cut_out = r#"s/^ *"\{0,1\}apikey"\{0,1\} *: *["']\{0,1\}\([^"', ]*\).*/\1/p"#;
        Some(
            ["sed", "-n", cut_out, file]
                .into_iter()
                .map(str::to_owned)
                .collect(),
        )
    }
}

fn value_in(file: &Path, name: &str) -> Option<String> {
    let about = fs::metadata(file).ok()?;
    if !about.is_file() || about.len() > MAX_BYTES {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    let quotes = ['"', '\'', ' ', '\t', ',', '{', '}'];
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim_matches(quotes) == name)
        .map(|(_, value)| value.trim_matches(quotes).to_owned())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_run_is_offered_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        let here = home.path().join("project");
        fs::create_dir_all(home.path().join(".hotglue")).unwrap();
        fs::create_dir(&here).unwrap();
        let find = || HotglueCli::find_in(Some(home.path()), Some(&here));
        assert_eq!(find(), HotglueCli::default());

        let file = home.path().join(".hotglue/config.yaml");
        fs::write(&file, "other: 1\napikey: 'k-123'\n").unwrap();
        fs::write(
            here.join(".hotgluerc"),
            "{\n  \"env\": \"dev.x.xyz\",\n  \"flow\": \"f\"\n}\n",
        )
        .unwrap();
        let found = find();
        assert_eq!(found.env_id.as_deref(), Some("dev.x.xyz"));
        assert!(!format!("{found:?}").contains("k-123"));
        let words = found.key_command().unwrap();
        let printed = std::process::Command::new(&words[0])
            .args(&words[1..])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), "k-123\n");
    }
}
