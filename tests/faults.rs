//! The faults of the wire, each injected for real and named after its row in
//! the list of faults (docs/faults.md): the sentence a person reads is right,
//! the last good answer stays, and the other jobs go on.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use hgtop::hotglue::{
    ApiKey, BaseUrl, Client, EnvId, FlowId, JobAddress, JobRoot, State, TenantId, age,
};
use hgtop::watch::{
    self, Batch, EnvironmentId, EnvironmentStatus, JobId, JobSelector, Limits, Snapshot, Target,
    Updates, Watcher,
};
use jiff::{SignedDuration, Timestamp};
use support::Home;
use support::bad_server::{Act, BadServer};

const LIMITS: Limits = Limits {
    requests_per_second: None,
    concurrent_requests: 4,
};
const GOOD: JobId = JobId(0);
const BAD: JobId = JobId(1);

fn target(key: JobId, tenant: &str, environment: usize) -> Target {
    Target {
        id: key,
        environment: EnvironmentId(environment),
        selector: JobSelector::Job(Arc::new(JobAddress {
            flow: FlowId::parse("flow").unwrap(),
            tenant: TenantId::parse(tenant).unwrap(),
            job_root: JobRoot::parse(&format!("{tenant}/flows/flow/jobs/j")).unwrap(),
        })),
        interval: Duration::from_secs(1),
    }
}

fn client(base: &str) -> Client {
    let base = BaseUrl::parse(base, false).unwrap();
    let env = EnvId::parse("dev.x.xyz").unwrap();
    Client::new(base, env, &ApiKey::parse("marker-key").unwrap(), 4).unwrap()
}

/// A job that is well and one that is not, watched side by side.
struct Pair {
    server: BadServer,
    _watcher: Watcher,
    updates: Updates,
    good: Snapshot,
    bad: Snapshot,
    status: EnvironmentStatus,
    transitions: Vec<(JobId, String)>,
}

impl Pair {
    /// The second job answers once, and then as `act` says for the number of
    /// the request, from 2 on.
    async fn start(act: impl Fn(usize) -> Act + Send + Sync + 'static) -> Self {
        let server = BadServer::start(move |path, number| {
            if path.contains("/bad/") && number > 1 {
                act(number)
            } else {
                Act::job("SYNC_STARTED")
            }
        })
        .await;
        let (watcher, updates) = watch::start(7);
        watcher.connect(EnvironmentId(0), client(&server.base), LIMITS);
        watcher.add(vec![target(GOOD, "good", 0), target(BAD, "bad", 0)]);
        Self {
            server,
            _watcher: watcher,
            updates,
            good: Snapshot::default(),
            bad: Snapshot::default(),
            status: EnvironmentStatus::Closed,
            transitions: Vec::new(),
        }
    }

    async fn until(&mut self, wanted: impl Fn(&Self) -> bool) {
        let limit = Duration::from_secs(40);
        let done = tokio::time::timeout(limit, async {
            while !wanted(self) {
                let batch = self.updates.recv().await.unwrap();
                self.take(batch);
            }
        });
        assert!(done.await.is_ok(), "never so: {:?}", self.bad);
    }

    fn take(&mut self, batch: Batch) {
        for (key, snapshot) in batch.snapshots {
            let known = if key == GOOD {
                &mut self.good
            } else {
                &mut self.bad
            };
            *known = snapshot;
        }
        for status in batch.environment_statuses.into_values() {
            self.status = status;
        }
        let news = batch.transitions.into_iter();
        self.transitions
            .extend(news.map(|news| (news.id, news.to.to_string())));
    }

    fn trouble(&self) -> Option<String> {
        let trouble = self.bad.health.failure_streak.as_ref()?;
        Some(trouble.error.to_string())
    }
}

/// The bad job is told of with these words, keeps its last good answer, and the
/// good one goes on.
async fn told(act: impl Fn(usize) -> Act + Send + Sync + 'static, words: &str) -> Pair {
    let mut pair = Pair::start(act).await;
    pair.until(|pair| pair.trouble().is_some()).await;
    assert_eq!(pair.trouble().unwrap(), words);
    let job = pair.bad.job.as_ref().unwrap();
    assert_eq!(job.status.as_str(), "SYNC_STARTED", "the last good answer");
    let polls = pair.good.health.polls;
    pair.until(|pair| pair.good.health.polls > polls + 1).await;
    assert!(pair.good.health.failure_streak.is_none());
    assert!(pair.transitions.iter().all(|(_, to)| to == "SYNC_STARTED"));
    pair
}

#[tokio::test]
async fn fault_01_a_service_that_is_away_is_one_outage_and_comes_back() {
    let server = BadServer::start(|_, _| Act::job("SYNC_STARTED")).await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let (watcher, mut updates) = watch::start(7);
    watcher.connect(EnvironmentId(0), client(&server.base), LIMITS);
    let jobs = (0..50).map(|number| target(JobId(number), &format!("t{number}"), 0));
    watcher.add(jobs.collect());
    let mut known = std::collections::BTreeSet::new();
    while known.len() < 50 {
        let batch = updates.recv().await.unwrap();
        known.extend(batch.snapshots.into_keys());
    }
    drop(server);
    let mut failed = 0;
    let error = loop {
        let batch = updates.recv().await.unwrap();
        failed += batch.snapshots.len();
        if let Some(EnvironmentStatus::Outage { error, .. }) =
            batch.environment_statuses.values().next()
        {
            break error.clone();
        }
    };
    assert!(error.to_string().contains("connection refused"), "{error}");
    assert!(failed < 20, "one outage, not {failed} errors");
    let _server = BadServer::start_at(&address, |_, _| Act::job("ETL_STARTED")).await;
    let back = Instant::now();
    let mut changed = 0;
    while changed < 50 {
        changed += updates.recv().await.unwrap().transitions.len();
    }
    assert!(back.elapsed() < Duration::from_secs(10));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn fault_02_a_connection_that_is_never_made_ends_after_five_seconds() {
    // A queue that is full swallows whoever knocks.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    for _ in 0..4 {
        let knock = tokio::net::TcpStream::connect(address);
        held.push(tokio::time::timeout(Duration::from_millis(300), knock).await);
    }
    let begin = Instant::now();
    let JobSelector::Job(job) = target(BAD, "bad", 0).selector else {
        unreachable!()
    };
    let error = client(&format!("http://{address}"))
        .job_status(&job, None)
        .await
        .unwrap_err();
    assert!(
        error.to_string().ends_with("no connection within 5 s"),
        "{error}"
    );
    assert!(begin.elapsed() < Duration::from_secs(7));
}

#[tokio::test]
async fn fault_03_silence_ends_and_holds_one_slot() {
    told(|_| Act::Hang, "no answer within 10 s").await;
}

#[tokio::test]
async fn fault_04_a_dripping_body_ends_at_the_deadline() {
    told(
        |_| Act::Drip(Duration::from_millis(200)),
        "no answer within 10 s",
    )
    .await;
}

#[tokio::test]
async fn fault_05_a_reset_and_a_body_that_is_cut_short() {
    let broken = "the connection broke before the answer was whole";
    told(|_| Act::Reset, broken).await;
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"status\":";
    told(|_| Act::Raw(cut.to_vec()), broken).await;
}

#[tokio::test]
async fn fault_06_an_endless_body_is_cut_off() {
    told(
        |_| Act::Endless,
        "the answer is larger than 4 MiB and was cut off",
    )
    .await;
}

#[tokio::test]
async fn fault_07_a_gzip_bomb_is_cut_off() {
    told(
        |_| Act::GzipBomb,
        "the answer is larger than 4 MiB and was cut off",
    )
    .await;
}

#[tokio::test]
async fn fault_08_a_sign_in_page() {
    told(
        |_| Act::body("<html><body>Please sign in</body></html>"),
        "the answer is not JSON: it looks like a web page, perhaps the network's sign-in page",
    )
    .await;
}

#[tokio::test]
async fn fault_09_odd_bodies() {
    for (body, words) in [
        (String::new(), "the answer is empty"),
        (
            "[1, 2]".into(),
            "the answer is JSON of an unexpected shape, not an object",
        ),
        ("{\"status\":null}".into(), "the answer has no status"),
        ("{\"job_id\":\"x\"}".into(), "the answer has no status"),
        ("[".repeat(200_000), "the answer is not JSON"),
        (
            "{\"status\": \"SYNC_".into(),
            "the answer is broken JSON (line 1, column 17)",
        ),
    ] {
        told(move |_| Act::body(&body), words).await;
    }
}

#[tokio::test]
async fn fault_10_unknown_fields_and_statuses_are_shown() {
    let body = r#"{"status":"Waiting_For_Godot","new_field":[1],"status_timestamp":7}"#;
    let mut pair = Pair::start(move |_| Act::body(body)).await;
    pair.until(|pair| pair.transitions.len() == 3).await;
    let job = pair.bad.job.as_ref().unwrap();
    assert_eq!(job.status.as_str(), "Waiting_For_Godot");
    assert_eq!(job.status.state(), State::Unknown);
    assert!(job.raw.contains("new_field"));
    let mut pair = Pair::start(|_| Act::job("etl_started")).await;
    pair.until(|pair| pair.transitions.len() == 3).await;
    assert_eq!(
        pair.bad.job.as_ref().unwrap().status.as_str(),
        "ETL_STARTED"
    );
}

#[tokio::test]
async fn fault_11_a_job_that_is_gone() {
    let gone = r#"{"Code":"Error","Message":"Invalid job_root supplied - job does not exist!"}"#;
    let pair = told(
        move |_| Act::Answer(400, &[], gone.to_owned()),
        "Invalid job_root supplied - job does not exist!",
    )
    .await;
    assert_eq!(pair.server.asked("/bad/"), 2, "tried once a minute");
    assert_eq!(pair.status, EnvironmentStatus::Closed);
}

#[tokio::test]
async fn fault_12_a_refused_key_is_one_environments_affair() {
    let refusing = BadServer::start(|_, _| Act::status(403)).await;
    let fine = BadServer::start(|_, _| Act::job("SYNC_STARTED")).await;
    let (watcher, mut updates) = watch::start(7);
    watcher.connect(EnvironmentId(0), client(&fine.base), LIMITS);
    watcher.connect(EnvironmentId(1), client(&refusing.base), LIMITS);
    let mine = |key: u32, environment| target(JobId(key), &format!("t{key}"), environment);
    watcher.add((0..5).map(|key| mine(key, 0)).collect());
    watcher.add((5..55).map(|key| mine(key, 1)).collect());
    let (mut polls, mut refused) = (0, None);
    while polls < 25 {
        let batch = updates.recv().await.unwrap();
        let good = batch.snapshots.values().filter(|each| each.job.is_some());
        polls += good.count();
        refused = batch
            .environment_statuses
            .get(&EnvironmentId(1))
            .cloned()
            .or(refused);
    }
    let Some(EnvironmentStatus::Unauthorized { error, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        error.to_string().contains("the key is refused (403"),
        "{error}"
    );
    assert!(refusing.asked("GET") <= 7, "{}", refusing.asked("GET"));
}

#[tokio::test]
async fn fault_13_429_holds_the_environment_whatever_it_says() {
    for (value, at_least, at_most) in [
        ("2", 1, 2),
        ("31536000", 500, 600),
        ("-5", 0, 60),
        ("soon", 0, 60),
        ("99999999999999999999999", 500, 600),
        ("Tue, 31 Dec 2999 00:00:00 GMT", 500, 600),
    ] {
        let headers: &'static [_] = Box::leak(Box::new([("retry-after", value)]));
        let act = move |_| Act::Answer(429, headers, "{}".to_owned());
        let mut pair = Pair::start(act).await;
        pair.until(|pair| matches!(pair.status, EnvironmentStatus::RateLimited { .. }))
            .await;
        let EnvironmentStatus::RateLimited { until } = pair.status else {
            unreachable!()
        };
        let wait = until.duration_since(Timestamp::now()).as_secs();
        assert!((at_least..=at_most).contains(&wait), "{value}: {wait} s");
    }
}

#[tokio::test]
async fn fault_14_a_service_in_trouble_is_asked_less_and_less() {
    for status in [500, 502, 503, 504] {
        let words = format!("the service is in trouble ({status}: so it is)");
        told(move |_| Act::status(status), &words).await;
    }
}

#[tokio::test]
async fn fault_15_flapping_keeps_the_row_and_counts_the_errors() {
    let act = |number: usize| match number % 2 {
        0 => Act::status(500),
        _ => Act::job("SYNC_STARTED"),
    };
    let mut pair = Pair::start(act).await;
    pair.until(|pair| pair.bad.health.errors >= 3).await;
    assert_eq!(pair.transitions.len(), 2, "no change of status was seen");
    assert_eq!(pair.status, EnvironmentStatus::Closed);
    pair.until(|pair| pair.trouble().is_none()).await;
}

#[tokio::test]
async fn fault_16_a_redirect_is_not_followed_and_the_key_stays() {
    let trap = BadServer::start(|_, _| Act::job("JOB_COMPLETED")).await;
    for status in [301, 302, 307, 308] {
        let to = trap.base.replace("127.0.0.1", "localhost") + "/caught";
        let headers: &'static [_] =
            Box::leak(Box::new([("location", &*Box::leak(to.into_boxed_str()))]));
        told(
            move |_| Act::Answer(status, headers, String::new()),
            "the service redirects to localhost, which is not followed: check base_url, or sign in \
             to the network",
        )
        .await;
    }
    assert_eq!(trap.asked("GET"), 0);
}

#[test]
fn fault_17_unencrypted_only_to_this_machine() {
    for base in [
        "http://api.hotglue.com",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
    ] {
        let error = BaseUrl::parse(base, false).unwrap_err().to_string();
        assert!(error.contains("allow_http"), "{error}");
    }
    assert!(BaseUrl::parse("http://[::1]:80", false).is_ok());
}

#[tokio::test]
async fn fault_18_a_job_that_comes_back_to_life_and_answers_for_another() {
    let scenario = ["ETL_STARTED", "ETL_FAILED"];
    let mut pair = Pair::start(move |number| Act::job(scenario[(number - 2).min(1)])).await;
    pair.until(|pair| pair.transitions.iter().any(|(_, to)| to == "ETL_FAILED"))
        .await;
    let job = pair.bad.job.as_ref().unwrap();
    assert_eq!(job.status.state(), State::Failed);
    let other = r#"{"status":"JOB_COMPLETED","s3_root":"someone/flows/else/jobs/x"}"#;
    told(
        move |_| Act::body(other),
        "the service answered for another job (someone/flows/else/jobs/x), so the answer is not used",
    )
    .await;
}

#[tokio::test]
async fn fault_19_odd_times_do_no_harm() {
    for time in [
        "2999-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "2026-11-23 12:00:00",
        "yesterday",
        "",
    ] {
        let body =
            format!(r#"{{"status":"ETL_STARTED","start_time":"{time}","last_updated":"{time}"}}"#);
        let mut pair = Pair::start(move |_| Act::body(&body)).await;
        pair.until(|pair| pair.transitions.len() == 3).await;
        let updated = pair.bad.job.as_ref().unwrap().last_updated.clone();
        if let Some(at) = updated.and_then(|moment| moment.at) {
            let age = age(at, Timestamp::now());
            assert!(!age.starts_with('-'), "{time}: {age}");
        }
    }
}

/// A server that shows a certificate and answers nothing.
async fn showing(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> String {
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let config = tokio_rustls::rustls::ServerConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(
        vec![CertificateDer::from(certificate.der().to_vec())],
        PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    )
    .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn fault_20_each_fault_of_a_certificate_is_told_with_its_remedy() {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let name = &mut authority.distinguished_name;
    name.push(rcgen::DnType::CommonName, "an authority of our own");
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let signed = |name: &str, from: i32, to: i32| {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        (params.signed_by(&key, &issuer).unwrap(), key)
    };
    let stranger_key = rcgen::KeyPair::generate().unwrap();
    let unlinked_tenant = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .self_signed(&stranger_key)
        .unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("https://localhost:{}", silent.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = silent.accept().await {
            let hello = b"HTTP/1.1 400 Bad Request\r\n\r\n";
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, hello).await;
        }
    });
    let (expired, expired_key) = signed("localhost", 2001, 2002);
    let (early, early_key) = signed("localhost", 3001, 3002);
    let (other, other_key) = signed("other.example", 2001, 3002);
    for (base, words) in [
        (showing(&expired, &expired_key).await, "has expired"),
        (showing(&early, &early_key).await, "is not valid yet"),
        (showing(&other, &other_key).await, "is for another host"),
        (
            showing(&unlinked_tenant, &stranger_key).await,
            "unknown authority",
        ),
        (plain, "does not speak HTTPS"),
    ] {
        let home = Home::with_config(&format!(
            "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\napi_key = \"marker-key\"\n\
             [[jobs]]\njob_root = \"acme/flows/f/jobs/1\"\n"
        ));
        std::fs::write(home.path("ca.pem"), authority_certificate.pem()).unwrap();
        let output = tokio::task::spawn_blocking(move || {
            let mut command = home.command(&["status", "--output", "json"]);
            command.env("SSL_CERT_FILE", home.path("ca.pem"));
            command.output().unwrap()
        });
        let output = output.await.unwrap();
        assert_eq!(output.status.code(), Some(3));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// Fault 21: this machine is asked without a proxy, others through it; a proxy
/// that is down is told.
#[tokio::test]
async fn fault_21_proxies_are_for_other_hosts() {
    let server = BadServer::start(|_, _| Act::job("JOB_COMPLETED")).await;
    let proxy = BadServer::start(|_, _| Act::status(407)).await;
    let config = |base: &str| {
        format!(
            "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\napi_key = \"marker-key\"\n\
             [[jobs]]\njob_root = \"acme/flows/f/jobs/1\"\n"
        )
    };
    let run = |base: String| {
        let home = Home::with_config(&config(&base));
        let proxy = proxy.base.clone();
        tokio::task::spawn_blocking(move || {
            let mut command = home.command(&["status"]);
            for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
                command.env(name, &proxy);
            }
            command.output().unwrap()
        })
    };
    let output = run(server.base.clone()).await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(proxy.asked(""), 0);
    let output = run("https://nowhere.invalid".to_owned()).await.unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("proxy"), "{said}");
    assert!(!said.contains("marker-key"));
    assert_eq!(proxy.asked("CONNECT nowhere.invalid:443"), 1);
    assert_eq!(proxy.asked("marker-key"), 0, "the proxy sees no key");
}

#[tokio::test(start_paused = true)]
async fn fault_42_after_a_long_sleep_there_is_no_burst() {
    let mut schedule = watch::Schedule::new(
        Limits {
            requests_per_second: Some(20),
            concurrent_requests: 16,
        },
        7,
    );
    let begin = tokio::time::Instant::now();
    let asks: Vec<_> = (0..500)
        .map(|key| watch::PollRequest::Status(JobId(key)))
        .collect();
    for ask in &asks {
        schedule.add(*ask, Duration::from_secs(5), begin);
    }
    let later = begin + Duration::from_hours(8);
    let mut taken = 0;
    for millisecond in 0..1_000 {
        let now = later + Duration::from_millis(millisecond);
        while let Some(ask) = schedule.take(now) {
            taken += 1;
            schedule.finish(ask, watch::PollOutcome::Running, now);
        }
    }
    assert!(taken <= 20, "{taken} in the first second");
    // Ages come from the wall clock, not from what was slept through.
    let event = Timestamp::now() - SignedDuration::from_hours(8);
    assert_eq!(age(event, Timestamp::now()), "8h");
}

#[tokio::test(start_paused = true)]
async fn fault_43_ten_thousand_that_cannot_connect_cost_one_request_at_a_time() {
    let mut schedule = watch::Schedule::new(
        Limits {
            requests_per_second: Some(20),
            concurrent_requests: 16,
        },
        7,
    );
    let begin = tokio::time::Instant::now();
    for key in 0..10_000 {
        schedule.add(
            watch::PollRequest::Status(JobId(key)),
            Duration::from_secs(5),
            begin,
        );
    }
    let mut asked = 0;
    let mut now = begin;
    while now < begin + Duration::from_mins(5) {
        while let Some(ask) = schedule.take(now) {
            asked += 1;
            schedule.finish(ask, watch::PollOutcome::Unavailable, now);
        }
        now = schedule
            .wake_at()
            .unwrap_or(now)
            .max(now + Duration::from_millis(1));
    }
    assert!(asked < 400, "{asked} requests in five minutes");
}

#[tokio::test]
async fn fault_45_a_message_of_a_megabyte_is_kept_in_part() {
    let body = format!(
        r#"{{"status":"ETL_FAILED","message":"{}"}}"#,
        "a long story ".repeat(80_000)
    );
    let mut pair = Pair::start(move |_| Act::body(&body)).await;
    pair.until(|pair| pair.transitions.iter().any(|(_, to)| to == "ETL_FAILED"))
        .await;
    let job = pair.bad.job.as_ref().unwrap();
    let message = job.message.as_ref().unwrap().as_str();
    assert!(message.len() < 65 * 1024);
    assert!(message.contains("more"), "it says that there was more");
    assert!(job.raw.len() < 130 * 1024);
}

#[tokio::test]
async fn fault_47_ids_of_any_kind_are_one_segment_each() {
    let server = BadServer::start(|_, _| Act::job("SYNC_STARTED")).await;
    for tenant in ["a/b", "a%2fb", "a?b", "a#b", "a b", "ü😀", "..a", "a\\b"] {
        let JobSelector::Job(mut job) = target(BAD, "bad", 0).selector else {
            unreachable!()
        };
        Arc::get_mut(&mut job).unwrap().tenant = TenantId::parse(tenant).unwrap();
        client(&server.base).job_status(&job, None).await.unwrap();
        let head = server.requests.lock().unwrap().last().unwrap().clone();
        let path = head.split(' ').nth(1).unwrap().split('?').next().unwrap();
        let segments: Vec<_> = path.split('/').skip(1).collect();
        assert_eq!(segments.len(), 5, "{path}");
        assert_eq!((segments[1], segments[4]), ("flow", "status"));
        assert_eq!(head.split(' ').nth(1).unwrap().matches('?').count(), 1);
    }
    for tenant in ["", ".", "..", "a\nb"] {
        assert!(TenantId::parse(tenant).is_err());
    }
}
