//! Draws the pictures of the README as SVG: the release binary in a terminal, on
//! the simulated rollout.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --example picture still > assets/dashboard.svg
//! cargo run --release --example picture rollout > assets/rollout.svg
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use vt100::{Cell, Color, Screen};

const ROWS: u16 = 30;
const COLUMNS: u16 = 124;
/// Width and height of a cell, in pixels.
const CELL: (usize, usize) = (8, 17);
const MARGIN: usize = 12;
const GROUND: &str = "#14161c";
const TEXT: &str = "#c8ccd4";
/// Time between two frames when they are taken.
const TAKEN: Duration = Duration::from_secs(1);
/// Seconds for which each is shown: half as long, so that a minute takes half a
/// minute.
const SHOWN: f64 = 0.5;

/// What is typed, and the number of frames taken afterwards.
type Step = (&'static str, usize);

const STILL: &[Step] = &[("", 42), ("\r", 1)];
const ROLLOUT: &[Step] = &[
    ("", 30),
    ("n", 2),
    ("\r", 5),
    ("\u{1b}[C", 6),
    ("\u{1b}", 1),
    ("F", 5),
    ("\u{1b}", 1),
    ("M", 5),
    ("\u{1b}", 1),
    ("/", 1),
    ("t", 1),
    ("a", 1),
    ("p", 1),
    (":", 1),
    ("q", 1),
    ("u", 1),
    ("\r", 4),
];

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("still") => {
            let frames = film(STILL)?;
            let last = frames.last().ok_or("no frame")?;
            println!("{}", svg(std::slice::from_ref(last)));
        }
        Some("rollout") => println!("{}", svg(&film(ROLLOUT)?)),
        _ => return Err("usage: picture still|rollout".into()),
    }
    Ok(())
}

/// Runs the program and takes a frame every second.
fn film(steps: &[Step]) -> Result<Vec<Screen>, Box<dyn Error>> {
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(|folder| folder.parent());
    let program = folder.ok_or("no folder")?.join("hgtop");
    let pair = native_pty_system().openpty(PtySize {
        rows: ROWS,
        cols: COLUMNS,
        pixel_width: 0,
        pixel_height: 0,
    })?;
    let mut command = CommandBuilder::new(program);
    command.arg("demo");
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env_remove("NO_COLOR");
    let mut child = pair.slave.spawn_command(command)?;
    let output = read(pair.master.try_clone_reader()?);
    let mut keys = pair.master.take_writer()?;
    let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
    let mut frames = Vec::new();
    for (typed, count) in steps {
        keys.write_all(typed.as_bytes())?;
        keys.flush()?;
        for _ in 0..*count {
            let end = Instant::now() + TAKEN;
            while let Ok(bytes) = output.recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                screen.process(&bytes);
            }
            frames.push(screen.screen().clone());
        }
    }
    child.kill()?;
    Ok(frames)
}

fn read(mut reader: Box<dyn Read + Send>) -> Receiver<Vec<u8>> {
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if sender.send(bytes[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    output
}

/// One frame as a still picture, several as an animation. A line that is the same in
/// several frames is drawn once.
fn svg(frames: &[Screen]) -> String {
    let width = usize::from(COLUMNS) * CELL.0 + 2 * MARGIN;
    let height = usize::from(ROWS) * CELL.1 + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"13.3\">\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>"
    );
    for y in 0..ROWS {
        let mut lines: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for (index, frame) in frames.iter().enumerate() {
            let shown = lines.entry(line(frame, y)).or_default();
            shown.resize(index, false);
            shown.push(true);
        }
        for (line, mut shown) in lines {
            shown.resize(frames.len(), false);
            if line.is_empty() {
                continue;
            }
            let top = usize::from(y) * CELL.1 + MARGIN;
            let times = if shown.iter().all(|shown| *shown) {
                String::new()
            } else {
                appearances(&shown)
            };
            // Writing to a string cannot fail.
            let _ = write!(
                svg,
                "<g transform=\"translate({MARGIN},{top})\">{times}{line}</g>"
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// The animation that shows a line in some of the frames.
fn appearances(shown: &[bool]) -> String {
    let count = f64::from(u32::try_from(shown.len()).unwrap_or(u32::MAX));
    let (mut values, mut times) = (Vec::new(), Vec::new());
    for (index, is_shown) in (0u32..).zip(shown) {
        let value = if *is_shown { "inline" } else { "none" };
        if values.last() != Some(&value) {
            values.push(value);
            times.push(format!("{:.4}", f64::from(index) / count));
        }
    }
    format!(
        "<animate attributeName=\"display\" calcMode=\"discrete\" repeatCount=\"indefinite\" \
         dur=\"{:.1}s\" values=\"{}\" keyTimes=\"{}\"/>",
        count * SHOWN,
        values.join(";"),
        times.join(";")
    )
}

fn line(screen: &Screen, y: u16) -> String {
    let cells: Vec<&Cell> = (0..COLUMNS).filter_map(|x| screen.cell(y, x)).collect();
    let mut line = String::new();
    let mut x = 0;
    while x < cells.len() {
        let start = x;
        while x < cells.len() && style(cells[x]) == style(cells[start]) {
            x += 1;
        }
        run(&mut line, start, &cells[start..x]);
    }
    line
}

/// Foreground, background, and whether it is bold.
fn style(cell: &Cell) -> (String, String, bool) {
    let (fg, bg) = (hex(cell.fgcolor(), TEXT), hex(cell.bgcolor(), GROUND));
    let (fg, bg) = if cell.inverse() { (bg, fg) } else { (fg, bg) };
    (fg, bg, cell.bold())
}

fn hex(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        _ => default.to_owned(),
    }
}

/// Cells of one style that start at a column of a line.
fn run(svg: &mut String, column: usize, cells: &[&Cell]) {
    let (fg, bg, bold) = style(cells[0]);
    let [left, width] = [column, cells.len()].map(|cells| cells * CELL.0);
    if bg != GROUND {
        let height = CELL.1;
        let _ = write!(
            svg,
            "<rect x=\"{left}\" width=\"{width}\" height=\"{height}\" fill=\"{bg}\"/>"
        );
    }
    let weight = if bold { " font-weight=\"bold\"" } else { "" };
    let symbol = |cell: &&Cell| match cell.contents() {
        "" => " ".to_owned(),
        symbol => symbol.to_owned(),
    };
    let symbols: Vec<_> = cells.iter().map(symbol).collect();
    let is_gap = |index: usize| symbols[index..].iter().take(2).all(|symbol| symbol == " ");
    let mut index = 0;
    while index < symbols.len() {
        if symbols[index] == " " {
            index += 1;
            continue;
        }
        // Text without gaps is placed as a whole, so that columns are aligned in any
        // font.
        let start = index;
        let shade = "░▒▓█".find(symbols[index].as_str()).map(|byte| byte / 3);
        while index < symbols.len()
            && !is_gap(index)
            && (shade.is_none() || symbols[index] == symbols[start])
        {
            index += 1;
        }
        let (x, width) = (left + start * CELL.0, (index - start) * CELL.0);
        if let Some(shade) = shade {
            let height = CELL.1 - 4;
            let opacity = [0.25, 0.55, 0.85, 1.0][shade];
            let _ = write!(
                svg,
                "<rect x=\"{x}\" y=\"2\" width=\"{width}\" height=\"{height}\" \
                 fill=\"{fg}\" opacity=\"{opacity}\"/>"
            );
        } else {
            let letters = symbols[start..index].concat();
            let letters = letters.replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(
                svg,
                "<text x=\"{x}\" y=\"13\" fill=\"{fg}\"{weight} textLength=\"{width}\">{letters}</text>"
            );
        }
    }
}
