//! The probability of being alive by frequency and recency.

use customer_value::engine::fit::{Prior, fit_bg_bb};
use customer_value::engine::purchase_model::PurchaseModel;
use customer_value::engine::statistics::{PeriodStatistics, PurchaseStatistics, Weighted};
use plotters::prelude::Rectangle;
use plotters::style::{Color, RGBColor};

use super::frame::{self, ACTUAL, Corner, Frame};

/// Age in weeks of the oldest customers of CDNOW at the end of the calibration period.
const AGE_WEEKS: f64 = 38.86;
/// Most repeat purchases shown.
const FREQUENCY_MAX: i32 = 20;
/// Weeks between two purchases that count as none on the chart.
const RECENCY_LEAST: f64 = 0.01;
/// Probabilities that are drawn as lines.
const LEVELS: [f64; 7] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

/// The recency from which on a customer is alive with a probability; it rises with recency.
fn recency_at(
    model: &impl PurchaseModel<Statistics = PurchaseStatistics>,
    frequency: i32,
    level: f64,
) -> f64 {
    let alive = |recency: f64| {
        let history = PurchaseStatistics::new(f64::from(frequency), recency, AGE_WEEKS);
        model.probability_alive(&history.expect("a history"))
    };
    let (mut below, mut above) = (0.0, AGE_WEEKS);
    if alive(above) < level {
        return AGE_WEEKS;
    }
    for _ in 0..40 {
        let middle = f64::midpoint(below, above);
        if alive(middle) < level {
            below = middle;
        } else {
            above = middle;
        }
    }
    above
}

/// From white to blue.
fn shade(band: usize) -> RGBColor {
    let share = band as f64 / LEVELS.len() as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a mixture of two numbers from 0 to 255"
    )]
    let mix = |from: f64, to: f64| (from + share * (to - from)).round() as u8;
    RGBColor(mix(250.0, 86.0), mix(250.0, 160.0), mix(250.0, 210.0))
}

/// Bands and lines of equal probability for a customer of the oldest age.
pub(crate) fn contour(
    name: &str,
    model: &impl PurchaseModel<Statistics = PurchaseStatistics>,
) -> String {
    let frame = Frame {
        title: format!("{name} fitted to CDNOW: P(alive) of a customer {AGE_WEEKS} weeks old"),
        x: ("repeat purchases x", 0.5, f64::from(FREQUENCY_MAX) + 2.0),
        y: ("last purchase t_x, weeks after the first", 0.0, AGE_WEEKS),
        labels: (22, 9),
        x_text: |number| {
            let is_shown = *number <= f64::from(FREQUENCY_MAX);
            if is_shown {
                frame::whole(number)
            } else {
                String::new()
            }
        },
        y_text: frame::whole,
    };
    let lines: Vec<Vec<f64>> = LEVELS
        .iter()
        .map(|level| {
            let frequencies = 1..=FREQUENCY_MAX;
            frequencies.map(|x| recency_at(model, x, *level)).collect()
        })
        .collect();
    frame::draw(&frame, |chart| {
        for (place, frequency) in (1..=FREQUENCY_MAX).enumerate() {
            let x = f64::from(frequency);
            let mut lower = 0.0;
            for band in 0..=LEVELS.len() {
                let upper = lines.get(band).map_or(AGE_WEEKS, |line| line[place]);
                let corners = [(x - 0.5, lower), (x + 0.5, upper)];
                let column = Rectangle::new(corners, shade(band).filled());
                chart.draw_series([column]).expect("in memory");
                lower = upper;
            }
        }
        for (level, line) in LEVELS.iter().zip(&lines) {
            let points = (1_i32..).map(f64::from).zip(line.iter().copied());
            // There is no line where even a purchase on the last day leaves the probability lower, or
            // one right after the first leaves it higher.
            let inside = points.filter(|(_, y)| (RECENCY_LEAST..AGE_WEEKS).contains(y));
            let points: Vec<(f64, f64)> = inside.collect();
            let Some(last) = points.last().copied() else {
                continue;
            };
            frame::line(chart, "", points, ACTUAL.stroke_width(2));
            let at = (f64::from(FREQUENCY_MAX) + 0.6, last.1);
            frame::words(chart, at, format!("{:.0} %", level * 100.0), ACTUAL);
        }
    })
}

/// Donors of 1995 by their gifts of the six years after.
const DONATIONS: &str = include_str!("../../data/donations.csv");

fn donors() -> Vec<Weighted<PeriodStatistics>> {
    let row = |line: &str| {
        let mut numbers = line.split(',').map(|cell| cell.parse().expect("a number"));
        let mut next = || numbers.next().expect("four columns");
        Weighted {
            row: PeriodStatistics::new(next(), next(), next()).expect("a history"),
            weight: next(),
        }
    };
    DONATIONS.lines().skip(1).map(row).collect()
}

/// The probability that a donor is there in the seventh year, by number of gifts and year of the last.
pub(crate) fn of_donors() -> String {
    let history = |gifts: u16, last: u16| {
        PeriodStatistics::new(gifts.into(), last.into(), 6.0).expect("a history")
    };
    let model = fit_bg_bb(&donors(), Prior::None).expect("a fit").model;
    let frame = Frame {
        title: "BG/BB fitted to 11,104 donors of 1995: P(alive) in the year after six".to_owned(),
        x: ("year of the last gift t_x, of six", -0.2, 6.6),
        y: ("probability of being there in the next year", 0.0, 1.0),
        labels: (8, 10),
        x_text: frame::whole,
        y_text: |number| format!("{number:.1}"),
    };
    frame::draw(&frame, |chart| {
        let colors = [
            frame::NBD,
            frame::PARETO,
            frame::MBG,
            RGBColor(230, 159, 0),
            frame::BG,
            RGBColor(86, 180, 233),
        ];
        let never = (0.0, model.probability_alive(&history(0, 0)));
        frame::points(chart, "no gift after the first", &[never], ACTUAL);
        for (gifts, color) in (1_u16..).zip(colors) {
            let of = |last: u16| {
                (
                    f64::from(last),
                    model.probability_alive(&history(gifts, last)),
                )
            };
            let line: Vec<(f64, f64)> = (gifts..=6).map(of).collect();
            let name = match gifts {
                1 => "1 gift".to_owned(),
                gifts => format!("{gifts} gifts"),
            };
            frame::line(chart, &name, line.clone(), color.stroke_width(2));
            frame::points(chart, "", &line, color);
        }
        frame::legend(chart, &Corner::UpperLeft);
    })
}
