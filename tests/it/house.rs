//! The house rules: which crate may see which, where each outside library may appear, how long a file may grow.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use end_to_end::place::repository;

/// What each crate may see of ours, at most.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("wire", &["domain"]),
    ("tracker-agent/receiver", &["domain"]),
    ("tracker-agent", &["domain", "tracker-agent/receiver", "wire"]),
    ("scoring", &["domain"]),
    ("scoring/batch", &["domain", "scoring"]),
    ("fleet-service", &["domain", "tracker-agent/receiver", "wire", "scoring"]),
    ("fixtures", &["domain", "wire"]),
    ("tests", &["domain", "wire", "scoring", "fixtures", "tracker-agent", "fleet-service"]),
];

/// Where each outside library may be named in source.
const MAY_APPEAR: &[(&str, &[&str])] = &[
    ("sqlx", &["fleet-service/src/store/"]),
    ("axum", &["fleet-service/src/api/"]),
    ("rstar", &["fleet-service/src/geo/"]),
    ("nmea", &["tracker-agent/receiver/src/sentence", "tracker-agent/benches/", "tracker-agent/tests/"]),
    ("parquet", &["fleet-service/src/parquet/", "scoring/src/cli/"]),
    ("polars", &["scoring/batch/src/"]),
];

/// A file past this asks what it is doing twice.
const FILE_LINES_MAX: usize = 550;

#[test]
fn dependencies_run_one_way() {
    let ours: BTreeMap<String, &str> = MAY_SEE.iter().map(|(folder, _)| (package(folder), *folder)).collect();
    for (folder, allowed) in MAY_SEE {
        for dependency in dependencies(folder).iter().filter_map(|name| ours.get(name)) {
            assert!(allowed.contains(dependency), "{folder} must not see {dependency}");
        }
    }
}

#[test]
fn every_member_of_the_workspace_is_covered_by_the_rules() {
    let manifest: toml::Value = toml::from_str(&read(&repository().join("Cargo.toml"))).unwrap();
    let members: BTreeSet<&str> =
        manifest["workspace"]["members"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
    assert_eq!(members, MAY_SEE.iter().map(|(folder, _)| *folder).collect());
}

#[test]
fn outside_libraries_stay_in_their_rooms() {
    for file in sources() {
        let text = read(&file);
        for (library, rooms) in MAY_APPEAR {
            let named = names_crate(&text, library);
            let path = relative(&file);
            assert!(
                !named || rooms.iter().any(|room| path.starts_with(room)),
                "{path} names {library}, which may appear only in {rooms:?}"
            );
        }
    }
}

#[test]
fn the_search_for_library_names_finds_what_it_is_for() {
    // Put together here, or this file would be found by its own search.
    let code = |before: &str, library: &str, after: &str| format!("{before}{library}{after}");
    assert!(names_crate(&code("use ", "sqlx", "::SqlitePool;"), "sqlx"));
    assert!(names_crate(&code("    ", "sqlx", "::query(text)"), "sqlx"));
    assert!(!names_crate(&code("// ", "sqlx", "::query lives in store/"), "sqlx"));
    assert!(!names_crate(&code("use my_", "sqlx", "::X;"), "sqlx"));
    assert!(!names_crate(&code("use crate::", "sqlx", "::X;"), "sqlx"));
    assert!(!names_crate("mod nmea;", "nmea"));
}

#[test]
fn files_stay_short_enough_to_read() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter_map(|file| {
            let lines = read(&file).lines().count();
            (lines > FILE_LINES_MAX).then(|| format!("{} has {lines} lines", relative(&file)))
        })
        .collect();
    assert!(long.is_empty(), "past {FILE_LINES_MAX} lines: {long:#?}");
}

#[test]
fn no_folder_or_file_is_a_grab_bag() {
    for file in sources() {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            !["common", "utils", "util", "misc", "helpers"].contains(&stem.as_str()),
            "{}",
            relative(&file)
        );
    }
}

/// Whether code (not a comment) names a crate by path or by `use`.
fn names_crate(text: &str, library: &str) -> bool {
    let path = format!("{library}::");
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).any(|code| {
        code.match_indices(&path).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
        })
    })
}

fn package(folder: &str) -> String {
    let manifest: toml::Value = toml::from_str(&read(&repository().join(folder).join("Cargo.toml"))).unwrap();
    manifest["package"]["name"].as_str().unwrap().to_owned()
}

/// The names under every kind of dependency table, development ones included.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest: toml::Value = toml::from_str(&read(&repository().join(folder).join("Cargo.toml"))).unwrap();
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .filter_map(|table| manifest.get(table)?.as_table())
        .flat_map(|table| table.keys().cloned())
        .collect()
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = MAY_SEE.iter().map(|(folder, _)| repository().join(folder)).collect();
    folders.push(repository().join("web/src"));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && !["target", "node_modules", "dist", "batch"].contains(&name.as_str()) {
                folders.push(path);
            } else if [".rs", ".ts", ".tsx"].iter().any(|end| name.ends_with(end)) {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 40, "only {} source files found: is the repository whole?", found.len());
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(repository()).unwrap().to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
