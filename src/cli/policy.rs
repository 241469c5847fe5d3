//! `policy`.

mod define;
mod text;

use super::calls::{answer, connect};
use super::{instants, output};
use crate::config::client::ClientSettings;
use crate::engine::time::Instant;
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::write;

/// Most policies on a page of the list.
const PAGE_SIZE: i32 = 1_000;

/// Defines the parameters of answers, puts them in force, and shows them.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  customer-value policy define --horizon-days 730 --discount-rate 0.08 --margin 0.35
  customer-value policy activate policy/1 --effective-at 2026-01-01
  customer-value policy show policy/1
  customer-value policy list --output json")]
pub struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// List the policies, newest first and the built-in ones last, with their activations
    #[command(after_help = "Example:\n  customer-value policy list --tenant cdnow")]
    List,
    /// Show all terms of a policy
    #[command(after_help = "Example:\n  customer-value policy show builtin/2")]
    Show {
        /// Its name, such as policy/3 or builtin/2
        name: String,
    },
    Define(Box<define::Define>),
    /// Put a policy in force
    #[command(after_help = "Example:\n  customer-value policy activate policy/3")]
    Activate {
        /// Its name, such as policy/3; builtin/2 goes back to the built-in one
        name: String,
        /// From when on; may lie in the past [default: now]
        #[arg(long, value_name = "TIME", value_parser = instants::instant)]
        effective_at: Option<Instant>,
    },
}

impl Policy {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn run(&self, client: &ClientSettings) -> anyhow::Result<()> {
        let mut connection = connect(client).await?;
        let form = client.output;
        match &self.action {
            Action::List => {
                let list = list(&mut connection).await?;
                output::print(form, "ListPoliciesResponse", &list, text::list)
            }
            Action::Show { name } => {
                let request = pb::GetPolicyRequest { name: name.clone() };
                let found = answer(connection.policies.get_policy(request).await)?;
                output::print(form, "GetPolicyResponse", &found, text::shown)
            }
            Action::Define(define) => {
                let request = define.request(&connection).await?;
                let defined = answer(connection.policies.define_policy(request).await)?;
                output::print(form, "DefinePolicyResponse", &defined, text::defined)
            }
            Action::Activate { name, effective_at } => {
                let request = pb::ActivatePolicyRequest {
                    name: name.clone(),
                    effective_at: effective_at.map(write::timestamp),
                };
                let done = answer(connection.policies.activate_policy(request).await)?;
                output::print(form, "ActivatePolicyResponse", &done, text::activated)
            }
        }
    }
}

async fn list(client: &mut Client) -> anyhow::Result<pb::ListPoliciesResponse> {
    let mut list = pb::ListPoliciesResponse::default();
    loop {
        let request = pb::ListPoliciesRequest {
            page_size: PAGE_SIZE,
            page_token: list.next_page_token.clone(),
        };
        let page = answer(client.policies.list_policies(request).await)?;
        list.policies.extend(page.policies);
        list.activations.extend(page.activations);
        list.next_page_token = page.next_page_token;
        if list.next_page_token.is_empty() {
            return Ok(list);
        }
    }
}
