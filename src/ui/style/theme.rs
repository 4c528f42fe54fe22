//! Colors and weights: what a state and a severity look like.
//!
//! Calm by default, failures the loudest thing. The automatic theme keeps the
//! terminal's own background and text; the others paint theirs, so that each
//! is right in any terminal.

use ratatui::style::{Color, Modifier, Style};

use crate::app::{Appearance, Severity};
use crate::config::{Accent, ThemeName};
use crate::hotglue::State;

use super::palette::{DARK, HIGH_CONTRAST, LIGHT, Palette, SIXTEEN, mixed, on_top_of};

/// Every style on the screen.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui) struct Theme {
    /// The style of every cell that has no other.
    pub(in crate::ui) ground: Style,
    pub(in crate::ui) dim: Style,
    pub(in crate::ui) heading: Style,
    pub(in crate::ui) label: Style,
    /// The name of the program, the open tab, a key in the footer.
    pub(in crate::ui) accent: Style,
    pub(in crate::ui) border: Style,
    pub(in crate::ui) warning: Style,
    /// Behind the row under the cursor, and a chosen line of a menu.
    pub(in crate::ui) chosen: Style,
    /// Matches of a search.
    pub(in crate::ui) found: Style,
    /// A banner, or a flag in the header that must not be missed.
    pub(in crate::ui) alarm: Style,
    /// Another flag in the header, such as PAUSED.
    pub(in crate::ui) flag: Style,
    states: [Style; State::ALL.len()],
    /// Filled cells; `None` in a theme without colors.
    fills: Option<Fills>,
    /// `None` in a theme without colors.
    palette: Option<&'static Palette>,
}

/// The styles of filled cells, in the order of [`State::ALL`].
#[derive(Debug, Clone, Copy)]
struct Fills {
    bright: [Style; State::ALL.len()],
    faded: [Style; State::ALL.len()],
}

impl Theme {
    pub(in crate::ui) fn of(appearance: Appearance) -> Self {
        let light = appearance.light_background == Some(true);
        match appearance.theme {
            ThemeName::Mono => Self::mono(),
            _ if !appearance.true_color => Self::painted(&SIXTEEN),
            ThemeName::Auto => Self::on_terminal(if light { &LIGHT } else { &DARK }),
            ThemeName::Dark => Self::painted(&DARK),
            ThemeName::Light => Self::painted(&LIGHT),
            ThemeName::HighContrast => Self::painted(&HIGH_CONTRAST),
        }
    }

    fn painted(palette: &'static Palette) -> Self {
        let plain = Style::new();
        let fg = |color| plain.fg(color);
        let bold = |color| fg(color).add_modifier(Modifier::BOLD);
        let few_colors = palette.chosen == Color::Reset;
        let chosen = if few_colors {
            plain.add_modifier(Modifier::REVERSED)
        } else {
            plain.bg(palette.chosen)
        };
        let dim = if few_colors {
            plain.add_modifier(Modifier::DIM)
        } else {
            fg(palette.dim)
        };
        let loud = |color| bold(color).add_modifier(Modifier::REVERSED);
        let mut states = palette.states.map(fg);
        states[State::Failed as usize] = bold(palette.states[State::Failed as usize]);
        let fill = |color| Style::new().bg(color).fg(palette.on_fill);
        let faded = |color| match mixed(color, palette.ground) {
            Some(mixed) => Style::new().bg(mixed).fg(palette.text),
            None => fill(Color::DarkGray),
        };
        let fills = Fills {
            bright: palette.states.map(fill),
            faded: palette.states.map(faded),
        };
        Self {
            ground: fg(palette.text).bg(palette.ground),
            dim,
            heading: dim.add_modifier(Modifier::BOLD),
            label: dim,
            accent: bold(palette.accent),
            border: fg(palette.border),
            warning: fg(palette.warning),
            chosen,
            found: plain.add_modifier(Modifier::REVERSED),
            alarm: loud(palette.states[State::Failed as usize]),
            flag: loud(palette.warning),
            states,
            fills: Some(fills),
            palette: Some(palette),
        }
    }

    /// The palette on the terminal's own background and text color.
    fn on_terminal(palette: &'static Palette) -> Self {
        Self {
            ground: Style::reset(),
            ..Self::painted(palette)
        }
    }

    fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        let mut states = [plain; State::ALL.len()];
        states[State::Failed as usize] = bold;
        states[State::Cancelled as usize] = bold;
        states[State::Queued as usize] = dim;
        Self {
            ground: Style::reset(),
            dim,
            heading: bold,
            label: dim,
            accent: bold,
            border: dim,
            warning: bold,
            chosen: reversed,
            found: reversed,
            alarm: reversed.add_modifier(Modifier::BOLD),
            flag: reversed,
            states,
            fills: None,
            palette: None,
        }
    }

    pub(in crate::ui) fn state(&self, state: State) -> Style {
        self.states[state as usize]
    }

    /// The style of a cell that is filled with the color of a state; `None` in
    /// a theme without colors.
    pub(in crate::ui) fn fill(&self, state: State) -> Option<Style> {
        self.fills.map(|fills| fills.bright[state as usize])
    }

    /// The style of a cell that is filled with the color of a state, close to
    /// the background; `None` in a theme without colors.
    pub(in crate::ui) fn faded_fill(&self, state: State) -> Option<Style> {
        self.fills.map(|fills| fills.faded[state as usize])
    }

    /// The style of a cell that is filled with the color of a warning; `None` in
    /// a theme without colors.
    pub(in crate::ui) fn warning_fill(&self) -> Option<Style> {
        let palette = self.palette?;
        Some(Style::new().bg(palette.warning).fg(palette.on_fill))
    }

    /// Draws frames and rules in the color of an environment.
    pub(in crate::ui) fn with_frame(mut self, accent: Accent) -> Self {
        if let Some(palette) = self.palette {
            self.border = Style::new().fg(palette.accent(accent));
        }
        self
    }

    /// The style of the id of an environment with this color.
    pub(in crate::ui) fn badge(&self, accent: Accent) -> Style {
        match self.palette {
            Some(palette) => {
                let color = palette.accent(accent);
                let text = Style::new().bg(color).fg(on_top_of(color));
                text.add_modifier(Modifier::BOLD)
            }
            None => self.flag,
        }
    }

    /// Whether the chosen line is drawn in reverse, where dim text cannot be
    /// read.
    pub(in crate::ui) fn reverses_chosen(&self) -> bool {
        self.chosen.add_modifier.contains(Modifier::REVERSED)
    }

    pub(in crate::ui) fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Plain => Style::new(),
            Severity::Dim => self.dim,
            Severity::Heading => self.heading,
            Severity::Label => self.label,
            Severity::Bad => self.state(State::Failed),
            Severity::Warning => self.warning,
            Severity::State(state) => self.state(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The channels of a color in linear light.
    fn linear(color: Color) -> [f64; 3] {
        let Color::Rgb(r, g, b) = color else {
            panic!("not RGB")
        };
        [r, g, b].map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// The contrast ratio of WCAG 2.
    fn contrast(a: Color, b: Color) -> f64 {
        let luminance = |color| {
            let [r, g, b] = linear(color);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_has_a_contrast_of_at_least_4_5() {
        for palette in [DARK, LIGHT, HIGH_CONTRAST] {
            for ground in [palette.ground, palette.chosen] {
                let texts = [palette.text, palette.dim, palette.accent, palette.warning];
                let accents = (0..Accent::NAMES.len()).map(Accent::Named);
                let accents = accents.map(|accent| palette.accent(accent));
                for text in texts.into_iter().chain(palette.states).chain(accents) {
                    let contrast = contrast(text, ground);
                    assert!(contrast >= 4.5, "{text:?} on {ground:?}: {contrast:.2}");
                }
            }
            for fill in palette.states {
                let bright = contrast(palette.on_fill, fill);
                assert!(bright >= 4.5, "text on {fill:?}: {bright:.2}");
                let faded = mixed(fill, palette.ground).unwrap();
                let contrast = contrast(palette.text, faded);
                assert!(contrast >= 4.5, "text on {faded:?}: {contrast:.2}");
            }
        }
    }

    /// How each kind of color vision maps linear red, green and blue: without a
    /// deficiency, and without the long, the middle and the short wavelengths.
    /// Machado, Oliveira and Fernandes, "A Physiologically-based Model for
    /// Simulation of Color Vision Deficiency", 2009, severity 1.
    const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
        (
            "normal",
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        ),
        (
            "protan",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deutan",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
        (
            "tritan",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    /// The least distance of two colors that differ at a glance; about
    /// 0.02 is the smallest visible difference.
    const DIFFERENCE: f64 = 0.08;

    fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
        let squares = one.iter().zip(other).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    }

    /// A color in Oklab (Ottosson, 2020), where equal distances are equally
    /// visible differences.
    fn oklab(linear: [f64; 3]) -> [f64; 3] {
        let cones = times(
            [
                [0.412_221, 0.536_333, 0.051_446],
                [0.211_903, 0.680_700, 0.107_397],
                [0.088_302, 0.281_719, 0.629_979],
            ],
            linear,
        );
        times(
            [
                [0.210_454, 0.793_618, -0.004_072],
                [1.977_998, -2.428_592, 0.450_594],
                [0.025_904, 0.782_772, -0.808_676],
            ],
            cones.map(f64::cbrt),
        )
    }

    #[test]
    fn states_differ_from_plain_text() {
        for palette in [DARK, LIGHT] {
            let text = oklab(linear(palette.text));
            for (state, color) in State::ALL.into_iter().zip(palette.states) {
                let distance = distance(oklab(linear(color)), text);
                assert!(distance >= DIFFERENCE, "{state:?} {distance:.3}");
            }
        }
    }

    #[test]
    fn states_differ_for_every_kind_of_color_vision() {
        for palette in [DARK, LIGHT, HIGH_CONTRAST] {
            for (vision, matrix) in VISIONS {
                let seen = palette.states.map(|color| {
                    let light = times(matrix, linear(color));
                    oklab(light.map(|part| part.clamp(0.0, 1.0)))
                });
                for (at, one) in seen.iter().enumerate() {
                    for (other_at, other) in seen.iter().enumerate().skip(at + 1) {
                        let distance = distance(*one, *other);
                        let pair = (State::ALL[at], State::ALL[other_at]);
                        assert!(distance >= DIFFERENCE, "{vision}: {pair:?} {distance:.3}");
                    }
                }
            }
        }
    }
}
