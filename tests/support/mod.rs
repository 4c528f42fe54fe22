//! Shared by the tests of the commands: a home directory, a run, a service.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

pub mod bad_server;
pub mod fault_proxy;
#[cfg(unix)]
pub mod window;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A temporary home directory for the program.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn with_config(text: &str) -> Self {
        let home = Self::new();
        fs::write(home.path("config.toml"), text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let owner_only = fs::Permissions::from_mode(0o600);
            fs::set_permissions(home.path("config.toml"), owner_only).unwrap();
        }
        home
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_hgtop"), arguments)
    }

    /// Another program in this home directory.
    pub fn command_of(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .env("HGTOP_CONFIG", self.path("config.toml"))
            .env("PATH", std::env::var_os("PATH").unwrap())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run(self.command(arguments).output().unwrap())
    }
}

pub struct Run(pub Output);

impl Run {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub fn error(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }
}

/// The simulated service in a separate process.
pub struct Demo {
    pub child: Child,
    pub config: String,
}

impl Demo {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", arguments)
    }

    /// Starts it on the given address.
    pub fn start_at(address: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hgtop"))
            .args(["demo", "--serve", address])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut config = String::new();
        loop {
            let line = lines.next().unwrap().unwrap();
            if line == "# end" {
                break;
            }
            config.push_str(&line);
            config.push('\n');
        }
        Self { child, config }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
