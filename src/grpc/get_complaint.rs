//! `ComplaintService.GetComplaint`.

use tonic::{Request, Response, Status};

use super::complaint::shown;
use super::complaints::Complaints;
use super::pb::customervalue::v1 as pb;
use super::read::{Reader, tenant};

pub(super) async fn handle(
    complaints: &Complaints,
    request: Request<pb::GetComplaintRequest>,
) -> Result<Response<pb::GetComplaintResponse>, Status> {
    let tenant_id = tenant(&request)?;
    let mut reader = Reader::default();
    let asked = request.get_ref();
    let latest = complaints.app.latest_instant();
    let complaint_id = reader.id("complaint_id", &asked.complaint_id);
    let times = reader.two_times(asked.as_of.as_ref(), asked.known_at.as_ref(), latest);
    let asked = complaint_id.zip(times);
    let (complaint_id, times) = reader.finish(asked)?;
    let complaint = complaints
        .app
        .get_complaint(&tenant_id, &complaint_id, times)
        .await?;
    Ok(Response::new(pb::GetComplaintResponse {
        complaint: Some(shown(complaint)),
    }))
}
