//! `SegmentationService.DescribeSegmentation`.

use std::collections::BTreeSet;

use tonic::{Request, Response, Status};

use super::pb::customervalue::v1 as pb;
use super::read::{Reader, SHORT_BYTES_MAX, tenant};
use super::segmentation::Segmentation;
use super::snapshot::{cut_points, read_scheme, read_snapshot_id, snapshot};
use super::write::{money, timestamp};
use crate::app::describe_segmentation::{Description, Stood};
use crate::engine::money::Micros;
use crate::engine::segment::Scheme;
use crate::engine::segment::concentration::Concentration;
use crate::store::snapshot::NO_SEGMENT;

struct Asked {
    snapshot: Option<String>,
    schemes: BTreeSet<Scheme>,
    compare: Option<String>,
}

pub(super) async fn handle(
    segmentation: &Segmentation,
    request: Request<pb::DescribeSegmentationRequest>,
) -> Result<Response<pb::DescribeSegmentationResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = asked(&mut reader, request.get_ref());
    let asked = reader.finish(asked)?;
    let described = segmentation
        .app
        .describe_segmentation(
            &tenant_id,
            asked.snapshot.as_deref(),
            asked.compare.as_deref(),
        )
        .await?;
    Ok(Response::new(response(&described, &asked.schemes)))
}

fn asked(reader: &mut Reader, request: &pb::DescribeSegmentationRequest) -> Option<Asked> {
    let snapshot = match request.snapshot_id.as_deref() {
        None => Some(None),
        Some(name) => read_snapshot_id(reader, "snapshot_id", name).map(Some),
    };
    let mut schemes = BTreeSet::new();
    for (place, name) in request.schemes.iter().enumerate() {
        let field = format!("schemes[{place}]");
        if let Some(scheme) = read_scheme(reader, &field, name)
            && !schemes.insert(scheme)
        {
            reader.refuse(field, "is named twice");
        }
    }
    if request.schemes.is_empty() {
        schemes.extend(Scheme::ALL);
    }
    let compare = request.compare_snapshot_id.as_deref();
    let compare = reader.optional_text("compare_snapshot_id", compare, SHORT_BYTES_MAX);
    Some(Asked {
        snapshot: snapshot?,
        schemes,
        compare: compare?,
    })
}

fn response(
    described: &Description,
    schemes: &BTreeSet<Scheme>,
) -> pb::DescribeSegmentationResponse {
    let held = &described.snapshot;
    let basis = &held.stored.basis;
    let currency = described.currency;
    let value = Micros(held.concentration.total);
    let compared = described.compared.as_ref();
    pb::DescribeSegmentationResponse {
        snapshot: Some(snapshot(&held.stored)),
        cut_points: Some(cut_points(&held.cuts, currency)),
        value: currency.map(|currency| money(value, currency)),
        concentration: Some(concentration(&held.concentration)),
        schemes: schemes
            .iter()
            .map(|scheme| describe(*scheme, described))
            .collect(),
        compare_snapshot: compared.map(|(other, _)| snapshot(&other.stored)),
        provenance: Some(pb::Provenance {
            engine_version: basis.engine_version.clone(),
            policy_version: basis.policy_version.clone(),
            model_versions: basis.model_versions.clone(),
            snapshot_id: held.stored.name(),
            rfm_snapshot_id: String::new(),
            as_of: Some(timestamp(basis.as_of)),
            known_at: Some(timestamp(basis.known_at)),
        }),
    }
}

fn concentration(of: &Concentration) -> pb::ValueConcentration {
    pb::ValueConcentration {
        lorenz_shares: of.lorenz_shares().unwrap_or_default(),
        gini: of.gini(),
        gini_of_net: of.gini_of_net(),
        top_fifth_share: of.top_fifth_share(),
    }
}

fn describe(scheme: Scheme, described: &Description) -> pb::SchemeDescription {
    let held = &described.snapshot;
    let currency = described.currency;
    let sum_of = |segment: i16| {
        let mut sums = held.segments.iter();
        let found = sums.find(|sum| {
            usize::try_from(sum.scheme) == Ok(scheme.index()) && sum.segment == segment
        });
        found.map_or((0, Micros::ZERO), |sum| (sum.customers, sum.value))
    };
    let segments = (0..).zip(scheme.segments()).map(|(number, segment)| {
        let (customers, value) = sum_of(number);
        pb::SegmentDescription {
            segment: segment.name.to_owned(),
            label: segment.label.to_owned(),
            customers,
            customer_share: share(i128::from(customers), i128::from(held.stored.customers))
                .unwrap_or_default(),
            value: currency.map(|currency| money(value, currency)),
            value_share: share(value.0, held.concentration.total),
        }
    });
    pb::SchemeDescription {
        scheme: scheme.name().to_owned(),
        segments: segments.collect(),
        customers_without_segment: sum_of(NO_SEGMENT).0,
        moves: moves(scheme, described),
    }
}

fn moves(scheme: Scheme, described: &Description) -> Vec<pb::SegmentMove> {
    let Some((_, moves)) = &described.compared else {
        return Vec::new();
    };
    let name = |stood: Stood| {
        let segment = usize::try_from(stood?).ok();
        let segment = segment.and_then(|segment| scheme.segments().get(segment));
        Some(segment.map_or_else(String::new, |segment| segment.name.to_owned()))
    };
    let of_scheme = moves.iter().filter(|((of, ..), _)| *of == scheme);
    of_scheme
        .map(|((_, from, to), customers)| pb::SegmentMove {
            from_segment: name(*from),
            to_segment: name(*to),
            customers: *customers,
        })
        .collect()
}

/// A share of a positive whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio of exact sums takes the nearest floats"
)]
fn share(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
