//! The segments of the CDNOW customers at the end of the data, from a population snapshot.

use super::cdnow::{DATA_END, instant};
use crate::cli::calls::answer;
use crate::cli::snapshot::take_on_server;
use crate::cli::snapshot::text::{concentration, percent};
use crate::cli::table::{Side, grouped, table};
use crate::cli::{amounts, instants};
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;

/// Takes a snapshot at the end of the data, puts it in force, and describes its RFM segments. Taken
/// again it is the same one.
pub(super) async fn describe(
    client: &mut Client,
) -> anyhow::Result<pb::DescribeSegmentationResponse> {
    let request = pb::TakePopulationSnapshotRequest {
        as_of: Some(instant(DATA_END)?),
        known_at: None,
    };
    let taken = take_on_server(client, request).await?;
    let request = pb::ActivatePopulationSnapshotRequest {
        snapshot_id: taken.snapshot_id.clone(),
        effective_at: None,
    };
    answer(
        client
            .segmentation
            .activate_population_snapshot(request)
            .await,
    )?;
    let request = pb::DescribeSegmentationRequest {
        snapshot_id: Some(taken.snapshot_id),
        schemes: vec!["rfm".to_owned()],
        compare_snapshot_id: None,
    };
    Ok(answer(
        client.segmentation.describe_segmentation(request).await,
    )?)
}

/// The segments for people.
pub(super) fn report(described: &pb::DescribeSegmentationResponse) -> String {
    let mut text = "\nRFM segments\n\n".to_owned();
    let schemes = described.schemes.iter();
    let segments = schemes.flat_map(|scheme| &scheme.segments);
    let rows: Vec<Vec<String>> = segments
        .filter(|segment| segment.customers > 0)
        .map(|segment| {
            vec![
                segment.label.clone(),
                grouped(segment.customers),
                percent(segment.customer_share),
                amounts::text(amounts::micros(segment.value.as_ref())),
                segment.value_share.map_or_else(String::new, percent),
            ]
        })
        .collect();
    let columns = [
        ("segment", Side::Left),
        ("customers", Side::Right),
        ("share", Side::Right),
        ("value to date USD", Side::Right),
        ("share of value", Side::Right),
    ];
    text.push_str(&table(&columns, &rows));
    let taken = described.snapshot.clone().unwrap_or_default();
    text.push_str(&format!(
        "\n  by quintiles of recency and frequency in {}, all customers as of {}\n",
        taken.snapshot_id,
        instants::text(taken.as_of.as_ref()),
    ));
    if let Some(line) = described.concentration.as_ref().and_then(concentration) {
        text.push_str(&format!("  {line}"));
    }
    text
}
