//! QR codes: on a terminal, two rows of squares to a line of text, and in a page, as a drawing.

use qrcode::{Color, EcLevel, QrCode};

/// Light squares around the code; fewer than four and cameras fail.
const QUIET_ZONE: usize = 4;

/// Draws the text as a QR code, dark on light whatever the terminal's own colours; none when it is too long for a code.
///
/// Letters are drawn as capitals: the code is then a third smaller, and invitations are read without regard to case.
pub(crate) fn draw(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text.to_uppercase(), EcLevel::L).ok()?;
    let width = code.width();
    let colors = code.to_colors();
    let side = width + 2 * QUIET_ZONE;
    let dark = |x: usize, y: usize| {
        let inside = (QUIET_ZONE..QUIET_ZONE + width).contains(&x)
            && (QUIET_ZONE..QUIET_ZONE + width).contains(&y);
        inside && colors[(y - QUIET_ZONE) * width + (x - QUIET_ZONE)] == Color::Dark
    };
    let mut drawn = String::new();
    for y in (0..side).step_by(2) {
        // Black on white, said outright: a code in a terminal's own colours may come out inverted.
        drawn.push_str("\u{1b}[30;107m");
        for x in 0..side {
            let lower = y + 1 < side && dark(x, y + 1);
            drawn.push(match (dark(x, y), lower) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawn.push_str("\u{1b}[0m\n");
    }
    Some(drawn)
}

/// Draws the text as a QR code for a page, letters and all as they are; none when it is too long for a code.
pub(crate) fn svg(text: &str) -> Option<String> {
    use std::fmt::Write;
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let colors = code.to_colors();
    let side = width + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|c| **c == Color::Dark).count();
            if run > 0 {
                let (x, y) = (x + QUIET_ZONE, y + QUIET_ZONE);
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    Some(format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_square_with_its_margin() {
        let drawn = draw("indaba1abc").unwrap();
        let lines: Vec<&str> = drawn
            .lines()
            .map(|l| {
                l.trim_start_matches("\u{1b}[30;107m")
                    .trim_end_matches("\u{1b}[0m")
            })
            .collect();
        // Version 1 has 21 squares a side.
        assert_eq!(lines.len(), (21 + 8usize).div_ceil(2));
        assert!(lines.iter().all(|l| l.chars().count() == 29));
        assert!(lines[0].chars().all(|c| c == ' ') && lines[2].contains('█'));
    }

    #[test]
    fn the_longest_invitation_still_fits() {
        assert!(draw(&"a".repeat(2_048)).is_some());
        assert!(draw(&"a".repeat(8_000)).is_none());
    }
}
