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
mod areas;
mod attention;
mod changes;
mod clock;
mod columns;
mod detail;
mod discover;
mod edit_form;
mod events;
mod families;
mod filter;
mod follows;
mod groups;
mod jobs;
mod keymap;
mod matrix;
mod message;
mod model;
mod mouse;
mod order;
mod outlook;
mod overlay;
mod past;
mod reload;
mod row;
mod search;
mod setup_form;
mod snapshot;
mod tally;
mod update;

pub use action::{Action, Group};
pub use add_form::{AddField, AddForm, Understood};
pub use areas::{Areas, MIN_HEIGHT, MIN_WIDTH};
pub use attention::{Attention, Hook};
pub use changes::Changes;
pub use clock::{changes_picture, next_change};
pub use columns::{Column, Columns, Placed, ProgressWidth};
pub use detail::{Detail, Line, Piece, Tab, Tone};
pub use discover::{Discover, Fetched, Level, ListRequest, Listed};
pub use edit_form::EditForm;
pub use events::{Event, EventLog};
pub use families::{Family, FamilyList};
pub use filter::Filter;
pub use follows::Followed;
pub use groups::{Group as RowGroup, GroupBy};
pub use jobs::{Jobs, TableLine};
pub use keymap::{BindingError, KeyMap};
pub use matrix::MatrixLayout;
pub use message::{Effect, Message};
pub use model::{Appearance, Display, EnvironmentInfo, Freeze, Model, Notice, Origin, Setup};
pub use order::Sort;
pub use outlook::{Left, Outlook, Pace};
pub use overlay::{ActionList, Overlay};
pub use past::Past;
pub use row::{CHANGED_FOR, Row};
pub use search::Search;
pub use setup_form::{KeyPlace, SetupField, SetupForm};
pub use snapshot::SnapshotChoice;
pub use tally::{Show, Tally};
pub use update::update;
