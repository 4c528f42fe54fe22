//! The dashboard as it was: replays of what a live one recorded.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod earlier;
mod live;
#[path = "../support/mod.rs"]
mod support;

use crossterm::event::KeyCode;
use hgtop::app::{ConfigSource, Effect};
use hgtop::config::Config;
use hgtop::history::Store;
use jiff::Timestamp;
use live::{Live, World, at};
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

/// A replay of a store, at the end of its record.
fn replay(store: Store, size: Size) -> World {
    // Long after, on another machine, without a config.
    let now = at(90_000);
    let mut world = World::new(Config::empty(), ConfigSource::Replay, now, size, store);
    world.model.replay(None, None, None);
    world.start();
    world
}

/// The lines of a screen but the last one, which has the keys and the badge of
/// the replay; with their styles.
fn compared(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let line = |y: u16| -> String {
        let cell = |x: u16| {
            let cell = &buffer[(x, y)];
            format!(
                "{}{:?}{:?}{:?}",
                cell.symbol(),
                cell.fg,
                cell.bg,
                cell.modifier
            )
        };
        (0..area.width).map(cell).collect()
    };
    (0..area.height - 1).map(line).collect()
}

fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let line = |y: u16| -> String { (0..area.width).map(|x| buffer[(x, y)].symbol()).collect() };
    let lines: Vec<String> = (0..area.height).map(line).collect();
    lines.join("\n")
}

#[track_caller]
fn assert_same(live: &Buffer, replayed: &Buffer, what: &str) {
    let lines = compared(live).into_iter().zip(compared(replayed));
    let different: Vec<usize> = lines
        .zip(0..)
        .filter(|((a, b), _)| a != b)
        .map(|(_, y)| y)
        .collect();
    let shown = |buffer| {
        let text = text(buffer);
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        different
            .iter()
            .map(|y| lines[*y].clone())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        different.is_empty(),
        "{what}: lines {different:?}, live\n{}\nreplayed\n{}",
        shown(live),
        shown(replayed)
    );
}

/// A live dashboard that is watched to its end, its last screen, and the store.
fn watched(seed: u64) -> (Buffer, Size, Store) {
    let mut live = Live::new(seed);
    live.run(40 + i64::try_from(seed % 7).unwrap() * 40);
    live.settle();
    let screen = live.world.screen();
    (screen, live.world.model.size, live.world.store)
}

#[test]
fn last_replayed_screen_is_the_last_live_one_for_100_seeds() {
    let mut failed = 0;
    for seed in 0..100 {
        let (live, size, store) = watched(seed);
        let mut replay = replay(store, size);
        replay.forget_heights();
        let replayed = replay.screen();
        assert!(text(&replayed).contains("REPLAY"), "{}", text(&replayed));
        assert_same(&live, &replayed, &format!("seed {seed}"));
        failed += usize::from(text(&live).contains("failed"));
    }
    assert!(failed > 20, "only {failed} seeds had a failure");
}

#[test]
fn random_moments_are_as_they_were_live() {
    for seed in 200..212 {
        let mut live = Live::new(seed);
        let mut moments: Vec<(Timestamp, Buffer)> = Vec::new();
        for _ in 0..4 {
            live.run(15 + i64::try_from(seed % 5).unwrap() * 9);
            let time = live.settle();
            moments.push((time, live.world.screen()));
        }
        let size = live.world.model.size;
        let mut world = replay(live.world.store, size);
        // Backward and forward: what was shown before leaves no trace.
        for index in [0, 2, 1, 3, 0, 1] {
            let (time, screen) = &moments[index];
            world.go_to(*time);
            world.press(KeyCode::Char('g'));
            world.forget_heights();
            assert_same(
                screen,
                &world.screen(),
                &format!("seed {seed} moment {index}"),
            );
        }
    }
}

#[test]
fn nothing_is_changed_by_a_replay() {
    let (_, size, store) = watched(3);
    let mut world = replay(store, size);
    for key in "adeDuBrRpf@!".chars() {
        let effects = world.press(KeyCode::Char(key));
        assert!(effects.is_empty(), "{key}: {effects:?}");
        let screen = text(&world.screen());
        assert!(screen.contains("read-only"), "{key}:\n{screen}");
        assert!(world.model.shown().overlay.is_none(), "{key}");
    }
    let effects = world.press(KeyCode::Char('y'));
    assert!(matches!(effects[..], [Effect::Copy(_)]), "{effects:?}");
}
