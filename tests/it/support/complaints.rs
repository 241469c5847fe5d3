//! Complaints, and steps that lead them round their loop.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Status;

use super::app::Caller;
use super::builders::at;

/// A complaint of a customer that happened and was received at an instant.
pub(crate) fn complaint(id: &str, customer: &str, when: &str) -> pb::RecordComplaintRequest {
    pb::RecordComplaintRequest {
        complaint_id: id.to_owned(),
        customer_id: customer.to_owned(),
        occurred_at: Some(at(when)),
        received_at: Some(at(when)),
        channel: "hotline".to_owned(),
        kind: pb::ComplaintKind::Complaint.into(),
        subject: format!("about {id}"),
        wanted_remedy: vec![pb::WantedRemedy::Fix.into()],
        received_by: "first".to_owned(),
        ..pb::RecordComplaintRequest::default()
    }
}

/// A transition with what it carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Acknowledge,
    Valid,
    Invalid,
    Dispatch(&'static str),
    Return,
    WaitCustomer,
    WaitPartner,
    Resume,
    Resolve,
    Explain,
    FollowUp(bool, i32),
    Close,
    CloseBare,
    Reopen,
    Withdraw,
    Offer(&'static str),
    Accept,
}

/// What all transitions have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Common {
    pub(crate) complaint_id: String,
    pub(crate) event_id: String,
    pub(crate) etag: String,
    pub(crate) actor: String,
    pub(crate) occurred_at: Option<prost_types::Timestamp>,
    pub(crate) note: Option<String>,
}

impl Common {
    /// A transition of a complaint as it stands, by the one asked first.
    pub(crate) fn on(complaint: &pb::Complaint, event_id: &str) -> Self {
        Self {
            complaint_id: complaint.complaint_id.clone(),
            event_id: event_id.to_owned(),
            etag: complaint.etag.clone(),
            actor: "first".to_owned(),
            ..Self::default()
        }
    }

    /// At an instant.
    pub(crate) fn at(mut self, when: &str) -> Self {
        self.occurred_at = Some(at(when));
        self
    }

    /// By somebody else.
    pub(crate) fn by(mut self, actor: &str) -> Self {
        self.actor = actor.to_owned();
        self
    }
}

impl Caller {
    /// Records a complaint; answers it and what became of the request.
    pub(crate) async fn try_complain(
        &self,
        request: pb::RecordComplaintRequest,
    ) -> Result<(pb::Complaint, pb::RecordOutcome), Status> {
        let mut complaints = self.client.complaints.clone();
        let answer = complaints.record_complaint(request).await?.into_inner();
        let outcome = answer.outcome();
        Ok((answer.complaint.unwrap(), outcome))
    }

    /// Records a complaint that is not refused.
    pub(crate) async fn complain(&self, request: pb::RecordComplaintRequest) -> pb::Complaint {
        self.try_complain(request).await.unwrap().0
    }

    /// Moves a complaint; answers it and what became of the request.
    pub(crate) async fn try_step(
        &self,
        step: Step,
        common: Common,
    ) -> Result<(pb::Complaint, pb::RecordOutcome), Status> {
        let mut complaints = self.client.complaints.clone();
        macro_rules! send {
            ($method:ident, $request:ident { $($field:ident: $value:expr),* }) => {{
                let request = pb::$request {
                    complaint_id: common.complaint_id,
                    event_id: common.event_id,
                    etag: common.etag,
                    actor: common.actor,
                    occurred_at: common.occurred_at,
                    note: common.note,
                    $($field: $value,)*
                };
                let answer = complaints.$method(request).await?.into_inner();
                let outcome = answer.outcome();
                Ok((answer.complaint.unwrap(), outcome))
            }};
        }
        let assess = |outcome: pb::ComplaintAssessment| {
            let severity: i32 = pb::ComplaintSeverity::Medium.into();
            (i32::from(outcome), severity, Some("delivery".to_owned()))
        };
        match step {
            Step::Acknowledge => send!(acknowledge_complaint, AcknowledgeComplaintRequest {}),
            Step::Valid | Step::Invalid => {
                let (outcome, severity, category) = assess(if step == Step::Valid {
                    pb::ComplaintAssessment::Valid
                } else {
                    pb::ComplaintAssessment::Invalid
                });
                send!(
                    assess_complaint,
                    AssessComplaintRequest {
                        outcome: outcome,
                        assessor: None,
                        severity: severity,
                        category: category
                    }
                )
            }
            Step::Dispatch(handler) => send!(
                dispatch_complaint,
                DispatchComplaintRequest {
                    handler: handler.to_owned()
                }
            ),
            Step::Return => send!(return_complaint, ReturnComplaintRequest {}),
            Step::WaitCustomer | Step::WaitPartner => {
                let waiting_for = if step == Step::WaitCustomer {
                    pb::ComplaintWaitingFor::Customer
                } else {
                    pb::ComplaintWaitingFor::Partner
                };
                send!(
                    pause_complaint,
                    PauseComplaintRequest {
                        waiting_for: waiting_for.into(),
                        reason: "a photo".to_owned(),
                        resume_due_at: None
                    }
                )
            }
            Step::Resume => send!(resume_complaint, ResumeComplaintRequest {}),
            Step::Resolve => send!(
                resolve_complaint,
                ResolveComplaintRequest {
                    resolution: "sent again".to_owned(),
                    root_cause: None,
                    corrective_action: None,
                    corrective_action_waiver: None
                }
            ),
            Step::Explain => send!(
                explain_complaint,
                ExplainComplaintRequest {
                    explanation: "as agreed;\nyou may ask for a review".to_owned()
                }
            ),
            Step::FollowUp(accepted, satisfied) => send!(
                follow_up_complaint,
                FollowUpComplaintRequest {
                    accepted: Some(accepted),
                    satisfied: satisfied
                }
            ),
            Step::Close => send!(
                close_complaint,
                CloseComplaintRequest {
                    root_cause: Some("wrong address".to_owned()),
                    corrective_action: Some(pb::CorrectiveAction {
                        place: pb::CorrectiveActionPlace::Partner.into(),
                        reference: "action-7".to_owned(),
                    }),
                    corrective_action_waiver: None
                }
            ),
            Step::CloseBare => send!(
                close_complaint,
                CloseComplaintRequest {
                    root_cause: None,
                    corrective_action: None,
                    corrective_action_waiver: None
                }
            ),
            Step::Reopen => send!(
                reopen_complaint,
                ReopenComplaintRequest {
                    reason: "still broken".to_owned()
                }
            ),
            Step::Withdraw => send!(
                withdraw_complaint,
                WithdrawComplaintRequest {
                    reason: "found it".to_owned()
                }
            ),
            Step::Offer(new_owner) => send!(
                offer_complaint,
                OfferComplaintRequest {
                    new_owner: new_owner.to_owned()
                }
            ),
            Step::Accept => send!(accept_complaint, AcceptComplaintRequest {}),
        }
    }

    /// Leads a complaint through steps, each at an instant.
    pub(crate) async fn steps(
        &self,
        complaint: pb::Complaint,
        steps: &[(Step, &str)],
    ) -> pb::Complaint {
        let mut complaint = complaint;
        for (step, when) in steps {
            let number = complaint.transitions.len() + 1;
            let common = Common::on(&complaint, &format!("e{number}")).at(when);
            complaint = self.try_step(*step, common).await.unwrap().0;
        }
        complaint
    }

    /// A complaint as of an instant, as known at another.
    pub(crate) async fn try_complaint(
        &self,
        complaint_id: &str,
        as_of: Option<prost_types::Timestamp>,
        known_at: Option<prost_types::Timestamp>,
    ) -> Result<pb::Complaint, Status> {
        let mut complaints = self.client.complaints.clone();
        let request = pb::GetComplaintRequest {
            complaint_id: complaint_id.to_owned(),
            as_of,
            known_at,
        };
        let answer = complaints.get_complaint(request).await?;
        Ok(answer.into_inner().complaint.unwrap())
    }

    /// A page of complaints.
    pub(crate) async fn try_complaints(
        &self,
        request: pb::ListComplaintsRequest,
    ) -> Result<pb::ListComplaintsResponse, Status> {
        let mut complaints = self.client.complaints.clone();
        Ok(complaints.list_complaints(request).await?.into_inner())
    }
}
