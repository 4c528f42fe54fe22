-- The schema of hgtop 0.1.0, as its databases have it.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    env_id TEXT NOT NULL,
    job_root TEXT NOT NULL,
    flow TEXT NOT NULL,
    tenant TEXT NOT NULL,
    tap TEXT NOT NULL,
    started INTEGER,
    last INTEGER NOT NULL,
    status TEXT NOT NULL,
    message TEXT,
    facts TEXT,
    UNIQUE (env_id, job_root)
);
CREATE INDEX runs_of_a_tenant ON runs (env_id, flow, tenant, started);
CREATE INDEX runs_by_age ON runs (last);
CREATE TABLE steps (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    status TEXT NOT NULL,
    seen INTEGER NOT NULL,
    updated INTEGER
);
CREATE INDEX steps_of_a_run ON steps (run);
CREATE TABLE silences (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    stage TEXT NOT NULL,
    longest INTEGER NOT NULL,
    PRIMARY KEY (run, stage)
) WITHOUT ROWID;
CREATE TABLE durations (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    env_id TEXT NOT NULL,
    flow TEXT NOT NULL,
    tap TEXT NOT NULL,
    stage TEXT NOT NULL,
    took INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    PRIMARY KEY (run, stage)
) WITHOUT ROWID;
CREATE INDEX durations_of_a_flow ON durations (env_id, flow, tap, stage, ended);
