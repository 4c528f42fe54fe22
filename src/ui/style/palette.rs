//! The colors of each theme.

use ratatui::style::Color;

use crate::config::Accent;
use crate::hotglue::State;

/// The colors of a theme.
#[derive(Debug)]
pub(in crate::ui) struct Palette {
    pub(in crate::ui) ground: Color,
    pub(in crate::ui) text: Color,
    pub(in crate::ui) dim: Color,
    pub(in crate::ui) accent: Color,
    pub(in crate::ui) border: Color,
    pub(in crate::ui) chosen: Color,
    pub(in crate::ui) warning: Color,
    /// Text in a cell that is filled with the color of a state.
    pub(in crate::ui) on_fill: Color,
    /// In the order of [`Accent::NAMES`].
    accents: [Color; Accent::NAMES.len()],
    /// In the order of [`State::ALL`]. They differ in lightness as well as in hue,
    /// for users who do not see one of the three primaries.
    pub(in crate::ui) states: [Color; State::ALL.len()],
}

const fn rgb(hex: u32) -> Color {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color::Rgb(red, green, blue)
}

/// A color 30 % of the way from `ground` to `color`; `None` for colors that
/// the terminal defines.
pub(in crate::ui) fn mixed(color: Color, ground: Color) -> Option<Color> {
    let (Color::Rgb(r, g, b), Color::Rgb(ground_r, ground_g, ground_b)) = (color, ground) else {
        return None;
    };
    let part = |of: u8, ground: u8| {
        let mixed = (3 * u16::from(of) + 7 * u16::from(ground)) / 10;
        u8::try_from(mixed).unwrap_or(of)
    };
    Some(Color::Rgb(
        part(r, ground_r),
        part(g, ground_g),
        part(b, ground_b),
    ))
}

pub(in crate::ui) const DARK: Palette = Palette {
    ground: rgb(0x0014_161c),
    text: rgb(0x00c8_ccd4),
    dim: rgb(0x009a_a3b4),
    accent: rgb(0x0070_c0e8),
    border: rgb(0x004b_5263),
    chosen: rgb(0x0028_2f41),
    warning: rgb(0x00e5_b567),
    on_fill: rgb(0x0014_161c),
    accents: [
        rgb(0x00fd_6654),
        rgb(0x00ff_aa1a),
        rgb(0x00f0_dc62),
        rgb(0x00a2_ecb0),
        rgb(0x005f_dfdf),
        rgb(0x006f_9efc),
        rgb(0x00e2_baf7),
    ],
    states: [
        rgb(0x00fd_6654),
        rgb(0x00ff_aa1a),
        rgb(0x00e2_baf7),
        rgb(0x006f_9efc),
        rgb(0x00a4_a6ad),
        rgb(0x00a2_ecb0),
    ],
};

pub(in crate::ui) const LIGHT: Palette = Palette {
    ground: rgb(0x00fb_fbf8),
    text: rgb(0x0024_292f),
    dim: rgb(0x005c_646d),
    accent: rgb(0x0005_5a8c),
    border: rgb(0x00b4_bac2),
    chosen: rgb(0x00dd_e6f3),
    warning: rgb(0x007c_5300),
    on_fill: rgb(0x00ff_ffff),
    accents: [
        rgb(0x00bc_2260),
        rgb(0x0095_4a00),
        rgb(0x0075_5d00),
        rgb(0x0020_500e),
        rgb(0x0000_6470),
        rgb(0x0006_57c7),
        rgb(0x008a_1096),
    ],
    states: [
        rgb(0x00bc_2260),
        rgb(0x008b_5b00),
        rgb(0x008a_1096),
        rgb(0x0006_57c7),
        rgb(0x0069_6185),
        rgb(0x0020_500e),
    ],
};

pub(in crate::ui) const HIGH_CONTRAST: Palette = Palette {
    ground: rgb(0x0000_0000),
    text: rgb(0x00ff_ffff),
    dim: rgb(0x00d0_d0d0),
    accent: rgb(0x0000_ffff),
    border: rgb(0x00ff_ffff),
    chosen: rgb(0x0000_3c78),
    warning: rgb(0x00ff_ff00),
    on_fill: rgb(0x0000_0000),
    accents: [
        rgb(0x00ff_8090),
        rgb(0x00f2_ba15),
        rgb(0x00ff_ff00),
        rgb(0x0080_fca0),
        rgb(0x0000_ffff),
        rgb(0x006e_b4fa),
        rgb(0x00e9_cefc),
    ],
    states: [
        rgb(0x00ff_8090),
        rgb(0x00f2_ba15),
        rgb(0x00e9_cefc),
        rgb(0x006e_b4fa),
        rgb(0x00ff_ffff),
        rgb(0x0080_fca0),
    ],
};

/// For terminals with sixteen colors.
pub(in crate::ui) const SIXTEEN: Palette = Palette {
    ground: Color::Reset,
    text: Color::Reset,
    dim: Color::Reset,
    accent: Color::Cyan,
    border: Color::DarkGray,
    chosen: Color::Reset,
    warning: Color::Yellow,
    on_fill: Color::Black,
    accents: [
        Color::Red,
        Color::LightRed,
        Color::Yellow,
        Color::Green,
        Color::Cyan,
        Color::Blue,
        Color::Magenta,
    ],
    states: [
        Color::Red,
        Color::Yellow,
        Color::Magenta,
        Color::Cyan,
        Color::Reset,
        Color::Green,
    ],
};

impl Palette {
    /// The color of an environment. On a terminal with few colors, one that is
    /// given by its channels is replaced by the nearest named one.
    pub(in crate::ui) fn accent(&self, accent: Accent) -> Color {
        match accent {
            Accent::Named(index) => self.accents.get(index).copied().unwrap_or(self.accent),
            Accent::Rgb(r, g, b) if self.chosen != Color::Reset => Color::Rgb(r, g, b),
            Accent::Rgb(r, g, b) => {
                let distance = |color: &Color| match color {
                    Color::Rgb(red, green, blue) => [(r, red), (g, green), (b, blue)]
                        .map(|(one, other)| u32::from(one.abs_diff(*other)).pow(2))
                        .iter()
                        .sum(),
                    _ => u32::MAX,
                };
                let named = DARK.accents.iter().zip(self.accents);
                let nearest = named.min_by_key(|(color, _)| distance(color));
                nearest.map_or(self.accent, |(_, color)| color)
            }
        }
    }
}

/// The color of text on a cell of this color: black or white, whichever has
/// more contrast.
pub(in crate::ui) fn on_top_of(color: Color) -> Color {
    let Color::Rgb(r, g, b) = color else {
        return Color::Black;
    };
    // The luminance of WCAG 2 with a gamma of 2.2; black and white have the same
    // contrast at 0.18.
    let linear = |part: u8| (f64::from(part) / 255.0).powf(2.2);
    let luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    if luminance > 0.18 {
        Color::Rgb(0, 0, 0)
    } else {
        Color::Rgb(255, 255, 255)
    }
}
