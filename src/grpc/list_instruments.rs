//! `SatisfactionService.ListInstruments`.

use tonic::{Request, Response, Status};

use super::instrument::instrument;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::satisfaction::Satisfaction;
use crate::store::instrument::StoredInstrument;

/// Instruments on a page when a request does not say.
const PAGE_SIZE_DEFAULT: i32 = 50;
/// Most instruments on a page.
const PAGE_SIZE_MAX: i32 = 1_000;

pub(super) async fn handle(
    satisfaction: &Satisfaction,
    request: Request<pb::ListInstrumentsRequest>,
) -> Result<Response<pb::ListInstrumentsResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let page = page(&mut reader, request.get_ref());
    let (page_size, after) = reader.finish(page)?;
    let definitions = satisfaction.app.definitions(&tenant_id).await?;
    let newest: Vec<&StoredInstrument> = definitions
        .instruments()
        .chunk_by(|left, right| left.instrument_id == right.instrument_id)
        .filter_map(<[StoredInstrument]>::last)
        .collect();
    let start = match &after {
        None => 0,
        Some(last) => match newest.iter().position(|one| one.instrument_id == *last) {
            Some(place) => place + 1,
            None => {
                let mut reader = Reader::default();
                reader.refuse("page_token", "is not a token of this list");
                return reader.finish(None);
            }
        },
    };
    let rest = newest.get(start..).unwrap_or_default();
    let shown = &rest[..rest.len().min(page_size)];
    let next_page_token = match shown.last() {
        Some(last) if rest.len() > shown.len() => format!("after:{}", last.instrument_id),
        _ => String::new(),
    };
    Ok(Response::new(pb::ListInstrumentsResponse {
        instruments: shown.iter().map(|stored| instrument(stored)).collect(),
        next_page_token,
    }))
}

/// Size of the page and the instrument it comes after.
fn page(
    reader: &mut Reader,
    request: &pb::ListInstrumentsRequest,
) -> Option<(usize, Option<String>)> {
    let size = match request.page_size {
        0 => Some(PAGE_SIZE_DEFAULT),
        size if (1..=PAGE_SIZE_MAX).contains(&size) => Some(size),
        _ => {
            let text = format!("must lie between 1 and {PAGE_SIZE_MAX}");
            reader.refuse("page_size", text);
            None
        }
    };
    let token = request.page_token.as_str();
    let after = token.strip_prefix("after:").map(str::to_owned);
    if !token.is_empty() && after.is_none() {
        reader.refuse("page_token", "is not a token of this list");
    }
    Some((usize::try_from(size?).ok()?, after))
}
