//! `SegmentationService.Segment`.

use std::collections::BTreeSet;

use tonic::{Request, Response, Status};

use super::assignment::assignments;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};
use super::segmentation::Segmentation;
use super::unavailable::unknown_customer;
use super::write::timestamp;
use crate::app::segment::{Assignments, SegmentQuery, Segmented};
use crate::engine::money::Currency;
use crate::engine::score::ENGINE_VERSION;
use crate::engine::segment::Scheme;
use crate::engine::time::Instant;

pub(super) async fn handle(
    segmentation: &Segmentation,
    request: Request<pb::SegmentRequest>,
) -> Result<Response<pb::SegmentResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let app = &segmentation.app;
    let asked = query(&mut reader, request.get_ref(), app.latest_instant());
    let query = reader.finish(asked)?;
    let segmented = app.segment(&tenant_id, &query).await?;
    Ok(Response::new(answer(segmented)))
}

fn query(
    reader: &mut Reader,
    request: &pb::SegmentRequest,
    latest: Instant,
) -> Option<SegmentQuery> {
    let counted = reader.items("customer_ids", &request.customer_ids);
    let ids = request.customer_ids.iter().enumerate();
    let customer_ids: Vec<Option<String>> = ids
        .map(|(place, id)| reader.id(&format!("customer_ids[{place}]"), id))
        .collect();
    let schemes = schemes(reader, &request.schemes);
    let (as_of, known_at) =
        reader.two_times(request.as_of.as_ref(), request.known_at.as_ref(), latest)?;
    counted?;
    Some(SegmentQuery {
        customer_ids: customer_ids.into_iter().collect::<Option<_>>()?,
        schemes: schemes?,
        as_of,
        known_at,
    })
}

/// Schemes by name; all without any.
fn schemes(reader: &mut Reader, names: &[String]) -> Option<BTreeSet<Scheme>> {
    let mut schemes = BTreeSet::new();
    for (place, name) in names.iter().enumerate() {
        match Scheme::named(name) {
            Some(scheme) => {
                schemes.insert(scheme);
            }
            None => {
                let all = Scheme::ALL.map(Scheme::name).join(", ");
                reader.refuse(format!("schemes[{place}]"), format!("must be among: {all}"));
            }
        }
    }
    if names.is_empty() {
        schemes.extend(Scheme::ALL);
    }
    Some(schemes)
}

fn answer(segmented: Segmented) -> pb::SegmentResponse {
    let currency = segmented.currency;
    let customers = segmented.customers.into_iter();
    pb::SegmentResponse {
        customers: customers
            .map(|(customer_id, found)| customer(customer_id, found.as_ref(), currency))
            .collect(),
        provenance: Some(pb::Provenance {
            engine_version: ENGINE_VERSION.to_owned(),
            policy_version: segmented.policy.version.to_string(),
            model_versions: segmented.models,
            snapshot_id: segmented.snapshots.snapshot.unwrap_or_default(),
            rfm_snapshot_id: segmented.snapshots.rfm.unwrap_or_default(),
            as_of: Some(timestamp(segmented.as_of)),
            known_at: Some(timestamp(segmented.known_at)),
        }),
    }
}

fn customer(
    customer_id: String,
    found: Option<&Assignments>,
    currency: Option<Currency>,
) -> pb::CustomerSegments {
    let (assignments, unavailable) = match found {
        Some(found) => assignments(found, currency, ""),
        None => (Vec::new(), vec![unknown_customer("assignments")]),
    };
    pb::CustomerSegments {
        customer_id,
        assignments,
        unavailable,
    }
}
