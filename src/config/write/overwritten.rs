//! Programs that know nothing of the lock, such as `sed -i`: they read the file,
//! and write it a moment later. A change that was saved in between is in neither,
//! which is noticed by looking at the file for a moment after each save.

use std::path::Path;
use std::time::Duration;

use toml_edit::{DocumentMut, Item};

use super::change::{Change, List};
use super::edit::apply;
use crate::config::files::FileSystem;
use crate::config::replace::read;

/// The time between two looks at the file.
const STEP: Duration = Duration::from_millis(5);
/// How often it is looked at. A user, or another hgtop that read the change,
/// never undoes it that soon.
const STEPS: usize = 10;

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    /// The text that was read.
    pub(super) before: String,
    /// The text with the change.
    pub(super) after: String,
}

/// Whether another program overwrote a change that was just written with what
/// it had read before. Looks at the file for a moment, or until canceled.
pub(super) fn is_overwritten<F: FileSystem>(
    files: &F,
    path: &Path,
    written: &Written,
    change: &Change,
    is_canceled: &dyn Fn() -> bool,
) -> bool {
    let mut version = None;
    for _ in 0..STEPS {
        if is_canceled() {
            return false;
        }
        // Where it is missing or broken, the other program is still writing it.
        let now = files.version(path).ok();
        if now.is_some() && now != version {
            version = now;
            let text = read(files, path).ok();
            let text = text.and_then(|(bytes, _)| String::from_utf8(bytes).ok());
            if text.is_some_and(|text| text != written.after && lacks(&text, written, change)) {
                return true;
            }
        }
        files.wait(STEP);
    }
    false
}

/// Whether a text that another program wrote lacks a change.
fn lacks(text: &str, written: &Written, change: &Change) -> bool {
    match change {
        Change::Add(_)
        | Change::Remove(_)
        | Change::Edit(..)
        | Change::SetStart(..)
        | Change::SetView(_) => apply(text, change).is_ok_and(|(applied, _)| applied != text),
        // Applied to a text that has them, they would change it once more.
        Change::Follow(_) | Change::Unfollow(_) | Change::Restore(_) | Change::RemoveView(_) => {
            let now = lengths(text);
            now.is_some() && now == lengths(&written.before) && now != lengths(&written.after)
        }
    }
}

/// The numbers of jobs, followed flows and views in a text.
fn lengths(text: &str) -> Option<[usize; 3]> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document: DocumentMut = body.parse().ok()?;
    let length = |list: List| match document.get(list.key()) {
        Some(Item::ArrayOfTables(tables)) => tables.len(),
        Some(item) => item.as_array().map_or(0, toml_edit::Array::len),
        None => 0,
    };
    Some([List::Jobs, List::Follow, List::Views].map(length))
}
