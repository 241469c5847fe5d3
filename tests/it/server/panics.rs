//! A bug in a handler stays the service's own.

use std::convert::Infallible;
use std::task::{Context, Poll};

use customer_value::grpc::call::CallLayer;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer as _, Service};

/// A handler with a bug.
#[derive(Clone, Debug)]
struct Panics;

impl Service<http::Request<Body>> for Panics {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        Box::pin(async {
            tokio::task::yield_now().await;
            panic!("a secret of the handler");
        })
    }
}

#[tokio::test]
async fn panic_of_a_handler_is_an_internal_error_that_tells_nothing() {
    let mut service = CallLayer.layer(Panics);
    let request = http::Request::builder()
        .uri("/a.b/C")
        .body(Body::default())
        .unwrap();
    let response = service.call(request).await.unwrap();
    let status = Status::from_header_map(response.headers()).unwrap();
    assert_eq!(status.code(), Code::Internal);
    assert!(!status.message().contains("secret"), "{status:?}");
}
