//! The form that adds jobs: references that are typed or pasted, and for all
//! of them an environment, a name and tags.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use strum::{EnumIter, IntoEnumIterator};

use crate::app::detail::Severity;
use crate::app::input::LineInput;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::edit::parse_tags;
use crate::app::overlay::part::{Change, Hint, Outcome, OverlayPart};
use crate::app::overlay::references::References;
use crate::config::WatchedJob;
use crate::hotglue::Text;
use crate::watch::EnvironmentId;

const MAX_NAME_BYTES: usize = 256;

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub(crate) enum AddField {
    /// The references.
    References,
    /// The environment of references that name none.
    Environment,
    /// The name, if there is one job.
    Name,
    /// The tags of all jobs.
    Tags,
}

/// The form that adds jobs.
#[derive(Debug, Clone)]
pub struct AddForm {
    /// The references.
    pub(crate) references: References,
    /// The environment of references that name none.
    pub(crate) environment: Option<EnvironmentId>,
    /// The name of the only job.
    pub(crate) name: LineInput,
    /// The tags of all jobs, separated by spaces.
    pub(crate) tags: LineInput,
    /// The focused field.
    pub(crate) focus: AddField,
    /// Whether the next escape drops the form.
    pub(crate) confirms_close: bool,
}

impl AddForm {
    /// The form on pasted text, or empty.
    pub(in crate::app) fn new(context: &Context, pasted: Option<&str>) -> Self {
        let mut form = Self {
            references: References::default(),
            environment: None,
            name: LineInput::default(),
            tags: LineInput::default(),
            focus: AddField::References,
            confirms_close: false,
        };
        if let Some(text) = pasted {
            form.references.paste(context, None, text);
        }
        form
    }

    /// The jobs to add, with the name and the tags of the form.
    fn jobs(&self) -> Vec<WatchedJob<EnvironmentId>> {
        let mut jobs = self.references.ready();
        let tags = parse_tags(self.tags.value());
        for job in &mut jobs {
            job.tags.clone_from(&tags);
        }
        let name = self.name.value().trim();
        if let ([only], false) = (&mut jobs[..], name.is_empty()) {
            only.name = Text::cut(name, MAX_NAME_BYTES);
        }
        jobs
    }

    fn submit(&mut self, context: &Context) -> Outcome {
        if self.references.is_empty() {
            let text = "paste or type a job_root, URL, JSON response or curl command";
            return Outcome::Run(OverlayAction::Notify(Severity::Plain, text.to_owned()));
        }
        let jobs = self.jobs();
        let has_rest = self.references.keep_rest();
        if has_rest {
            self.name = LineInput::default();
            self.references.parse(context, self.environment);
        }
        match (jobs.is_empty(), has_rest) {
            (true, true) => Outcome::Stay,
            (true, false) => Outcome::CloseAndRun(OverlayAction::Notify(
                Severity::Plain,
                "all of these jobs are already watched".to_owned(),
            )),
            (false, true) => Outcome::Run(OverlayAction::AddJobs(jobs)),
            (false, false) => Outcome::CloseAndRun(OverlayAction::AddJobs(jobs)),
        }
    }

    fn choose_environment(&mut self, context: &Context, key: KeyEvent) {
        let forward = match key.code {
            KeyCode::Right | KeyCode::Char(' ') => true,
            KeyCode::Left => false,
            _ => return,
        };
        self.environment = context.environments.neighbor(self.environment, forward);
        self.references.parse(context, self.environment);
    }

    fn move_focus(&mut self, forward: bool) {
        let fields: Vec<_> = AddField::iter().collect();
        let index = fields.iter().position(|field| *field == self.focus);
        let by = if forward { 1 } else { fields.len() - 1 };
        self.focus = fields[(index.unwrap_or_default() + by) % fields.len()];
    }
}

impl OverlayPart for AddForm {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        let breaks_line = key.modifiers.contains(KeyModifiers::ALT);
        let confirms_close = std::mem::take(&mut self.confirms_close);
        match key.code {
            KeyCode::Esc if self.references.has_several_lines() && !confirms_close => {
                self.confirms_close = true;
            }
            KeyCode::Esc => return Outcome::Close,
            KeyCode::Enter if !breaks_line => return self.submit(context),
            KeyCode::Tab => self.move_focus(true),
            KeyCode::BackTab => self.move_focus(false),
            _ => match self.focus {
                AddField::References => self.references.on_key(context, self.environment, key),
                AddField::Environment => self.choose_environment(context, key),
                AddField::Name => drop(self.name.on_key(key)),
                AddField::Tags => drop(self.tags.on_key(key)),
            },
        }
        Outcome::Stay
    }

    fn on_paste(&mut self, context: &Context, text: &str) -> Outcome {
        match self.focus {
            AddField::Name => self.name.paste(text),
            AddField::Tags => self.tags.paste(text),
            AddField::References | AddField::Environment => {
                self.references.paste(context, self.environment, text);
            }
        }
        Outcome::Stay
    }

    fn on_change(&mut self, context: &Context, change: Change) {
        if change == Change::Statuses {
            return;
        }
        let is_configured = |id: &EnvironmentId| context.environments.get(*id).is_some();
        self.environment = self.environment.filter(is_configured);
        self.references.parse(context, self.environment);
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        let choose = Hint::fixed("left right", "choose");
        let add = Hint::fixed("enter", "add");
        let next = Hint::fixed("tab", "next field");
        let close = Hint::fixed("esc", "close");
        match self.focus {
            AddField::Environment => vec![choose, next, add, close],
            AddField::References => vec![add, next, Hint::fixed("alt-enter", "new line"), close],
            AddField::Name | AddField::Tags => vec![add, next, close],
        }
    }
}
