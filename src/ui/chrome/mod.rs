//! The lines around the table: header, progress bar, rollout, banners, view tabs,
//! filter bar and footer.

pub(in crate::ui) mod banner;
pub(in crate::ui) mod filter_bar;
pub(in crate::ui) mod footer;
pub(in crate::ui) mod header;
pub(in crate::ui) mod message_strip;
pub(in crate::ui) mod progress_bar;
pub(in crate::ui) mod rollout_line;
pub(in crate::ui) mod scrubber;
pub(in crate::ui) mod view_tabs;
