//! Population snapshots: taking, reading, and what stands in their rows.

use customer_value::grpc::pb::customervalue::v1 as pb;
use customer_value::grpc::pb::customervalue::v1::take_population_snapshot_response::Update;
use sqlx::PgConnection;
use tonic::Status;

use super::app::Caller;
use super::builders::at;

/// A take for an instant, as known now.
pub(crate) fn take_at(as_of: &str) -> pb::TakePopulationSnapshotRequest {
    pb::TakePopulationSnapshotRequest {
        as_of: Some(at(as_of)),
        known_at: None,
    }
}

impl Caller {
    /// Takes a snapshot; answers it and how often progress was told.
    pub(crate) async fn try_take(
        &self,
        request: pb::TakePopulationSnapshotRequest,
    ) -> Result<(pb::PopulationSnapshot, usize), Status> {
        let mut segmentation = self.client.segmentation.clone();
        let updates = segmentation.take_population_snapshot(request).await?;
        let mut updates = updates.into_inner();
        let mut reports = 0;
        while let Some(message) = updates.message().await? {
            match message.update.unwrap() {
                Update::Progress(progress) => {
                    assert!((0.0..=1.0).contains(&progress.done_share));
                    reports += 1;
                }
                Update::Snapshot(snapshot) => {
                    assert!(updates.message().await?.is_none(), "the snapshot ends it");
                    return Ok((snapshot, reports));
                }
            }
        }
        panic!("the stream ended without a snapshot");
    }

    /// Takes a snapshot of customers who are there.
    pub(crate) async fn take(
        &self,
        request: pb::TakePopulationSnapshotRequest,
    ) -> pb::PopulationSnapshot {
        self.try_take(request).await.unwrap().0
    }

    /// Puts a snapshot in force.
    pub(crate) async fn try_activate_snapshot(
        &self,
        name: &str,
        effective_at: Option<prost_types::Timestamp>,
    ) -> Result<pb::SnapshotActivation, Status> {
        let mut segmentation = self.client.segmentation.clone();
        let request = pb::ActivatePopulationSnapshotRequest {
            snapshot_id: name.to_owned(),
            effective_at,
        };
        let response = segmentation.activate_population_snapshot(request).await?;
        let response = response.into_inner();
        assert_eq!(response.snapshot.unwrap().snapshot_id, name);
        Ok(response.activation.unwrap())
    }

    /// Puts a snapshot that is there in force.
    pub(crate) async fn activate_snapshot(
        &self,
        name: &str,
        effective_at: Option<prost_types::Timestamp>,
    ) -> pb::SnapshotActivation {
        self.try_activate_snapshot(name, effective_at)
            .await
            .unwrap()
    }

    /// A page of members.
    pub(crate) async fn try_members(
        &self,
        request: pb::ListSegmentMembersRequest,
    ) -> Result<pb::ListSegmentMembersResponse, Status> {
        let mut segmentation = self.client.segmentation.clone();
        let response = segmentation.list_segment_members(request).await?;
        Ok(response.into_inner())
    }

    /// All members of a snapshot in a scheme, page by page; each page is full but the last.
    pub(crate) async fn members(
        &self,
        snapshot: &str,
        scheme: &str,
        segment: Option<&str>,
        page_size: i32,
    ) -> Vec<pb::SegmentMember> {
        let mut members = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = self
                .try_members(pb::ListSegmentMembersRequest {
                    snapshot_id: Some(snapshot.to_owned()),
                    scheme: scheme.to_owned(),
                    segment: segment.map(str::to_owned),
                    page_size,
                    page_token,
                })
                .await
                .unwrap();
            assert_eq!(page.snapshot_id, snapshot);
            let is_full = page.members.len() == usize::try_from(page_size).unwrap();
            members.extend(page.members);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return members;
            }
            assert!(is_full);
        }
    }

    /// Describes a snapshot.
    pub(crate) async fn try_describe(
        &self,
        request: pb::DescribeSegmentationRequest,
    ) -> Result<pb::DescribeSegmentationResponse, Status> {
        let mut segmentation = self.client.segmentation.clone();
        let response = segmentation.describe_segmentation(request).await?;
        Ok(response.into_inner())
    }

    /// Describes a snapshot that is there, and the moves from another.
    pub(crate) async fn describe(
        &self,
        snapshot: &str,
        compare: Option<&str>,
    ) -> pb::DescribeSegmentationResponse {
        self.try_describe(pb::DescribeSegmentationRequest {
            snapshot_id: Some(snapshot.to_owned()),
            schemes: Vec::new(),
            compare_snapshot_id: compare.map(str::to_owned),
        })
        .await
        .unwrap()
    }
}

/// Everything stored of a tenant's snapshot but its names and instants of recording, as text.
pub(crate) async fn snapshot_rows(
    connection: &mut PgConnection,
    tenant: &str,
    number: i32,
) -> Vec<String> {
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT content FROM (
            SELECT 1, s.fingerprint::text || (
                to_jsonb(s) - 'tenant_id' - 'number' - 'take_id' - 'recorded_at' - 'known_at'
            )::text
            FROM population_snapshots AS s WHERE tenant_id = $1 AND number = $2
            UNION ALL
            SELECT 2, (to_jsonb(d) - 'tenant_id' - 'number')::text
            FROM population_distributions AS d WHERE tenant_id = $1 AND number = $2
            UNION ALL
            SELECT 3, (to_jsonb(g) - 'tenant_id' - 'number')::text
            FROM population_segments AS g WHERE tenant_id = $1 AND number = $2
            UNION ALL
            SELECT 4, concat_ws(' ', r.customer_id, r.measures, r.segments)
            FROM population_rows AS r
            JOIN population_snapshots AS s ON s.tenant_id = r.tenant_id AND s.take_id = r.take_id
            WHERE r.tenant_id = $1 AND s.number = $2
        ) AS stored (kind, content)
        ORDER BY kind, content",
    )
    .bind(tenant)
    .bind(number)
    .fetch_all(connection)
    .await
    .unwrap();
    assert!(rows.len() > 1, "the snapshot is stored");
    rows
}

/// Forgets all snapshots, so that a take must work again.
pub(crate) async fn forget_snapshots(connection: &mut PgConnection) {
    sqlx::query(
        "TRUNCATE population_snapshots, population_distributions, population_segments,
            population_rows, population_takes",
    )
    .execute(connection)
    .await
    .unwrap();
}
