-- Texts that repeat: ids, statuses, messages, settings.
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- The fields of a run, split into settings, which repeat, and counts; and the
-- version of its tap: what follows the last @ of its address, else the address.
CREATE TABLE split (id INTEGER PRIMARY KEY, settings TEXT, counts TEXT, uri TEXT, tail TEXT);
INSERT INTO split (id, settings, counts, uri)
    SELECT id,
        (SELECT json_group_array(json(value)) FROM json_each(fields)
            WHERE json_extract(value, '$[0]') NOT IN
                ('processed_rows', 'metrics', 'data_sizes', 'resources_usage', 'summary')),
        (SELECT json_group_array(json(value)) FROM json_each(fields)
            WHERE json_extract(value, '$[0]') IN
                ('processed_rows', 'metrics', 'data_sizes', 'resources_usage', 'summary')),
        (SELECT json_extract(value, '$[1]') FROM json_each(fields)
            WHERE json_extract(value, '$[0]') = 'tap_install_uri')
    FROM runs WHERE fields IS NOT NULL AND json_valid(fields);
UPDATE split SET settings = NULL WHERE settings = '[]';
UPDATE split SET counts = NULL WHERE counts = '[]';
UPDATE split SET tail = substr(uri, length(rtrim(uri, replace(uri, '@', ''))) + 1)
    WHERE instr(uri, '@') > 0;
UPDATE split SET uri = tail WHERE tail <> '' AND instr(tail, '/') = 0 AND instr(tail, ':') = 0;

INSERT INTO texts (text)
    SELECT env_id FROM runs UNION SELECT flow FROM runs UNION SELECT tenant FROM runs
    UNION SELECT tap FROM runs UNION SELECT status FROM runs UNION SELECT status FROM steps
    UNION SELECT message FROM runs WHERE message IS NOT NULL
    UNION SELECT settings FROM split WHERE settings IS NOT NULL
    UNION SELECT uri FROM split WHERE uri IS NOT NULL;

-- One run of a job. outcome: 1 completed, 2 failed, 3 cancelled, NULL where not
-- finished. counts, row_counts, stages and silences are JSON: counts without what
-- row_counts has, the last two map
-- the name of a stage to milliseconds. Columns that name a text hold its id.
CREATE TABLE new_runs (
    id INTEGER PRIMARY KEY,
    env INTEGER NOT NULL,
    job_root TEXT NOT NULL,
    flow INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    tap INTEGER NOT NULL,
    tap_version INTEGER,
    started INTEGER,
    last INTEGER NOT NULL,
    status INTEGER NOT NULL,
    outcome INTEGER,
    message INTEGER,
    settings INTEGER,
    counts TEXT,
    row_counts TEXT,
    stages TEXT,
    silences TEXT,
    UNIQUE (env, job_root)
);
INSERT INTO new_runs
    SELECT runs.id,
        (SELECT id FROM texts WHERE text = env_id),
        job_root,
        (SELECT id FROM texts WHERE text = flow),
        (SELECT id FROM texts WHERE text = tenant),
        (SELECT id FROM texts WHERE text = tap),
        (SELECT id FROM texts WHERE text = split.uri),
        started,
        last,
        (SELECT id FROM texts WHERE text = status),
        CASE
            WHEN status LIKE '%FAILED%' THEN 2
            WHEN status LIKE '%CANCEL%' THEN 3
            WHEN status LIKE 'COMPLETE%' OR status LIKE '%\_COMPLETE%' ESCAPE '\' THEN 1
        END,
        (SELECT id FROM texts WHERE text = message),
        (SELECT id FROM texts WHERE text = split.settings),
        split.counts,
        NULL,
        (SELECT json_group_object(stage, took) FROM durations
            WHERE run = runs.id AND stage <> 'whole' HAVING COUNT(*) > 0),
        (SELECT json_group_object(stage, longest) FROM silences
            WHERE run = runs.id HAVING COUNT(*) > 0)
    FROM runs LEFT JOIN split ON split.id = runs.id;

-- A status that a run reached, numbered from 0: when it was seen, when it was
-- reached according to the service, and the message that came with it.
CREATE TABLE new_steps (
    run INTEGER NOT NULL REFERENCES new_runs ON DELETE CASCADE,
    number INTEGER NOT NULL,
    status INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    updated INTEGER,
    message INTEGER,
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
INSERT INTO new_steps
    SELECT run, ROW_NUMBER() OVER (PARTITION BY run ORDER BY steps.rowid) - 1,
        (SELECT id FROM texts WHERE text = status), seen, updated, NULL
    FROM steps;

DROP TABLE split;
DROP TABLE durations;
DROP TABLE silences;
DROP TABLE steps;
DROP TABLE runs;
ALTER TABLE new_runs RENAME TO runs;
ALTER TABLE new_steps RENAME TO steps;
CREATE INDEX runs_of_a_tenant ON runs (env, flow, tenant, COALESCE(started, last));
CREATE INDEX runs_of_a_flow ON runs (env, flow, COALESCE(started, last));
CREATE INDEX completed_runs ON runs (env, flow, tap, last) WHERE outcome = 1;
CREATE INDEX runs_by_age ON runs (last);

-- What happened beside the runs: environment, kind, subject and detail are
-- texts.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    env INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    subject INTEGER,
    detail INTEGER
);
CREATE INDEX events_by_time ON events (time);

-- Up to when the runs of a tenant in a flow were learned from a listing. The
-- tenant list of an environment has the texts of an empty flow and tenant.
CREATE TABLE learned (
    env INTEGER NOT NULL,
    flow INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (env, flow, tenant)
) WITHOUT ROWID;
