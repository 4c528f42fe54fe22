//! What the help of each command ends with: examples and exit codes.

pub(super) const HGTOP: &str = "\
Examples:
  hgtop demo          try it, without an API key
  hgtop config init   create a config file
  hgtop               show the dashboard
  hgtop status        poll each job once

Exit codes:
  0      success
  1      a job failed, or the result of a gate is hold
  2      usage or config error
  3      a job's state could not be determined
  4      the result of a gate is inconclusive
  124    timed out
  128+n  terminated by signal n";

pub(super) const DEMO: &str = "\
Examples:
  hgtop demo
  hgtop demo --jobs 2000 --speed 4
  hgtop demo --faults --seed 7
  hgtop demo --config my.toml          with the theme, glyphs and keys of a config
  hgtop demo --serve 8080 > demo.toml  then: hgtop --config demo.toml";

pub(super) const ADD: &str = "\
Examples:
  hgtop add acme/flows/l8odS2mce/jobs/lmaEbA --name 'acme nightly'
  hgtop add 'https://api.hotglue.com/ENV/FLOW/TENANT/jobs/status?job_root=…' --tag rollout-42
  curl … -X POST …/jobs | hgtop add -
  hgtop add --follow l8odS2mce --tenant acme --tenant globex --name invoices

Accepted: a job_root or s3_root, a status URL, the JSON of a Run job or status
answer, a curl command, CSV or TSV with a header; one or more references.";

pub(super) const REMOVE: &str = "\
Example:
  hgtop remove 'acme nightly'";

pub(super) const LIST: &str = "\
Examples:
  hgtop list
  hgtop list --output json | jq '.jobs[].job_root'";

pub(super) const STATUS: &str = "\
Examples:
  hgtop status
  hgtop status 'acme nightly' --output json
  hgtop status acme/flows/l8odS2mce/jobs/lmaEbA

Exit codes:
  0  no job failed
  1  a job failed
  2  usage or config error
  3  a job's state could not be determined";

pub(super) const WAIT: &str = "\
Examples:
  hgtop wait 'acme nightly' --timeout 30m
  hgtop wait --tag rollout-42 --fail-fast
  curl … -X POST …/jobs | hgtop wait -
  hgtop wait --follow l8odS2mce --tenant acme --tenant globex --newer-than 10m
  hgtop wait --tag wave-1 --gate 'failed<=2%' --min-finished 50
  hgtop wait --tag wave-1 --gate 'failed<=2%' --gate 'rows>=80%' --gate 'p90<=1.3x'
  hgtop wait --tag wave-1 --output github
  hgtop wait --tag wave-1 --output junit > hgtop.xml

t on a terminal, or SIGUSR1, prints what is running.

Exit codes:
  0      all jobs completed, or the result of the gate is pass
  1      a job failed, or the result of the gate is hold
  2      usage or config error
  3      a job's state could not be determined
  4      the result of the gate is inconclusive, also after --timeout
  124    timed out without a gate
  128+n  terminated by signal n";

pub(super) const ROLLOUT: &str = "\
Examples:
  hgtop rollout start invoices
  hgtop rollout list
  hgtop rollout compare invoices
  hgtop rollout show invoices --output json
  hgtop rollout report invoices --to report.html

A rollout is a followed flow with a start: [[follow]] with since in the config file.";

pub(super) const ROLLOUT_START: &str = "\
Examples:
  hgtop rollout start invoices
  hgtop rollout start invoices --at 2026-11-24T09:00:00Z
  hgtop rollout start l8odS2mce --at 10m";

pub(super) const ROLLOUT_COMPARE: &str = "\
Examples:
  hgtop rollout compare invoices
  hgtop rollout compare invoices --by tap-version
  hgtop rollout compare invoices --output json | jq '.comparison[].result'

Each tenant's first run since the start is compared with its runs before, from the
history: fill it with hgtop history learn. At most 5 % of tables contain a false
finding, however often they are looked at.

Exit codes: 0 success, 3 a job's state could not be determined";

pub(super) const ROLLOUT_LIST: &str = "\
Examples:
  hgtop rollout list
  hgtop rollout list --output json | jq '.rollouts[].since'";

pub(super) const ROLLOUT_SHOW: &str = "\
Examples:
  hgtop rollout show invoices
  hgtop rollout show invoices --output json | jq .gate.result

Exit codes:
  0  the rollout was shown, whatever its result
  2  usage or config error
  3  a job's state could not be determined";

pub(super) const ROLLOUT_REPORT: &str = "\
Examples:
  hgtop rollout report invoices --to report.html
  hgtop rollout report invoices --format markdown
  hgtop rollout report invoices --format trace --to trace.json
  hgtop rollout report invoices --format json | jq .conclusion

Each job is polled once; stages over time and comparison come from the history. The
report lists what it contains and what it withholds.

Exit codes:
  0  the report was written, whatever the result
  2  usage or config error
  3  a job's state could not be determined";

pub(super) const DISCOVER: &str = "\
Examples:
  hgtop discover                              flows
  hgtop discover --flow l8odS2mce             newest job of each tenant
  hgtop discover --flow l8odS2mce --tenants   tenants
  hgtop discover -u acme                      flows of a tenant
  hgtop discover --flow l8odS2mce -u acme     jobs of a tenant, newest first

These listing calls are not part of hotglue's documented API and may be refused.";

pub(super) const REPLAY: &str = "\
Examples:
  hgtop replay
  hgtop replay rollout.hgtop
  hgtop replay rollout.hgtop --from 2026-11-24T03:30:00Z --speed 60

Shows the dashboard as it was at the end of the record, or at --from. left and right go
to the previous and the next change, n to the next failure, space plays. Nothing is
polled and nothing is written; no config and no API key are needed.

Exit codes:
  0      success
  2      usage or config error
  3      the history cannot be read
  128+n  terminated by signal n";

pub(super) const HISTORY: &str = "\
Examples:
  hgtop history
  hgtop history 'acme nightly' --output json | jq '.runs[].steps'
  hgtop history learn
  hgtop history export rollout.hgtop --anonymize --from 8h
  hgtop history prune --older-than 30d";

pub(super) const HISTORY_LEARN: &str = "\
Examples:
  hgtop history learn
  hgtop history learn --flow invoices --dry-run
  hgtop history learn --max-age 1h

Lists the jobs of each tenant once, within the limits of the environment. Interrupted
with ctrl-c, it keeps what it has learned; the next run continues. These listing calls
are not part of hotglue's documented API and may be refused.

Exit codes:
  0      success
  2      usage or config error
  3      a listing failed
  128+n  terminated by signal n";

pub(super) const HISTORY_EXPORT: &str = "\
Examples:
  hgtop history export rollout.hgtop
  hgtop history export rollout.hgtop --anonymize --from 2026-11-24T09:00:00Z --flow invoices

The file is an SQLite database. Its table manifest lists what it contains and what it
withholds. With --anonymize the same tenant, flow, id or word has the same pseudonym
throughout the file, and another one in another file.";

pub(super) const HISTORY_PRUNE: &str = "\
Examples:
  hgtop history prune
  hgtop history prune --older-than 30d --yes";

pub(super) const EXPORT: &str = "\
Examples:
  hgtop export
  hgtop export --listen 127.0.0.1:9700
  curl -s http://127.0.0.1:9478/metrics

Exports the jobs in the config file at startup. Runs until interrupted.";

pub(super) const DOCTOR: &str = "\
Examples:
  hgtop doctor
  hgtop doctor --output json
  hgtop doctor --bundle support.md      # for whoever helps: no secrets in it

Exit codes:
  0  no problem found
  1  a problem was found; the output includes the fix";

pub(super) const CONFIG: &str = "\
Examples:
  hgtop config init
  hgtop config check
  hgtop config schema > ~/.config/hgtop/hgtop.schema.json";

pub(super) const COMPLETIONS: &str = "\
Example:
  hgtop completions zsh > ~/.zfunc/_hgtop";

pub(super) const MAN: &str = "\
Examples:
  hgtop man | man -l -
  hgtop man --to ~/.local/share/man/man1";
