//! Bytes over differences, both on logarithmic scales, as an SVG of its own.

use std::fmt::Write;

use crate::sets::{Meeting, Place};
use crate::{Cost, Line, floor};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 430.0;
/// Ten to the power of this is the right and the upper end.
const DIFFERENCES: f64 = 4.0;
const BYTES: f64 = 7.5;

fn x(differences: u64) -> f64 {
    LEFT + (differences.max(1) as f64).log10() / DIFFERENCES * 400.0
}

fn y(bytes: f64) -> f64 {
    BOTTOM - bytes.max(1.0).log10() / BYTES * (BOTTOM - 30.0)
}

/// The curves at one size.
pub(crate) fn svg(lines: &[Line], size: u64) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n<text x=\"{LEFT}\" y=\"18\">Bytes both ways to find what differs between two sets of {size}</text>\n"
    );
    for power in 0..=7 {
        let at = y(10f64.powi(power));
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H470\" stroke=\"#ddd\"/><text x=\"62\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            at + 4.0,
            10u64.pow(power as u32)
        );
    }
    for power in 0..=4 {
        let differences = 10u64.pow(power);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"450\" text-anchor=\"middle\">{differences}</text>",
            x(differences)
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"270\" y=\"470\" text-anchor=\"middle\">elements that differ</text>"
    );
    let mut labels: Vec<(f64, &str, &str)> = Vec::new();
    let mut curve = |name, colour, dash: &str, points: Vec<(u64, f64)>| {
        let path: Vec<String> = points
            .iter()
            .map(|(d, bytes)| format!("{:.1},{:.1}", x(*d), y(*bytes)))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>",
            path.join(" ")
        );
        if let Some((_, bytes)) = points.last() {
            labels.push((y(*bytes), name, colour));
        }
    };
    let of = |place: Place, meeting: Meeting, cost: &dyn Fn(&Line) -> f64| -> Vec<(u64, f64)> {
        lines
            .iter()
            .filter(|l| {
                l.size == size && l.differences > 0 && l.place == place && l.meeting == meeting
            })
            .map(|line| (line.differences, cost(line)))
            .collect()
    };
    let ours = |line: &Line| line.at(0.5, Cost::bytes) as f64;
    let peers = |line: &Line| line.peer.bytes() as f64;
    curve(
        "negentropy, anywhere",
        "#b00",
        "",
        of(Place::Scattered, Meeting::First, &peers),
    );
    curve(
        "negentropy, newest",
        "#b00",
        "5 4",
        of(Place::Tail, Meeting::First, &peers),
    );
    curve(
        "ours, anywhere, first contact",
        "#05a",
        "",
        of(Place::Scattered, Meeting::First, &ours),
    );
    curve(
        "ours, newest, first contact",
        "#05a",
        "5 4",
        of(Place::Tail, Meeting::First, &ours),
    );
    curve(
        "ours, met before",
        "#080",
        "",
        of(Place::Tail, Meeting::Again, &ours),
    );
    let floor = of(Place::Scattered, Meeting::First, &|line| {
        floor::bytes(size, line.differences) as f64
    });
    curve("no method goes below", "#888", "2 3", floor);
    curve(
        "all ids",
        "#888",
        "",
        vec![(1, 32.0 * size as f64), (10_000, 32.0 * size as f64)],
    );
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lowest = 0.0f64;
    for (at, name, colour) in labels {
        lowest = (at + 4.0).max(lowest + 14.0);
        let _ = writeln!(
            svg,
            "<text x=\"480\" y=\"{lowest:.1}\" fill=\"{colour}\">{name}</text>"
        );
    }
    svg + "</svg>\n"
}
