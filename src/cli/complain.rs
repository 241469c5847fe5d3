//! `complain`.

mod act;
mod names;
mod step;
pub(super) mod text;

use super::calls::{answer, connect, patiently};
use super::{instants, output};
use crate::config::client::{ClientSettings, Output};
use crate::engine::time::Instant;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// Most complaints on a page of the list.
const PAGE_SIZE: i32 = 1_000;

/// Records complaints, leads them round their loop, lists and shows them.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value complain record c-17 --customer 4711 --occurred-at 2026-03-01 --channel hotline \\
      --subject 'parcel came late' --wants fix --received-by olga
  customer-value complain act acknowledge c-17 --actor olga
  customer-value complain list --overdue
  customer-value complain show c-17 --output json")]
pub struct Complain {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    Record(Box<Record>),
    List(List),
    Act(act::Act),
    Show(Show),
}

/// Record a complaint or suggestion; repeating it changes nothing
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  customer-value complain record c-17 --customer 4711 --occurred-at 2026-03-01T10:00:00Z \\
      --channel hotline --subject 'parcel came late' --wants fix --wants respect --received-by olga")]
struct Record {
    /// Its id, unique per tenant
    complaint_id: String,
    /// Whose complaint
    #[arg(long, value_name = "ID")]
    customer: String,
    /// When it happened to the customer
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    occurred_at: Instant,
    /// When it reached the organisation; all clocks start here [default: now]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    received_at: Option<Instant>,
    /// By which channel it came
    #[arg(long, value_name = "NAME")]
    channel: String,
    /// complaint or suggestion
    #[arg(long, default_value = "complaint", value_parser = names::kind)]
    kind: pb::ComplaintKind,
    /// In a few words
    #[arg(long, value_name = "TEXT")]
    subject: String,
    /// At length
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    description: String,
    /// What the customer wants: listen, respect, fix or compensate; may be repeated
    #[arg(long, value_name = "REMEDY", value_parser = names::remedy)]
    wants: Vec<pb::WantedRemedy>,
    /// low, medium, high or critical
    #[arg(long, value_parser = names::severity)]
    severity: Option<pb::ComplaintSeverity>,
    /// The person or queue asked first: its owner
    #[arg(long, value_name = "NAME")]
    received_by: String,
    /// The purchase it is about
    #[arg(long, value_name = "ID")]
    transaction: Option<String>,
    /// The product it is about
    #[arg(long, value_name = "ID")]
    product: Option<String>,
    /// The partner it is about
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// What it is about, in your own categories
    #[arg(long, value_name = "NAME")]
    category: Option<String>,
    /// The person it is about, who cannot assess it
    #[arg(long, value_name = "NAME")]
    concerns: Option<String>,
}

/// List complaints, those received last first
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value complain list --open --owner olga
  customer-value complain list --overdue --as-of 2026-03-01T12:00:00Z")]
struct List {
    /// Only those in this state, such as in-handling
    #[arg(long, value_parser = names::state)]
    state: Option<pb::ComplaintState>,
    /// Only those that this person or queue owns
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Only those that this person works on
    #[arg(long, value_name = "NAME")]
    handler: Option<String>,
    /// Only those of this customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Only those to which something can still happen
    #[arg(long)]
    open: bool,
    /// Only those with a clock that is overdue
    #[arg(long)]
    overdue: bool,
    /// As they stood at this instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    as_of: Option<Instant>,
    /// Use only what was recorded up to this instant [default: everything]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    known_at: Option<Instant>,
}

/// Show a complaint with its clocks and what happened to it
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  customer-value complain show c-17")]
struct Show {
    /// Which complaint
    complaint_id: String,
    /// As it stood at this instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    as_of: Option<Instant>,
    /// Use only what was recorded up to this instant [default: everything]
    #[arg(long, value_name = "TIME", value_parser = instants::instant)]
    known_at: Option<Instant>,
}

impl Complain {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let connection = connect(client).await?;
        let form = client.output;
        match &self.action {
            Action::Record(record) => record.run(&connection, form).await,
            Action::List(list) => list.run(&connection, form).await,
            Action::Act(act) => act.run(&connection, form).await,
            Action::Show(show) => show.run(&connection, form).await,
        }
    }
}

impl Record {
    async fn run(&self, connection: &Client, form: Output) -> anyhow::Result<()> {
        let request = pb::RecordComplaintRequest {
            complaint_id: self.complaint_id.clone(),
            customer_id: self.customer.clone(),
            occurred_at: Some(write::timestamp(self.occurred_at)),
            received_at: self.received_at.map(write::timestamp),
            channel: self.channel.clone(),
            kind: self.kind.into(),
            subject: self.subject.clone(),
            description: self.description.clone(),
            wanted_remedy: self.wants.iter().map(|remedy| (*remedy).into()).collect(),
            severity: self.severity.unwrap_or_default().into(),
            received_by: self.received_by.clone(),
            transaction_id: self.transaction.clone(),
            product_id: self.product.clone(),
            partner_id: self.partner.clone(),
            category: self.category.clone(),
            concerns: self.concerns.clone(),
        };
        let done = patiently(|| {
            let mut complaints = connection.complaints.clone();
            let request = request.clone();
            async move { complaints.record_complaint(request).await }
        })
        .await?;
        match form {
            Output::Json => output::write(&output::json("RecordComplaintResponse", &done)?),
            Output::Table => output::write(&text::complaint(&done.complaint.unwrap_or_default())),
        }
    }
}

impl List {
    async fn run(&self, connection: &Client, form: Output) -> anyhow::Result<()> {
        let mut complaints = connection.complaints.clone();
        let mut list = pb::ListComplaintsResponse::default();
        loop {
            let request = pb::ListComplaintsRequest {
                state: self.state.unwrap_or_default().into(),
                owner: self.owner.clone(),
                handler: self.handler.clone(),
                customer_id: self.customer.clone(),
                open: self.open,
                overdue: self.overdue,
                as_of: self.as_of.map(write::timestamp),
                known_at: self.known_at.map(write::timestamp),
                page_size: PAGE_SIZE,
                page_token: list.next_page_token.clone(),
            };
            let page = answer(complaints.list_complaints(request).await)?;
            list.complaints.extend(page.complaints);
            list.next_page_token = page.next_page_token;
            if list.next_page_token.is_empty() {
                break;
            }
        }
        match form {
            Output::Json => output::write(&output::json("ListComplaintsResponse", &list)?),
            Output::Table => output::write(&text::list(&list.complaints)),
        }
    }
}

impl Show {
    async fn run(&self, connection: &Client, form: Output) -> anyhow::Result<()> {
        let mut complaints = connection.complaints.clone();
        let request = pb::GetComplaintRequest {
            complaint_id: self.complaint_id.clone(),
            as_of: self.as_of.map(write::timestamp),
            known_at: self.known_at.map(write::timestamp),
        };
        let found = answer(complaints.get_complaint(request).await)?;
        match form {
            Output::Json => output::write(&output::json("GetComplaintResponse", &found)?),
            Output::Table => output::write(&text::complaint(&found.complaint.unwrap_or_default())),
        }
    }
}
