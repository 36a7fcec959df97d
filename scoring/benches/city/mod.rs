//! A city's ledger as columns: 1,000 carriers of very different size, three years, made by chance from a seed.

use domain::Timestamp;
use scoring::columns::{Columns, Move, NO_ROW, NO_TRIP, Row};
use scoring::posting::{amount_cp, dilution};
use scoring::{Class, Cycle};

/// Carriers.
pub(crate) const CARRIERS: u32 = 1_000;
/// Days from 2024-01-01 on.
const DAYS: u64 = 1_096;
const DAY_MS: i64 = 86_400_000;
/// 2024-01-01 in Asia/Shanghai, milliseconds since 1970.
const FIRST_MS: i64 = 1_704_038_400_000;
/// Class and points of the violations there are.
const KINDS: [(Class, i64); 8] = [
    (Class::A, 2_000),
    (Class::A, 1_000),
    (Class::B, 500),
    (Class::B, 300),
    (Class::B, 300),
    (Class::C, 600),
    (Class::C, 300),
    (Class::C, 100),
];

/// Splitmix64: small, and the same everywhere.
pub(crate) struct Chance(u64);

impl Chance {
    /// From a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// `violations` deductions in order of time; a tenth of them is reversed later, a fiftieth repaired, two thirds happened on
/// a haul, and one haul in twenty has several.
pub(crate) fn city(violations: u32, seed: u64) -> Columns {
    let mut chance = Chance::new(seed);
    let mut columns = Columns::default();
    for number in 0..CARRIERS {
        let uscc = format!("91410183{number:010}").parse().expect("ten digits after eight");
        columns.companies.push(uscc);
    }
    columns.cycles = [2024, 2025, 2026].map(Cycle::of_year).to_vec();
    let mut followers: Vec<(Move, u32, i64)> = Vec::new();
    let mut trip = 0;
    let mut last_of: Vec<Option<(u32, i64)>> = vec![None; CARRIERS as usize];
    for row in 0..violations {
        let day = u64::from(row) * DAYS / u64::from(violations);
        // The larger of two draws, squared: few carriers have most of the trucks.
        let draw = chance.below(1_000) * chance.below(1_000) / 1_000;
        let carrier = draw as u32;
        let fleet_n = std::num::NonZeroU32::new(3 + carrier % 98).expect("three at least");
        let start_ms = FIRST_MS + day as i64 * DAY_MS + chance.below(DAY_MS as u64) as i64;
        let (class, base_cp) = KINDS[chance.below(8) as usize];
        let esc_permille = [1_000, 1_000, 1_000, 1_500, 2_000][chance.below(5) as usize];
        let (k_num, k_den) = dilution(class, fleet_n, Timestamp::from_millis(start_ms).local_date());
        let on = match (chance.below(3), chance.below(20)) {
            (0, _) => NO_TRIP,
            (_, 0) if last_of[carrier as usize].is_some_and(|(_, at)| at / DAY_MS == start_ms / DAY_MS) => {
                last_of[carrier as usize].map_or(NO_TRIP, |(trip, _)| trip)
            }
            _ => {
                trip += 1;
                trip
            }
        };
        let start_ms = last_of[carrier as usize]
            .filter(|(trip, _)| *trip == on && on != NO_TRIP)
            .map_or(start_ms, |(_, at)| at + chance.below(40 * 60_000) as i64);
        if on != NO_TRIP {
            last_of[carrier as usize] = Some((on, start_ms));
        }
        let amount = amount_cp(base_cp, esc_permille, k_num, k_den);
        match chance.below(50) {
            0..5 => followers.push((Move::Reverse, row, amount)),
            5 => followers.push((Move::Repair, row, amount / 2)),
            _ => {}
        }
        columns.push(Row {
            company: carrier,
            cycle: (day / 366).min(2) as u16,
            moves: Move::Deduct,
            class,
            base_cp,
            esc_permille,
            k_num,
            k_den,
            amount_cp: amount,
            trip: on,
            start_ms,
            end_ms: start_ms + chance.below(600_000) as i64,
            id: u128::from(row) << 64 | u128::from(chance.next()),
            target: NO_ROW,
        });
    }
    for (moves, target, amount_cp) in followers {
        let of = columns.row(target as usize);
        let id = u128::from(columns.len() as u64) << 64 | u128::from(chance.next());
        columns.push(Row { moves, amount_cp, target, id, ..of });
    }
    columns
}
