-- A change of an unfinished job between two statuses, or of the success of its
-- polls: when it was seen, the time of the job's last event, its message, the
-- rows that it moved so far, and the error of the poll. Times are in
-- milliseconds; message and error are texts.
CREATE TABLE updates (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    seen INTEGER NOT NULL,
    updated INTEGER,
    message INTEGER,
    row_count INTEGER,
    error INTEGER,
    PRIMARY KEY (run, seen)
) WITHOUT ROWID;
CREATE INDEX steps_by_time ON steps (seen);

-- What a dashboard watched from a time on, as JSON in a text, and whether it
-- started then.
CREATE TABLE job_lists (
    time INTEGER PRIMARY KEY,
    list INTEGER NOT NULL,
    is_start INTEGER NOT NULL
);
