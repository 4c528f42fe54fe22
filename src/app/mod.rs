//! What the dashboard is, apart from how it looks: the [`Model`], the
//! messages that change it, and the effects it asks for.
//!
//! [`update()`] is pure: it does no input or output and asks no clock; the time
//! comes in with each message. A recorded list of messages makes the same
//! screen again. How the model is drawn is another module's affair; where
//! things stand on the screen is decided here, since clicks and scrolling
//! depend on it.

mod action;
mod add_form;
mod alerts;
mod changes;
mod clock;
mod columns;
mod counts;
mod detail;
mod discover;
mod edit_form;
mod events;
mod failure_groups;
mod filter;
mod follows;
mod forecast;
mod groups;
mod jobs;
mod keymap;
mod layout;
mod matrix;
mod message;
mod model;
mod mouse;
mod order;
mod overlay;
mod reload;
mod row;
mod run_history;
mod search;
mod setup_form;
mod snapshot;
mod update;

pub use action::{Action, Group};
pub use add_form::{AddField, AddForm, ParsedLine};
pub use alerts::{Alerts, Hook};
pub use changes::Changes;
pub use clock::{changes_screen, next_change};
pub use columns::{Column, Columns, Placed, ProgressWidth};
pub use counts::{Show, StateCounts};
pub use detail::{Detail, Line, Severity, StyledSpan, Tab};
pub use discover::{Discover, Fetched, Level, ListRequest, Listed};
pub use edit_form::EditForm;
pub use events::{Event, EventLog};
pub use failure_groups::{FailureGroup, FailureGroupList};
pub use filter::Filter;
pub use follows::Followed;
pub use forecast::{Anomaly, Eta, Forecast};
pub use groups::{Group as RowGroup, GroupBy};
pub use jobs::{Jobs, TableLine};
pub use keymap::{BindingError, KeyMap};
pub use layout::{Layout, MIN_HEIGHT, MIN_WIDTH};
pub use matrix::MatrixLayout;
pub use message::{Effect, Message};
pub use model::{
    Appearance, ConfigSource, Display, EnvironmentInfo, Freeze, Model, ModelConfig, Notice,
};
pub use order::Sort;
pub use overlay::{ActionList, Overlay};
pub use row::{CHANGED_FOR, Row};
pub use run_history::RunHistory;
pub use search::Search;
pub use setup_form::{KeyPlace, SetupField, SetupForm};
pub use snapshot::SnapshotChoice;
pub use update::update;
