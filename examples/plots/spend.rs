//! Mean spend on a repeat purchase: how it is spread over customers, by the model and in truth.

use customer_value::engine::fit::{Prior, fit_gamma_gamma};
use customer_value::engine::numeric::special::exp;
use customer_value::engine::statistics::{SpendStatistics, Weighted};
use plotters::prelude::Rectangle;
use plotters::style::Color;

use super::cohort::Cohort;
use super::frame::{self, ACTUAL, BG, Corner, Frame};

/// Dollars a bar is wide.
const BAR: f64 = 5.0;
/// Dollars shown.
const MOST: f64 = 150.0;

/// Customers by mean spend, and the density that the fitted model has for the same numbers of
/// purchases.
pub(crate) fn densities(cohort: &Cohort) -> String {
    let rows: Vec<Weighted<SpendStatistics>> = cohort
        .customers
        .iter()
        .filter_map(|customer| customer.spend)
        .map(|row| Weighted { row, weight: 1.0 })
        .collect();
    let model = fit_gamma_gamma(&rows, Prior::None).expect("a fit").model;
    let customers = rows.len() as f64;
    let density = |spend: f64| {
        let of = rows.iter().map(|weighted| {
            let same = SpendStatistics::new(weighted.row.frequency(), spend);
            exp(model.log_likelihood(&same.expect("a spend")))
        });
        of.sum::<f64>() / customers
    };
    let frame = Frame {
        title: format!(
            "Gamma-Gamma fitted to the {} repeat buyers of CDNOW: mean spend",
            rows.len()
        ),
        x: ("mean spend on a repeat purchase, US dollars", 0.0, MOST),
        y: ("customers in a class of 5 dollars", 0.0, 180.0),
        labels: (16, 10),
        x_text: frame::whole,
        y_text: frame::whole,
    };
    frame::draw(&frame, |chart| {
        let bars = (0_i32..).map(|bar| f64::from(bar) * BAR);
        for from in bars.take_while(|from| *from < MOST) {
            let inside =
                |row: &&Weighted<SpendStatistics>| (from..from + BAR).contains(&row.row.monetary());
            let count = rows.iter().filter(inside).count() as f64;
            let corners = [(from, 0.0), (from + BAR, count)];
            let series = chart.draw_series([
                Rectangle::new(corners, ACTUAL.mix(0.25).filled()),
                Rectangle::new(corners, ACTUAL.mix(0.6).stroke_width(1)),
            ]);
            let series = series.expect("in memory");
            if from == 0.0 {
                series.label("actual").legend(|(x, y)| {
                    let corners = [(x + 4, y - 6), (x + 22, y + 6)];
                    Rectangle::new(corners, ACTUAL.mix(0.35).filled())
                });
            }
        }
        let at = (1_i32..).map(|half| f64::from(half) * 0.5);
        let line = at.take_while(|spend| *spend <= MOST);
        let line = line.map(|spend| (spend, density(spend) * customers * BAR));
        frame::line(chart, "model", line.collect(), BG.stroke_width(3));
        frame::legend(chart, &Corner::UpperRight);
    })
}
