//! The transitions as the command line takes them.

use super::names;
use crate::cli::instants;
use crate::engine::time::Instant;
use crate::grpc::pb::customervalue::v1 as pb;

/// What every transition takes.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Common {
    /// Which complaint
    pub(super) complaint_id: String,
    /// Who does it
    #[arg(long, value_name = "NAME")]
    pub(super) actor: String,
    /// Etag of the complaint it was decided on [default: the complaint as it stands]
    #[arg(long)]
    pub(super) etag: Option<String>,
    /// An id of your own for this transition [default: of the transition and the etag]
    #[arg(long, value_name = "ID")]
    pub(super) event_id: Option<String>,
    /// When it happened [default: now]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    pub(super) occurred_at: Option<Instant>,
    /// Anything else
    #[arg(long, value_name = "TEXT")]
    pub(super) note: Option<String>,
}

/// Why it had happened, and what is done about that.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Cause {
    /// Why it had happened
    #[arg(long, value_name = "TEXT")]
    pub(super) root_cause: Option<String>,
    /// What is done about that: internal:ID or partner:ID
    #[arg(long, value_name = "PLACE:ID", value_parser = names::action)]
    pub(super) action: Option<pb::CorrectiveAction>,
    /// Why nothing is done about it
    #[arg(long, value_name = "TEXT", conflicts_with = "action")]
    pub(super) no_action: Option<String>,
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Step {
    /// The customer knows that it was received
    Acknowledge {
        #[command(flatten)]
        common: Common,
    },
    /// Decide whether it is justified
    Assess {
        #[command(flatten)]
        common: Common,
        /// valid or invalid
        #[arg(value_parser = names::assessment)]
        outcome: pb::ComplaintAssessment,
        /// Who decided [default: the actor]
        #[arg(long, value_name = "NAME")]
        assessor: Option<String>,
        /// low, medium, high or critical [default: as it was]
        #[arg(long, value_parser = names::severity)]
        severity: Option<pb::ComplaintSeverity>,
        /// What it is about [default: as it was]
        #[arg(long, value_name = "NAME")]
        category: Option<String>,
    },
    /// Somebody is to work on it
    Dispatch {
        #[command(flatten)]
        common: Common,
        /// Who
        handler: String,
    },
    /// Give it back to its owner
    Return {
        #[command(flatten)]
        common: Common,
    },
    /// Work waits for somebody
    Pause {
        #[command(flatten)]
        common: Common,
        /// customer or partner
        #[arg(value_parser = names::waiting_for)]
        waiting_for: pb::ComplaintWaitingFor,
        /// What for
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// By when it should come
        #[arg(long, value_name = "TIME", value_parser = instants::instant)]
        resume_due_at: Option<Instant>,
    },
    /// Work goes on
    Resume {
        #[command(flatten)]
        common: Common,
    },
    /// A resolution is given
    Resolve {
        #[command(flatten)]
        common: Common,
        /// What was done
        resolution: String,
        #[command(flatten)]
        cause: Cause,
    },
    /// A written explanation is given
    Explain {
        #[command(flatten)]
        common: Common,
        /// What was written
        explanation: String,
    },
    /// The customer was asked what came of it
    FollowUp {
        #[command(flatten)]
        common: Common,
        /// Whether the customer accepts it: true or false
        #[arg(long, action = clap::ArgAction::Set)]
        accepted: bool,
        /// How satisfied the customer is, 1 to 5
        #[arg(long, value_name = "MARK")]
        satisfied: i32,
    },
    /// It is done
    Close {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        cause: Cause,
    },
    /// The customer is not satisfied: another cycle
    Reopen {
        #[command(flatten)]
        common: Common,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// It is taken back
    Withdraw {
        #[command(flatten)]
        common: Common,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Ask somebody to own it
    Offer {
        #[command(flatten)]
        common: Common,
        /// Whom
        new_owner: String,
    },
    /// Take over what was offered
    Accept {
        #[command(flatten)]
        common: Common,
    },
}

impl Step {
    /// Its name, and what every transition takes.
    pub(super) const fn common(&self) -> (&'static str, &Common) {
        match self {
            Step::Acknowledge { common } => ("acknowledge", common),
            Step::Assess { common, .. } => ("assess", common),
            Step::Dispatch { common, .. } => ("dispatch", common),
            Step::Return { common } => ("return", common),
            Step::Pause { common, .. } => ("pause", common),
            Step::Resume { common } => ("resume", common),
            Step::Resolve { common, .. } => ("resolve", common),
            Step::Explain { common, .. } => ("explain", common),
            Step::FollowUp { common, .. } => ("follow-up", common),
            Step::Close { common, .. } => ("close", common),
            Step::Reopen { common, .. } => ("reopen", common),
            Step::Withdraw { common, .. } => ("withdraw", common),
            Step::Offer { common, .. } => ("offer", common),
            Step::Accept { common } => ("accept", common),
        }
    }
}
