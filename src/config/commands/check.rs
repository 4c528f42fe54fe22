//! Checking custom commands, and the address of a job's page.

use std::net::IpAddr;

use reqwest::Url;
use toml::Spanned;

use super::{CustomCommand, PlaceholderValues, check_template, fill, has_placeholder};
use crate::config::check::{Checker, MAX_NAME_BYTES};
use crate::config::schema;
use crate::hotglue::Text;

impl Checker<'_> {
    pub(in crate::config) fn command(&mut self, written: schema::Command) -> CustomCommand {
        let name = Text::cut(
            &Text::new(written.name.get_ref()).one_line(),
            MAX_NAME_BYTES,
        );
        if name.as_str().trim().is_empty() {
            self.problem(&written.name.span(), "a command needs a name");
        }
        let run_span = written.run.span();
        let run = written.run.into_inner();
        match run.first() {
            None => self.problem(&run_span, "run must name a program to run"),
            Some(program) if program.get_ref().is_empty() => {
                self.problem(&program.span(), "run must name a program to run");
            }
            // The service would choose the program.
            Some(program) if has_placeholder(program.get_ref()) => self.problem(
                &program.span(),
                "the program must not have placeholders; use them in its arguments",
            ),
            Some(_) => {}
        }
        for argument in &run {
            if let Err(message) = check_template(argument.get_ref()) {
                self.problem(&argument.span(), message);
            }
            if argument.get_ref().contains('\0') {
                self.problem(&argument.span(), "an argument must not contain a zero byte");
            }
        }
        let place = written.key.as_ref().unwrap_or(&written.name).span();
        CustomCommand {
            name,
            place: self.lines.place(place.start),
            key: written.key.map(Spanned::into_inner),
            run: run.into_iter().map(Spanned::into_inner).collect(),
            on: written.on,
            output: written.output,
            confirm: written.confirm,
        }
    }
}

impl Checker<'_> {
    /// The address of a job's page.
    pub(in crate::config) fn job_url(
        &mut self,
        written: Option<&Spanned<String>>,
    ) -> Option<String> {
        let written = written?;
        match check_job_url(written.get_ref()) {
            Ok(()) => Some(written.get_ref().clone()),
            Err(message) => {
                self.problem(&written.span(), message);
                None
            }
        }
    }
}

/// Checks the address of a job's page.
///
/// # Errors
/// The reason, where it has an unknown placeholder or is neither an https
/// address nor one of this machine.
fn check_job_url(template: &str) -> Result<(), String> {
    check_template(template)?;
    let example = PlaceholderValues::default();
    let url = Url::parse(&fill(template, &example, |_| "x".to_owned()))
        .map_err(|error| format!("job_url is not an address: {error}"))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err("job_url must start with https://, except on this machine".to_owned());
    }
    let has_variable_host = template
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .is_some_and(has_placeholder);
    if has_variable_host {
        return Err("the host of job_url must not have placeholders".to_owned());
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_url_is_https_or_of_this_machine() {
        for valid in [
            "https://hotglue.example/{env_id}/flows/{flow}/{tenant}?job={job_id}",
            "http://localhost:8080/{job_root}",
            "http://127.0.0.1/{job_id}",
            "http://[::1]/{job_id}",
        ] {
            assert_eq!(check_job_url(valid), Ok(()), "{valid}");
        }
        for (invalid, reason) in [
            (
                "http://hotglue.example/{job_id}",
                "job_url must start with https",
            ),
            ("file:///etc/{job_id}", "job_url must start with https"),
            ("javascript:alert(1)", "job_url must start with https"),
            ("{job_id}", "job_url is not an address"),
            ("https://{tenant}.example/", "the host of job_url"),
            ("https://x.example/{job_idd}", "unknown placeholder"),
        ] {
            let error = check_job_url(invalid).unwrap_err();
            assert!(error.starts_with(reason), "{invalid}: {error}");
        }
    }
}
