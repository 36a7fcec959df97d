//! Texts in messages: GBK, as every revision of JT/T 808 says, in fields of fixed width or to the end of the body.

use encoding_rs::GBK;

/// A field of fixed width as it was sent. Terminals fill it on the right with NUL or blanks, or on the left with ASCII
/// zeros; which of it is filling cannot be told for certain, so all of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Padded(Vec<u8>);

/// A character that GBK does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot be written in GBK, the character set of JT/T 808")]
pub struct NotGbk {
    text: String,
}

impl Padded {
    /// The field as sent.
    pub fn raw(&self) -> &[u8] {
        &self.0
    }

    /// Without NULs and blanks at its ends.
    pub fn text(&self) -> String {
        decode(&self.0)
    }

    /// [`Padded::text`] also without zeros at its start: what two writings of one name have in common.
    pub fn key(&self) -> String {
        self.text().trim_start_matches('0').to_owned()
    }

    pub(crate) fn from_sent(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// `text` filled with NULs on the right; what does not fit in `width` bytes is cut, at a character.
    pub fn from_text(text: &str, width: usize) -> Result<Self, NotGbk> {
        let mut bytes = encode(text)?;
        if bytes.len() > width {
            bytes = Vec::new();
            for c in text.chars() {
                let next = encode(c.encode_utf8(&mut [0; 4]))?;
                if bytes.len() + next.len() > width {
                    break;
                }
                bytes.extend(next);
            }
        }
        bytes.resize(width, 0);
        Ok(Self(bytes))
    }

    /// Appends the field cut or filled with NULs to `width` bytes.
    pub(crate) fn encode_in(&self, width: usize, out: &mut Vec<u8>) {
        let end = out.len() + width;
        out.extend(self.0.iter().take(width));
        out.resize(end, 0);
    }
}

/// Decodes GBK and strips NULs and blanks at both ends. Bytes that are no GBK become U+FFFD.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let (text, _had_errors) = GBK.decode_without_bom_handling(bytes);
    text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned()
}

/// Encodes as GBK.
pub(crate) fn encode(text: &str) -> Result<Vec<u8>, NotGbk> {
    let (bytes, _encoding, had_errors) = GBK.encode(text);
    if had_errors { Err(NotGbk { text: text.chars().take(40).collect() }) } else { Ok(bytes.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_filling_give_the_same_key() {
        for sent in [b"Koike002\0\0\0".as_slice(), b"000Koike002", b"Koike002   "] {
            let field = Padded::from_sent(sent);
            assert_eq!((field.key().as_str(), field.raw()), ("Koike002", sent));
        }
    }

    #[test]
    fn a_text_too_long_for_its_field_is_cut_between_characters() {
        assert_eq!(Padded::from_text("渣土车", 5).unwrap().text(), "渣土");
        assert_eq!(Padded::from_text("ab", 4).unwrap().raw(), b"ab\0\0");
    }

    #[test]
    fn what_gbk_does_not_have_is_refused_and_not_replaced() {
        assert!(encode("豫A12345").is_ok());
        assert!(encode("🚚").unwrap_err().to_string().contains("GBK"));
    }
}
