//! What customers bought in the hold-out period by what was known of them before, foretold and come.

use plotters::style::Color;

use super::cohort::{Cohort, Customer, Fits};
use super::frame::{self, ACTUAL, Corner, Frame, MODELS};

/// Frequencies from this one on are one class.
const LAST_CLASS: usize = 7;

fn class(customer: &Customer) -> usize {
    (0..LAST_CLASS)
        .find(|frequency| customer.purchases.frequency() == *frequency as f64)
        .unwrap_or(LAST_CLASS)
}

/// The mean over the customers of each class.
fn means(cohort: &Cohort, of: impl Fn(&Customer) -> f64) -> Vec<(f64, f64)> {
    let mut sums = [(0.0, 0.0); LAST_CLASS + 1];
    for customer in &cohort.customers {
        let (count, sum) = &mut sums[class(customer)];
        *count += 1.0;
        *sum += of(customer);
    }
    let means = sums.into_iter().map(|(count, sum)| sum / count);
    (0_i32..).map(f64::from).zip(means).collect()
}

/// Purchases in weeks 40 to 78 by repeat purchases in weeks 1 to 39.
pub(crate) fn by_frequency(cohort: &Cohort, fits: &Fits) -> String {
    let frame = Frame {
        title: "CDNOW: purchases in weeks 40 to 78 by repeat purchases before".to_owned(),
        x: ("repeat purchases in weeks 1 to 39", -0.3, 7.3),
        y: ("mean purchases in weeks 40 to 78", 0.0, 10.0),
        labels: (8, 10),
        x_text: |number| {
            let is_last = *number >= LAST_CLASS as f64;
            format!("{number:.0}{}", if is_last { "+" } else { "" })
        },
        y_text: frame::whole,
    };
    frame::draw(&frame, |chart| {
        for ((name, color), expected) in MODELS.into_iter().zip(fits.of_customer()) {
            let means = means(cohort, |customer| expected(customer.purchases));
            frame::line(chart, name, means.clone(), color.stroke_width(2));
            frame::points(chart, "", &means, color);
        }
        let actual = means(cohort, |customer| customer.held_out as f64);
        frame::dashed(chart, "", actual.clone(), ACTUAL);
        frame::points(chart, "actual", &actual, ACTUAL);
        frame::legend(chart, &Corner::UpperLeft);
    })
}
