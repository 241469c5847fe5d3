//! `complain act`: one subcommand a transition.

use super::step::Step;
use super::text;
use crate::cli::calls::{answer, patiently};
use crate::cli::output;
use crate::config::client::Output;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// Move a complaint one step round its loop
///
/// The step is decided on the complaint as it stands, unless --etag says otherwise.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value complain act acknowledge c-17 --actor olga
  customer-value complain act assess c-17 valid --actor olga --severity high --category delivery
  customer-value complain act dispatch c-17 hans --actor olga
  customer-value complain act pause c-17 customer --reason 'a photo' --actor hans
  customer-value complain act resolve c-17 'sent again' --actor hans
  customer-value complain act follow-up c-17 --accepted true --satisfied 5 --actor olga
  customer-value complain act close c-17 --root-cause address --action partner:a-7 --actor olga")]
pub(super) struct Act {
    #[command(subcommand)]
    step: Step,
}

impl Act {
    pub(super) async fn run(&self, connection: &Client, form: Output) -> anyhow::Result<()> {
        let (name, common) = self.step.common();
        let etag = match &common.etag {
            Some(etag) => etag.clone(),
            None => {
                let mut complaints = connection.complaints.clone();
                let request = pb::GetComplaintRequest {
                    complaint_id: common.complaint_id.clone(),
                    ..pb::GetComplaintRequest::default()
                };
                let found = answer(complaints.get_complaint(request).await)?;
                found.complaint.unwrap_or_default().etag
            }
        };
        let event_id = common.event_id.clone();
        let event_id = event_id.unwrap_or_else(|| format!("{name}-{etag}"));
        // Idempotent by its event id, so that it may be sent again.
        macro_rules! send {
            ($method:ident, $request:ident { $($field:ident: $value:expr),* }, $answer:literal) => {{
                let request = pb::$request {
                    complaint_id: common.complaint_id.clone(),
                    event_id,
                    etag,
                    actor: common.actor.clone(),
                    occurred_at: common.occurred_at.map(write::timestamp),
                    note: common.note.clone(),
                    $($field: $value,)*
                };
                let done = patiently(|| {
                    let mut complaints = connection.complaints.clone();
                    let request = request.clone();
                    async move { complaints.$method(request).await }
                })
                .await?;
                match form {
                    Output::Json => output::write(&output::json($answer, &done)?),
                    Output::Table => {
                        output::write(&text::complaint(&done.complaint.unwrap_or_default()))
                    }
                }
            }};
        }
        match self.step.clone() {
            Step::Acknowledge { .. } => {
                send!(
                    acknowledge_complaint,
                    AcknowledgeComplaintRequest {},
                    "AcknowledgeComplaintResponse"
                )
            }
            Step::Assess {
                outcome,
                assessor,
                severity,
                category,
                ..
            } => send!(
                assess_complaint,
                AssessComplaintRequest {
                    outcome: outcome.into(),
                    assessor: assessor.clone(),
                    severity: severity.unwrap_or_default().into(),
                    category: category.clone()
                },
                "AssessComplaintResponse"
            ),
            Step::Dispatch { handler, .. } => send!(
                dispatch_complaint,
                DispatchComplaintRequest {
                    handler: handler.clone()
                },
                "DispatchComplaintResponse"
            ),
            Step::Return { .. } => {
                send!(
                    return_complaint,
                    ReturnComplaintRequest {},
                    "ReturnComplaintResponse"
                )
            }
            Step::Pause {
                waiting_for,
                reason,
                resume_due_at,
                ..
            } => send!(
                pause_complaint,
                PauseComplaintRequest {
                    waiting_for: waiting_for.into(),
                    reason: reason.clone(),
                    resume_due_at: resume_due_at.map(write::timestamp)
                },
                "PauseComplaintResponse"
            ),
            Step::Resume { .. } => {
                send!(
                    resume_complaint,
                    ResumeComplaintRequest {},
                    "ResumeComplaintResponse"
                )
            }
            Step::Resolve {
                resolution, cause, ..
            } => send!(
                resolve_complaint,
                ResolveComplaintRequest {
                    resolution: resolution.clone(),
                    root_cause: cause.root_cause.clone(),
                    corrective_action: cause.action.clone(),
                    corrective_action_waiver: cause.no_action.clone()
                },
                "ResolveComplaintResponse"
            ),
            Step::Explain { explanation, .. } => send!(
                explain_complaint,
                ExplainComplaintRequest {
                    explanation: explanation.clone()
                },
                "ExplainComplaintResponse"
            ),
            Step::FollowUp {
                accepted,
                satisfied,
                ..
            } => send!(
                follow_up_complaint,
                FollowUpComplaintRequest {
                    accepted: Some(accepted),
                    satisfied: satisfied
                },
                "FollowUpComplaintResponse"
            ),
            Step::Close { cause, .. } => send!(
                close_complaint,
                CloseComplaintRequest {
                    root_cause: cause.root_cause.clone(),
                    corrective_action: cause.action.clone(),
                    corrective_action_waiver: cause.no_action.clone()
                },
                "CloseComplaintResponse"
            ),
            Step::Reopen { reason, .. } => send!(
                reopen_complaint,
                ReopenComplaintRequest {
                    reason: reason.clone()
                },
                "ReopenComplaintResponse"
            ),
            Step::Withdraw { reason, .. } => send!(
                withdraw_complaint,
                WithdrawComplaintRequest {
                    reason: reason.clone()
                },
                "WithdrawComplaintResponse"
            ),
            Step::Offer { new_owner, .. } => send!(
                offer_complaint,
                OfferComplaintRequest {
                    new_owner: new_owner.clone()
                },
                "OfferComplaintResponse"
            ),
            Step::Accept { .. } => {
                send!(
                    accept_complaint,
                    AcceptComplaintRequest {},
                    "AcceptComplaintResponse"
                )
            }
        }
    }
}
