//! References to jobs, read from whatever users have at hand: job roots, URLs,
//! responses, curl commands, tables, and the output of hgtop itself.
//!
//! One invalid line never affects the others. An API key in pasted text is
//! never part of a result.

mod curl;
mod error;
mod json;
mod line;
mod mask;
mod reader;
mod table;
mod types;
mod url;

#[cfg(test)]
mod tests;

pub use error::ReferenceError;
pub use mask::mask_api_keys;
pub use reader::read_references;
pub(crate) use types::{ReadReference, Reference};
