use super::picture::tests::png;
use super::*;

fn noon() -> Timestamp {
    "2026-11-24T12:00:00+08:00".parse().unwrap()
}

fn person() -> Sender {
    Sender::Person("城管甲".into())
}

struct Desk {
    folder: tempfile::TempDir,
    store: Store,
    files: Attachments,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let files = Attachments::beside(&store);
        Self { folder, store, files }
    }

    async fn send(&self, bytes: Vec<u8>, by: &Sender) -> Result<Attachment, AttachError> {
        let about = Subject::Case("C2026-000001".into());
        self.files.store(bytes, NewFile { name: "现场.png", by, about: Some(&about) }, noon()).await
    }
}

#[tokio::test]
async fn what_is_kept_is_what_was_sent_and_is_found_again_after_a_restart() {
    let desk = Desk::open().await;
    let bytes = png(4, 3, b"Author\0x");
    let kept = desk.send(bytes.clone(), &person()).await.unwrap();
    assert_eq!((kept.media, kept.size, kept.name.as_str()), (Media::Png, Some((4, 3)), "现场.png"));
    desk.store.close().await;
    let store = Store::open(desk.folder.path()).await.unwrap();
    let files = Attachments::beside(&store);
    let found = store.attachment(&kept.id).await.unwrap().unwrap();
    assert_eq!(found, kept);
    assert_eq!(files.read(&found).await.unwrap(), bytes);
    assert_eq!(
        files.read_bare(&found).await.unwrap(),
        png(4, 3, b"").as_slice()[..33]
            .iter()
            .copied()
            .chain(png(4, 3, b"")[45..].iter().copied())
            .collect::<Vec<u8>>()
    );
    assert_eq!(store.attachments_of("case/C2026-000001").await.unwrap(), [kept]);
    let trail = store.audit_after(0, 10).await.unwrap();
    assert!(trail.iter().any(|entry| entry.what == "attach" && entry.detail.contains("case/C2026-000001")));
}

#[tokio::test]
async fn the_same_photograph_twice_lies_on_the_disk_once() {
    let desk = Desk::open().await;
    let (one, two) = (
        desk.send(png(4, 3, b""), &person()).await.unwrap(),
        desk.send(png(4, 3, b""), &person()).await.unwrap(),
    );
    assert_ne!(one.id, two.id);
    assert_eq!(one.sha256, two.sha256);
    let shelves = fs::read_dir(desk.folder.path().join(FOLDER)).unwrap().count();
    assert_eq!(shelves, 1);
}

#[tokio::test]
async fn what_may_not_be_attached_leaves_nothing_behind() {
    let desk = Desk::open().await;
    for (bytes, expected) in [
        (b"<html><script>alert(1)</script>".to_vec(), "neither JPEG, PNG, WebP nor PDF"),
        (Vec::new(), "empty"),
        (vec![0; FILE_BYTES_MAX + 1], "at most"),
        (png(40_000, 40_000, b""), "40000 × 40000"),
        (png(4, 3, b"")[..40].to_vec(), "cut off"),
    ] {
        let refused = desk.send(bytes, &person()).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(!desk.folder.path().join(FOLDER).exists());
    assert_eq!(desk.store.attachments_of("case/C2026-000001").await.unwrap(), []);
}

#[tokio::test]
async fn a_sender_without_an_account_has_ten_files_a_day_and_a_thing_twenty() {
    let desk = Desk::open().await;
    let public = Sender::Public("k1".into());
    for count in 0..FILES_PER_PUBLIC_DAY_MAX {
        let report = Subject::PublicReport(format!("R{count}"));
        let new = NewFile { name: "", by: &public, about: Some(&report) };
        desk.files.store(png(4, 3, b""), new, noon()).await.unwrap();
    }
    let refused = desk.send(png(4, 3, b""), &public).await;
    assert!(matches!(refused, Err(AttachError::Daily { max: FILES_PER_PUBLIC_DAY_MAX })));
    desk.send(png(4, 3, b""), &Sender::Public("k2".into())).await.unwrap();
    let tomorrow = NewFile { name: "", by: &public, about: None };
    desk.files.store(png(4, 3, b""), tomorrow, noon().plus_seconds(86_400)).await.unwrap();
    for _ in 1..FILES_PER_SUBJECT_MAX {
        desk.send(png(4, 3, b""), &person()).await.unwrap();
    }
    assert!(matches!(desk.send(png(4, 3, b""), &person()).await, Err(AttachError::Subject)));
}

#[tokio::test]
async fn a_kill_between_file_and_row_leaves_a_file_nobody_refers_to_and_sending_again_works() {
    let desk = Desk::open().await;
    let bytes = png(4, 3, b"");
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let path = desk.files.path(&sha256);
    // The file is on disk under its name, and the power fails before its row is.
    write(&desk.files.folder, &path, &bytes).unwrap();
    // Another was being written.
    fs::write(desk.files.folder.join(format!("{UNFINISHED}x")), b"half").unwrap();
    assert_eq!(desk.files.tidy().unwrap(), 1);
    assert!(path.exists());
    assert_eq!(desk.store.attachments_of("case/C2026-000001").await.unwrap(), []);
    let kept = desk.send(bytes.clone(), &person()).await.unwrap();
    assert_eq!(desk.files.read(&kept).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_file_changed_on_the_disk_is_not_given_out() {
    let desk = Desk::open().await;
    let kept = desk.send(png(4, 3, b""), &person()).await.unwrap();
    fs::write(desk.files.path(&kept.sha256), b"other").unwrap();
    assert!(matches!(desk.files.read(&kept).await, Err(AttachError::Altered { .. })));
}

#[test]
fn names_are_cleaned_of_what_steers() {
    for (sent, kept) in [
        ("C:\\fakepath\\照片 1.jpg", "照片 1.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x\".png", "aSet-Cookie x.png"),
        ("\u{202E}gpj.exe", "gpj.exe"),
        ("...", "file.png"),
        ("", "file.png"),
    ] {
        assert_eq!(clean_name(sent, Media::Png), kept);
    }
    assert_eq!(clean_name(&"长".repeat(500), Media::Png).chars().count(), NAME_CHARS_MAX);
}

#[test]
fn what_a_file_is_about_reads_back() {
    for subject in [Subject::Appeal("A2026-000001".into()), Subject::PublicReport("R1".into())] {
        assert_eq!(Subject::parse(&subject.key()), Some(subject));
    }
    for nothing in ["", "appeal", "appeal/", "truck/1"] {
        assert_eq!(Subject::parse(nothing), None);
    }
}
