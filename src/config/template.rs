//! The config file that `hgtop config init` writes.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// A config file that works as it is and explains every setting.
pub const TEMPLATE: &str = include_str!("../../config.example.toml");

/// Writes a new config file, which must not be there yet, readable by its owner
/// alone; folders on the way are made.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
