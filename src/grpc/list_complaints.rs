//! `ComplaintService.ListComplaints`.

use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status};

use super::complaint::listed;
use super::complaints::Complaints;
use super::page::{Page, refuse_token, token_after};
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::list_complaints::ListQuery;
use crate::engine::complaint::State;
use crate::engine::time::Instant;
use crate::ids::{CustomerKey, ID_BYTES_MAX};
use crate::store::complaint::list::{Place, Wanted};

pub(super) async fn handle(
    complaints: &Complaints,
    request: Request<pb::ListComplaintsRequest>,
) -> Result<Response<pb::ListComplaintsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = request.get_ref();
    let latest = complaints.app.latest_instant();
    let query = query(&mut reader, asked, &tenant_id, latest);
    let query = reader.finish(query)?;
    let page = complaints.app.list_complaints(&tenant_id, &query).await?;
    Ok(Response::new(pb::ListComplaintsResponse {
        complaints: page
            .complaints
            .iter()
            .map(|(folded, as_of)| listed(folded, *as_of, query.known_at))
            .collect(),
        next_page_token: page
            .next
            .map(|place| token(asked, &place))
            .unwrap_or_default(),
    }))
}

fn query(
    reader: &mut Reader,
    request: &pb::ListComplaintsRequest,
    tenant_id: &str,
    latest: Instant,
) -> Option<ListQuery> {
    let state = reader.choice(("state", "ComplaintState"), request.state, &State::ALL);
    let owner = reader.optional_id("owner", request.owner.as_deref());
    let handler = reader.optional_id("handler", request.handler.as_deref());
    let customer_id = reader.optional_id("customer_id", request.customer_id.as_deref());
    let times = reader.two_times(request.as_of.as_ref(), request.known_at.as_ref(), latest);
    let page = Page::read(reader, request.page_size, &request.page_token);
    let after = page.as_ref().and_then(|page| page.after.as_deref());
    let after = match after.map(|after| place(request, after)) {
        None => Some(None),
        Some(Some(place)) => Some(Some(place)),
        Some(None) => {
            refuse_token(reader);
            None
        }
    };
    let (as_of, known_at) = times?;
    Some(ListQuery {
        wanted: Wanted {
            state: state?,
            owner: owner?,
            handler: handler?,
            customer: customer_id?.map(|id| CustomerKey::new(tenant_id, &id)),
            is_open: request.open,
            is_overdue: request.overdue,
        },
        as_of,
        known_at,
        after: after?,
        page_size: page?.size,
    })
}

/// The token of the page after a place: the parameters' mark, when it was received and its id.
fn token(request: &pb::ListComplaintsRequest, place: &Place) -> String {
    let at = place.received_at.as_micros();
    token_after(&format!("{}:{at}:{}", mark(request), place.complaint_id))
}

/// The place that a token names; `None` if it is not one of this list.
fn place(request: &pb::ListComplaintsRequest, after: &str) -> Option<Place> {
    let mut parts = after.splitn(3, ':');
    let (of, at, complaint_id) = (parts.next()?, parts.next()?, parts.next()?);
    let received_at = Instant::from_micros(at.parse().ok()?);
    let is_one = of == mark(request)
        && (Instant::EARLIEST..=Instant::LATEST).contains(&received_at)
        && (1..=ID_BYTES_MAX).contains(&complaint_id.len())
        && !complaint_id.chars().any(char::is_control);
    is_one.then(|| Place {
        received_at,
        complaint_id: complaint_id.to_owned(),
    })
}

/// Tells lists of other parameters apart.
fn mark(request: &pb::ListComplaintsRequest) -> String {
    use prost::Message as _;
    let parameters = pb::ListComplaintsRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let digest = Sha256::digest(parameters.encode_to_vec());
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
