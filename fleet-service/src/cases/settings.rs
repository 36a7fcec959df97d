//! Settings of due process: how long a notice stands before a company is listed, and who decides. A TOML file given with
//! `--settings`; what it does not say keeps its default, and a member nobody knows is refused.

use std::path::Path;

use domain::{Authority, RuleCode, Uscc};
use serde::{Deserialize, Serialize};

use crate::basemaps::settings::MapSettings;
use crate::peer::{PeerFileError, read_file};
use crate::people::settings::PeopleSettings;
use crate::street::settings::PublicSettings;

/// Longest notice, working days.
pub const NOTICE_WORKING_DAYS_MAX: u32 = 60;
/// Longest ban on coming back into the directory, years.
pub const BAN_YEARS_MAX: u32 = 10;

/// Everything that can be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Listing and what comes before it.
    pub listing: ListingSettings,
    /// Cases.
    pub cases: CaseSettings,
    /// How people sign in.
    pub people: PeopleSettings,
    /// The public pages.
    pub public: PublicSettings,
    /// Basemaps.
    pub map: MapSettings,
    /// Names and codes of the authorities, as records are published under them.
    pub authorities: Authorities,
    /// Who publishes.
    pub publication: Publication,
}

/// The authorities by name and code. What is not set is left out of what is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authorities {
    /// City management.
    pub city_management: NamedAuthority,
    /// Traffic police.
    pub police: NamedAuthority,
    /// Transport.
    pub transport: NamedAuthority,
}

/// One authority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NamedAuthority {
    /// Its name.
    pub name: Option<String>,
    /// Its unified social credit code.
    pub uscc: Option<Uscc>,
}

/// Who publishes, for records that ask for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Publication {
    /// Name of the unit the data come from.
    pub source_unit: Option<String>,
    /// Its unified social credit code.
    pub source_unit_uscc: Option<Uscc>,
    /// Code of the region, as 410183.
    pub region_code: Option<String>,
}

impl Authorities {
    /// One of them.
    pub fn of(&self, authority: Authority) -> &NamedAuthority {
        match authority {
            Authority::CityManagement => &self.city_management,
            Authority::Police => &self.police,
            Authority::Transport => &self.transport,
        }
    }
}

/// Listing and what comes before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListingSettings {
    /// Working days between the notice's service and the decision to list. 0: no notice, listed in the same second, as the
    /// founding document of the first city says.
    pub notice_working_days: u32,
    /// Whose officers issue notices and decide on listing and exit.
    pub deciding_authority: Authority,
    /// That authority's name, as it signs notices.
    pub deciding_name: String,
    /// How numbers of notices begin: `新密城管信告` gives `新密城管信告〔2026〕1号`.
    pub number_prefix: String,
    /// What a listing rests on.
    pub legal_basis: Vec<String>,
    /// What follows from a listing.
    pub measures: Vec<String>,
    /// How a company comes off.
    pub repair_conditions: Vec<String>,
    /// How long a company that had to leave the directory may not come back, years.
    pub reentry_ban_years: u32,
}

/// Cases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaseSettings {
    /// Rules, beside those of the catalogue, whose cases count only once their decision is final; a code without its grade
    /// means all grades.
    pub final_decision_rules: Vec<RuleCode>,
}

impl Default for ListingSettings {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            notice_working_days: 0,
            deciding_authority: Authority::CityManagement,
            deciding_name: "城市管理局".to_owned(),
            number_prefix: "城管信告".to_owned(),
            legal_basis: texts(&[
                "河南省社会信用条例 第二十八条、第三十五条",
                "新密政文〔2019〕287号 四（一）5（1）",
                "郑政办〔2018〕58号",
                "郑政办〔2018〕92号",
            ]),
            measures: texts(&[
                "列入建筑垃圾清运黑榜并向社会公示",
                "推送郑州市社会信用信息平台实施联合惩戒",
                "增加检查频次",
            ]),
            repair_conditions: texts(&[
                "履行处罚决定确定的义务并完成整改",
                "书面信用承诺",
                "记分恢复至60.00分以上",
            ]),
            reentry_ban_years: 3,
        }
    }
}

impl Settings {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, PeerFileError> {
        let settings: Self = read_file(path, "--settings")?;
        match settings.problem() {
            None => Ok(settings),
            Some(problem) => Err(PeerFileError::Value { path: path.to_owned(), problem }),
        }
    }

    fn problem(&self) -> Option<String> {
        self.listing_problem().or_else(|| self.public.problem()).or_else(|| self.map.problem())
    }

    fn listing_problem(&self) -> Option<String> {
        let ListingSettings { notice_working_days, reentry_ban_years, deciding_name, number_prefix, .. } =
            &self.listing;
        if *notice_working_days > NOTICE_WORKING_DAYS_MAX {
            return Some(format!(
                "listing.notice_working_days is {notice_working_days}: 0 to {NOTICE_WORKING_DAYS_MAX} are taken"
            ));
        }
        if !(1..=BAN_YEARS_MAX).contains(reentry_ban_years) {
            return Some(format!(
                "listing.reentry_ban_years is {reentry_ban_years}: 1 to {BAN_YEARS_MAX} are taken"
            ));
        }
        for (member, text) in [("deciding_name", deciding_name), ("number_prefix", number_prefix)] {
            if !(1..=40).contains(&text.trim().chars().count()) {
                return Some(format!("listing.{member}: 1 to 40 characters are taken"));
            }
        }
        for (member, texts) in [
            ("legal_basis", &self.listing.legal_basis),
            ("measures", &self.listing.measures),
            ("repair_conditions", &self.listing.repair_conditions),
        ] {
            if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
                return Some(format!("listing.{member}: at least one text, none of them empty, is taken"));
            }
        }
        self.people.problem()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<u32, &str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        let read = Settings::read(&path).map(|settings| settings.listing.notice_working_days);
        match (read, expected) {
            (Ok(days), Ok(wanted)) => assert_eq!(days, wanted, "{text}"),
            (Err(error), Err(wanted)) => {
                let said = crate::sentence(&error);
                assert!(said.contains(wanted), "{text}: {said}");
            }
            (read, expected) => panic!("{text}: {read:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_file_says_what_differs_and_a_member_nobody_knows_is_refused() {
        check("", Ok(0));
        check("[listing]\nnotice_working_days = 10\ndeciding_authority = \"police\"\n", Ok(10));
        check("[listing]\nnotice_days = 10\n", Err("notice_days"));
        check("[listing]\nnotice_working_days = 61\n", Err("0 to 60"));
        check("[listing]\ndeciding_authority = \"mayor\"\n", Err("mayor"));
        check("[listing]\nmeasures = []\n", Err("listing.measures"));
        check("[cases]\nfinal_decision_rules = [\"UW-1\"]\n", Err("UW-1"));
        check("[authorities.police]\nname = \"公安局\"\nuscc = \"11410183005123456X\"\n", Ok(0));
        check("[authorities.police]\nuscc = \"1\"\n", Err("1"));
        check("surprise = 1\n", Err("surprise"));
    }

    #[test]
    fn the_defaults_can_be_written_out_and_read_back() {
        let text = toml::to_string(&Settings::default()).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), Settings::default());
        assert_eq!(Settings::default().problem(), None);
    }
}
