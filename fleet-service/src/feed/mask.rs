//! What of a person the public may read. Pure.
//!
//! | what | shown as | why |
//! |---|---|---|
//! | legal representative of an enterprise | whole | 河南省社会信用条例 Art. 35: part of the record of a listed legal person |
//! | legal representative of a sole trader (个体工商户, code 92…), responsible persons | `王某某` | 个人信息保护法 Art. 6: not more than the purpose asks for |
//! | identity and telephone numbers in free text | `410183********0012`, `138****1234` | 政府信息公开条例 Art. 15 |

use domain::{LocalDate, Uscc};

/// How codes of sole traders begin.
const SOLE_TRADER: &str = "92";
/// Surnames of two characters that are common enough to be met.
const DOUBLE_SURNAMES: [&str; 12] =
    ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒", "夏侯"];

/// A person's name of which the surname alone is left: `王某某`; other scripts keep the first letter.
pub fn person(name: &str) -> String {
    let name = name.trim();
    let double = DOUBLE_SURNAMES.iter().find(|surname| name.starts_with(**surname));
    let kept = if double.is_some() { 2 } else { 1 };
    let rest = name.chars().count().saturating_sub(kept);
    let surname: String = name.chars().take(kept).collect();
    let blank = if name.is_ascii() { "*" } else { "某" };
    format!("{surname}{}", blank.repeat(rest.clamp(1, 2)))
}

/// A company's legal representative as the public reads the name.
pub fn representative(name: &str, company: &Uscc) -> String {
    if company.as_str().starts_with(SOLE_TRADER) { person(name) } else { name.trim().to_owned() }
}

/// Free text in which identity numbers and mobile telephone numbers are blanked. Numbers of documents, companies and
/// money stay.
pub fn text(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        let goes_on = c.is_ascii_digit() || run.len() == 17 && matches!(c, 'X' | 'x');
        if goes_on {
            run.push(c);
        } else {
            masked.push_str(&number(&run));
            run.clear();
            masked.push(c);
        }
    }
    masked.push_str(&number(&run));
    masked
}

fn number(run: &str) -> String {
    let is_mobile = run.len() == 11 && run.starts_with('1') && !matches!(&run[1..2], "0" | "1" | "2");
    if run.len() == 18 && is_birthday(&run[6..14]) {
        format!("{}********{}", &run[..6], &run[14..])
    } else if is_mobile {
        format!("{}****{}", &run[..3], &run[7..])
    } else {
        run.to_owned()
    }
}

/// Whether eight digits are a day on which a living person may have been born.
fn is_birthday(digits: &str) -> bool {
    let day = LocalDate::parse_from_str(digits, "%Y%m%d");
    day.is_ok_and(|_| digits.starts_with("19") || digits.starts_with("20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_surname_alone() {
        for (name, masked) in [
            ("王五", "王某"),
            ("王小五", "王某某"),
            ("欧阳小五", "欧阳某某"),
            ("Smith", "S**"),
            ("王", "王某"),
        ] {
            assert_eq!(person(name), masked);
        }
    }

    #[test]
    fn the_representative_of_a_legal_person_is_named_and_that_of_a_sole_trader_is_not() {
        assert_eq!(representative("王小五", &"91350100M000100Y43".parse().unwrap()), "王小五");
        assert_eq!(representative("王小五", &"92350100M000100Y43".parse().unwrap()), "王某某");
    }

    #[test]
    fn identity_and_telephone_numbers_are_blanked_and_others_stay() {
        for (given, masked) in [
            (
                "驾驶员身份证410183199001010012，电话13812341234",
                "驾驶员身份证410183********0012，电话138****1234",
            ),
            ("41018319900101001X", "410183********001X"),
            ("决定书410183202600017，罚款2000元", "决定书410183202600017，罚款2000元"),
            ("91350100M000100Y43，410183199013010012", "91350100M000100Y43，410183199013010012"),
            ("", ""),
        ] {
            assert_eq!(text(given), masked);
        }
    }
}
