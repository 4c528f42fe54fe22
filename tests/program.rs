//! The whole program except for the terminal: a real service, the real watcher,
//! the real event loop, and a backend that sends each screen to the test. Tests wait
//! for what is on the screen, never for time to pass.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream;
use hgtop::app::{ConfigSource, Effect, Message, Model, ModelConfig};
use hgtop::config::{self, Config, KeySource, Overrides};
use hgtop::hotglue::{Client, JobStatus};
use hgtop::terminal::{self, EffectRunner, Ending, Input};
use hgtop::watch::{self, EnvironmentId, JobId, Limits, Target, Watcher};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use tokio::sync::{mpsc, watch as latest};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// A backend that sends each screen to the test.
struct Shown {
    inner: TestBackend,
    picture: latest::Sender<String>,
}

type Outcome<T> = Result<T, <TestBackend as Backend>::Error>;

impl Backend for Shown {
    type Error = <TestBackend as Backend>::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Outcome<()> {
        self.inner.draw(content)
    }
    fn hide_cursor(&mut self) -> Outcome<()> {
        self.inner.hide_cursor()
    }
    fn show_cursor(&mut self) -> Outcome<()> {
        self.inner.show_cursor()
    }
    fn get_cursor_position(&mut self) -> Outcome<Position> {
        self.inner.get_cursor_position()
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Outcome<()> {
        self.inner.set_cursor_position(position)
    }
    fn clear(&mut self) -> Outcome<()> {
        self.inner.clear()
    }
    fn clear_region(&mut self, clear_type: ClearType) -> Outcome<()> {
        self.inner.clear_region(clear_type)
    }
    fn size(&self) -> Outcome<Size> {
        self.inner.size()
    }
    fn window_size(&mut self) -> Outcome<WindowSize> {
        self.inner.window_size()
    }
    fn flush(&mut self) -> Outcome<()> {
        self.picture.send_replace(self.inner.to_string());
        self.inner.flush()
    }
}

struct DashboardEffects {
    watcher: Watcher,
    copied: Arc<Mutex<Vec<String>>>,
}

impl EffectRunner for DashboardEffects {
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::PollNow(keys) => self.watcher.poll_now(keys),
            Effect::PollAll => self.watcher.poll_all(),
            Effect::Pause(paused) => self.watcher.pause(paused),
            Effect::Copy(text) => self.copied.lock().unwrap().push(text),
            Effect::Watch(targets) => self.watcher.add(targets),
            Effect::Unwatch(keys) => self.watcher.remove(keys),
            _ => {}
        }
    }
    fn resumed(&mut self) {}
}

/// The program under test.
struct Program {
    keys: mpsc::UnboundedSender<Input>,
    pictures: latest::Receiver<String>,
    copied: Arc<Mutex<Vec<String>>>,
    ending: tokio::task::JoinHandle<Ending>,
}

impl Program {
    async fn start(config: Config) -> Self {
        let (watcher, mut updates) = watch::start(7);
        let targets =
            config.jobs.iter().zip(0..).map(|(job, number)| {
                Target::job(JobId(number), job, config.settings.poll_interval)
            });
        watcher.add(targets.collect());
        for (at, environment) in config.environments.iter().enumerate() {
            let KeySource::Literal(_) = &environment.key else {
                panic!("tests bring their key")
            };
            let key = environment.key.fetch().await.unwrap();
            let client = Client::new(
                environment.base_url.clone(),
                environment.env_id.clone(),
                &key,
                16,
            )
            .unwrap();
            let limits = Limits {
                requests_per_second: Some(config.settings.max_requests_per_second),
                concurrent_requests: config.settings.max_concurrent_requests,
            };
            watcher.connect(EnvironmentId(at), client, limits);
        }
        let mut model = Model::new(ModelConfig::new(
            config,
            ConfigSource::Demo,
            Timestamp::now(),
            Size::new(140, 40),
        ));
        let (picture, pictures) = latest::channel(String::new());
        let (keys, mut inbox) = mpsc::unbounded_channel();
        let copied = Arc::new(Mutex::new(Vec::new()));
        let mut effects_runner = DashboardEffects {
            watcher,
            copied: Arc::clone(&copied),
        };
        let ending = tokio::spawn(async move {
            let backend = Shown {
                inner: TestBackend::new(140, 40),
                picture,
            };
            let mut surface = Terminal::new(backend).unwrap();
            let inputs = stream::poll_fn(move |context| inbox.poll_recv(context));
            terminal::run(
                &mut surface,
                &mut model,
                inputs,
                &mut updates,
                &mut effects_runner,
                Timestamp::now,
            )
            .await
            .unwrap()
        });
        Self {
            keys,
            pictures,
            copied,
            ending,
        }
    }

    fn press(&self, code: KeyCode) {
        let event = KeyEvent::new(code, KeyModifiers::NONE);
        self.keys.send(Input::Message(Message::Key(event))).unwrap();
    }

    fn type_text(&self, text: &str) {
        text.chars().for_each(|c| self.press(KeyCode::Char(c)));
    }

    /// Waits until the screen is as expected.
    async fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut pictures = self.pictures.clone();
        let seen = pictures.wait_for(|picture| wanted(picture));
        if let Ok(picture) = tokio::time::timeout(Duration::from_secs(20), seen).await {
            return picture.unwrap().clone();
        }
        panic!("never saw {what} in:\n{}", *self.pictures.borrow())
    }

    async fn shows(&self, text: &str) -> String {
        self.until(text, |picture| picture.contains(text)).await
    }

    async fn quit(self) {
        self.press(KeyCode::Char('q'));
        assert_eq!(self.ending.await.unwrap(), Ending::Quit);
    }
}

fn config(base: &str, jobs: usize, settings: &str) -> Config {
    let mut source = format!(
        "{settings}\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\napi_key = \"good-key\"\n"
    );
    for number in 0..jobs {
        source.push_str(&format!(
            "[[jobs]]\nname = \"job {number:03}\"\njob_root = \"t{number}/flows/f/jobs/j{number}\"\n"
        ));
    }
    config::parse(&source, Path::new("test"), &Overrides::default()).unwrap()
}

/// Answers by the API document, and checks every request against it.
#[derive(Clone, Default)]
struct Service {
    requests: Arc<Mutex<Vec<(Instant, String)>>>,
    statuses: Arc<Mutex<HashMap<String, String>>>,
}

impl Service {
    fn set(&self, tenant: &str, status: &str) {
        self.statuses
            .lock()
            .unwrap()
            .insert(tenant.to_owned(), status.to_owned());
    }

    fn asked(&self, tenant: &str) -> usize {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|(_, each)| each == tenant)
            .count()
    }
}

impl Respond for Service {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let path: Vec<_> = request.url.path().split('/').skip(1).collect();
        let [env, flow, tenant, "jobs", "status"] = path[..] else {
            panic!(
                "a path the API document does not have: {}",
                request.url.path()
            )
        };
        assert_eq!((env, flow), ("dev.x.xyz", "f"));
        assert_eq!(request.method.as_str(), "GET");
        let query: Vec<_> = request.url.query_pairs().collect();
        assert_eq!(query.len(), 1);
        let number = tenant.trim_start_matches('t');
        assert_eq!(
            query[0],
            (
                "job_root".into(),
                format!("{tenant}/flows/f/jobs/j{number}").into()
            )
        );
        if request.headers.get("x-api-key").unwrap() != "good-key" {
            return ResponseTemplate::new(403)
                .set_body_json(serde_json::json!({"message": "Forbidden"}));
        }
        self.requests
            .lock()
            .unwrap()
            .push((Instant::now(), tenant.to_owned()));
        let status = self.statuses.lock().unwrap().get(tenant).cloned();
        match status.as_deref() {
            Some("gone") => ResponseTemplate::new(400).set_body_json(
                serde_json::json!({"Code": "Error", "Message": "Invalid job_root supplied - job does not exist!"}),
            ),
            Some("down") => ResponseTemplate::new(503),
            status => ResponseTemplate::new(200).set_body_json(serde_json::json!({
                "status": status.unwrap_or("SYNC_STARTED"),
                "message": format!("says {tenant}"),
                "s3_root": format!("{tenant}/flows/f/jobs/j{number}"),
                "last_updated": Timestamp::now().to_string(),
            })),
        }
    }
}

async fn serve() -> (MockServer, Service) {
    let (server, service) = (MockServer::start().await, Service::default());
    Mock::given(wiremock::matchers::any())
        .respond_with(service.clone())
        .mount(&server)
        .await;
    (server, service)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_twelve_statuses_and_an_unknown_one_are_shown() {
    let (server, service) = serve().await;
    let mut wanted: Vec<_> = JobStatus::known()
        .map(|status| status.to_string())
        .collect();
    wanted.push("ODD_ONE".to_owned());
    for (number, status) in wanted.iter().enumerate() {
        service.set(&format!("t{number}"), status);
    }
    let program = Program::start(config(&server.uri(), 13, "")).await;
    let picture = program
        .until("all statuses", |picture| {
            wanted.iter().all(|status| picture.contains(status))
        })
        .await;
    for counts in [
        "● 6 running",
        "○ 1 queued",
        "✓ 1 completed",
        "✗ 4 failed",
        "! 1 unknown",
    ] {
        assert!(picture.contains(counts), "{counts}\n{picture}");
    }
    program.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_jobs_are_polled_within_the_rate_limit_and_finished_ones_not_again() {
    let (server, service) = serve().await;
    for number in 0..200 {
        service.set(&format!("t{number}"), "JOB_COMPLETED");
    }
    service.set("t7", "SYNC_STARTED");
    let settings = "poll_interval = \"1s\"\nmax_requests_per_second = 100";
    let program = Program::start(config(&server.uri(), 200, settings)).await;
    program.shows("✓ 199 completed").await;
    service.set("t7", "JOB_COMPLETED");
    program.shows("200/200 finished").await;
    let requests = service.requests.lock().unwrap().clone();
    for (start, _) in &requests {
        let second = requests.iter().filter(|(at, _)| {
            at >= start && at.duration_since(*start) < Duration::from_millis(950)
        });
        assert!(second.count() <= 100);
    }
    assert!(
        (0..200)
            .filter(|number| *number != 7)
            .all(|number| service.asked(&format!("t{number}")) == 1)
    );
    program.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transition_is_logged_and_r_polls_immediately() {
    let (server, service) = serve().await;
    service.set("t0", "JOB_COMPLETED");
    let program = Program::start(config(&server.uri(), 1, "poll_interval = \"10m\"")).await;
    program.shows("JOB_COMPLETED").await;
    service.set("t0", "SYNC_STARTED");
    program.press(KeyCode::Char('r'));
    program.shows("SYNC_STARTED").await;
    program.press(KeyCode::Char('L'));
    program.shows("JOB_COMPLETED → SYNC_STARTED").await;
    program.press(KeyCode::Esc);
    program.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_job_and_an_outage_are_shown() {
    let (server, service) = serve().await;
    service.set("t0", "gone");
    let settings = "poll_interval = \"1s\"";
    let program = Program::start(config(&server.uri(), 3, settings)).await;
    let picture = program.shows("job does not exist").await;
    assert!(picture.contains("not found"));
    program
        .until("the others", |picture| picture.contains("● 2 running"))
        .await;
    for tenant in ["t1", "t2"] {
        service.set(tenant, "down");
    }
    let picture = program.shows("503 Service Unavailable").await;
    assert!(
        picture.contains("SYNC_STARTED"),
        "the last known state stays"
    );
    for tenant in ["t1", "t2"] {
        service.set(tenant, "JOB_COMPLETED");
    }
    program.shows("✓ 2 completed").await;
    program
        .until("no banner", |picture| {
            !picture.contains("503 Service Unavailable")
        })
        .await;
    program.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_api_key_is_one_banner_and_few_requests() {
    let (server, _service) = serve().await;
    let mut config = config(&server.uri(), 100, "");
    let wrong = hgtop::hotglue::ApiKey::parse("wrong-key").unwrap();
    config.environments[0].key = KeySource::Literal(wrong);
    let program = Program::start(config).await;
    let picture = program.shows("dev: API key refused").await;
    assert_eq!(picture.matches("dev: API key refused (403)").count(), 1);
    assert!(!picture.contains("wrong-key"));
    program.shows("next try in").await;
    assert!(server.received_requests().await.unwrap().len() <= 16 + 3);
    program.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_filter_mark_copy_and_pause() {
    let (server, _service) = serve().await;
    let program = Program::start(config(&server.uri(), 30, "")).await;
    program.shows("● 30 running").await;
    program.type_text("/007");
    program.shows("1 of 30").await;
    program.press(KeyCode::Enter);
    program.type_text("y");
    program.shows("job_root copied").await;
    program.type_text("c");
    program.shows("curl command copied").await;
    program.press(KeyCode::Esc);
    program.press(KeyCode::Esc);
    program
        .until("all rows", |picture| {
            !picture.contains("1 of 30") && picture.contains("job 000")
        })
        .await;
    program.type_text("*y");
    program.shows("job_root of 30 jobs copied").await;
    program.type_text("p");
    program.shows("PAUSED").await;
    let copied = program.copied.lock().unwrap().clone();
    assert_eq!(copied[0], "t7/flows/f/jobs/j7");
    assert!(
        copied[1].starts_with("curl -sS -H \"x-api-key: $HOTGLUE_API_KEY\" 'http://127.0.0.1:")
    );
    assert!(!copied[1].contains("good-key"));
    assert_eq!(copied[2].lines().count(), 30);
    program.quit().await;
}
