//! Draws the README's picture: the dashboard on the simulated rollout, as SVG.
//!
//! `cargo run --release --example picture > assets/dashboard.svg`

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hgtop::app::{Effect, Message, Model, Origin, Setup, update};
use hgtop::config::{self, Overrides, ThemeName};
use hgtop::demo::{self, Options};
use hgtop::hotglue::Client;
use hgtop::ui;
use hgtop::watch::{self, EnvironmentKey, JobKey, Limits, Target};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};
use tokio::time::{Duration, Instant, timeout_at};

const SIZE: (u16, u16) = (124, 30);
/// Width and height of a cell, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
/// How long the rollout is watched before the picture is taken.
const WATCHED: Duration = Duration::from_secs(42);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let service = demo::serve(SocketAddr::from(([127, 0, 0, 1], 0)), &Options::default()).await?;
    let mut config = config::parse(&service.config(), Path::new("demo"), &Overrides::default())?;
    config.settings.theme = ThemeName::Dark;
    let environment = &config.environments[0];
    let key = environment.key.fetch().await?;
    let client = Client::new(
        environment.base_url.clone(),
        environment.env_id.clone(),
        &key,
        16,
    )?;
    let (watcher, mut updates) = watch::start(7);
    let limits = Limits {
        requests_per_second: Some(100),
        concurrent_requests: 16,
    };
    watcher.connect(EnvironmentKey(0), client, limits);
    let targets = config
        .jobs
        .iter()
        .zip(0..)
        .map(|(job, number)| Target::job(JobKey(number), job, config.settings.poll_interval));
    watcher.add(targets.collect());
    let follows = config.follows.clone();
    let mut model = Model::new(Setup::new(
        config,
        Origin::Demo,
        Timestamp::now(),
        Size::new(SIZE.0, SIZE.1),
    ));
    for effect in model.begin(follows) {
        if let Effect::Watch(targets) = effect {
            watcher.add(targets);
        }
    }
    let end = Instant::now() + WATCHED;
    while let Ok(Some(batch)) = timeout_at(end, updates.recv()).await {
        update(&mut model, Timestamp::now(), Message::Watched(batch));
    }
    let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    update(&mut model, Timestamp::now(), Message::Key(enter));
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    terminal.draw(|frame| ui::view(&model, frame))?;
    println!("{}", svg(terminal.backend().buffer()));
    Ok(())
}

fn svg(buffer: &Buffer) -> String {
    let (width, height) = (
        f64::from(SIZE.0) * CELL.0 + 24.0,
        f64::from(SIZE.1) * CELL.1 + 24.0,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"14\">\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#14161c\"/>"
    );
    for y in 0..SIZE.1 {
        let mut x = 0;
        while x < SIZE.0 {
            let cell = &buffer[(x, y)];
            let mut text = String::new();
            let start = x;
            while x < SIZE.0 && alike(cell, &buffer[(x, y)]) {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            run(&mut svg, start, y, x - start, cell, &text);
        }
    }
    svg.push_str("</svg>");
    svg
}

fn alike(a: &Cell, b: &Cell) -> bool {
    (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)
}

/// A stretch of cells of one style.
fn run(svg: &mut String, x: u16, y: u16, cells: u16, cell: &Cell, text: &str) {
    let (left, top) = (f64::from(x) * CELL.0 + 12.0, f64::from(y) * CELL.1 + 12.0);
    let width = f64::from(cells) * CELL.0;
    let (mut fg, mut bg) = (hex(cell.fg, "#c8ccd4"), hex(cell.bg, "#14161c"));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    if bg != "#14161c" {
        let height = CELL.1;
        let _ = write!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{bg}\"/>"
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let weight = if cell.modifier.contains(Modifier::BOLD) {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let baseline = top + CELL.1 - 4.5;
    // Every word is placed by itself, so that columns hold in any font.
    let mut column = 0;
    for word in text.split_inclusive(' ') {
        let (x, letters) = (left + f64::from(column) * CELL.0, word.trim_end());
        column += u32::try_from(word.chars().count()).unwrap_or(0);
        let length = f64::from(u32::try_from(letters.chars().count()).unwrap_or(0)) * CELL.0;
        let shade = letters
            .chars()
            .next()
            .and_then(|first| "░▒▓█".chars().position(|shade| shade == first));
        if let Some(shade) = shade {
            let (y, height) = (top + 2.0, CELL.1 - 4.0);
            let opacity = [0.25, 0.55, 0.85, 1.0][shade];
            let _ = write!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{height}\" \
                 fill=\"{fg}\" opacity=\"{opacity}\"/>"
            );
        } else if !letters.is_empty() {
            let letters = letters.replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{baseline:.1}\" fill=\"{fg}\"{weight} textLength=\"{length:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\">{letters}</text>"
            );
        }
    }
}

fn hex(colour: Color, default: &str) -> String {
    match colour {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        _ => default.to_owned(),
    }
}
