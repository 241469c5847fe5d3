//! What a tenant's surveys ask, to check answers before any is sent.

use std::collections::BTreeMap;

use crate::cli::calls::patiently;
use crate::cli::failure::Refused;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// Instruments on a page.
const PAGE_SIZE: i32 = 1_000;

/// The newest version of each of the tenant's instruments, by id.
pub(super) async fn of_tenant(
    client: &Client,
) -> Result<BTreeMap<String, pb::Instrument>, Refused> {
    let mut instruments = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let answer = patiently(|| {
            let mut satisfaction = client.satisfaction.clone();
            let request = pb::ListInstrumentsRequest {
                page_size: PAGE_SIZE,
                page_token: page_token.clone(),
            };
            async move { satisfaction.list_instruments(request).await }
        })
        .await?;
        let listed = answer.instruments.into_iter();
        instruments.extend(listed.map(|told| (told.instrument_id.clone(), told)));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(instruments);
        }
    }
}
