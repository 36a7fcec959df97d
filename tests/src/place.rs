//! Where things lie: the repository, the built programs, the corpus of recordings.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// A built program, found beside this test's own executable.
///
/// # Panics
/// When it is not built: tests cannot build programs themselves without blocking the build that runs them.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    let folder = test.ancestors().nth(2).map(Path::to_owned).unwrap_or_default();
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is not built: run `make test`, or `cargo build --workspace --bins` first",
        path.display()
    );
    path
}

/// The corpus of real recordings, if it is there; says so when it is not.
pub fn corpus() -> Option<PathBuf> {
    let folder =
        std::env::var_os("CORPUS_DIR").map_or_else(|| repository().join("../shared/corpus"), PathBuf::from);
    if folder.is_dir() {
        Some(folder)
    } else {
        eprintln!(
            "no corpus of real recordings at {}: set CORPUS_DIR to run this test on it",
            folder.display()
        );
        None
    }
}
