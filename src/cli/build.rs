//! What this program was built as: version, target and features.

use std::sync::LazyLock;

/// The version of hgtop.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The target triple.
pub(crate) const TARGET: &str = env!("HGTOP_TARGET");

/// The profile: optimized or not.
pub(crate) const PROFILE: &str = if cfg!(debug_assertions) {
    "debug"
} else {
    "release"
};

/// What is built in, each in a few characters.
pub(crate) const FEATURES: [&str; 4] = [
    "TLS by rustls and ring",
    "system certificates and proxies",
    "gzip",
    "SQLite built in",
];

/// What `--version` prints after the name.
pub(super) fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{VERSION}\ntarget:   {TARGET}\nbuild:    {PROFILE}\nfeatures: {}",
            FEATURES.join(", ")
        )
    });
    &TEXT
}
