//! What one further entry costs the service, commit apart: an officer confirms a clue of a company with many earlier entries; the
//! decision, the deduction, the score, the listing that follows, its file, the signed feed event and the audit trail are
//! worked out and written inside one transaction, which is then dropped. Two objections of the company are open, so that it
//! is asked whether they block the listing. Median of wall time; companies of a city of 3,000 trucks.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::as_conversions,
    reason = "a measurement prints, and what it builds by hand is well-formed"
)]

use std::num::NonZeroU32;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use domain::{
    Authority, Carrier, CarrierStatus, HaulId, Position, Registers, Registry, Timestamp, Truck, TruckKind,
    Uscc, Violation, ViolationId,
};
use fleet_service::cases::appeal::{Appeal, AppealKind, Lodged, Target};
use fleet_service::cases::ruling::Said;
use fleet_service::cases::{Cases, Outcome};
use fleet_service::feed::publish::Press;
use fleet_service::store::{ClueState, Officer, Role, Store, StoredClue};
use rustix::time::{ClockId, clock_gettime};
use scoring::{Calendar, Catalogue, ConfirmedCase, LedgerEntry, ledger, posting};
use tokio::sync::watch;

const RULES: [&str; 6] = ["UW-02", "RT-01", "SE-01", "TR-01", "RT-03", "DP-02"];
const USCC: &str = "91410183MA40000010";
const COMPANIES: usize = 50;
const TRUCKS: usize = 3_000;
/// Of the company in question.
const OWN_TRUCKS: usize = 60;
const ROUNDS: usize = 101;
const BAR_MS: f64 = 1.0;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let measured = [100, 1_700, 5_000].map(|entries| (entries, runtime.block_on(median_ms(entries))));
    let text: Vec<String> =
        measured.iter().map(|(entries, ms)| format!("{ms:.3} ms with {entries} entries before")).collect();
    println!("one new entry, decided, posted, scored, listed, published and audited: {}", text.join(", "));
    if measured[1].1 < BAR_MS { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn wall_ms() -> f64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn uscc(number: usize) -> Uscc {
    if number == 0 { USCC.parse().unwrap() } else { format!("91410183MA5{number:06}X").parse().unwrap() }
}

fn city() -> Registry {
    let carriers = (0..COMPANIES).map(|number| {
        (
            uscc(number),
            Carrier { uscc: uscc(number), name: format!("清运{number}"), status: CarrierStatus::Active },
        )
    });
    let trucks = (0..TRUCKS).map(|number| {
        let company = if number < OWN_TRUCKS { 0 } else { 1 + number % (COMPANIES - 1) };
        let plate: domain::Plate = format!("豫A1{number:04}").parse().unwrap();
        let truck = Truck {
            plate: plate.clone(),
            colour: Default::default(),
            vin: None,
            carrier: uscc(company),
            terminal: None,
            epc: None,
            energy: None,
            rated_load_kg: None,
            kind: TruckKind::Muck,
        };
        (plate, truck)
    });
    Registry { carriers: carriers.collect(), trucks: trucks.collect(), ..Registry::default() }
}

fn confirmed(number: usize) -> ConfirmedCase {
    let first: Timestamp = "2026-01-01T00:00:00+08:00".parse().unwrap();
    let occurred_at = first.plus_seconds(number as i64 * 5_000);
    ConfirmedCase {
        case_no: format!("2026-{number}").parse().unwrap(),
        rule: RULES[number % RULES.len()].parse().unwrap(),
        band: None,
        plate: format!("豫A1{:04}", number % OWN_TRUCKS).parse().unwrap(),
        uscc: uscc(0),
        trip: Some(HaulId::of_facts(&[&(number / 2).to_be_bytes()])),
        occurred_at,
        occurred_until: occurred_at.plus_seconds(600),
        final_date: occurred_at.local_date(),
        decision_no: None,
        circumstances: Vec::new(),
    }
}

fn history(entries: usize, catalogue: &Catalogue) -> Vec<LedgerEntry> {
    let (trucks, by) = (NonZeroU32::new(OWN_TRUCKS as u32).unwrap(), "officer");
    let mut history: Vec<LedgerEntry> = Vec::new();
    for number in 0..entries {
        let case = confirmed(number);
        // Posted against the last entry alone: escalation does not matter here.
        let before = history.get(history.len().saturating_sub(1)..).unwrap_or_default();
        let draft =
            posting::deduction(&case, before, catalogue, trucks, case.occurred_at, by.parse().unwrap())
                .unwrap();
        history.push(ledger::append(history.last(), draft));
    }
    history
}

fn clue(at: Timestamp) -> StoredClue {
    let violation = Violation {
        id: ViolationId::of_facts(&[b"the next"]),
        rule: "UW-01".parse().unwrap(),
        plate: "豫A10007".parse().unwrap(),
        carrier_uscc: Some(uscc(0)),
        permit: None,
        trip: Some(HaulId::of_facts(&[b"the haul"])),
        start: at,
        end: at.plus_seconds(1_800),
        position: Position::from_degrees(34.5, 113.4).unwrap(),
        facts: Default::default(),
    };
    StoredClue { violation, state: ClueState::Pending, disproved: false, opened: at, decision: None }
}

/// A data folder with the company's ledger, two open objections and a pending clue.
async fn house(folder: &Path, entries: usize, now: Timestamp) -> (Cases, ViolationId) {
    let store = Store::open(folder).await.unwrap();
    let (_, registers) = watch::channel(Arc::new(Registers::always(city())));
    let cases = Cases {
        store: store.clone(),
        catalogue: Arc::new(Catalogue::embedded().unwrap()),
        press: Press::open(folder).unwrap(),
        registers,
        settings: Default::default(),
        calendar: Arc::new(Calendar::embedded().unwrap()),
        ledgers: Default::default(),
    };
    let history = history(entries, &cases.catalogue);
    let mut change = store.change().await.unwrap();
    for entry in &history {
        change.add_ledger_entry(entry).await.unwrap();
    }
    for (number, entry) in history.iter().take(2).enumerate() {
        let lodged = Lodged {
            number: format!("Y2026-{number:06}"),
            kind: AppealKind::Objection,
            target: Target::Entry { seq: entry.seq, id: entry.id, case_no: format!("2026-{number}") },
            uscc: uscc(0),
            authority: Authority::CityManagement,
            by: "企业丁".to_owned(),
            grounds: "车辆当日停运".to_owned(),
        };
        change.put_appeal(&Appeal::lodge(lodged, now, &cases.calendar)).await.unwrap();
    }
    let clue = clue(now.plus_seconds(-7_200));
    change.put_clue(&clue).await.unwrap();
    // The day's head is out: the first event of a day alone carries it.
    cases.press.turn_day(&mut change, now).await.unwrap();
    change.commit().await.unwrap();
    (cases, clue.violation.id)
}

async fn median_ms(entries: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-11-24T12:00:00+08:00".parse().unwrap();
    let (cases, id) = house(folder.path(), entries, now).await;
    let officer = Officer {
        name: "城管甲".to_owned(),
        authority: Authority::CityManagement,
        role: Role::Enforcer,
        company: None,
    };
    let said = Said { reason: "核对无误".to_owned(), circumstances: vec![] };
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut change = cases.store.change().await.unwrap();
        // As after an earlier act that was committed.
        let kept = cases.ledgers.read(&mut change, &uscc(0)).await.unwrap();
        cases.ledgers.keep(&uscc(0), kept);
        let before = wall_ms();
        let decided =
            cases.decide_within(&mut change, id, &officer, (Outcome::Confirm, &said), now).await.unwrap();
        times.push(wall_ms() - before);
        let listed = decided.followed.listing.is_some();
        assert!(entries < 1_000 || listed, "long histories end on the list");
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
