//! `SatisfactionService.SatisfactionIndex`.

mod answer;
mod formula;

pub(super) use answer::indicator;
use tonic::{Request, Response, Status};

use super::instrument::thousandths;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::satisfaction::Satisfaction;
use crate::app::satisfaction_index::{Grouping, IndexQuery};
use crate::engine::satisfaction::method::Method;
use crate::engine::satisfaction::response::Unit;
use crate::engine::satisfaction::suppression::THRESHOLD_DEFAULT;
use crate::engine::segment::Scheme;
use crate::engine::time::{Day, Instant};
use crate::ids::ID_BYTES_MAX;
use crate::store::response_reader::DayRange;

const LEVEL_DEFAULT: f64 = 0.95;
const LEVEL_MIN: f64 = 0.5;
const LEVEL_MAX: f64 = 0.999;
const THRESHOLD_MAX: i32 = 1_000;

pub(super) async fn handle(
    satisfaction: &Satisfaction,
    request: Request<pb::SatisfactionIndexRequest>,
) -> Result<Response<pb::SatisfactionIndexResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let latest = satisfaction.app.latest_instant();
    let query = query(&mut reader, request.get_ref(), latest);
    let query = reader.finish(query)?;
    let indexed = satisfaction
        .app
        .satisfaction_index(&tenant_id, &query)
        .await?;
    Ok(Response::new(answer::response(&query, &indexed)))
}

fn query(
    reader: &mut Reader,
    request: &pb::SatisfactionIndexRequest,
    latest: Instant,
) -> Option<IndexQuery> {
    let instrument_id = reader.id("instrument_id", &request.instrument_id);
    let version = reader.version("instrument_version", request.instrument_version);
    let method = method(reader, request.method);
    let item_id = reader.optional_text("item_id", request.item_id.as_deref(), ID_BYTES_MAX);
    let cuts = [
        ("cut", request.cut),
        ("detractor_cut", request.detractor_cut),
    ];
    let [cut, detractor_cut] = cuts.map(|(field, value)| cut(reader, field, value));
    let [asked, compared] = [
        ("period", &request.period),
        ("compare_period", &request.compare_period),
    ]
    .map(|(field, value)| period(reader, field, value.as_ref()));
    check_compared(reader, asked.flatten(), compared.flatten());
    let grouping = grouping(reader, request);
    let unit = unit(reader, request.unit);
    let level = request.level.unwrap_or(LEVEL_DEFAULT);
    if !(LEVEL_MIN..=LEVEL_MAX).contains(&level) {
        let text = format!("must lie between {LEVEL_MIN} and {LEVEL_MAX}");
        reader.refuse("level", text);
    }
    let is_of_one = request.item_id.is_some()
        || matches!(method, Some(Method::NetPromoter | Method::CustomerEffort));
    if request.renormalise && is_of_one {
        reader.refuse("renormalise", "must not be set for an index of one item");
    }
    let threshold = threshold(reader, request.suppression_threshold);
    let times = reader.two_times(request.as_of.as_ref(), request.known_at.as_ref(), latest);
    let (as_of, known_at) = times.unzip();
    Some(IndexQuery {
        instrument_id: instrument_id?,
        version: version?,
        method: method?,
        item_id: item_id?,
        cut: cut?,
        detractor_cut: detractor_cut?,
        renormalise: request.renormalise,
        period: asked?,
        compare_period: compared?,
        grouping: grouping?,
        unit: unit?,
        level,
        threshold: threshold?,
        as_of: as_of?,
        known_at: known_at?,
    })
}

fn method(reader: &mut Reader, number: i32) -> Option<Method> {
    match pb::SatisfactionMethod::try_from(number) {
        Ok(pb::SatisfactionMethod::Rate) => Some(Method::Rate),
        Ok(pb::SatisfactionMethod::TopBox) => Some(Method::TopBox),
        Ok(pb::SatisfactionMethod::WeightedTree) => Some(Method::WeightedTree),
        Ok(pb::SatisfactionMethod::NetPromoter) => Some(Method::NetPromoter),
        Ok(pb::SatisfactionMethod::CustomerEffort) => Some(Method::CustomerEffort),
        Ok(pb::SatisfactionMethod::Unspecified) => {
            reader.refuse("method", "is required");
            None
        }
        Err(_) => {
            reader.refuse(
                "method",
                format!("must be a SatisfactionMethod, is {number}"),
            );
            None
        }
    }
}

fn cut(reader: &mut Reader, field: &str, cut: Option<f64>) -> Option<Option<i64>> {
    let Some(cut) = cut else { return Some(None) };
    let read = thousandths(cut);
    if read.is_none() {
        let text = "must be a number from -1000 to 1000 with at most 3 decimals";
        reader.refuse(field, text);
    }
    read.map(Some)
}

fn period(
    reader: &mut Reader,
    field: &str,
    period: Option<&pb::DayPeriod>,
) -> Option<Option<DayRange>> {
    let Some(period) = period else {
        return Some(None);
    };
    let mut day = |name: &str, date: Option<&super::pb::google::r#type::Date>| -> Option<Day> {
        let path = format!("{field}.{name}");
        match date {
            Some(date) => reader.day(&path, date),
            None => {
                reader.refuse(path, "is required");
                None
            }
        }
    };
    let (start, end) = (
        day("start", period.start.as_ref()),
        day("end", period.end.as_ref()),
    );
    let range = DayRange {
        start: start?,
        end: end?,
    };
    if range.end <= range.start {
        reader.refuse(format!("{field}.end"), "must lie after the start");
        return None;
    }
    Some(Some(range))
}

/// Two periods share no day, and one is compared with something.
fn check_compared(reader: &mut Reader, period: Option<DayRange>, compared: Option<DayRange>) {
    match (period, compared) {
        (None, Some(_)) => reader.refuse("period", "is required to be compared"),
        (Some(period), Some(compared))
            if period.start < compared.end && compared.start < period.end =>
        {
            reader.refuse("compare_period", "must not share a day with the period");
        }
        (Some(_), Some(_) | None) | (None, None) => {}
    }
}

fn grouping(reader: &mut Reader, request: &pb::SatisfactionIndexRequest) -> Option<Grouping> {
    use pb::SatisfactionGrouping as Asked;
    let number = request.group_by;
    let Ok(asked) = Asked::try_from(number) else {
        let text = format!("must be a SatisfactionGrouping, is {number}");
        reader.refuse("group_by", text);
        return None;
    };
    let attribute = reader.optional_text("attribute", request.attribute.as_deref(), ID_BYTES_MAX);
    if asked != Asked::Attribute && request.attribute.is_some() {
        reader.refuse("attribute", "must be absent unless grouped by attribute");
        return None;
    }
    if asked != Asked::Segment && request.segment_scheme.is_some() {
        let text = "must be absent unless grouped by segment";
        reader.refuse("segment_scheme", text);
        return None;
    }
    match asked {
        Asked::Unspecified => Some(Grouping::Whole),
        Asked::Segment => {
            let named = request.segment_scheme.as_deref().and_then(Scheme::named);
            if named.is_none() {
                let names = Scheme::ALL.map(Scheme::name).join(", ");
                let text = format!("is required to group by segment, one of: {names}");
                reader.refuse("segment_scheme", text);
            }
            named.map(Grouping::Segment)
        }
        Asked::Product => Some(Grouping::Product),
        Asked::Channel => Some(Grouping::Channel),
        Asked::Attribute => match attribute? {
            Some(name) => Some(Grouping::Attribute(name)),
            None => {
                reader.refuse("attribute", "is required to group by attribute");
                None
            }
        },
        Asked::Day => Some(Grouping::Day),
        Asked::Week => Some(Grouping::Week),
        Asked::Month => Some(Grouping::Month),
    }
}

fn unit(reader: &mut Reader, number: i32) -> Option<Unit> {
    match pb::SatisfactionUnit::try_from(number) {
        Ok(pb::SatisfactionUnit::Unspecified | pb::SatisfactionUnit::Response) => {
            Some(Unit::Response)
        }
        Ok(pb::SatisfactionUnit::CustomerLatest) => Some(Unit::CustomerLatest),
        Err(_) => {
            reader.refuse("unit", format!("must be a SatisfactionUnit, is {number}"));
            None
        }
    }
}

fn threshold(reader: &mut Reader, threshold: Option<i32>) -> Option<u64> {
    let Some(threshold) = threshold else {
        return Some(THRESHOLD_DEFAULT);
    };
    if !(1..=THRESHOLD_MAX).contains(&threshold) {
        let text = format!("must lie between 1 and {THRESHOLD_MAX}");
        reader.refuse("suppression_threshold", text);
        return None;
    }
    u64::try_from(threshold).ok()
}
