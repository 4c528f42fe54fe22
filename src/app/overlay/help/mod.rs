//! The help: every action with its keys, what is useful here first, in as many
//! columns as fit.

mod columns;

use crossterm::event::{KeyCode, KeyEvent};

pub(crate) use columns::HelpLine;
use columns::in_columns;

use crate::app::input::{Action, OverlayKind, Section};
use crate::app::overlay::action_list::{ActionList, ListEntry};
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The least width of a column of the help in cells.
const MIN_COLUMN: u16 = 52;
/// The most columns.
const MAX_COLUMNS: usize = 3;
/// The cells of the frame, at both sides.
const FRAME_WIDTH: u16 = 4;
/// The lines of the frame, and those above and below it.
const FRAME_HEIGHT: u16 = 4;
/// The lines of the search text.
const SEARCH_HEIGHT: u16 = 2;

/// The most actions in the section of what is useful here.
const MAX_USEFUL: usize = 9;

/// What can be typed as a filter, with its meaning.
const FILTERS: [(&str, &str); 7] = [
    ("acme inv", "words in any column; letters may be left out"),
    ("status:failed", "also running, completed, slow, ETL, …"),
    ("tenant:a,b", "either; also flow: tag: env: tap: target:"),
    ("-tenant:acme", "not this one"),
    ("elapsed>10m", "also rows updated started finished; < = >="),
    ("finished>09:30", "since the last 09:30"),
    (
        "a or not (b c)",
        "combined; without or, all words must match",
    ),
];

/// The help as it is scrolled, narrowed by what is searched for.
#[derive(Debug, Clone)]
pub struct Help {
    /// The search text and the actions that match it.
    pub(crate) list: ActionList,
    /// Whether the search text is being typed.
    pub(crate) is_searching: bool,
    /// The index of the first line shown.
    first: usize,
}

/// The help as it is shown.
#[derive(Debug)]
pub(crate) struct HelpPage {
    /// The columns, first to last; each has all its lines.
    pub(crate) columns: Vec<Vec<HelpLine>>,
    /// The index of the first line shown.
    pub(crate) first: usize,
    /// The number of lines shown.
    pub(crate) room: usize,
}

impl HelpPage {
    /// The number of lines of the longest column.
    pub(crate) fn height(&self) -> usize {
        self.columns.iter().map(Vec::len).max().unwrap_or_default()
    }

    /// The index of the first line on the last page.
    fn last_first(&self) -> usize {
        self.height().saturating_sub(self.room)
    }
}

impl Help {
    /// The help before anything is searched for.
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            list: ActionList::new(context),
            is_searching: false,
            first: 0,
        }
    }

    /// Whether the search text is shown.
    pub(crate) fn has_search(&self) -> bool {
        self.is_searching || !self.list.input.is_empty()
    }

    /// The lines in columns, for a window of this size.
    pub(crate) fn page(&self, context: &Context) -> HelpPage {
        let width = context.size.width.saturating_sub(FRAME_WIDTH);
        let room = context.size.height.saturating_sub(FRAME_HEIGHT);
        let search = if self.has_search() { SEARCH_HEIGHT } else { 0 };
        let room = usize::from(room.saturating_sub(search));
        let columns = usize::from(width / MIN_COLUMN).clamp(1, MAX_COLUMNS);
        let columns = if self.list.input.is_empty() {
            in_columns(&sections(context), columns, room)
        } else {
            vec![self.found(context)]
        };
        let mut page = HelpPage {
            columns,
            first: self.first,
            room,
        };
        page.first = page.first.min(page.last_first());
        page
    }

    /// The actions and filters that match the search text.
    fn found(&self, context: &Context) -> Vec<HelpLine> {
        let text = self.list.input.value().trim().to_lowercase();
        let filters = FILTERS.into_iter().filter(|(filter, meaning)| {
            filter.contains(&text) || meaning.to_lowercase().contains(&text)
        });
        let actions = self.list.entries.iter().filter(|entry| match entry {
            ListEntry::Action(_) | ListEntry::Command(_) => true,
            // They have no keys.
            ListEntry::View(_) | ListEntry::Group(_) | ListEntry::SaveView => {
                entry.label(context).to_lowercase().contains(&text)
            }
        });
        let actions = actions.copied().map(HelpLine::Entry);
        actions
            .chain(filters.map(|(filter, meaning)| HelpLine::Filter(filter, meaning)))
            .collect()
    }

    fn search(&mut self, context: &Context, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => self.is_searching = false,
            KeyCode::Esc => *self = Self::new(context),
            KeyCode::Down | KeyCode::Up | KeyCode::PageDown | KeyCode::PageUp => {
                self.scroll(context, key);
            }
            _ => {
                self.list.on_key(context, key);
                self.first = 0;
            }
        }
    }

    fn scroll(&mut self, context: &Context, key: KeyEvent) {
        let page = self.page(context);
        self.first = menu::step(context, key, page.first, page.last_first() + 1);
    }
}

impl OverlayPart for Help {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        if self.is_searching {
            self.search(context, key);
        } else if context.keymap.action(key) == Some(Action::Filter) {
            self.is_searching = true;
        } else if key.code == KeyCode::Esc && self.has_search() {
            *self = Self::new(context);
        } else if menu::closes(context, key, OverlayKind::Help) {
            return Outcome::Close;
        } else {
            self.scroll(context, key);
        }
        Outcome::Stay
    }

    fn on_paste(&mut self, context: &Context, text: &str) -> Outcome {
        if self.is_searching {
            self.list.on_paste(context, text);
            self.first = 0;
        }
        Outcome::Stay
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        if self.is_searching {
            return vec![
                Hint::fixed("enter", "keep"),
                Hint::fixed("up down", "scroll"),
                Hint::fixed("esc", "clear"),
            ];
        }
        [
            Hint::bound(context, &[Action::Filter], "search"),
            menu::move_hint(context, "scroll"),
            Some(menu::close_hint(context)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The sections, what is useful here first.
fn sections(context: &Context) -> Vec<Vec<HelpLine>> {
    let useful = context.useful.hints.iter().map(|(action, _)| *action);
    // How to get help and how to quit is in the footer.
    let useful = useful.filter(|action| {
        let is_help = *action == Action::Open(OverlayKind::Help);
        !is_help && *action != Action::Quit
    });
    let useful = useful.take(MAX_USEFUL);
    let useful = useful.map(|action| HelpLine::Entry(ListEntry::Action(action)));
    let mut sections = vec![section(context.useful.title, useful)];
    if !context.commands.is_empty() {
        let commands = (0..context.commands.len()).map(ListEntry::Command);
        sections.push(section("Your commands", commands.map(HelpLine::Entry)));
    }
    sections.extend(Section::all().map(|part| {
        let actions = Action::all().filter(|action| action.section() == part);
        let actions = actions.map(|action| HelpLine::Entry(ListEntry::Action(action)));
        section(part.title(), actions)
    }));
    let filters = FILTERS.map(|(filter, meaning)| HelpLine::Filter(filter, meaning));
    sections.push(section("Filter", filters));
    sections
}

fn section(title: &'static str, lines: impl IntoIterator<Item = HelpLine>) -> Vec<HelpLine> {
    let heading = std::iter::once(HelpLine::Heading(title));
    heading.chain(lines).collect()
}
