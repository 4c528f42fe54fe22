//! A drawn screen as text: its characters, and below them its styles.
//!
//! The styles are a second picture of the same size, with a letter in place of
//! each character and a legend of the letters. The style of most cells is blank.
//! What cannot be seen, such as the color of a space, is left out.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use hgtop::app::Model;
use hgtop::ui::{self, ScreenMap};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// The sizes at which every scene is recorded.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];
/// The one size at which styles are recorded too.
const STYLED: (u16, u16) = (120, 36);
/// Modifiers that show on a space.
const VISIBLE_ON_SPACES: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT);

/// Compares a scene with its recording at every size.
pub fn assert_scene(name: &str, scene: impl Fn((u16, u16)) -> Model) {
    for size in SIZES {
        let screen = Screen::of(&scene(size));
        let recording = if size == STYLED {
            screen.styled_text()
        } else {
            screen.text()
        };
        assert_recording(&format!("{name}_{}x{}", size.0, size.1), &recording);
    }
}

/// Compares one screen with its recording, styles included.
pub fn assert_styled(name: &str, model: &Model) {
    assert_recording(name, &Screen::of(model).styled_text());
}

/// Compares one screen with its recording, characters only.
pub fn assert_plain(name: &str, model: &Model) {
    assert_recording(name, &Screen::of(model).text());
}

fn assert_recording(name: &str, recording: &str) {
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, recording);
    });
}

/// A drawn screen.
pub struct Screen {
    buffer: Buffer,
    pub map: ScreenMap,
}

impl Screen {
    pub fn of(model: &Model) -> Self {
        let backend = TestBackend::new(model.size.width, model.size.height);
        let mut terminal = Terminal::new(backend).unwrap();
        let mut map = ScreenMap::default();
        terminal.draw(|frame| map = ui::view(model, frame)).unwrap();
        Self {
            buffer: terminal.backend().buffer().clone(),
            map,
        }
    }

    /// The characters, line by line, without spaces at line ends.
    pub fn text(&self) -> String {
        self.lines(|cell| cell.symbol().to_owned())
    }

    /// The cells of one line that a character starts in.
    pub fn line(&self, y: u16) -> Vec<&Cell> {
        let mut hidden = 0;
        let cells = self
            .buffer
            .area
            .columns()
            .map(|column| &self.buffer[(column.x, y)]);
        cells
            .filter(|cell| {
                let shown = hidden == 0;
                hidden = if shown {
                    cell.symbol().width().saturating_sub(1)
                } else {
                    hidden - 1
                };
                shown
            })
            .collect()
    }

    pub fn cells(&self) -> &[Cell] {
        &self.buffer.content
    }

    pub fn symbol(&self, x: u16, y: u16) -> &str {
        self.buffer[(x, y)].symbol()
    }

    /// The column at which `text` occurs first in a line.
    pub fn column(&self, y: u16, text: &str) -> Option<u16> {
        let cells = self.line(y);
        let mut x = 0;
        for start in 0..cells.len() {
            let symbols = cells[start..].iter().flat_map(|cell| cell.symbol().chars());
            if symbols.take(text.chars().count()).eq(text.chars()) {
                return Some(x);
            }
            x += u16::try_from(cells[start].symbol().width()).unwrap();
        }
        None
    }

    /// The column and line of the first occurrence of `text`.
    pub fn position(&self, text: &str) -> (u16, u16) {
        let mut lines = self.buffer.area.rows();
        let found = lines.find_map(|row| Some((self.column(row.y, text)?, row.y)));
        found.unwrap_or_else(|| panic!("no {text:?} in:\n{}", self.text()))
    }

    /// The characters, then the styles with their legend.
    pub fn styled_text(&self) -> String {
        let ground = self.most_common_style();
        let mut legend: BTreeMap<char, CellStyle> = BTreeMap::new();
        let styles = self.lines(|cell| {
            let style = CellStyle::of(cell, ground);
            let letter = if style == ground {
                ' '
            } else {
                letter(&mut legend, style)
            };
            letter.to_string().repeat(cell.symbol().width().max(1))
        });
        let mut legend_lines = String::new();
        for (letter, style) in legend {
            writeln!(legend_lines, "{letter} {style}").unwrap();
        }
        let blank = if ground == CellStyle::default() {
            String::new()
        } else {
            format!("blank {ground}\n")
        };
        format!(
            "{}--- styles ---\n{}\n{blank}{legend_lines}",
            self.text(),
            styles.trim_end()
        )
    }

    fn lines(&self, mut letter: impl FnMut(&Cell) -> String) -> String {
        let mut lines = String::new();
        for row in self.buffer.area.rows() {
            let line: String = self.line(row.y).into_iter().map(&mut letter).collect();
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        lines
    }

    fn most_common_style(&self) -> CellStyle {
        let mut counts: HashMap<CellStyle, usize> = HashMap::new();
        for cell in &self.buffer.content {
            *counts.entry(CellStyle::exactly(cell)).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(style, _)| style).unwrap_or_default()
    }
}

/// The letter of a style. It follows from the style itself, so that a style has
/// the same letter in nearly every recording and a new one changes no other.
fn letter(legend: &mut BTreeMap<char, CellStyle>, style: CellStyle) -> char {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let hash = style.to_string().bytes().fold(5_381_usize, |hash, byte| {
        hash.wrapping_mul(33) ^ usize::from(byte)
    });
    let mut candidates =
        (0..LETTERS.len()).map(|step| char::from(LETTERS[(hash + step) % LETTERS.len()]));
    let free = candidates.find(|letter| legend.get(letter).is_none_or(|known| *known == style));
    let letter = free.expect("fewer styles than letters");
    legend.insert(letter, style);
    letter
}

/// What a cell looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct CellStyle {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl CellStyle {
    fn exactly(cell: &Cell) -> Self {
        Self {
            fg: cell.fg,
            bg: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// What can be seen of the cell's style; `ground` fills in the rest.
    fn of(cell: &Cell, ground: Self) -> Self {
        let exact = Self::exactly(cell);
        if cell.symbol() != " " || exact.modifier.contains(Modifier::REVERSED) {
            return exact;
        }
        let shown = exact.modifier.intersection(VISIBLE_ON_SPACES);
        let hidden = ground.modifier.difference(VISIBLE_ON_SPACES);
        Self {
            fg: ground.fg,
            bg: exact.bg,
            modifier: shown.union(hidden),
        }
    }
}

impl std::fmt::Display for CellStyle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        if self.fg != Color::Reset {
            parts.push(self.fg.to_string());
        }
        if self.bg != Color::Reset {
            parts.push(format!("on {}", self.bg));
        }
        let modifiers = self.modifier.iter_names();
        parts.extend(modifiers.map(|(name, _)| name.to_lowercase()));
        if parts.is_empty() {
            parts.push("plain".to_owned());
        }
        f.write_str(&parts.join(" "))
    }
}
