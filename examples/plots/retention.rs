//! Contracts that are renewed: how many of those who began are left, foretold from seven years and come.

use customer_value::engine::fit::{Prior, fit_sbg};
use customer_value::engine::numeric::special::exp;
use customer_value::engine::sbg::Sbg;
use customer_value::engine::statistics::{RenewalStatistics, Weighted};
use plotters::style::Color;

use super::frame::{self, ACTUAL, BG, Corner, Frame, PARETO};

/// Survivors of 1,000 at the end of the years 0 to 12 in two groups. Fader and Hardie (2007), "How to
/// Project Customer Retention", table 1.
const GROUPS: [(&str, [u16; 13]); 2] = [
    (
        "high end",
        [
            1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394,
        ],
    ),
    (
        "regular",
        [
            1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173,
        ],
    ),
];
/// Years the model is fitted to; the rest is hold-out.
const FITTED_YEARS: usize = 7;

fn fitted(survivors: &[u16; 13]) -> Sbg {
    let row = |renewals: usize, customers: u16| Weighted {
        row: RenewalStatistics::new(renewals as f64, renewals as f64, FITTED_YEARS as f64)
            .expect("a history"),
        weight: f64::from(customers),
    };
    let mut rows: Vec<Weighted<RenewalStatistics>> = (0..FITTED_YEARS)
        .map(|year| row(year, survivors[year] - survivors[year + 1]))
        .collect();
    rows.push(row(FITTED_YEARS, survivors[FITTED_YEARS]));
    fit_sbg(&rows, Prior::None).expect("a fit").model
}

/// Both groups.
pub(crate) fn of_contracts() -> String {
    let frame = Frame {
        title: "sBG fitted to seven years of two groups: customers who are left".to_owned(),
        x: ("year", 0.0, 12.3),
        y: ("share of those who began, %", 0.0, 100.0),
        labels: (13, 10),
        x_text: frame::whole,
        y_text: frame::whole,
    };
    frame::draw(&frame, |chart| {
        let last = FITTED_YEARS as f64;
        frame::dashed(chart, "", vec![(last, 0.0), (last, 100.0)], ACTUAL);
        for ((name, survivors), color) in GROUPS.iter().zip([PARETO, BG]) {
            let model = fitted(survivors);
            let years = (0_i32..13).map(f64::from);
            let line = years
                .clone()
                .map(|year| (year, 100.0 * exp(model.log_survival(year))));
            let label = format!("sBG, {name}");
            frame::line(chart, &label, line.collect(), color.stroke_width(3));
            let come = years.zip(survivors.iter().map(|left| f64::from(*left) / 10.0));
            let come: Vec<(f64, f64)> = come.collect();
            frame::points(chart, &format!("actual, {name}"), &come, color);
        }
        frame::words(
            chart,
            (4.5, 4.0),
            "fitted to these years".to_owned(),
            ACTUAL,
        );
        frame::words(chart, (7.1, 4.0), "hold-out".to_owned(), ACTUAL);
        frame::legend(chart, &Corner::UpperRight);
    })
}
