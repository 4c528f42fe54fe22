//! Error texts as taps, ETL scripts and targets write them. The texts of an
//! entry have one cause and must share its fingerprint; those of different
//! entries must not.

use super::fingerprint;
use crate::hotglue::error_line;

/// A fingerprint and the texts that have it.
struct Cause {
    fingerprint: &'static str,
    texts: &'static [&'static str],
}

const CAUSES: &[Cause] = &[
    // Python
    Cause {
        fingerprint: "keyerror: 'invoice_number'",
        texts: &[
            "KeyError: 'invoice_number'",
            "Traceback (most recent call last):\n  File \"/home/etl/job-8812/etl.py\", line 42, in <module>\n    total = row['invoice_number']\n            ~~~^^^^^^^^^^^^^^^^^^\nKeyError: 'invoice_number'",
            "Traceback (most recent call last):\r\n  File \"/home/etl/job-17/etl.py\", line 44, in main\r\n    total = row['invoice_number']\r\nKeyError: 'invoice_number'\r\n",
        ],
    },
    Cause {
        fingerprint: "keyerror: 'customer'",
        texts: &["KeyError: 'customer'"],
    },
    Cause {
        fingerprint: "valueerror: could not convert string to float: ''",
        texts: &[
            "Traceback (most recent call last):\n  File \"etl.py\", line 9, in <module>\n    float(x)\nValueError: could not convert string to float: '12,50 EUR'",
            "Traceback (most recent call last):\n  File \"etl.py\", line 9, in <module>\n    float(x)\nValueError: could not convert string to float: 'n/a'",
        ],
    },
    Cause {
        fingerprint: "pandas.errors.mergeerror: merge keys are not unique in left dataset; not a one-to-one merge",
        texts: &[
            "Traceback (most recent call last):\n  File \"/app/etl.py\", line 210, in run\n    df.merge(other)\nValueError: first\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/app/etl.py\", line 212, in run\n    raise\npandas.errors.MergeError: Merge keys are not unique in left dataset; not a one-to-one merge",
        ],
    },
    Cause {
        fingerprint: "requests.exceptions.httperror: 401 client error: unauthorized for url: <url>",
        texts: &[
            "Traceback (most recent call last):\n  File \"tap.py\", line 3, in <module>\n    r.raise_for_status()\nrequests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://api.example.com/v2/orders?page=3",
            "Traceback (most recent call last):\n  File \"tap.py\", line 3, in <module>\n    r.raise_for_status()\nrequests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://api.example.com/v2/items",
        ],
    },
    Cause {
        fingerprint: "typeerror: unsupported operand type(s) for +: '' and ''",
        texts: &["TypeError: unsupported operand type(s) for +: 'int' and 'str'"],
    },
    Cause {
        fingerprint: "modulenotfounderror: no module named 'gluestick'",
        texts: &[
            "Traceback (most recent call last):\n  File \"etl.py\", line 1, in <module>\n    import gluestick\nModuleNotFoundError: No module named 'gluestick'",
        ],
    },
    Cause {
        fingerprint: "assertionerror: missing columns: ['']",
        texts: &[
            "AssertionError: missing columns: ['total', 'tax']",
            "AssertionError: missing columns: ['total', 'tax', 'currency']",
            "AssertionError: missing columns: ['total']",
        ],
    },
    // Node
    Cause {
        fingerprint: "typeerror: cannot read properties of undefined (reading 'id')",
        texts: &[
            "/srv/transform/index.js:12\n    const id = row.customer.id;\n                            ^\n\nTypeError: Cannot read properties of undefined (reading 'id')\n    at transform (/srv/transform/index.js:12:29)\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)\n\nNode.js v20.11.0",
            "TypeError: Cannot read properties of undefined (reading 'id')\n    at transform (/srv/job-77/index.js:14:29)",
            "Uncaught TypeError: Cannot read properties of undefined (reading 'id')\n    at transform (/srv/job-78/index.js:14:29)",
        ],
    },
    Cause {
        fingerprint: "typeerror: cannot read properties of undefined (reading 'lines')",
        texts: &[
            "TypeError: Cannot read properties of undefined (reading 'lines')\n    at transform (/srv/transform/index.js:12:29)",
        ],
    },
    Cause {
        fingerprint: "error: connect econnrefused #",
        texts: &[
            "Error: connect ECONNREFUSED 10.0.0.12:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16) {\n  errno: -111,\n  code: 'ECONNREFUSED'\n}",
            "Error: connect ECONNREFUSED 10.0.9.7:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
        ],
    },
    Cause {
        fingerprint: "axioserror: request failed with status code 503",
        texts: &[
            "AxiosError: Request failed with status code 503\n    at settle (/srv/node_modules/axios/dist/node/axios.cjs:2019:12)",
        ],
    },
    Cause {
        fingerprint: "axioserror: request failed with status code 401",
        texts: &[
            "AxiosError: Request failed with status code 401\n    at settle (/srv/node_modules/axios/dist/node/axios.cjs:2019:12)",
        ],
    },
    // Java
    Cause {
        fingerprint: "java.sql.sqlexception: connection reset by #",
        texts: &[
            "Exception in thread \"main\" java.lang.RuntimeException: load failed\n\tat com.acme.Loader.load(Loader.java:88)\nCaused by: java.sql.SQLException: connection reset by 10.0.0.7\n\tat com.acme.Db.open(Db.java:17)\n\t... 3 more",
            "java.lang.RuntimeException: load failed\n\tat com.acme.Loader.load(Loader.java:91)\nCaused by: java.sql.SQLException: connection reset by 10.0.3.99\n\tat com.acme.Db.open(Db.java:17)\n\t... 3 more",
        ],
    },
    Cause {
        fingerprint: "java.lang.nullpointerexception: cannot invoke '' because '' is null",
        texts: &[
            "Exception in thread \"pool-2-thread-14\" java.lang.NullPointerException: Cannot invoke \"String.length()\" because \"<local1>\" is null\n\tat com.acme.Job.run(Job.java:14)",
        ],
    },
    Cause {
        fingerprint: "java.lang.outofmemoryerror: java heap space",
        texts: &[
            "java.lang.OutOfMemoryError: Java heap space\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)",
            "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space",
        ],
    },
    // SQL
    Cause {
        fingerprint: "duplicate key value violates unique constraint '' detail: key (id)=(#) already exists.",
        texts: &[
            "duplicate key value violates unique constraint \"orders_pkey\" DETAIL: Key (id)=(17) already exists.",
            "duplicate key value violates unique constraint \"orders_pkey\" DETAIL: Key (id)=(4711) already exists.",
        ],
    },
    Cause {
        fingerprint: "psycopg2.errors.undefinedcolumn: column 'total' does not exist",
        texts: &[
            "Traceback (most recent call last):\n  File \"etl.py\", line 3, in <module>\n    cur.execute(q)\npsycopg2.errors.UndefinedColumn: column \"total\" does not exist\nLINE 1: SELECT total FROM orders\n               ^",
        ],
    },
    Cause {
        fingerprint: "error # (#): duplicate entry '' for key 'users.PRIMARY'",
        texts: &[
            "ERROR 1062 (23000): Duplicate entry '17-acme' for key 'users.PRIMARY'",
            "ERROR 1062 (23000): Duplicate entry '4711-globex' for key 'users.PRIMARY'",
        ],
    },
    Cause {
        fingerprint: "deadlock detected detail: process # waits for sharelock on transaction #; blocked by process #.",
        texts: &[
            "deadlock detected DETAIL: Process 812 waits for ShareLock on transaction 99123; blocked by process 815.",
            "deadlock detected DETAIL: Process 7 waits for ShareLock on transaction 3; blocked by process 1.",
        ],
    },
    // HTTP
    Cause {
        fingerprint: "get <url> failed: 429 too many requests",
        texts: &[
            "GET https://api.shop.example/v1/orders?page=7 failed: 429 Too Many Requests",
            "GET https://api.shop.example/v1/orders?page=12 failed: 429 Too Many Requests",
        ],
    },
    Cause {
        fingerprint: "get <url> failed: 503 service unavailable",
        texts: &["GET https://api.shop.example/v1/orders failed: 503 Service Unavailable"],
    },
    Cause {
        fingerprint: "http 401 from the tap",
        texts: &["HTTP 401 from the tap"],
    },
    Cause {
        fingerprint: "500 internal server error (request id #)",
        texts: &[
            "500 Internal Server Error (request id 9f3c1a22-77aa-4b1e-9c55-0d12f6a8b001)",
            "500 Internal Server Error (request id 0b1c2d3e-77aa-4b1e-9c55-0d12f6a8b7ff)",
        ],
    },
    // Data of customers
    Cause {
        fingerprint: "invalid recipient <email> in row #",
        texts: &[
            "invalid recipient jane.doe@shop.example in row 12",
            "invalid recipient roe+1@other.example in row 1,204",
        ],
    },
    Cause {
        fingerprint: "sync timed out after #: # of # records",
        texts: &[
            "sync timed out after 30s: 1,204 of 9,000 records",
            "sync timed out after 9.5s: 17 of 33 records",
        ],
    },
];

#[test]
fn texts_of_one_cause_share_its_fingerprint() {
    let mut wrong = Vec::new();
    for cause in CAUSES {
        for text in cause.texts {
            let found = fingerprint(text, "acme");
            if found != cause.fingerprint {
                wrong.push((cause.fingerprint, found));
            }
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn causes_have_different_fingerprints() {
    for (index, cause) in CAUSES.iter().enumerate() {
        for other in &CAUSES[index + 1..] {
            assert_ne!(cause.fingerprint, other.fingerprint);
        }
    }
}

#[test]
fn no_fingerprint_holds_an_address_or_a_name_of_a_customer() {
    for cause in CAUSES {
        for text in cause.texts {
            let fingerprint = fingerprint(text, "acme");
            for private in ["jane", "shop.example", "10.0.", "globex", "4711"] {
                assert!(!fingerprint.contains(private), "{fingerprint}");
            }
            assert!(!error_line(text).is_empty());
        }
    }
}
