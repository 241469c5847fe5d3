//! The services of a server, with reflection and health.

use std::sync::Arc;

use tonic::service::Routes;

use super::complaints::Complaints;
use super::ledger::Ledger;
use super::models::Models;
use super::pb::DESCRIPTORS;
use super::pb::customervalue::v1::complaint_service_server::ComplaintServiceServer;
use super::pb::customervalue::v1::ledger_service_server::LedgerServiceServer;
use super::pb::customervalue::v1::model_service_server::ModelServiceServer;
use super::pb::customervalue::v1::policy_service_server::PolicyServiceServer;
use super::pb::customervalue::v1::satisfaction_service_server::SatisfactionServiceServer;
use super::pb::customervalue::v1::scoring_service_server::ScoringServiceServer;
use super::pb::customervalue::v1::segmentation_service_server::SegmentationServiceServer;
use super::policies::Policies;
use super::satisfaction::Satisfaction;
use super::scoring::Scoring;
use super::segmentation::Segmentation;
use crate::app::App;

/// Largest request, as the contract says. A full batch fits, unless its attributes are all at their
/// bounds.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The services, reflection v1 and v1alpha, and health; the reporter says when they are ready.
///
/// # Errors
///
/// When the descriptors compiled in cannot be read.
pub async fn routes(
    app: Arc<App>,
) -> Result<(Routes, tonic_health::server::HealthReporter), tonic_reflection::server::Error> {
    let ledger = LedgerServiceServer::new(Ledger::new(app.clone()))
        .max_decoding_message_size(REQUEST_BYTES_MAX);
    let scoring = ScoringServiceServer::new(Scoring::new(app.clone()));
    let models = ModelServiceServer::new(Models::new(app.clone()));
    let policies = PolicyServiceServer::new(Policies::new(app.clone()));
    let satisfaction = SatisfactionServiceServer::new(Satisfaction::new(app.clone()))
        .max_decoding_message_size(REQUEST_BYTES_MAX);
    let segmentation = SegmentationServiceServer::new(Segmentation::new(app.clone()));
    let complaints = ComplaintServiceServer::new(Complaints::new(app));
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<LedgerServiceServer<Ledger>>().await;
    reporter
        .set_serving::<ScoringServiceServer<Scoring>>()
        .await;
    reporter.set_serving::<ModelServiceServer<Models>>().await;
    reporter
        .set_serving::<PolicyServiceServer<Policies>>()
        .await;
    reporter
        .set_serving::<SatisfactionServiceServer<Satisfaction>>()
        .await;
    reporter
        .set_serving::<SegmentationServiceServer<Segmentation>>()
        .await;
    reporter
        .set_serving::<ComplaintServiceServer<Complaints>>()
        .await;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let routes = Routes::new(ledger)
        .add_service(scoring)
        .add_service(models)
        .add_service(policies)
        .add_service(satisfaction)
        .add_service(segmentation)
        .add_service(complaints)
        .add_service(health)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    Ok((routes, reporter))
}

/// Says that no service is ready any more, so that no new calls are sent here.
pub async fn retire(reporter: &tonic_health::server::HealthReporter) {
    reporter
        .set_not_serving::<LedgerServiceServer<Ledger>>()
        .await;
    reporter
        .set_not_serving::<ScoringServiceServer<Scoring>>()
        .await;
    reporter
        .set_not_serving::<ModelServiceServer<Models>>()
        .await;
    reporter
        .set_not_serving::<PolicyServiceServer<Policies>>()
        .await;
    reporter
        .set_not_serving::<SatisfactionServiceServer<Satisfaction>>()
        .await;
    reporter
        .set_not_serving::<SegmentationServiceServer<Segmentation>>()
        .await;
    reporter
        .set_not_serving::<ComplaintServiceServer<Complaints>>()
        .await;
    reporter
        .set_service_status("", tonic_health::ServingStatus::NotServing)
        .await;
}
