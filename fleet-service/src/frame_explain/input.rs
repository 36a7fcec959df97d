//! Bytes written as hexadecimal digits, and the frames among them.

use wire::FrameError;
use wire::frame::{ESCAPED_BYTES_MAX, FLAG, checksum, unescape};

/// Longest line of hexadecimal digits read, in bytes: many frames, and no memory filled by a file that is none.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Why a text is no bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HexError {
    /// A character that is no hexadecimal digit.
    #[error("第 {at} 个字符 {found:?} 不是十六进制数字 / character {at}, {found:?}, is no hexadecimal digit")]
    Digit {
        /// Its place, from 1.
        at: usize,
        /// The character.
        found: char,
    },
    /// A digit without its second.
    #[error("十六进制数字个数为奇数 / the number of hexadecimal digits is odd")]
    Odd,
    /// No digit at all.
    #[error("没有数据 / there is nothing to explain")]
    Empty,
    /// Longer than [`LINE_BYTES_MAX`].
    #[error("行过长，最多 {LINE_BYTES_MAX} 字节 / the line is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
}

/// Reads digits in either case; blanks, commas, colons and `0x` before a byte are passed over.
pub fn parse_hex(text: &str) -> Result<Vec<u8>, HexError> {
    if text.len() > LINE_BYTES_MAX {
        return Err(HexError::TooLong);
    }
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high: Option<u8> = None;
    for (at, c) in text.chars().enumerate() {
        let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (digit, high) {
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(first)) => {
                bytes.push(first << 4 | digit);
                high = None;
            }
            (None, None) if c.is_whitespace() || matches!(c, ',' | ':' | '\u{FEFF}') => {}
            (None, Some(0)) if matches!(c, 'x' | 'X') => high = None,
            (None, _) => return Err(HexError::Digit { at: at + 1, found: c }),
        }
    }
    match (high, bytes.is_empty()) {
        (Some(_), _) => Err(HexError::Odd),
        (None, true) => Err(HexError::Empty),
        (None, false) => Ok(bytes),
    }
}

/// One run of bytes that is meant to be a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Unescaped, without its check byte.
    pub payload: Vec<u8>,
    /// What is wrong with it; the payload is explained all the same.
    pub faults: Vec<String>,
}

/// Cuts bytes into runs between flags. Bytes without any flag are one run: logs often leave the flags out.
pub fn runs(bytes: &[u8]) -> Vec<Run> {
    let Some(first) = bytes.iter().position(|byte| *byte == FLAG) else {
        return vec![run(bytes, Vec::new())];
    };
    let mut found = Vec::new();
    let mut pieces: Vec<&[u8]> = bytes[first + 1..].split(|byte| *byte == FLAG).collect();
    let unclosed = pieces.pop().filter(|piece| !piece.is_empty());
    found.extend(pieces.into_iter().filter(|piece| !piece.is_empty()).map(|piece| run(piece, Vec::new())));
    if let Some(piece) = unclosed {
        let fault = "帧尾缺少 7E / no flag 7E closes the frame";
        found.push(run(piece, vec![fault.to_owned()]));
    }
    if found.is_empty() {
        let fault = "只有标志 7E，没有内容 / there is no frame between the flags";
        found.push(Run { payload: Vec::new(), faults: vec![fault.to_owned()] });
    }
    found
}

fn run(escaped: &[u8], mut faults: Vec<String>) -> Run {
    if escaped.len() > ESCAPED_BYTES_MAX {
        faults.push(format!(
            "{} 字节没有标志，超过一帧的上限 {ESCAPED_BYTES_MAX} / {} bytes without a flag are more than a frame can have",
            escaped.len(),
            escaped.len()
        ));
        return Run { payload: Vec::new(), faults };
    }
    let mut payload = match unescape(escaped) {
        Ok(payload) => payload,
        Err(FrameError::BadEscape { at }) => {
            faults.push(format!(
                "第 {at} 字节（标志之后）的 7D 后面不是 01 或 02 / byte 7D at {at} after the flag is not followed by 01 or 02"
            ));
            return Run { payload: Vec::new(), faults };
        }
        Err(error) => {
            faults.push(error.to_string());
            return Run { payload: Vec::new(), faults };
        }
    };
    let stated = payload.pop().unwrap_or_default();
    let computed = checksum(&payload);
    if stated != computed {
        faults.push(format!(
            "校验码为 {stated:02X}，按内容应为 {computed:02X} / the check byte is {stated:02X}, the content gives {computed:02X}"
        ));
    }
    Run { payload, faults }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_however_a_log_writes_them() {
        for text in ["7e00ff7e", "7E 00 FF 7E", "0x7E,0x00,0xFF,0x7E", "7e:00:ff:7e\r\n", "\u{FEFF}7e00ff7e"]
        {
            assert_eq!(parse_hex(text), Ok(vec![0x7E, 0, 0xFF, 0x7E]), "{text}");
        }
        assert_eq!(parse_hex("7e0"), Err(HexError::Odd));
        assert_eq!(parse_hex("7eg0"), Err(HexError::Digit { at: 3, found: 'g' }));
        assert_eq!(parse_hex("  "), Err(HexError::Empty));
    }

    #[track_caller]
    fn check(hex: &str, expected: &[(&str, usize)]) {
        let found = runs(&parse_hex(hex).unwrap());
        let found: Vec<_> = found.iter().map(|run| (hex::encode(&run.payload), run.faults.len())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(payload, faults)| ((*payload).to_owned(), *faults)).collect();
        assert_eq!(found, expected, "{hex}");
    }

    #[test]
    fn frames_are_cut_with_and_without_flags_and_with_junk_before_them() {
        check("7e0102037e", &[("0102", 0)]);
        check("24247e0102037e7e0102037e", &[("0102", 0), ("0102", 0)]);
        check("010203", &[("0102", 0)]);
        check("7e010203", &[("0102", 1)]);
        check("7e0102047e", &[("0102", 1)]);
        check("7e017d037e", &[("", 1)]);
        check("7e7e", &[("", 1)]);
    }
}
