//! Bytes that are no message of the contract.

use customer_value::grpc::pb::customervalue::v1 as pb;
use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use crate::support::app::TestApp;
use crate::support::builders::purchase;
use crate::support::errors::{reason, refused};
use crate::support::rows::row_counts;

/// A request whose first field holds any bytes.
#[derive(Clone, PartialEq, Message)]
struct AnyBytes {
    #[prost(bytes = "vec", tag = "1")]
    first: Vec<u8>,
}

async fn send(app: &TestApp, path: &'static str, first: &[u8]) -> Result<(), Status> {
    let mut client = Grpc::new(app.channel.clone());
    client.ready().await.unwrap();
    let codec: ProstCodec<AnyBytes, pb::RecordTransactionsResponse> = ProstCodec::default();
    let first = first.to_vec();
    let request = Request::new(AnyBytes { first });
    let path = PathAndQuery::from_static(path);
    client.unary(request, path, codec).await.map(drop)
}

#[tokio::test]
async fn bytes_that_are_no_message_are_refused() {
    let app = TestApp::new().await;
    let mut connection = app.connection().await;
    let record = "/customervalue.v1.LedgerService/RecordTransactions";
    for (path, bytes) in [
        (
            "/customervalue.v1.LedgerService/GetCustomer",
            &b"\xff\xfe"[..],
        ),
        (record, b"\x0a\x02\xff\xfe"),
        (record, b"\x0a\xff"),
        ("/customervalue.v1.ScoringService/ScoreCustomer", b"\xff"),
        ("/customervalue.v1.ModelService/GetModel", b"\xff"),
    ] {
        let status = refused(send(&app, path, bytes).await, Code::InvalidArgument);
        assert_eq!(reason(&status), "UNREADABLE_MESSAGE", "{path}");
    }
    let stored = row_counts(&mut connection).await;
    assert!(stored.iter().all(|(_, rows)| *rows == 0), "{stored:?}");
}

#[tokio::test]
async fn messages_that_are_too_large_are_refused() {
    let app = TestApp::new().await;
    let mut connection = app.connection().await;
    let mut fact = purchase("ann", "t", "2020-01-01", "1");
    let value = "x".repeat(1_024);
    fact.attributes = (0..32)
        .map(|index| (format!("n{index}"), value.clone()))
        .collect();
    let transactions = vec![fact; 1_000];
    let request = pb::RecordTransactionsRequest { transactions };
    let mut ledger = app.caller().client.ledger;
    let status = refused(ledger.record_transactions(request).await, Code::OutOfRange);
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
    let stored = row_counts(&mut connection).await;
    assert!(stored.iter().all(|(_, rows)| *rows == 0), "{stored:?}");
}
