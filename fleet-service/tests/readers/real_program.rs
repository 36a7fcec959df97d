//! The real program, given a file of readers.

use std::process::{Command, Stdio};

use fleet_service::log::ReportLog;
use fleet_service::store::Store;
use wire::llrp::ReaderConfig;

use crate::played_reader::PlayedReader;
use crate::{seen, tag};

#[tokio::test]
async fn what_a_reader_saw_is_stored_when_the_program_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut player = PlayedReader::start(ReaderConfig::default()).await;
    let file = folder.path().join("readers.toml");
    let text = format!("[[reader]]\nname = \"北门\"\naddress = {:?}\nreader = \"G1\"\n", player.address);
    std::fs::write(&file, text).unwrap();
    let data = folder.path().join("data");
    let mut program = Command::new(env!("CARGO_BIN_EXE_fleet-service"))
        .args(["serve", "--http", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--data"])
        .arg(&data)
        .arg("--readers")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    player.is_reading().await;
    player.play(&tag(1), 1, -50).await;
    player.play(&tag(2), 4, -50).await;
    player.is_taken().await;
    let told = Command::new("kill").arg("-TERM").arg(program.id().to_string()).status().unwrap();
    // Elsewhere, so that the reader goes on answering.
    let ended = tokio::task::spawn_blocking(move || program.wait()).await.unwrap();
    assert!(told.success() && ended.unwrap().success());
    let log = ReportLog::start(Store::open(&data).await.unwrap()).await.unwrap();
    let reports: Vec<_> =
        log.read_from(0).await.unwrap().into_iter().flat_map(|(_, reports)| reports).collect();
    let expected = [1, 2].map(|number| ("G1".to_owned(), tag(number).to_string()));
    assert_eq!(seen(&reports), expected);
}
