//! What all charts look like: size, letters, colours, axes.

use plotters::chart::{ChartBuilder, ChartContext, SeriesLabelPosition};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::{
    Cartesian2d, Circle, DashedLineSeries, DrawingArea, IntoDrawingArea, LineSeries, PathElement,
    SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{BLACK, Color, IntoFont, RGBColor, ShapeStyle, WHITE};

/// A chart on its way to a text.
pub(crate) type Chart<'a> =
    ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Colours that people who confuse red and green tell apart (Okabe and Ito).
pub(crate) const PARETO: RGBColor = RGBColor(0, 114, 178);
pub(crate) const BG: RGBColor = RGBColor(213, 94, 0);
pub(crate) const MBG: RGBColor = RGBColor(0, 158, 115);
pub(crate) const NBD: RGBColor = RGBColor(204, 121, 167);
/// What came.
pub(crate) const ACTUAL: RGBColor = RGBColor(60, 60, 60);

/// The purchase models in the order of [`super::cohort::Fits`].
pub(crate) const MODELS: [(&str, RGBColor); 4] = [
    ("Pareto/NBD", PARETO),
    ("BG/NBD", BG),
    ("MBG/NBD", MBG),
    ("NBD (nobody leaves)", NBD),
];

const SIZE: (u32, u32) = (1_000, 600);
const FAMILY: &str = "sans-serif";

/// What stands around a chart.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) x: (&'static str, f64, f64),
    pub(crate) y: (&'static str, f64, f64),
    /// How many labels each axis has at most.
    pub(crate) labels: (usize, usize),
    /// What stands at a number of the horizontal axis.
    pub(crate) x_text: fn(&f64) -> String,
    /// The same of the vertical axis.
    pub(crate) y_text: fn(&f64) -> String,
}

/// A number without decimals.
pub(crate) fn whole(number: &f64) -> String {
    format!("{number:.0}")
}

/// Draws a chart; `draw` fills it.
pub(crate) fn draw(frame: &Frame, draw: impl FnOnce(&mut Chart<'_>)) -> String {
    let mut svg = String::new();
    {
        let area: DrawingArea<SVGBackend<'_>, Shift> =
            SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).expect("in memory");
        let mut chart = ChartBuilder::on(&area)
            .margin(18)
            .caption(&frame.title, (FAMILY, 24).into_font())
            .x_label_area_size(58)
            .y_label_area_size(78)
            .build_cartesian_2d(frame.x.1..frame.x.2, frame.y.1..frame.y.2)
            .expect("axes");
        chart
            .configure_mesh()
            .x_desc(frame.x.0)
            .y_desc(frame.y.0)
            .axis_desc_style((FAMILY, 19).into_font())
            .label_style((FAMILY, 17).into_font())
            .x_labels(frame.labels.0)
            .y_labels(frame.labels.1)
            .x_label_formatter(&frame.x_text)
            .y_label_formatter(&frame.y_text)
            .max_light_lines(0)
            .bold_line_style(BLACK.mix(0.12))
            .draw()
            .expect("axes");
        draw(&mut chart);
        area.present().expect("in memory");
    }
    svg
}

/// A line with its name in the legend; without a name it has none.
pub(crate) fn line(chart: &mut Chart<'_>, name: &str, points: Vec<(f64, f64)>, style: ShapeStyle) {
    let series = chart.draw_series(LineSeries::new(points, style));
    let series = series.expect("in memory");
    if !name.is_empty() {
        series
            .label(name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 26, y)], style));
    }
}

/// A dashed line with its name in the legend.
pub(crate) fn dashed(chart: &mut Chart<'_>, name: &str, points: Vec<(f64, f64)>, color: RGBColor) {
    let style = color.stroke_width(2);
    let series = chart.draw_series(DashedLineSeries::new(points, 7, 5, style));
    let series = series.expect("in memory");
    if !name.is_empty() {
        series.label(name).legend(move |(x, y)| {
            let ends = [(x, y), (x + 26, y)];
            DashedPathElement::new(ends, 7, 5, style)
        });
    }
}

/// Points with their name in the legend.
pub(crate) fn points(chart: &mut Chart<'_>, name: &str, points: &[(f64, f64)], color: RGBColor) {
    let dots = points.iter().map(|at| Circle::new(*at, 4, color.filled()));
    let series = chart.draw_series(dots).expect("in memory");
    if !name.is_empty() {
        series
            .label(name)
            .legend(move |(x, y)| Circle::new((x + 13, y), 4, color.filled()));
    }
}

/// Words at a point, which is at their left, vertically in the middle.
pub(crate) fn words(chart: &mut Chart<'_>, at: (f64, f64), text: String, color: RGBColor) {
    let style = (FAMILY, 16)
        .into_font()
        .color(&color)
        .pos(Pos::new(HPos::Left, VPos::Center));
    let text = Text::new(text, at, style);
    chart.draw_series([text]).expect("in memory");
}

/// Where the legend is.
pub(crate) enum Corner {
    UpperLeft,
    UpperRight,
}

/// Draws the legend.
pub(crate) fn legend(chart: &mut Chart<'_>, corner: &Corner) {
    chart
        .configure_series_labels()
        .position(match corner {
            Corner::UpperLeft => SeriesLabelPosition::UpperLeft,
            Corner::UpperRight => SeriesLabelPosition::UpperRight,
        })
        .legend_area_size(34)
        .margin(12)
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.3))
        .label_font((FAMILY, 17).into_font())
        .draw()
        .expect("in memory");
}
