-- A forecast of a flow's rollout: when it was made, the start of the first job
-- that was unfinished then, how many jobs had finished and how many were
-- expected, the shown percentiles, the uncorrected quantiles as a JSON array,
-- and when the last of the started jobs finished, NULL before that. Times are
-- in milliseconds; env and flow are texts.
CREATE TABLE forecasts (
    id INTEGER PRIMARY KEY,
    env INTEGER NOT NULL,
    flow INTEGER NOT NULL,
    made INTEGER NOT NULL,
    since INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    expected INTEGER NOT NULL,
    p50 INTEGER NOT NULL,
    p90 INTEGER NOT NULL,
    quantiles TEXT NOT NULL,
    finish INTEGER
);
CREATE INDEX forecasts_by_time ON forecasts (made);
CREATE INDEX forecasts_of_a_rollout ON forecasts (env, flow, finish, made);
CREATE INDEX unfinished_runs ON runs (env, flow, started) WHERE outcome IS NULL;
