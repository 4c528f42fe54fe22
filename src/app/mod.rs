//! What the dashboard is, apart from how it looks: the [`Model`], the
//! messages that change it, and the effects it requests.
//!
//! [`update()`] is pure: it does no I/O and has no clock; the time arrives with
//! each message, so that a recorded list of messages reproduces any screen.
//! Drawing lives in `ui`; effects are run by `runtime`.
//!
//! The rooms, lowest first: `input` (actions, key map), `jobs` (the table),
//! `detail` (the pane of one job), `insights` (what is concluded from jobs),
//! `config_edit` (changes to the config file), `overlay` (forms, menus), then
//! the model and `update`.

mod alerts;
mod clock;
mod config_edit;
mod detail;
mod environments;
mod input;
mod insights;
mod jobs;
mod layout;
mod message;
mod model;
mod overlay;
mod redraw;
mod settings;
mod update;

pub use alerts::Alerts;
pub use config_edit::{Changes, Followed, Follows};
pub use detail::{Detail, Line, Search, Severity, StyledSpan, Tab};
pub use environments::{ApiKeyState, EnvironmentEntry, Environments};
pub use input::{
    Action, Arrangement, BindingError, Copied, KeyMap, LineInput, Marking, Motion, OverlayKind,
    PaneAction, Polling, Section, Step,
};
pub use insights::{Event, EventLog, RunHistory};
pub use jobs::{
    CHANGED_FOR, Column, Columns, Filter, GroupBy, JobStore, JobTable, Jobs, Only, PlacedColumn,
    ProgressWidth, Row, RowGroup, Selection, Show, Sort, StateCounts, TableLine,
};
pub use layout::{MIN_HEIGHT, MIN_WIDTH, MatrixLayout, ScreenLayout};
pub use message::{ClickTarget, Effect, Hook, Message, Pane};
pub use model::{ConfigSource, Freeze, Model, ModelConfig, Notice};
pub(crate) use overlay::on_part;
pub use overlay::{
    ActionList, AddField, AddForm, ColumnsMenu, Context, Discover, EditForm, EventsOverlay,
    FailureGroupList, Help, Hint, KeyPlace, Level, LineCounts, LineStatus, ListRequest, Listed,
    Listing, Overlay, Palette, ParsedLine, References, RemovePrompt, SetupField, SetupForm,
    SnapshotChoice, SnapshotMenu, SortMenu,
};
pub use redraw::{changes_screen, next_change};
pub use settings::{Appearance, Display, EffectiveSettings};
pub use update::{start, update};
