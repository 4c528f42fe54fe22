//! Colours and weights: what a tone and a state look like.
//!
//! Calm by default, failures the loudest thing. The automatic theme keeps the
//! terminal's own background and text; the others paint theirs, so that each
//! is right in any terminal.

use ratatui::style::{Color, Modifier, Style};

use crate::app::{Appearance, Tone};
use crate::config::ThemeName;
use crate::hotglue::State;

/// Every style on the screen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme {
    /// What is everywhere where nothing else is.
    pub(super) ground: Style,
    pub(super) dim: Style,
    pub(super) heading: Style,
    pub(super) label: Style,
    /// The name of the program, a chosen tab, a key in the footer.
    pub(super) accent: Style,
    pub(super) border: Style,
    pub(super) warning: Style,
    /// Behind the row under the cursor, and a chosen line of a menu.
    pub(super) chosen: Style,
    /// What is looked for, where it was found.
    pub(super) found: Style,
    /// A line that nobody should overlook.
    pub(super) alarm: Style,
    /// A word in the header such as PAUSED.
    pub(super) flag: Style,
    states: [Style; State::ALL.len()],
}

/// The colours of a theme.
pub(super) struct Palette {
    pub(super) ground: Color,
    pub(super) text: Color,
    pub(super) dim: Color,
    pub(super) accent: Color,
    pub(super) border: Color,
    pub(super) chosen: Color,
    pub(super) warning: Color,
    /// In the order of [`State::ALL`].
    pub(super) states: [Color; State::ALL.len()],
}

const fn rgb(hex: u32) -> Color {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color::Rgb(red, green, blue)
}

pub(super) const DARK: Palette = Palette {
    ground: rgb(0x0014_161c),
    text: rgb(0x00c8_ccd4),
    dim: rgb(0x009a_a3b4),
    accent: rgb(0x0070_c0e8),
    border: rgb(0x004b_5263),
    chosen: rgb(0x0028_2f41),
    warning: rgb(0x00e5_b567),
    states: [
        rgb(0x00ff_6e76),
        rgb(0x00d8_9a62),
        rgb(0x00cf_9bf0),
        rgb(0x0066_b2f5),
        rgb(0x009a_a5b8),
        rgb(0x0083_c092),
    ],
};

pub(super) const LIGHT: Palette = Palette {
    ground: rgb(0x00fb_fbf8),
    text: rgb(0x0024_292f),
    dim: rgb(0x005c_646d),
    accent: rgb(0x0005_5a8c),
    border: rgb(0x00b4_bac2),
    chosen: rgb(0x00dd_e6f3),
    warning: rgb(0x007c_5300),
    states: [
        rgb(0x00b8_0f1f),
        rgb(0x008f_4e00),
        rgb(0x0078_2bb0),
        rgb(0x000b_57b8),
        rgb(0x0054_5d68),
        rgb(0x000f_6b3a),
    ],
};

pub(super) const HIGH_CONTRAST: Palette = Palette {
    ground: rgb(0x0000_0000),
    text: rgb(0x00ff_ffff),
    dim: rgb(0x00d0_d0d0),
    accent: rgb(0x0000_ffff),
    border: rgb(0x00ff_ffff),
    chosen: rgb(0x0000_3c78),
    warning: rgb(0x00ff_ff00),
    states: [
        rgb(0x00ff_8080),
        rgb(0x00ff_b000),
        rgb(0x00ff_a0ff),
        rgb(0x0070_d0ff),
        rgb(0x00ff_ffff),
        rgb(0x0060_ff60),
    ],
};

/// The sixteen colours, where a terminal has no more.
const SIXTEEN: Palette = Palette {
    ground: Color::Reset,
    text: Color::Reset,
    dim: Color::Reset,
    accent: Color::Cyan,
    border: Color::DarkGray,
    chosen: Color::Reset,
    warning: Color::Yellow,
    states: [
        Color::Red,
        Color::Yellow,
        Color::Magenta,
        Color::Cyan,
        Color::Reset,
        Color::Green,
    ],
};

impl Theme {
    pub(super) fn of(appearance: Appearance) -> Self {
        let light = appearance.light_background == Some(true);
        match appearance.theme {
            ThemeName::Mono => Self::mono(),
            _ if !appearance.true_colour => Self::painted(&SIXTEEN),
            ThemeName::Auto => Self::on_terminal(if light { &LIGHT } else { &DARK }),
            ThemeName::Dark => Self::painted(&DARK),
            ThemeName::Light => Self::painted(&LIGHT),
            ThemeName::HighContrast => Self::painted(&HIGH_CONTRAST),
        }
    }

    fn painted(palette: &Palette) -> Self {
        let plain = Style::new();
        let fg = |colour| plain.fg(colour);
        let bold = |colour| fg(colour).add_modifier(Modifier::BOLD);
        let few_colours = palette.chosen == Color::Reset;
        let chosen = if few_colours {
            plain.add_modifier(Modifier::REVERSED)
        } else {
            plain.bg(palette.chosen)
        };
        let dim = if few_colours {
            plain.add_modifier(Modifier::DIM)
        } else {
            fg(palette.dim)
        };
        let loud = |colour| bold(colour).add_modifier(Modifier::REVERSED);
        let mut states = palette.states.map(fg);
        states[State::Failed as usize] = bold(palette.states[State::Failed as usize]);
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
        }
    }

    /// The palette's accents on the terminal's own background and text.
    fn on_terminal(palette: &Palette) -> Self {
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
        states[State::Completed as usize] = dim;
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
        }
    }

    pub(super) fn state(&self, state: State) -> Style {
        self.states[state as usize]
    }

    pub(super) fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => Style::new(),
            Tone::Dim => self.dim,
            Tone::Heading => self.heading,
            Tone::Label => self.label,
            Tone::Bad => self.state(State::Failed),
            Tone::Warning => self.warning,
            Tone::State(state) => self.state(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast as WCAG 2 computes it.
    fn contrast(a: Color, b: Color) -> f64 {
        let luminance = |colour| {
            let Color::Rgb(r, g, b) = colour else {
                panic!("not RGB")
            };
            let linear = |part: u8| {
                let part = f64::from(part) / 255.0;
                if part <= 0.04045 {
                    part / 12.92
                } else {
                    ((part + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read() {
        for palette in [DARK, LIGHT, HIGH_CONTRAST] {
            for ground in [palette.ground, palette.chosen] {
                let texts = [palette.text, palette.dim, palette.accent, palette.warning];
                for text in texts.into_iter().chain(palette.states) {
                    let contrast = contrast(text, ground);
                    assert!(contrast >= 4.5, "{text:?} on {ground:?}: {contrast:.2}");
                }
            }
        }
    }
}
