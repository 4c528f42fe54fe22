//! Creating a config file, and its JSON schema.

use std::fs;
use std::io;
use std::path::Path;

use super::files::{FileSystem, LocalFiles, dangling_link};
use super::replace::{beside, create_new, folder_of};

/// A config file that works as it is and explains every setting.
pub(crate) const TEMPLATE: &str = include_str!("../../config.example.toml");

/// The JSON schema of the config file.
pub(crate) const SCHEMA: &str = include_str!("../../docs/schema/config.json");

/// The name of the schema beside a config file, by which its first line refers
/// to it.
pub(crate) const SCHEMA_FILE: &str = "hgtop.schema.json";

/// Creates a config file, which must not exist, readable by its owner alone;
/// creates its folder and, for editors, its schema too.
///
/// # Errors
/// When the file exists or cannot be written.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))?;
    create_in(&LocalFiles, path, text)?;
    // hgtop itself does not need the schema.
    let _ = fs::write(path.with_file_name(SCHEMA_FILE), SCHEMA);
    Ok(())
}

pub(super) fn create_in<F: FileSystem>(files: &F, path: &Path, text: &str) -> io::Result<()> {
    if let Ok(target) = files.link_target(path)
        && files.resolve(path).is_err()
    {
        return Err(dangling_link(&target));
    }
    let temporary = beside(path, &format!("{:08x}.new", fastrand::u32(..)));
    create_new(files, path, &temporary, text.as_bytes())
}
