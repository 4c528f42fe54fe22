//! What can go wrong around the config file: child processes, odd files in its
//! place, permissions.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;

use support::{Home, Run};

#[test]
fn key_command_runs_without_any_api_key_in_its_environment() {
    let home = Home::new();
    let environment = home.path("environment");
    let config = format!(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:1\"\n\
         api_key_command = [\"sh\", \"-c\", \"env > {}; echo the-key\"]\n\
         [environments.prod]\nenv_id = \"prod.x.xyz\"\napi_key_env = \"PROD_KEY\"\n\
         [[jobs]]\nenvironment = \"dev\"\njob_root = \"a/flows/f/jobs/1\"\n",
        environment.display()
    );
    fs::write(home.path("config.toml"), config).unwrap();
    let mut command = home.command(&["status", "--env", "dev"]);
    command
        .env("HOTGLUE_API_KEY", "secret-1")
        .env("PROD_KEY", "secret-2")
        .env("COPY", "secret-2")
        .env("NOT_A_KEY", "inherited");
    let run = Run(command.output().unwrap());
    assert_eq!(run.code(), 3, "the service is not there: {}", run.error());
    let environment = fs::read_to_string(environment).unwrap();
    assert!(environment.contains("NOT_A_KEY=inherited"), "{environment}");
    assert!(!environment.contains("secret"), "{environment}");
}
