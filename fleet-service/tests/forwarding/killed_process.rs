//! The real program, ended with SIGKILL while it forwards.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use fleet_service::clock;
use fleet_service::log::ReportLog;
use fleet_service::store::Store;
use wire::jt809::Edition;

use crate::check_complete_and_in_order;
use crate::house::{TRUCKS, plate, position};
use crate::played_platform::{ACCESS_CODE, Manner, PASSWORD, PlayedPlatform, USER};

const USCC: &str = "91410183MA0000000A";
const COUNT: u32 = 60_000;
const KILLS: u32 = 6;

struct Program(Child);

impl Program {
    fn start(data: &Path, forward: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_fleet-service"))
            .args(["serve", "--http", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--data"])
            .arg(data)
            .arg("--forward")
            .arg(forward)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Program {
    /// SIGKILL.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_program_killed_while_it_forwards_sends_every_position_at_least_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut platform = PlayedPlatform::start(Edition::V2019, Manner::WellBehaved).await;
    import_trucks(folder.path(), &data);
    fill(&data).await;
    let forward = folder.path().join("forward.toml");
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let text = format!(
        "[[target]]\nname = \"up\"\nedition = 2019\naddress = {:?}\naccess_code = {ACCESS_CODE}\nuser = {USER}\n\
         password_file = \"password\"\nplatform = \"41018300001\"\nsub_listen = \"127.0.0.1:0\"\n\
         sub_host = \"127.0.0.1\"\nfrom = \"beginning\"\nprove_s = 1\n",
        platform.address
    );
    std::fs::write(&forward, text).unwrap();
    let (mut arrived, mut cursor) = (0, 0);
    // Read beside the program, as an operator's tool might.
    let store = Store::open(&data).await.unwrap();
    for kill in 1..=KILLS {
        let program = Program::start(&data, &forward);
        let goal = arrived + COUNT as usize / 20;
        platform.stands(|s| s.arrived >= goal).await;
        if kill % 2 == 0 {
            cursor = until_moved(&store, cursor).await;
        }
        drop(program);
        arrived = platform.arrived().len();
        println!("killed {kill} times, {arrived} arrived");
    }
    let _program = Program::start(&data, &forward);
    let last = |platform: &PlayedPlatform| {
        platform.positions().iter().filter(|(_, number, _)| number + TRUCKS >= COUNT).count()
    };
    let mut seen = 0;
    while last(&platform) < TRUCKS as usize {
        platform.stands(|s| s.arrived > seen).await;
        seen = platform.arrived().len();
    }
    let again = check_complete_and_in_order(&platform.positions(), COUNT);
    println!("{again} of {COUNT} positions came more than once");
    assert!(cursor > 0);
}

/// Waits until the durable cursor stands elsewhere than at `before`, or at the log's end.
async fn until_moved(store: &Store, before: u64) -> u64 {
    let mut waited = tokio::time::interval(std::time::Duration::from_millis(5));
    let (end, _) = store.log_extent().await.unwrap();
    loop {
        waited.tick().await;
        let now = store.forwarded("up").await.unwrap().unwrap_or(0);
        if now > before || now == end {
            return now;
        }
    }
}

/// Reports that lie in the log before the program starts, many commits of a few hundred.
async fn fill(data: &Path) {
    let store = Store::open(data).await.unwrap();
    let log = ReportLog::start(store.clone()).await.unwrap();
    let now = clock::now();
    for from in (0..COUNT).step_by(300) {
        log.append((from..from + 300).map(|number| position(number, now)).collect()).await.unwrap();
    }
    drop(log);
    store.close().await;
}

fn import_trucks(work: &Path, data: &Path) {
    let registry = work.join("registry");
    std::fs::create_dir_all(&registry).unwrap();
    let write = |name: &str, text: &str| std::fs::write(registry.join(name), text).unwrap();
    let none = "{\"type\":\"FeatureCollection\",\"datum\":\"WGS84\",\"features\":[]}";
    write("carriers.csv", &format!("uscc,name,status\n{USCC},示范清运有限公司,active\n"));
    let rows: String = (0..TRUCKS)
        .map(|number| format!("{},yellow_green,,{USCC},1390000000{number},,battery,16\n", plate(number)))
        .collect();
    write(
        "trucks.csv",
        &format!("plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n{rows}"),
    );
    for name in ["sites.geojson", "zones.geojson", "routes.geojson"] {
        write(name, none);
    }
    write("permits.json", "[]");
    write("readers.csv", "id,site_id,role,lat,lon\n");
    let imported = Command::new(env!("CARGO_BIN_EXE_fleet-service"))
        .args(["import", "--data"])
        .arg(data)
        .arg("--registry")
        .arg(&registry)
        .output()
        .unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
}
