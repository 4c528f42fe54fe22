//! `hgtop doctor`: checks what hgtop needs, and names the fix where a check
//! fails.

mod bundle;
mod checks;
mod network;
mod redaction;

use self::checks::{CheckResult, Checks};
use super::{CliError, Exit, dashboard, output};
use crate::cli::build::{FEATURES, PROFILE, TARGET, VERSION};
use crate::cli::{Doctor, Global};
use crate::config::{self, Config, config_path};
use crate::history::Opened;
use crate::report::Table;
use crate::runtime::history::HistoryStore;
use crate::runtime::{executor, log};
use crate::terminal;

pub(super) fn run(global: &Global, options: &Doctor) -> Result<Exit, CliError> {
    let mut checks = Checks(Vec::new());
    let finding = format!(
        "hgtop {VERSION}, {TARGET}, {PROFILE}: {}",
        FEATURES.join(", ")
    );
    checks.add("build", CheckResult::Ok, finding);
    let config = check_config(global, &mut checks);
    let executor = executor::build()?;
    if let Some(config) = &config {
        executor.block_on(network::check(config, global.env.as_deref(), &mut checks));
    }
    executor.shutdown_background();
    network::check_proxy(&mut checks);
    network::check_certificates(&mut checks);
    check_terminal(global, &mut checks);
    check_files(config.as_ref(), &mut checks);

    if let Some(path) = &options.bundle {
        bundle::write(path, global, config.as_ref(), &checks)?;
        output::note(&format!(
            "wrote {}; read it before you pass it on",
            path.display()
        ));
    }
    let mut table = Table::new(&["", "CHECK", "FINDING"]);
    for check in &checks.0 {
        let tint = match check.result {
            CheckResult::Ok => 32,
            CheckResult::Warn => 33,
            CheckResult::Fail => 31,
        };
        let cells = [check.result.label(), &check.name, &check.finding];
        table.tinted_row(cells.map(str::to_owned).to_vec(), Some(tint));
    }
    let colors = output::colors(global.color);
    // Findings are not cut, because they end with the fix.
    if options.output == crate::cli::Output::Table {
        output::raw(table.laid_out(None, colors).as_bytes())?;
    } else {
        output::records(options.output, "checks", &checks.0, &table, colors)?;
    }
    let failed = checks
        .0
        .iter()
        .any(|check| check.result == CheckResult::Fail);
    Ok(if failed { Exit::Code(1) } else { Exit::Success })
}

fn check_config(global: &Global, checks: &mut Checks) -> Option<Config> {
    let path = match config_path(global.config.clone()) {
        Ok(path) => path,
        Err(error) => {
            checks.add("config", CheckResult::Fail, error.to_string());
            return None;
        }
    };
    match config::load(&path, &global.overrides()) {
        Ok(config) => {
            let count = |count: usize, noun: &str| {
                let s = if count == 1 { "" } else { "s" };
                format!("{count} {noun}{s}")
            };
            let finding = format!(
                "{}: {}, {}, {}",
                path.display(),
                count(config.environments.len(), "environment"),
                count(config.jobs.len(), "job"),
                count(config.follows.len(), "followed flow")
            );
            checks.add("config", CheckResult::Ok, finding);
            for warning in &config.warnings {
                checks.add("config", CheckResult::Warn, warning.clone());
            }
            if config.environments.is_empty() {
                let finding = "no environment yet: run hgtop or hgtop config edit";
                checks.add("config", CheckResult::Warn, finding);
            }
            let keys = dashboard::keymap(&config).map(|_| "bindings are valid".to_owned());
            if !config.keys.is_empty() || keys.is_err() {
                checks.add_result("keys", keys);
            }
            Some(config)
        }
        Err(error) => {
            checks.add("config", CheckResult::Fail, error.to_string());
            None
        }
    }
}

fn check_terminal(global: &Global, checks: &mut Checks) {
    if let Err(problem) = terminal::check() {
        checks.add("terminal", CheckResult::Warn, problem.to_string());
        return;
    }
    let display = terminal::display(output::colors(global.color));
    let colors = match (display.colors, display.true_color) {
        (false, _) => "no colors (NO_COLOR or --color never)",
        (true, true) => "16 million colors",
        (true, false) => "16 colors",
    };
    let glyphs = if display.unicode {
        "Unicode"
    } else {
        "ASCII (from the locale)"
    };
    let hint = if std::env::var_os("TMUX").is_some() {
        "; in tmux, set allow-passthrough and set-clipboard on for notifications and copying"
    } else {
        ""
    };
    let finding =
        format!("{colors}, {glyphs}; synchronized updates, clipboard through OSC 52{hint}");
    checks.add("terminal", CheckResult::Ok, finding);
}

fn check_files(config: Option<&Config>, checks: &mut Checks) {
    if config.is_none_or(|config| config.settings.history) {
        let store = HistoryStore::OnDisk.open();
        let path = crate::history::history_path()
            .map_or_else(|error| error.to_string(), |path| path.display().to_string());
        match store {
            Ok(Opened {
                set_aside: Some(damaged),
                ..
            }) => {
                let finding = format!(
                    "{path}; the damaged database was moved to {}",
                    damaged.display()
                );
                checks.add("history", CheckResult::Warn, finding);
            }
            Ok(_) => checks.add("history", CheckResult::Ok, path),
            Err(error) => {
                let finding = format!("{error}; hgtop continues without history");
                checks.add("history", CheckResult::Warn, finding);
            }
        }
    } else {
        checks.add("history", CheckResult::Ok, "off (history = false)");
    }
    match log::default_path() {
        Some(path) => checks.add("log", CheckResult::Ok, path.display().to_string()),
        None => checks.add(
            "log",
            CheckResult::Warn,
            "no folder for a log: use --log-file",
        ),
    }
}
