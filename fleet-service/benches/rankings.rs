//! A city's month ranked: 3,000 trucks of 50 companies, 8 hauls a truck and day, each seen at the gates of its source and sink
//! and weighed. Prints how long what was seen is gathered, and holds it against what was put in: nothing may be cut off.
//! `TRUCKS`, `DAYS` and `HAULS` change the city.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::as_conversions,
    reason = "a measurement prints, and what it builds by hand is well-formed"
)]

use std::process::ExitCode;

use domain::time::date_plus_days;
use domain::{
    Carrier, CarrierStatus, Haul, HaulId, HaulState, LocalDate, Plate, Registers, Registry, Timestamp, Truck,
    TruckKind, Uscc,
};
use fleet_service::exposure;
use fleet_service::store::{HistoryStore, Store};
use fleet_service::waybill::{Mark, SiteReading};
use rustix::time::{ClockId, clock_gettime};

const COMPANIES: usize = 50;
const BAR_S: f64 = 60.0;

fn number(name: &str, absent: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(absent)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn uscc(number: usize) -> Uscc {
    format!("91410183MA5{number:06}X").parse().unwrap()
}

fn plate(number: usize) -> Plate {
    format!("豫A1{number:04}").parse().unwrap()
}

fn city(trucks: usize) -> Registry {
    let carriers = (0..COMPANIES).map(|number| {
        (
            uscc(number),
            Carrier { uscc: uscc(number), name: format!("清运{number}"), status: CarrierStatus::Active },
        )
    });
    let trucks = (0..trucks).map(|number| {
        let truck = Truck {
            plate: plate(number),
            colour: Default::default(),
            vin: None,
            carrier: uscc(number % COMPANIES),
            terminal: None,
            epc: None,
            energy: None,
            rated_load_kg: None,
            kind: TruckKind::Muck,
        };
        (truck.plate.clone(), truck)
    });
    Registry { carriers: carriers.collect(), trucks: trucks.collect(), ..Registry::default() }
}

fn haul(truck: usize, departed: Timestamp) -> Haul {
    Haul {
        id: HaulId::of_facts(&[&truck.to_be_bytes(), &departed.millis().to_be_bytes()]),
        plate: plate(truck),
        source: Some("A".parse().unwrap()),
        departed,
        sink: Some("S".parse().unwrap()),
        unloaded: Some(departed.plus_seconds(3_000)),
        permit: None,
        leg: None,
        distance_km: 21.5,
        state: HaulState::Delivered,
    }
}

async fn fill(store: &Store, days: &[LocalDate], trucks: usize, hauls: usize) {
    for date in days {
        let midnight = Timestamp::start_of_local_day(*date);
        let mut change = store.change().await.unwrap();
        for truck in 0..trucks {
            let gap = 86_400 / hauls as i64;
            let own: Vec<Haul> = (0..hauls as i64)
                .map(|n| haul(truck, midnight.plus_seconds(n * gap + 600 + truck as i64 % 1_200)))
                .collect();
            let rows: Vec<(&Haul, u64)> = own.iter().map(|haul| (haul, 16_000)).collect();
            change.put_hauls(&rows).await.unwrap();
            let reading = |site: &str, mark, at: Timestamp| SiteReading {
                plate: plate(truck),
                site: site.parse().unwrap(),
                mark,
                first: at,
                last: at,
            };
            let readings: Vec<SiteReading> = own
                .iter()
                .flat_map(|haul| {
                    [
                        reading("A", Mark::GateOut, haul.departed),
                        reading("S", Mark::GateIn, haul.departed.plus_seconds(2_700)),
                        reading(
                            "S",
                            Mark::Weighbridge { gross_kg: 30_000 },
                            haul.departed.plus_seconds(2_760),
                        ),
                    ]
                })
                .collect();
            change.put_site_readings(&readings).await.unwrap();
        }
        change.commit().await.unwrap();
    }
}

fn main() -> ExitCode {
    let (trucks, days, hauls) = (number("TRUCKS", 3_000), number("DAYS", 30), number("HAULS", 8));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let history = HistoryStore::open(folder.path()).await.unwrap();
        let first: LocalDate = "2026-10-01".parse().unwrap();
        let dates: Vec<LocalDate> = (0..days as i64).map(|day| date_plus_days(first, day)).collect();
        fill(&store, &dates, trucks, hauls).await;
        let registers = Registers::always(city(trucks));
        let now = Timestamp::start_of_local_day(date_plus_days(first, days as i64 + 2));
        let (wall, cpu) = (seconds(ClockId::Monotonic), seconds(ClockId::ProcessCPUTime));
        let seen = exposure::seen(&store, &history, &registers, &dates, None, now).await.unwrap();
        let (wall, cpu) = (seconds(ClockId::Monotonic) - wall, seconds(ClockId::ProcessCPUTime) - cpu);
        let companies: Vec<_> = (0..COMPANIES).map(|number| seen.of_company(&uscc(number))).collect();
        let counted: u64 = companies.iter().map(|exposure| exposure.hauls).sum();
        let paired: u64 = companies.iter().map(|exposure| exposure.paired_tickets).sum();
        let wanted = (trucks * days * hauls) as u64;
        let one = seconds(ClockId::Monotonic);
        let basis = (Timestamp::start_of_local_day(first), now.plus_millis(-1));
        exposure::basis(&store, &history, &registers, &uscc(0), basis).await.unwrap();
        let one = seconds(ClockId::Monotonic) - one;
        println!(
            "{trucks} trucks, {days} days, {wanted} hauls: {counted} counted, {paired} paired, gathered in {wall:.1} s \
             ({cpu:.1} s of processor); one company's statement {:.0} ms",
            one * 1e3
        );
        if counted == wanted && paired == wanted && wall < BAR_S { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    })
}
