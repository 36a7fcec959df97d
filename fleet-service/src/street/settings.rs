//! What an installation says about itself on its public pages. Part of the file given with `--settings`.

use serde::{Deserialize, Serialize};

/// Longest of these texts, characters.
const TEXT_CHARS_MAX: usize = 200;

/// How codes of companies are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeShown {
    /// Codes of organisations whole, of sole traders (个体工商户), who are natural persons, with their middle masked.
    #[default]
    PersonsMasked,
    /// Every code with its middle masked.
    Masked,
}

/// The public pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublicSettings {
    /// Name of the site.
    pub site_name: String,
    /// Who runs it (主办单位).
    pub host: String,
    /// Number of its registration (备案号), as 豫ICP备….
    pub filing_number: String,
    /// Its mark as a government site (政府网站标识码).
    pub site_code: String,
    /// How to reach the host.
    pub contact: String,
    /// Phone for reports that cannot wait.
    pub hotline: String,
    /// How codes of companies are shown.
    pub company_codes: CodeShown,
    /// Whether anyone may report.
    pub reports: bool,
}

impl Default for PublicSettings {
    fn default() -> Self {
        Self {
            site_name: "建筑垃圾清运公示".to_owned(),
            host: "城市管理局".to_owned(),
            filing_number: String::new(),
            site_code: String::new(),
            contact: String::new(),
            hotline: "12345".to_owned(),
            company_codes: CodeShown::default(),
            reports: true,
        }
    }
}

impl PublicSettings {
    /// What is wrong with it, if anything.
    pub fn problem(&self) -> Option<String> {
        let texts = [
            ("site_name", &self.site_name),
            ("host", &self.host),
            ("filing_number", &self.filing_number),
            ("site_code", &self.site_code),
            ("contact", &self.contact),
            ("hotline", &self.hotline),
        ];
        let long = texts.into_iter().find(|(_, text)| text.chars().count() > TEXT_CHARS_MAX);
        long.map(|(member, _)| format!("public.{member}: at most {TEXT_CHARS_MAX} characters are taken"))
    }

    /// A company's code as the public sees it.
    pub fn code(&self, uscc: &str) -> String {
        // The second character is the kind of body: 9 and 2 together are a sole trader.
        let is_person = uscc.starts_with("92");
        match self.company_codes {
            CodeShown::PersonsMasked if !is_person => uscc.to_owned(),
            _ => masked(uscc),
        }
    }
}

fn masked(uscc: &str) -> String {
    uscc.chars().enumerate().map(|(at, c)| if (6..14).contains(&at) { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sole_traders_code_is_masked_and_an_organisations_only_when_asked_for() {
        let default = PublicSettings::default();
        let all = PublicSettings { company_codes: CodeShown::Masked, ..PublicSettings::default() };
        assert_eq!(default.code("91410183MA00000001"), "91410183MA00000001");
        assert_eq!(default.code("92410183MA00000001"), "924101********0001");
        assert_eq!(all.code("91410183MA00000001"), "914101********0001");
    }
}
