//! The committed corpora of the fuzz targets, replayed on the stable compiler.
#![expect(clippy::expect_used, reason = "a test may panic")]

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod targets;

use std::fs;
use std::path::Path;

const CORPORA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus");
/// The most bytes of a target's corpus.
const MAX_CORPUS: u64 = 100_000;

#[test]
fn every_input_of_every_corpus_holds() {
    for (name, check) in targets::TARGETS {
        let folder = Path::new(CORPORA).join(name);
        let files = fs::read_dir(&folder).expect("a target has a corpus");
        let mut count = 0;
        for file in files {
            let path = file.expect("a corpus can be listed").path();
            let bytes = fs::read(&path).expect("an input can be read");
            println!("{}", path.display());
            check(&bytes);
            count += 1;
        }
        assert!(count > 3, "{name} has {count} inputs");
    }
}

#[test]
fn every_target_has_a_small_corpus_and_a_binary() {
    let manifest = include_str!("../fuzz/Cargo.toml");
    for (name, _) in targets::TARGETS {
        let folder = Path::new(CORPORA).join(name);
        let files = fs::read_dir(&folder).expect("a target has a corpus");
        let sizes = files.map(|file| file.and_then(|file| file.metadata()).map(|it| it.len()));
        let size: u64 = sizes.map(|size| size.expect("a size")).sum();
        assert!(size < MAX_CORPUS, "{name}: {size} bytes");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
    let binaries = manifest.matches("[[bin]]").count();
    assert!(binaries == targets::TARGETS.len() || cfg!(not(unix)));
}
