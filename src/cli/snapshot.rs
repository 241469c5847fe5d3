//! `snapshot`.

pub mod text;

use super::calls::{answer, connect};
use super::progress::Step;
use super::table::grouped;
use super::{instants, output};
use crate::config::client::ClientSettings;
use crate::engine::segment::Scheme;
use crate::engine::time::Instant;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::customervalue::v1::take_population_snapshot_response::Update;
use crate::grpc::write;

/// Most snapshots or members on a page.
const PAGE_SIZE: i32 = 1_000;

/// Takes population snapshots, puts them in force, and shows what is in them.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value snapshot take --activate
  customer-value snapshot take --as-of 1998-06-30T23:59:59Z --tenant cdnow
  customer-value snapshot describe --scheme rfm --scheme abc
  customer-value snapshot describe --compare snapshot/1
  customer-value snapshot members --scheme rfm --segment champions")]
pub struct Snapshot {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// Measure every customer and store where they stand
    #[command(after_help = "Example:\n  customer-value snapshot take --as-of 1998-06-30T23:59:59Z")]
    Take {
        /// Instant to take it for: facts that happened up to it count [default: now]
        #[arg(long, value_name = "TIME", value_parser = instants::instant)]
        as_of: Option<Instant>,
        /// Use only what was recorded up to this instant [default: everything]
        #[arg(long, value_name = "TIME", value_parser = instants::instant)]
        known_at: Option<Instant>,
        /// Put it in force from the instant it was taken for on
        #[arg(long)]
        activate: bool,
    },
    /// List the snapshots, newest first, with their activations
    #[command(after_help = "Example:\n  customer-value snapshot list --tenant cdnow")]
    List,
    /// Put a snapshot in force
    #[command(after_help = "Example:\n  customer-value snapshot activate snapshot/3")]
    Activate {
        /// Its name, such as snapshot/3
        name: String,
        /// From when on; may lie in the past [default: the instant it was taken for]
        #[arg(long, value_name = "TIME", value_parser = instants::instant)]
        effective_at: Option<Instant>,
    },
    /// List the customers of a segment
    #[command(
        after_help = "Example:\n  customer-value snapshot members --scheme rfm --segment champions"
    )]
    Members {
        /// The snapshot, such as snapshot/3 [default: the one in force]
        #[arg(long, value_name = "NAME")]
        snapshot: Option<String>,
        /// The scheme
        #[arg(long, value_parser = schemes())]
        scheme: String,
        /// The segment, such as champions [default: all]
        #[arg(long)]
        segment: Option<String>,
        /// Most customers to list
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Show how many customers and how much value each segment holds
    #[command(after_help = "Example:\n  customer-value snapshot describe --compare snapshot/1")]
    Describe {
        /// The snapshot, such as snapshot/3 [default: the one in force]
        #[arg(long, value_name = "NAME")]
        snapshot: Option<String>,
        /// Scheme to show; may be given several times [default: all]
        #[arg(long = "scheme", value_name = "SCHEME", value_parser = schemes())]
        schemes: Vec<String>,
        /// Also show who moved since this snapshot
        #[arg(long, value_name = "NAME")]
        compare: Option<String>,
    },
}

fn schemes() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(Scheme::ALL.map(Scheme::name))
}

impl Snapshot {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let mut connection = connect(client).await?;
        let form = client.output;
        match &self.action {
            Action::Take {
                as_of,
                known_at,
                activate,
            } => {
                let request = pb::TakePopulationSnapshotRequest {
                    as_of: as_of.map(write::timestamp),
                    known_at: known_at.map(write::timestamp),
                };
                let taken = take_on_server(&mut connection, request).await?;
                output::print(form, "PopulationSnapshot", &taken, text::snapshot)?;
                if *activate {
                    let request = pb::ActivatePopulationSnapshotRequest {
                        snapshot_id: taken.snapshot_id,
                        effective_at: None,
                    };
                    let mut segmentation = connection.segmentation;
                    let done = answer(segmentation.activate_population_snapshot(request).await)?;
                    eprint!("{}", text::activated(&done));
                }
                Ok(())
            }
            Action::List => {
                let list = list(&mut connection).await?;
                output::print(form, "ListPopulationSnapshotsResponse", &list, text::list)
            }
            Action::Activate { name, effective_at } => {
                let request = pb::ActivatePopulationSnapshotRequest {
                    snapshot_id: name.clone(),
                    effective_at: effective_at.map(write::timestamp),
                };
                let mut segmentation = connection.segmentation;
                let done = answer(segmentation.activate_population_snapshot(request).await)?;
                let message = "ActivatePopulationSnapshotResponse";
                output::print(form, message, &done, text::activated)
            }
            Action::Members {
                snapshot,
                scheme,
                segment,
                limit,
            } => {
                let request = pb::ListSegmentMembersRequest {
                    snapshot_id: snapshot.clone(),
                    scheme: scheme.clone(),
                    segment: segment.clone(),
                    ..pb::ListSegmentMembersRequest::default()
                };
                let members = members(&mut connection, request, *limit).await?;
                output::print(form, "ListSegmentMembersResponse", &members, text::members)
            }
            Action::Describe {
                snapshot,
                schemes,
                compare,
            } => {
                let request = pb::DescribeSegmentationRequest {
                    snapshot_id: snapshot.clone(),
                    schemes: schemes.clone(),
                    compare_snapshot_id: compare.clone(),
                };
                let mut segmentation = connection.segmentation;
                let described = answer(segmentation.describe_segmentation(request).await)?;
                let message = "DescribeSegmentationResponse";
                output::print(form, message, &described, text::description)
            }
        }
    }
}

/// Takes a snapshot on a server, telling how far it is.
///
/// # Errors
///
/// When the server refuses or the stream ends early.
pub async fn take_on_server(
    client: &mut Client,
    request: pb::TakePopulationSnapshotRequest,
) -> anyhow::Result<pb::PopulationSnapshot> {
    let step = Step::begin("taking a population snapshot");
    let updates = client.segmentation.take_population_snapshot(request).await;
    let mut updates = answer(updates)?;
    let refused = super::failure::Refused::from;
    while let Some(message) = updates.message().await.map_err(refused)? {
        match message.update {
            Some(Update::Progress(progress)) => {
                let customers = grouped(progress.customers);
                step.tell(format!("{}, {customers} customers", progress.step));
            }
            Some(Update::Snapshot(snapshot)) => return Ok(snapshot),
            None => {}
        }
    }
    anyhow::bail!("the server ended without a snapshot; ask again")
}

async fn list(client: &mut Client) -> anyhow::Result<pb::ListPopulationSnapshotsResponse> {
    let mut list = pb::ListPopulationSnapshotsResponse::default();
    loop {
        let request = pb::ListPopulationSnapshotsRequest {
            page_size: PAGE_SIZE,
            page_token: list.next_page_token.clone(),
        };
        let page = answer(client.segmentation.list_population_snapshots(request).await)?;
        list.snapshots.extend(page.snapshots);
        list.activations.extend(page.activations);
        list.next_page_token = page.next_page_token;
        if list.next_page_token.is_empty() {
            return Ok(list);
        }
    }
}

/// Members from the first on, at most `limit`; a token is left if there are more.
async fn members(
    client: &mut Client,
    mut request: pb::ListSegmentMembersRequest,
    limit: usize,
) -> anyhow::Result<pb::ListSegmentMembersResponse> {
    let mut all = pb::ListSegmentMembersResponse::default();
    loop {
        let left = i32::try_from(limit - all.members.len()).unwrap_or(PAGE_SIZE);
        request.page_size = left.clamp(1, PAGE_SIZE);
        request.page_token.clone_from(&all.next_page_token);
        let page = client.segmentation.list_segment_members(request.clone());
        let page = answer(page.await)?;
        all.members.extend(page.members);
        all.snapshot_id = page.snapshot_id;
        all.next_page_token = page.next_page_token;
        if all.next_page_token.is_empty() || all.members.len() >= limit {
            return Ok(all);
        }
    }
}
