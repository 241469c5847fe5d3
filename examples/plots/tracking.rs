//! Repeat purchases of the cohort by week: what a model fitted to the first 39 weeks foretells for all
//! 78, and what came.

use plotters::style::Color;

use super::cohort::{ALL_WEEKS, CALIBRATION_WEEKS, Cohort, Fits};
use super::frame::{self, ACTUAL, Chart, Corner, Frame, MODELS};

/// Repeat purchase days up to the end of each week, from week 0 on.
fn come(cohort: &Cohort) -> Vec<f64> {
    let up_to = |week: i32| -> usize {
        let repeats = cohort
            .customers
            .iter()
            .flat_map(|of| of.days.iter().skip(1));
        repeats.filter(|day| **day < 7 * week).count()
    };
    (0..=ALL_WEEKS).map(|week| up_to(week) as f64).collect()
}

/// What a model expects up to the end of each week: the sum over customers of what a new customer does
/// in the time since their first purchase. Nothing but the size and the start of the cohort is used.
fn foretold(cohort: &Cohort, of_new_customer: impl Fn(f64) -> f64) -> Vec<f64> {
    let firsts = cohort.customers.iter().map(|of| of.days[0]);
    let mut starts = [0_u32; 7 * ALL_WEEKS as usize];
    firsts.for_each(|day| starts[day as usize] += 1);
    let up_to = |week: i32| -> f64 {
        let last_day = 7 * week - 1;
        let starts = (0_i32..).zip(&starts).filter(|(day, _)| *day < last_day);
        let expected = starts
            .filter(|(_, customers)| **customers > 0)
            .map(|(day, customers)| {
                f64::from(*customers) * of_new_customer(f64::from(last_day - day) / 7.0)
            });
        expected.sum()
    };
    (0..=ALL_WEEKS).map(up_to).collect()
}

fn numbered(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
    (0_i32..).map(f64::from).zip(values).collect()
}

fn increments(sums: &[f64]) -> Vec<(f64, f64)> {
    let steps = sums.windows(2).map(|pair| pair[1] - pair[0]);
    numbered(steps)
        .into_iter()
        .map(|(week, step)| (week + 1.0, step))
        .collect()
}

fn boundary(chart: &mut Chart<'_>, top: f64) {
    let week = f64::from(CALIBRATION_WEEKS);
    frame::dashed(chart, "", vec![(week, 0.0), (week, top)], ACTUAL);
}

/// Purchases of each week.
pub(crate) fn weekly(cohort: &Cohort, fits: &Fits) -> String {
    let top = 140.0;
    let frame = Frame {
        title: "CDNOW: repeat purchases of each week, foretold from the first 39 weeks".to_owned(),
        x: ("week since 1 January 1997", 0.0, f64::from(ALL_WEEKS)),
        y: ("repeat purchases in the week", 0.0, top),
        labels: (14, 8),
        x_text: frame::whole,
        y_text: frame::whole,
    };
    frame::draw(&frame, |chart| {
        boundary(chart, top);
        let actual = increments(&come(cohort));
        frame::line(chart, "", actual.clone(), ACTUAL.mix(0.4).stroke_width(1));
        frame::points(chart, "actual", &actual, ACTUAL);
        for ((name, color), of_new) in MODELS.into_iter().zip(fits.of_new_customer()) {
            let expected = increments(&foretold(cohort, of_new));
            frame::line(chart, name, expected, color.stroke_width(3));
        }
        frame::words(
            chart,
            (20.0, 6.0),
            "fitted to these weeks".to_owned(),
            ACTUAL,
        );
        frame::words(chart, (40.0, 6.0), "hold-out".to_owned(), ACTUAL);
        frame::legend(chart, &Corner::UpperRight);
    })
}

/// All purchases so far.
pub(crate) fn cumulative(cohort: &Cohort, fits: &Fits) -> String {
    let top = 6_000.0;
    let frame = Frame {
        title: "CDNOW: repeat purchases so far, foretold from the first 39 weeks".to_owned(),
        x: ("week since 1 January 1997", 0.0, f64::from(ALL_WEEKS)),
        y: ("repeat purchases up to the week", 0.0, top),
        labels: (14, 7),
        x_text: frame::whole,
        y_text: frame::whole,
    };
    frame::draw(&frame, |chart| {
        boundary(chart, top);
        for ((name, color), of_new) in MODELS.into_iter().zip(fits.of_new_customer()) {
            let expected = numbered(foretold(cohort, of_new));
            frame::line(chart, name, expected, color.stroke_width(3));
        }
        frame::dashed(chart, "actual", numbered(come(cohort)), ACTUAL);
        frame::words(
            chart,
            (20.0, 250.0),
            "fitted to these weeks".to_owned(),
            ACTUAL,
        );
        frame::words(chart, (40.0, 250.0), "hold-out".to_owned(), ACTUAL);
        frame::legend(chart, &Corner::UpperLeft);
    })
}
