//! A text as a QR code, drawn as SVG: one path, no script, no style.

use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};

/// White margin around it, in modules, as the standard asks.
const QUIET: usize = 4;

/// The picture of a text.
pub fn svg(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (index, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let (x, y) = (index % width + QUIET, index / width + QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_its_three_corners_and_a_white_margin() {
        let picture = svg("otpauth://totp/Mucktrail:x?secret=AAAAAAAA&issuer=Mucktrail").unwrap();
        let side: usize =
            picture.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let far = side - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            assert!(picture.contains(&format!("M{x} {y}h1v1h-1z")), "{x} {y}");
        }
        assert!(!picture.contains("M3 "), "the margin is white");
        assert!(svg(&"x".repeat(8_000)).is_err());
    }
}
