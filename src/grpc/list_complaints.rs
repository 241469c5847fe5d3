//! `ComplaintService.ListComplaints`.

use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status};

use super::complaint::listed;
use super::complaints::Complaints;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use crate::app::list_complaints::ListQuery;
use crate::engine::complaint::State;
use crate::engine::time::Instant;
use crate::ids::{CustomerKey, ID_BYTES_MAX};
use crate::store::complaint::list::{Place, Wanted};

/// Complaints on a page when a request does not say.
const PAGE_SIZE_DEFAULT: i32 = 50;
/// Most complaints on a page.
const PAGE_SIZE_MAX: i32 = 1_000;

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
    let as_of = reader.optional_past("as_of", request.as_of.as_ref(), latest);
    let known_at = reader.optional_instant("known_at", request.known_at.as_ref());
    let page_size = match request.page_size {
        0 => Some(PAGE_SIZE_DEFAULT),
        size if (1..=PAGE_SIZE_MAX).contains(&size) => Some(size),
        _ => {
            let allowed = format!("must lie between 1 and {PAGE_SIZE_MAX}");
            reader.refuse("page_size", allowed);
            None
        }
    };
    let after = match request.page_token.as_str() {
        "" => Some(None),
        token => match place(request, token) {
            Some(place) => Some(Some(place)),
            None => {
                reader.refuse("page_token", "is not a token of this list");
                None
            }
        },
    };
    Some(ListQuery {
        wanted: Wanted {
            state: state?,
            owner: owner?,
            handler: handler?,
            customer: customer_id?.map(|id| CustomerKey::new(tenant_id, &id)),
            is_open: request.open,
            is_overdue: request.overdue,
        },
        as_of: as_of?,
        known_at: known_at?,
        after: after?,
        page_size: usize::try_from(page_size?).ok()?,
    })
}

/// A token of a place: of the parameters' mark, when it was received and its id.
fn token(request: &pb::ListComplaintsRequest, place: &Place) -> String {
    let at = place.received_at.as_micros();
    format!("{}:{at}:{}", mark(request), place.complaint_id)
}

/// The place of a token; `None` if it is not one of this list.
fn place(request: &pb::ListComplaintsRequest, token: &str) -> Option<Place> {
    let mut parts = token.splitn(3, ':');
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
