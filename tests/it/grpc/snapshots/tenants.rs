//! Tenants never see each other's snapshots.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use super::shop;
use crate::support::builders::purchase;
use crate::support::errors::refused;
use crate::support::rows::row_counts;
use crate::support::snapshots::{snapshot_rows, take_at};

#[tokio::test]
async fn snapshots_of_one_tenant_are_nothing_to_another() {
    let (app, owner) = shop().await;
    let taken = owner.take(take_at("2020-06-01")).await;
    let name = taken.snapshot_id.clone();
    owner.activate_snapshot(&name, None).await;
    let whole = owner.members(&name, "abc", None, 1_000).await;
    let mut connection = app.connection().await;
    let rows = snapshot_rows(&mut connection, "acme", 1).await;
    let page = owner
        .try_members(pb::ListSegmentMembersRequest {
            scheme: "abc".to_owned(),
            page_size: 1,
            ..pb::ListSegmentMembersRequest::default()
        })
        .await
        .unwrap();
    for (tenant, has_facts) in [("stranger", true), ("nobody", false)] {
        let stranger = app.tenant(tenant);
        if has_facts {
            stranger
                .record([purchase("own", "t", "2020-01-01", "1 USD").into()])
                .await;
        }
        let counts = row_counts(&mut connection).await;
        let members = |snapshot_id: Option<String>, page_token: &str| {
            stranger.try_members(pb::ListSegmentMembersRequest {
                snapshot_id,
                scheme: "abc".to_owned(),
                segment: None,
                page_size: 1,
                page_token: page_token.to_owned(),
            })
        };
        let describe = |snapshot_id: Option<String>, compare_snapshot_id: Option<String>| {
            stranger.try_describe(pb::DescribeSegmentationRequest {
                snapshot_id,
                schemes: Vec::new(),
                compare_snapshot_id,
            })
        };
        let refusals = [
            refused(
                stranger.try_activate_snapshot(&name, None).await,
                Code::NotFound,
            ),
            refused(members(Some(name.clone()), "").await, Code::NotFound),
            refused(members(None, "").await, Code::FailedPrecondition),
            refused(
                members(None, &page.next_page_token).await,
                Code::InvalidArgument,
            ),
            refused(describe(Some(name.clone()), None).await, Code::NotFound),
            refused(describe(None, None).await, Code::FailedPrecondition),
        ];
        for refusal in refusals {
            let details = String::from_utf8_lossy(refusal.details()).into_owned();
            let told = format!("{} {details}", refusal.message());
            assert!(!told.contains("shop-") && !told.contains("CNY"), "{told}");
        }
        let mut segmentation = stranger.client.segmentation.clone();
        let request = pb::ListPopulationSnapshotsRequest::default();
        let listed = segmentation.list_population_snapshots(request).await;
        let listed = listed.unwrap().into_inner();
        assert_eq!(listed, pb::ListPopulationSnapshotsResponse::default());
        assert_eq!(row_counts(&mut connection).await, counts);
    }
    // The same name is another tenant's own, whatever it holds.
    let stranger = app.tenant("stranger");
    let own = stranger.take(take_at("2020-06-01")).await;
    assert_eq!((own.snapshot_id.as_str(), own.customers), (&*name, 1));
    stranger.activate_snapshot(&name, None).await;
    let members = stranger.members(&name, "abc", None, 10).await;
    assert_eq!(members[0].customer_id, "own");
    let status = stranger.try_describe(pb::DescribeSegmentationRequest {
        snapshot_id: Some(name.clone()),
        schemes: Vec::new(),
        compare_snapshot_id: Some("snapshot/2".to_owned()),
    });
    refused(status.await, Code::NotFound);
    assert_eq!(owner.members(&name, "abc", None, 1_000).await, whole);
    assert_eq!(snapshot_rows(&mut connection, "acme", 1).await, rows);
}
