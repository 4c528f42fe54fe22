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
mod command_runs;
mod config_edit;
mod detail;
mod environments;
mod filter_input;
mod gates;
mod input;
mod insights;
mod jobs;
mod layout;
mod matrix_layout;
mod message;
mod message_strip;
mod model;
mod overlay;
mod record;
mod redraw;
mod report_request;
mod rollouts;
mod settings;
mod update;
mod useful_actions;

pub use command_runs::CommandEvent;
pub(crate) use command_runs::{CommandFailure, CommandRun};
pub use config_edit::Changes;
pub use detail::{Line, Tab};
pub(crate) use detail::{Severity, wrap};
pub(crate) use environments::{ApiKeyState, EnvironmentEntry};
pub(crate) use filter_input::FilterInput;
pub use input::{Action, KeyMap, Section};
pub(crate) use input::{LineInput, OverlayKind, Step};
pub use insights::Event;
pub(crate) use insights::StageSummary;
pub(crate) use jobs::BurnUp;
pub use jobs::{
    Column, Columns, Filter, FilterClock, FilterError, GroupBy, Jobs, Row, Sort, StateCounts,
    Typing, View,
};
pub(crate) use jobs::{PlacedColumn, ProgressWidth, RowGroup, Show, TableLine};
pub(crate) use layout::{MIN_HEIGHT, MIN_WIDTH};
pub(crate) use matrix_layout::{MatrixCell, MatrixRow};
pub use message::{ClickTarget, ComparisonTask, Effect, Message, Processes};
pub(crate) use message::{Hook, Pane};
pub use message_strip::MessageStrip;
pub use model::{ConfigSource, Freeze, Model, ModelConfig};
pub(crate) use overlay::on_part;
pub(crate) use overlay::{
    AddField, AddForm, ColumnsMenu, CommandPane, ConfirmCommand, Discover, EditForm, EventsOverlay,
    FailureGroupList, KeyPlace, Level, LineCounts, LineStatus, ListEntry, ListRequest, Listing,
    Overlay, Palette, ParsedLine, Pulse, References, RemovePrompt, ReportForm, SetupField,
    SetupForm, SnapshotChoice, SnapshotMenu, SortMenu,
};
pub use overlay::{ComparedRollout, ComparisonOverlay, Listed};
pub(crate) use overlay::{Help, HelpLine};
pub use record::TimeTravel;
pub(crate) use redraw::changes_screen;
pub use redraw::next_change;
pub use report_request::ReportRequest;
pub(crate) use report_request::{ReportedJob, ReportedState};
pub(crate) use settings::Appearance;
pub use settings::Display;
pub use update::{start, update};
