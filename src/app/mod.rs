//! The dashboard without its looks: the [`Model`], the messages that change
//! it, and the effects that it asks for.
//!
//! [`update()`] is pure: it has no I/O and no clock. The time comes with each
//! message, so a recorded list of messages reproduces any screen. Drawing is
//! in `ui`; effects are performed by `runtime`.
//!
//! Imports point one way. At the bottom are the parts of the state, which do
//! not know the model: `environments`, `settings`, `jobs` (store, table and
//! selection), `input` (actions and key map), `insights` (event log and earlier
//! runs), `config_edit` (changes and followed flows), `alerts`, `detail` (the
//! detail pane) and `overlay` (forms and menus). The `model` is made of them,
//! and `update` is the only place that changes it.

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
