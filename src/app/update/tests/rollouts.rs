//! Rollouts: which runs count, the start set with a key, and jobs that several
//! sources name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::app::jobs::Row;
use crate::history::{HistoryQuery, PastRun};
use crate::hotglue::{EnvId, FlowId, Job, JobAddress, JobRoot, RowCounts, State, Text};
use crate::rollout::LearnedBaselines;
use crate::watch::Snapshot;

pub(super) const ROLLOUT: &str = r#"
[environments.dev]
env_id = "dev.example-env.hotglue.xyz"

[[follow]]
name = "invoices"
flow = "f"
tenants = ["acme", "globex"]
since = 2026-11-23T11:00:00Z
"#;

/// The snapshot of a tenant's newest run: its root, its status, and when it was
/// created.
pub(super) fn newest(root: &str, status: &str, created: &str) -> Snapshot {
    let body =
        format!(r#"{{"status":"{status}","start_time":"{created}","last_updated":"{created}"}}"#);
    let mut snapshot = Snapshot {
        job: Some(Arc::new(Job::decode(&body).unwrap())),
        ..Snapshot::default()
    };
    let root = JobRoot::parse(root).unwrap();
    snapshot.address = Some(Arc::new(JobAddress::from_root(root).unwrap()));
    snapshot.health.last_success = Some(now());
    snapshot
}

pub(super) fn answer(model: &mut Model, id: u32, snapshot: Snapshot) -> Vec<Effect> {
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(id), snapshot);
    update(model, now(), Message::Watched(batch))
}

#[test]
fn gate_on_rows_is_evaluated_against_the_runs_before_the_start() {
    let gate = "gate = [\"rows>=80%\", \"p90<=1.3x\"]\n";
    let mut model = model_of(&format!("{ROLLOUT}{gate}"));
    let results = |model: &Model| -> Vec<String> {
        let rollout = model.shown_rollout().unwrap();
        let conditions = rollout.summary.conditions().iter();
        conditions.map(ToString::to_string).collect()
    };
    assert!(results(&model)[0].ends_with("no baseline; run `hgtop history learn`"));
    for (id, tenant) in ["acme", "globex"].into_iter().enumerate() {
        let body = r#"{"status":"JOB_COMPLETED","start_time":"2026-11-23T11:30:00Z",
            "last_updated":"2026-11-23T11:32:00Z","processed_rows":500}"#;
        let root = format!("{tenant}/flows/f/jobs/new");
        let mut snapshot = newest(&root, "JOB_COMPLETED", "2026-11-23T11:30:00Z");
        snapshot.job = Some(Arc::new(Job::decode(body).unwrap()));
        answer(&mut model, u32::try_from(id).unwrap(), snapshot);
    }
    let past = ["acme", "globex"].into_iter().flat_map(|tenant| {
        (1..=5).map(move |day| {
            let started = now() - SignedDuration::from_hours(24 * day);
            PastRun {
                tenant: TenantId::parse(tenant).unwrap(),
                tap: Text::new("shopify"),
                tap_version: None,
                job_root: JobRoot::parse(&format!("{tenant}/flows/f/jobs/{day}")).unwrap(),
                started,
                finished: started + SignedDuration::from_secs(60),
                state: State::Completed,
                stages: Vec::new(),
                silences: Vec::new(),
                rows: Some(RowCounts {
                    total: Some(600),
                    ..RowCounts::default()
                }),
                message: None,
            }
        })
    });
    let env = EnvId::parse("dev.example-env.hotglue.xyz").unwrap();
    let runs = vec![(env, FlowId::parse("f").unwrap(), past.collect())];
    let learned = Message::Baselines(LearnedBaselines::new(&runs, &[]));
    let effects = update(&mut model, now(), learned);
    assert_eq!(
        results(&model),
        [
            "gate rows>=80%: pass (1k rows, baseline 1.2k, 83.3 %)",
            "gate p90<=1.3x: hold (2 of 2 jobs took longer than 1.3x their baseline)",
        ]
    );
    // The rows that are shown are judged by the new baseline.
    let is_query = |effect: &&Effect| matches!(effect, Effect::HistoryQuery(HistoryQuery::RunsBefore(jobs)) if jobs.len() == 2);
    assert_eq!(effects.iter().filter(is_query).count(), 1);
}

fn row(model: &Model, id: u32) -> &Row {
    model.jobs.get(JobId(id)).unwrap()
}

#[test]
fn run_from_before_the_start_is_shown_and_not_counted() {
    let mut model = model_of(ROLLOUT);
    let old = newest("acme/flows/f/jobs/1", "ETL_FAILED", "2026-11-23T10:59:59Z");
    answer(&mut model, 0, old);
    let new = newest(
        "globex/flows/f/jobs/2",
        "JOB_COMPLETED",
        "2026-11-23T11:00:00Z",
    );
    answer(&mut model, 1, new);
    let counts = model.jobs.counts();
    assert_eq!(
        (counts.not_started(), counts.finished(), counts.total()),
        (1, 1, 2)
    );
    assert_eq!((counts.of(State::Failed), counts.of(State::Queued)), (0, 0));
    let acme = row(&model, 0);
    assert_eq!(
        (acme.status_label(), acme.state_name()),
        ("not started", "not started")
    );
    assert_eq!(
        acme.job().unwrap().status.state(),
        State::Failed,
        "the last run is kept"
    );
    assert!(acme.facts().is_none(), "it is in no failure group");
    let run = newest(
        "acme/flows/f/jobs/3",
        "SYNC_STARTED",
        "2026-11-23T11:30:00Z",
    );
    answer(&mut model, 0, run);
    assert_eq!(model.jobs.counts().not_started(), 0);
    assert_eq!(row(&model, 0).state(), State::Running);
}

#[test]
fn run_without_a_time_of_creation_does_not_count_in_a_rollout() {
    let mut model = model_of(ROLLOUT);
    answer(
        &mut model,
        0,
        newest("acme/flows/f/jobs/1", "JOB_COMPLETED", "soon"),
    );
    assert_eq!(model.jobs.counts().not_started(), 1);
    let plain = ROLLOUT.replace("since = 2026-11-23T11:00:00Z", "");
    reload(&mut model, &plain);
    assert_eq!(model.jobs.counts().of(State::Completed), 1);
}

#[test]
fn start_and_gate_change_without_losing_the_rows() {
    let mut model = model_of(ROLLOUT);
    let run = newest(
        "acme/flows/f/jobs/1",
        "JOB_COMPLETED",
        "2026-11-23T11:30:00Z",
    );
    answer(&mut model, 0, run);
    assert_eq!(model.jobs.counts().of(State::Completed), 1);
    let later = ROLLOUT.replace("11:00:00Z", "11:45:00Z\ngate = \"failed<=2%\"");
    let effects = reload(&mut model, &later);
    assert!(
        !effects
            .iter()
            .any(|it| matches!(it, Effect::Watch(_) | Effect::Unwatch(_)))
    );
    assert_eq!(model.jobs.counts().not_started(), 1);
    let (_, followed) = model.follows.iter().next().unwrap();
    assert_eq!(followed.flow.gate[0].to_string(), "failed<=2%");
}

#[test]
fn rollout_is_started_with_a_key_and_undone() {
    let mut model = model_of(&ROLLOUT.replace("since = 2026-11-23T11:00:00Z", ""));
    let run = newest(
        "acme/flows/f/jobs/1",
        "JOB_COMPLETED",
        "2026-11-23T11:30:00Z",
    );
    answer(&mut model, 0, run);
    model.jobs.select(JobId(0));
    let effects = press(&mut model, KeyCode::Char('@'));
    match saves(&effects)[..] {
        [(_, Change::SetStart(entry, Some(start)))] => {
            assert_eq!((entry.name.as_str(), *start), ("invoices", now()));
        }
        ref other => panic!("{other:?}"),
    }
    assert_eq!(model.jobs.counts().not_started(), 1);
    let notice = &model.notice.as_ref().unwrap().text;
    assert_eq!(notice, "rollout 'invoices' starts now (u to undo)");
    let effects = press(&mut model, KeyCode::Char('u'));
    assert!(matches!(
        saves(&effects)[..],
        [(_, Change::SetStart(_, None))]
    ));
    assert_eq!(model.jobs.counts().of(State::Completed), 1);
}

#[test]
fn job_outside_of_a_followed_flow_starts_no_rollout() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::Char('@'));
    assert!(saves(&effects).is_empty());
    let notice = &model.notice.as_ref().unwrap().text;
    assert!(notice.contains("no rollout to start"), "{notice}");
}

/// One entry and two followed flows that name a job of acme.
const SHARED: &str = r#"
[environments.dev]
env_id = "dev.example-env.hotglue.xyz"

[[jobs]]
name = "nightly"
job_root = "acme/flows/f/jobs/1"
tags = ["wave-1"]
poll_interval = "2s"

[[follow]]
name = "invoices"
flow = "f"
tenants = ["acme"]

[[follow]]
name = "again"
flow = "f"
tenants = ["acme", "globex"]
"#;

#[test]
fn job_that_an_entry_and_two_follows_name_is_one_row() {
    let mut model = model_of(SHARED);
    // What the two followed flows share is one row from the beginning.
    assert_eq!(
        names(&model),
        ["nightly", "acme invoices, acme again", "globex again"]
    );
    model.jobs.select(JobId(0));
    let run = newest(
        "acme/flows/f/jobs/1",
        "SYNC_STARTED",
        "2026-11-23T11:30:00Z",
    );
    let effects = answer(&mut model, 1, run);
    assert_eq!(
        names(&model),
        ["nightly, acme invoices, acme again", "globex again"]
    );
    assert_eq!(model.jobs.counts().total(), 2);
    let acme = row(&model, 1);
    assert_eq!(acme.tags, [Text::new("wave-1")]);
    assert_eq!(
        model.jobs.selected().unwrap().id,
        JobId(1),
        "the cursor stays on the job"
    );
    let unwatched = |it: &Effect| matches!(it, Effect::Unwatch(ids) if *ids == [JobId(0)]);
    assert!(
        effects.iter().any(unwatched),
        "it is polled once: {effects:?}"
    );
    let faster = |it: &Effect| matches!(it, Effect::SetInterval(JobId(1), interval) if interval.as_secs() == 2);
    assert!(effects.iter().any(faster), "{effects:?}");

    // Another run of the tenant: two jobs, and the first keeps what is known.
    let run = newest("acme/flows/f/jobs/2", "JOB_CREATED", "2026-11-23T11:50:00Z");
    let effects = answer(&mut model, 1, run);
    assert_eq!(model.jobs.counts().total(), 3);
    assert_eq!(row(&model, 0).state(), State::Running);
    assert_eq!(row(&model, 1).state(), State::Queued);
    assert!(row(&model, 1).tags.is_empty());
    let watched = |it: &Effect| matches!(it, Effect::Watch(targets) if targets[0].id == JobId(0));
    assert!(effects.iter().any(watched), "{effects:?}");
}

#[test]
fn removing_one_source_leaves_the_others() {
    let mut model = model_of(SHARED);
    let run = newest(
        "acme/flows/f/jobs/1",
        "SYNC_STARTED",
        "2026-11-23T11:30:00Z",
    );
    answer(&mut model, 1, run);
    // The entry goes first, and its undo joins it again.
    model.jobs.select(JobId(1));
    press(&mut model, KeyCode::Char('d'));
    let effects = press(&mut model, KeyCode::Enter);
    assert!(matches!(saves(&effects)[..], [(_, Change::Remove(_))]));
    assert_eq!(names(&model), ["acme invoices, acme again", "globex again"]);
    press(&mut model, KeyCode::Char('u'));
    assert_eq!(
        names(&model),
        ["nightly, acme invoices, acme again", "globex again"]
    );
    // In the file, each of the sources.
    let mut model = model_of(SHARED);
    let run = newest(
        "acme/flows/f/jobs/1",
        "SYNC_STARTED",
        "2026-11-23T11:30:00Z",
    );
    answer(&mut model, 1, run);
    let without_first = SHARED.replace("name = \"invoices\"\nflow = \"f\"", "flow = \"g\"");
    reload(&mut model, &without_first);
    assert!(
        names(&model).contains(&"nightly, acme again".to_owned()),
        "{:?}",
        names(&model)
    );
    let only_entry = SHARED.split("[[follow]]").next().unwrap();
    let effects = reload(&mut model, only_entry);
    assert_eq!(names(&model), ["nightly"]);
    assert_eq!(row(&model, 0).tags, [Text::new("wave-1")]);
    let watched = |it: &Effect| matches!(it, Effect::Watch(targets) if targets[0].id == JobId(0));
    assert!(effects.iter().any(watched), "{effects:?}");
}

#[test]
fn entry_of_a_shared_row_is_edited() {
    let mut model = model_of(SHARED);
    let run = newest(
        "acme/flows/f/jobs/1",
        "SYNC_STARTED",
        "2026-11-23T11:30:00Z",
    );
    answer(&mut model, 1, run);
    model.jobs.select(JobId(1));
    press(&mut model, KeyCode::Char('e'));
    press(&mut model, KeyCode::Char('!'));
    let effects = press(&mut model, KeyCode::Enter);
    assert!(
        matches!(saves(&effects)[..], [(_, Change::Edit(..))]),
        "{effects:?}"
    );
    assert!(
        names(&model)[0].starts_with("nightly!, acme invoices"),
        "{:?}",
        names(&model)
    );
}

/// A step of the test of arbitrary sources.
#[derive(Debug, Clone)]
enum Turn {
    /// The newest run of a tenant is this one.
    Newest { tenant: u8, run: u8, is_old: bool },
    /// The file has these entries (tenant, run) and follows (tenants, since).
    File(Vec<(u8, u8)>, Vec<(BTreeSet<u8>, bool)>),
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let tenant = 0_u8..3;
    let newest =
        (tenant.clone(), 0_u8..3, any::<bool>()).prop_map(|(tenant, run, is_old)| Turn::Newest {
            tenant,
            run,
            is_old,
        });
    let entries = prop::collection::vec((tenant.clone(), 0_u8..3), 0..4);
    let follows = prop::collection::vec(
        (prop::collection::btree_set(tenant, 1..3), any::<bool>()),
        0..3,
    );
    let file = (entries, follows).prop_map(|(entries, follows)| Turn::File(entries, follows));
    prop::collection::vec(prop_oneof![3 => newest, 1 => file], 1..24)
}

fn file(entries: &[(u8, u8)], follows: &[(BTreeSet<u8>, bool)]) -> String {
    let mut text = "[environments.dev]\nenv_id = \"dev.x.xyz\"\n".to_owned();
    for (tenant, run) in entries {
        text.push_str(&format!(
            "[[jobs]]\njob_root = \"t{tenant}/flows/f/jobs/{run}\"\n"
        ));
    }
    for (number, (tenants, has_start)) in follows.iter().enumerate() {
        let tenants: Vec<String> = tenants.iter().map(|it| format!("\"t{it}\"")).collect();
        let since = if *has_start {
            "since = 2026-11-23T11:00:00Z\n"
        } else {
            ""
        };
        text.push_str(&format!(
            "[[follow]]\nname = \"n{number}\"\nflow = \"f\"\ntenants = [{}]\n{since}",
            tenants.join(", ")
        ));
    }
    text
}

/// What the watcher polls, from the effects.
#[derive(Default)]
struct Polled(BTreeSet<JobId>);

impl Polled {
    fn apply(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Watch(targets) => self.0.extend(targets.iter().map(|target| target.id)),
                Effect::Unwatch(ids) => self.0.retain(|id| !ids.contains(id)),
                _ => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn one_job_is_one_row_and_one_count_whatever_names_it(turns in turns()) {
        let mut model = model_of(&file(&[], &[]));
        let mut polled = Polled::default();
        polled.apply(&start(&model));
        for turn in turns {
            let effects = match turn {
                Turn::File(entries, follows) => reload(&mut model, &file(&entries, &follows)),
                Turn::Newest { tenant, run, is_old } => {
                    let tenant = format!("t{tenant}");
                    let row = model.jobs.all().find(|row| row.is_followed() && row.tenant() == tenant);
                    let Some(id) = row.map(|row| row.id.0) else { continue };
                    let created = if is_old { "2026-11-23T10:00:00Z" } else { "2026-11-23T11:30:00Z" };
                    let root = format!("{tenant}/flows/f/jobs/{run}");
                    answer(&mut model, id, newest(&root, "ETL_FAILED", created))
                }
            };
            polled.apply(&effects);
            let counts = model.jobs.counts();
            let states: usize = State::ALL.iter().map(|state| counts.of(*state)).sum();
            prop_assert_eq!(states + counts.pending() + counts.not_started(), counts.total());
            prop_assert_eq!(counts.total(), model.jobs.all().count());
            prop_assert_eq!(model.jobs.shown().count(), model.jobs.all().count());
            let mut by_root: BTreeMap<&str, usize> = BTreeMap::new();
            for row in model.jobs.all().filter(|row| !row.job_root().is_empty()) {
                *by_root.entry(row.job_root()).or_default() += 1;
            }
            prop_assert!(by_root.values().all(|count| *count == 1), "{by_root:?}");
            let ids: BTreeSet<JobId> = model.jobs.all().map(|row| row.id).collect();
            prop_assert_eq!(&ids, &polled.0, "each job is polled once");
        }
    }
}
