//! `SegmentationService.ListSegmentMembers`.

use tonic::{Request, Response, Status};

use super::page::{Page, refuse_token, token_after};
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::segmentation::Segmentation;
use super::snapshot::{quantity, read_scheme, read_segment, read_snapshot_id};
use super::write::money;
use crate::app::segment_members::{MembersPage, MembersQuery};
use crate::engine::segment::Scheme;
use crate::engine::segment::axis::Axis;
use crate::engine::segment::rfm::cuts::Cuts;
use crate::ids::ID_BYTES_MAX;
use crate::store::population::read::PopulationRow;
use crate::store::snapshot::snapshot_name;

pub(super) async fn handle(
    segmentation: &Segmentation,
    request: Request<pb::ListSegmentMembersRequest>,
) -> Result<Response<pb::ListSegmentMembersResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let query = query(&mut reader, request.get_ref());
    let query = reader.finish(query)?;
    let app = &segmentation.app;
    if query.after.is_some() {
        // A token names its snapshot: one that is not there is of another list.
        let definitions = app.definitions(&tenant_id).await?;
        let name = query.snapshot.as_deref().unwrap_or_default();
        if definitions.snapshot_named(name).is_none() {
            let mut reader = Reader::default();
            refuse_token(&mut reader);
            return reader.finish(None);
        }
    }
    let page = app.segment_members(&tenant_id, &query).await?;
    Ok(Response::new(response(&query, &page)))
}

fn response(query: &MembersQuery, page: &MembersPage) -> pb::ListSegmentMembersResponse {
    let token = Token {
        snapshot: page.snapshot.stored.number,
        scheme: query.scheme,
        segment: query.segment,
    };
    let last = page.members.last().filter(|_| page.has_more);
    pb::ListSegmentMembersResponse {
        members: page
            .members
            .iter()
            .map(|row| member(query.scheme, page, row))
            .collect(),
        snapshot_id: page.snapshot.stored.name(),
        next_page_token: last.map_or_else(String::new, |row| token.after(&row.key.customer_id)),
    }
}

fn member(scheme: Scheme, page: &MembersPage, row: &PopulationRow) -> pb::SegmentMember {
    let segment = row.segments.get(scheme.index()).copied().flatten();
    let segment = segment.and_then(|segment| usize::try_from(segment).ok());
    let segment = segment.and_then(|segment| scheme.segments().get(segment));
    let value = row.measures.get(Axis::Contribution.index()).copied();
    pb::SegmentMember {
        customer_id: row.key.customer_id.clone(),
        segment: segment.map_or_else(String::new, |segment| segment.name.to_owned()),
        value: value
            .flatten()
            .zip(page.currency)
            .map(|(value, currency)| money(value, currency)),
        measures: Axis::ALL
            .into_iter()
            .filter_map(|axis| measure(axis, page, row))
            .collect(),
    }
}

/// What was measured on an axis; `None` where the customer has no value.
fn measure(axis: Axis, page: &MembersPage, row: &PopulationRow) -> Option<pb::MeasuredValue> {
    let value = row.measures.get(axis.index()).copied().flatten()?.0;
    let cuts = Cuts::of(&page.rfm_cuts, Some(&page.snapshot.cuts)).ok();
    let score = cuts.and_then(|cuts| cuts.score(axis, value));
    let among = page.snapshot.cuts.distributions.get(&axis);
    let percentile = among.map(|among| match axis {
        Axis::RecencyDays => among.percentile_reversed(value),
        Axis::Frequency
        | Axis::Monetary
        | Axis::Contribution
        | Axis::ClvTotal
        | Axis::CrvToDate
        | Axis::Current
        | Axis::Potential
        | Axis::RhythmDays => among.percentile_of(value),
    });
    Some(pb::MeasuredValue {
        measure: axis.name().to_owned(),
        value: Some(quantity(axis, value, page.currency)?),
        score: score.map(i32::from),
        percentile: percentile.map(i32::from),
        ..pb::MeasuredValue::default()
    })
}

fn query(reader: &mut Reader, request: &pb::ListSegmentMembersRequest) -> Option<MembersQuery> {
    let snapshot = match request.snapshot_id.as_deref() {
        None => Some(None),
        Some(name) => read_snapshot_id(reader, "snapshot_id", name).map(Some),
    };
    let scheme = read_scheme(reader, "scheme", &request.scheme);
    let segment = match (scheme, request.segment.as_deref()) {
        (_, None) => Some(None),
        (None, Some(_)) => None,
        (Some(scheme), Some(name)) => read_segment(reader, "segment", scheme, name).map(Some),
    };
    let page = Page::read(reader, request.page_size, &request.page_token)?;
    let (snapshot, scheme, segment) = (snapshot?, scheme?, segment?);
    let mut query = MembersQuery {
        snapshot,
        scheme,
        segment,
        after: None,
        limit: page.size,
    };
    if let Some(token) = page.after {
        let Some((snapshot, customer_id)) = Token::read(&token, &query) else {
            refuse_token(reader);
            return None;
        };
        query.snapshot = Some(snapshot);
        query.after = Some(customer_id);
    }
    Some(query)
}

/// What a page token names beside the member it comes after.
struct Token {
    snapshot: i32,
    scheme: Scheme,
    segment: Option<usize>,
}

/// Stands for all segments in a token.
const ALL_SEGMENTS: &str = "*";

impl Token {
    /// The token of the page after a member. Ids may hold any character, so the id comes last.
    fn after(&self, customer_id: &str) -> String {
        let segments = self.scheme.segments();
        let segment = self.segment.and_then(|segment| segments.get(segment));
        let segment = segment.map_or(ALL_SEGMENTS, |segment| segment.name);
        let (snapshot, scheme) = (self.snapshot, self.scheme.name());
        token_after(&format!("{snapshot}:{scheme}:{segment}:{customer_id}"))
    }

    /// The snapshot and the member that a token names; `None` unless it is of the same list.
    fn read(token: &str, query: &MembersQuery) -> Option<(String, String)> {
        let mut parts = token.splitn(4, ':');
        let number: i32 = parts.next()?.parse().ok()?;
        let (scheme, segment) = (parts.next()?, parts.next()?);
        let customer_id = parts.next()?;
        let is_id = (1..=ID_BYTES_MAX).contains(&customer_id.len())
            && !customer_id.chars().any(char::is_control);
        let snapshot = snapshot_name(number);
        let of_snapshot = query.snapshot.as_ref().is_none_or(|name| *name == snapshot);
        let of_segment = match query.segment {
            None => segment == ALL_SEGMENTS,
            asked => query.scheme.segment_named(segment) == asked,
        };
        let is_same = of_snapshot && of_segment && scheme == query.scheme.name();
        (is_same && is_id).then(|| (snapshot, customer_id.to_owned()))
    }
}
