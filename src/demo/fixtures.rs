//! The names and messages of the simulated rollout: tenants, integrations and
//! their failures.

/// Tenants: the customers of a software vendor.
pub(super) const TENANTS: [&str; 40] = [
    "acme",
    "globex",
    "initech",
    "umbrella",
    "hooli",
    "stark-industries",
    "wayne-corp",
    "wonka",
    "cyberdyne",
    "soylent",
    "tyrell",
    "massive-dynamic",
    "pied-piper",
    "vandelay",
    "dunder-mifflin",
    "sterling-cooper",
    "bluth",
    "los-pollos",
    "oscorp",
    "gringotts",
    "aperture",
    "black-mesa",
    "weyland",
    "nakatomi",
    "monsters-inc",
    "duff",
    "krusty",
    "kwik-e-mart",
    "sirius",
    "virtucon",
    "zorin",
    "gekko",
    "prestige",
    "rekall",
    "omni",
    "abstergo",
    "vault-tec",
    "mom-corp",
    "buynlarge",
    "northwind",
];

/// An integration: its flow, tap, target and job name.
#[derive(Debug)]
pub(super) struct Integration {
    pub(super) flow: &'static str,
    pub(super) tap: &'static str,
    pub(super) target: &'static str,
    pub(super) name: &'static str,
}

/// The integration of the followed flow, which most of its tenants use.
pub(super) const FOLLOWED: Integration = Integration {
    flow: "Nq4vW8xTz",
    tap: "zendesk",
    target: "redshift",
    name: "tickets",
};

/// The other source of the followed flow.
pub(super) const OTHER_SOURCE: Integration = Integration {
    tap: "intercom",
    ..FOLLOWED
};

/// The version of each source's tap before the rollout.
pub(super) const OLD_VERSIONS: [&str; 2] = ["v1.8.2", "v0.9.4"];

/// The version of the first source's tap that is rolled out.
pub(super) const NEW_VERSION: &str = "v2.0.0";

/// The message of the jobs that fail because of the rollout.
pub(super) const PLANTED_FAILURE: &str = "KeyError: 'requester_id' in etl.py line 42\n\nTraceback (most recent call last):\n  File \"/app/etl.py\", line 42, in <module>\n    tickets = tickets.merge(users, left_on=\"requester_id\", right_on=\"id\")\n  File \"/usr/lib/python3.11/site-packages/pandas/core/frame.py\", line 10832, in merge\n    return merge(\n  File \"/usr/lib/python3.11/site-packages/pandas/core/generic.py\", line 1844, in _get_label_or_level_values\n    raise KeyError(key)\nKeyError: 'requester_id'";

/// The integrations whose jobs are watched one by one.
pub(super) const INTEGRATIONS: [Integration; 5] = [
    Integration {
        flow: "l8odS2mce",
        tap: "quickbooks:sandbox",
        target: "intacct",
        name: "invoices",
    },
    Integration {
        flow: "Xk29dPqLm",
        tap: "shopify",
        target: "netsuite",
        name: "orders",
    },
    Integration {
        flow: "r7TqvB1nA",
        tap: "hubspot",
        target: "snowflake",
        name: "deals",
    },
    Integration {
        flow: "-w4ZcYt0e",
        tap: "stripe",
        target: "xero",
        name: "payouts",
    },
    Integration {
        flow: "Jm5uHsK8d",
        tap: "salesforce",
        target: "bigquery",
        name: "accounts",
    },
];

// Messages of failed jobs by stage. `{tap}`, `{target}` and `{n}` are replaced.

pub(super) const DISCOVER_FAILURES: [&str; 2] = [
    "{tap}: could not fetch the catalog: 403 Forbidden. The connected user lacks the 'Reports' permission.",
    "{tap}: discovery timed out after 300 s while listing custom fields",
];

pub(super) const SYNC_FAILURES: [&str; 4] = [
    "{tap}: 401 Unauthorized: the refresh token has expired. Ask the tenant to reconnect the account.",
    "{tap}: 429 Too Many Requests after 8 retries on page {n} of /v3/objects",
    "{tap}: ConnectionResetError: [Errno 104] Connection reset by peer while reading stream 'invoices'",
    "{tap}: singer schema error in record {n}: 'amount' is not of type 'number'",
];

pub(super) const ETL_FAILURES: [&str; 4] = [
    "KeyError: 'invoice_id' in etl.py line 42\n\nTraceback (most recent call last):\n  File \"/app/etl.py\", line 42, in <module>\n    invoices = invoices.merge(lines, left_on=\"invoice_id\", right_on=\"Id\")\n  File \"/usr/lib/python3.11/site-packages/pandas/core/frame.py\", line 10832, in merge\n    return merge(\n  File \"/usr/lib/python3.11/site-packages/pandas/core/generic.py\", line 1844, in _get_label_or_level_values\n    raise KeyError(key)\nKeyError: 'invoice_id'",
    "ValueError: time data '31/02/2026' does not match format '%d/%m/%Y' (row {n})",
    "MemoryError: unable to allocate 2.1 GiB for an array with shape ({n}, 118) and data type float64",
    "AssertionError: {n} lines without a matching account. Update the mapping of this tenant and run the job again.",
];

pub(super) const EXPORT_FAILURES: [&str; 3] = [
    "target-{target}: 422 Unprocessable Entity: account '40010' is not valid for location 'E100' ({n} of 2311 records failed)",
    "target-{target}: the period 2026-10 is closed; {n} entries were refused",
    "target-{target}: login failed: the integration user is locked",
];
