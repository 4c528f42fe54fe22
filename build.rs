//! Passes the target triple on to the program, which shows it in `--version`.

fn main() {
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=HGTOP_TARGET={target}");
    println!("cargo:rerun-if-changed=build.rs");
}
