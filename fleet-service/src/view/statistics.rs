//! Statistics of a stretch of days: hauls, clues and what became of them, by company, area or rule. Pure.

use std::collections::{BTreeMap, BTreeSet};

use domain::time::date_plus_days;
use domain::{LocalDate, Registers, SiteId, Timestamp};
use scoring::sheet::{Cell, Column, Sheet, column};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{ClueCount, ClueState, HaulCount};

/// What a row of statistics is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// Companies.
    Carrier,
    /// Townships and streets the hauls came from.
    Area,
    /// Rules.
    Rule,
}

/// Only what fits all that is named counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// Of this company.
    pub carrier: Option<String>,
    /// From this area.
    pub area: Option<String>,
    /// Of this rule, without grade. Hauls have no rule: they count all the same.
    pub rule: Option<String>,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// Loaded hauls that departed.
    pub hauls: u64,
    /// Clues of acts that began, but those withdrawn.
    pub clues: u64,
    /// Of those, not decided yet.
    pub pending: u64,
    /// Of those, confirmed.
    pub confirmed: u64,
    /// Of those, rejected.
    pub rejected: u64,
    /// What the confirmed ones took, in hundredths.
    pub points_centi: i64,
}

impl Counts {
    fn add_clue(&mut self, count: &ClueCount) {
        let counter = match count.state {
            ClueState::Pending => &mut self.pending,
            ClueState::Confirmed => &mut self.confirmed,
            ClueState::Rejected => &mut self.rejected,
            // What later reports disproved never was.
            ClueState::Withdrawn => return,
        };
        *counter += count.clues;
        self.clues += count.clues;
        self.points_centi = self.points_centi.saturating_add(count.points_centi);
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatisticsRow {
    /// The day, when days are told apart.
    #[schema(value_type = Option<String>)]
    pub day: Option<LocalDate>,
    /// Company code, area or rule; empty for what belongs to none.
    pub key: String,
    /// The company's registered name; of areas and rules the key itself.
    pub name: String,
    /// What was counted.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A day of the stretch and how much was seen on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DaySeen {
    /// The day.
    #[schema(value_type = String)]
    pub day: LocalDate,
    /// Trucks registered on it.
    pub trucks: u64,
    /// Of those, trucks that reported.
    pub trucks_online: u64,
    /// `none`: no truck reported; `thin`: fewer than half did; `whole`: half or more; `not_kept`: history of it is gone,
    /// nothing can be said.
    pub data: &'static str,
    /// What was counted on it, under the same filters.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What a truck has to have reported of, thousandths of the registered ones, for a day to be whole.
const WHOLE_PERMILLE: u64 = 500;

/// How good a day's data are.
pub fn data_word(trucks: u64, trucks_online: u64, is_kept: bool) -> &'static str {
    if !is_kept {
        "not_kept"
    } else if trucks_online == 0 {
        "none"
    } else if trucks_online * 1_000 < trucks * WHOLE_PERMILLE {
        "thin"
    } else {
        "whole"
    }
}

/// The local day of a number of days since 1970-01-01.
fn day_of(number: i64) -> LocalDate {
    date_plus_days(LocalDate::default(), number)
}

/// Counts as rows and as sums of days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// By key, and by day where asked, in that order; the most clues first without days.
    pub rows: Vec<StatisticsRow>,
    /// By day.
    pub days: BTreeMap<LocalDate, Counts>,
    /// In all.
    pub total: Counts,
}

/// Who a haul or clue belongs to under a dimension.
struct Belongs {
    carrier: Option<String>,
    area: Option<String>,
    rule: Option<String>,
}

impl Belongs {
    fn fits(&self, only: &Only) -> bool {
        let fits = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
        fits(&only.carrier, &self.carrier) && fits(&only.area, &self.area)
    }

    fn key(&self, by: Dimension) -> String {
        let key = match by {
            Dimension::Carrier => &self.carrier,
            Dimension::Area => &self.area,
            Dimension::Rule => &self.rule,
        };
        key.clone().unwrap_or_default()
    }
}

/// Sums counts up. Trucks, sites and companies are those of the registers in force on each day.
pub fn count(
    hauls: &[HaulCount],
    clues: &[ClueCount],
    registers: &Registers,
    by: Dimension,
    only: &Only,
    is_daily: bool,
) -> Counted {
    let mut counted = Counted::default();
    let mut rows: BTreeMap<(Option<LocalDate>, String), Counts> = BTreeMap::new();
    let area = |day: LocalDate, source: &Option<SiteId>| {
        let registry = registers.at(Timestamp::start_of_local_day(date_plus_days(day, 1)).plus_millis(-1));
        let terms = registry.site_terms.get(source.as_ref()?)?;
        terms.district.as_ref().map(ToString::to_string)
    };
    let mut put = |day: LocalDate, belongs: &Belongs, add: &dyn Fn(&mut Counts)| {
        if !belongs.fits(only) {
            return;
        }
        add(counted.days.entry(day).or_default());
        add(&mut counted.total);
        add(rows.entry((is_daily.then_some(day), belongs.key(by))).or_default());
    };
    for haul in hauls {
        let day = day_of(haul.day);
        let registry = registers.at(Timestamp::start_of_local_day(date_plus_days(day, 1)).plus_millis(-1));
        let carrier = registry.trucks.get(&haul.plate).map(|truck| truck.carrier.to_string());
        let belongs = Belongs { carrier, area: area(day, &haul.source), rule: None };
        put(day, &belongs, &|counts| counts.hauls += haul.hauls);
    }
    for clue in clues {
        if only.rule.as_ref().is_some_and(|rule| *rule != clue.rule) {
            continue;
        }
        let day = day_of(clue.day);
        let belongs = Belongs {
            carrier: clue.uscc.as_ref().map(ToString::to_string),
            area: area(day, &clue.source),
            rule: Some(clue.rule.clone()),
        };
        put(day, &belongs, &|counts| counts.add_clue(clue));
    }
    if by == Dimension::Rule {
        // Hauls belong to no rule: they stand in the sums alone.
        rows.retain(|(_, key), _| !key.is_empty());
    }
    let newest = registers.newest();
    let name = |key: &str| match by {
        Dimension::Carrier => {
            let found = newest.carriers.iter().find(|(uscc, _)| uscc.as_str() == key);
            found.map_or_else(|| key.to_owned(), |(_, carrier)| carrier.name.clone())
        }
        Dimension::Area | Dimension::Rule => key.to_owned(),
    };
    let names: BTreeMap<String, String> = rows
        .keys()
        .map(|(_, key)| key)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|key| (key.clone(), name(key)))
        .collect();
    counted.rows = rows
        .into_iter()
        .map(|((day, key), counts)| {
            let name = names.get(&key).cloned().unwrap_or_default();
            StatisticsRow { day, key, name, counts }
        })
        .collect();
    if !is_daily {
        counted.rows.sort_by(|a, b| (b.counts.clues, &a.key).cmp(&(a.counts.clues, &b.key)));
    }
    counted
}

/// The rows as a table for spreadsheets.
pub fn sheet(rows: &[StatisticsRow], by: Dimension, is_daily: bool) -> Sheet {
    let key = match by {
        Dimension::Carrier => column("uscc", "统一社会信用代码", "Company code"),
        Dimension::Area => column("area", "乡镇（街道）", "Area"),
        Dimension::Rule => column("rule", "规则", "Rule"),
    };
    let mut columns: Vec<Column> = if is_daily { vec![column("day", "日期", "Day")] } else { Vec::new() };
    columns.push(key);
    if by == Dimension::Carrier {
        columns.push(column("name", "企业名称", "Company"));
    }
    if by != Dimension::Rule {
        columns.push(column("hauls", "趟次", "Hauls"));
    }
    columns.extend([
        column("clues", "线索", "Clues"),
        column("pending", "待处理", "Pending"),
        column("confirmed", "已认定", "Confirmed"),
        column("rejected", "已驳回", "Rejected"),
        column("points", "扣分", "Points"),
    ]);
    let row = |row: &StatisticsRow| {
        let mut cells: Vec<Cell> = if is_daily { vec![Cell::of(row.day, Cell::Day)] } else { Vec::new() };
        cells.push(Cell::text(&row.key));
        if by == Dimension::Carrier {
            cells.push(Cell::text(&row.name));
        }
        let Counts { hauls, clues, pending, confirmed, rejected, points_centi } = row.counts;
        if by != Dimension::Rule {
            cells.push(Cell::Count(hauls));
        }
        cells.extend([clues, pending, confirmed, rejected].map(Cell::Count));
        cells.push(Cell::Points(points_centi));
        cells
    };
    Sheet { name: "统计", columns, rows: rows.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Registry, Uscc};

    const USCC: &str = "91350100M000100Y43";

    fn registers() -> Registers {
        let district = Some("青屏街道".parse().unwrap());
        let terms = domain::SiteTerms { district, ..Default::default() };
        let truck = domain::Truck {
            plate: "豫A12345".parse().unwrap(),
            colour: domain::PlateColour::Yellow,
            vin: None,
            carrier: USCC.parse().unwrap(),
            terminal: None,
            epc: None,
            energy: None,
            rated_load_kg: None,
            kind: domain::TruckKind::Muck,
        };
        Registers::always(Registry {
            trucks: BTreeMap::from([(truck.plate.clone(), truck)]),
            site_terms: BTreeMap::from([("S1".parse().unwrap(), terms)]),
            ..Registry::default()
        })
    }

    fn haul(day: i64, plate: &str, source: Option<&str>, hauls: u64) -> HaulCount {
        let source = source.map(|text| text.parse().unwrap());
        HaulCount { day, plate: plate.parse().unwrap(), source, hauls }
    }

    fn clue(day: i64, rule: &str, state: ClueState, clues: u64, points_centi: i64) -> ClueCount {
        let uscc: Uscc = USCC.parse().unwrap();
        let source = Some("S1".parse().unwrap());
        ClueCount { day, rule: rule.into(), uscc: Some(uscc), source, state, clues, points_centi }
    }

    fn check(by: Dimension, only: Only, is_daily: bool, expected: &[(Option<i64>, &str, u64, u64, i64)]) {
        let hauls = [haul(0, "豫A12345", Some("S1"), 5), haul(1, "豫A99999", None, 2)];
        let clues = [
            clue(0, "UW-01", ClueState::Confirmed, 2, 4_000),
            clue(0, "UW-01", ClueState::Withdrawn, 9, 0),
            clue(1, "TR-02", ClueState::Pending, 1, 0),
        ];
        let counted = count(&hauls, &clues, &registers(), by, &only, is_daily);
        let rows: Vec<_> = counted
            .rows
            .iter()
            .map(|row| {
                (row.day, row.key.as_str(), row.counts.hauls, row.counts.clues, row.counts.points_centi)
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(day, key, h, c, p)| (day.map(day_of), *key, *h, *c, *p)).collect();
        assert_eq!(rows, expected, "{by:?} {only:?}");
        let sum: u64 = counted.days.values().map(|counts| counts.clues).sum();
        assert_eq!(sum, counted.total.clues);
        let table = sheet(&counted.rows, by, is_daily);
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    }

    #[test]
    fn hauls_and_clues_are_counted_by_company_area_and_rule() {
        let all = Only::default;
        check(Dimension::Carrier, all(), false, &[(None, USCC, 5, 3, 4_000), (None, "", 2, 0, 0)]);
        check(Dimension::Area, all(), false, &[(None, "青屏街道", 5, 3, 4_000), (None, "", 2, 0, 0)]);
        check(Dimension::Rule, all(), false, &[(None, "UW-01", 0, 2, 4_000), (None, "TR-02", 0, 1, 0)]);
        check(
            Dimension::Carrier,
            all(),
            true,
            &[(Some(0), USCC, 5, 2, 4_000), (Some(1), "", 2, 0, 0), (Some(1), USCC, 0, 1, 0)],
        );
    }

    #[test]
    fn filters_hold_for_every_dimension() {
        let rule = Only { rule: Some("TR-02".into()), ..Only::default() };
        check(Dimension::Rule, rule, false, &[(None, "TR-02", 0, 1, 0)]);
        let area = Only { area: Some("青屏街道".into()), ..Only::default() };
        check(Dimension::Carrier, area, false, &[(None, USCC, 5, 3, 4_000)]);
        let nobody = Only { carrier: Some("x".into()), ..Only::default() };
        check(Dimension::Area, nobody, false, &[]);
    }

    #[test]
    fn a_day_says_how_much_was_seen_of_it() {
        for (trucks, online, is_kept, word) in [
            (10, 0, true, "none"),
            (10, 4, true, "thin"),
            (10, 5, true, "whole"),
            (0, 0, true, "none"),
            (10, 9, false, "not_kept"),
        ] {
            assert_eq!(data_word(trucks, online, is_kept), word);
        }
    }
}
