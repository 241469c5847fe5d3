//! A connection for the client commands.

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use super::pb::customervalue::v1::complaint_service_client::ComplaintServiceClient;
use super::pb::customervalue::v1::ledger_service_client::LedgerServiceClient;
use super::pb::customervalue::v1::model_service_client::ModelServiceClient;
use super::pb::customervalue::v1::policy_service_client::PolicyServiceClient;
use super::pb::customervalue::v1::satisfaction_service_client::SatisfactionServiceClient;
use super::pb::customervalue::v1::scoring_service_client::ScoringServiceClient;
use super::pb::customervalue::v1::segmentation_service_client::SegmentationServiceClient;
use super::read::TENANT_METADATA;

/// Calls in the name of a tenant.
pub type TenantChannel = InterceptedService<Channel, WithTenant>;

/// Adds the tenant to every call.
#[derive(Clone, Debug)]
pub struct WithTenant {
    tenant: MetadataValue<Ascii>,
}

impl tonic::service::Interceptor for WithTenant {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert(TENANT_METADATA, self.tenant.clone());
        Ok(request)
    }
}

/// Clients of all services over one connection.
#[derive(Clone, Debug)]
pub struct Client {
    /// `LedgerService`.
    pub ledger: LedgerServiceClient<TenantChannel>,
    /// `ScoringService`.
    pub scoring: ScoringServiceClient<TenantChannel>,
    /// `ModelService`.
    pub models: ModelServiceClient<TenantChannel>,
    /// `PolicyService`.
    pub policies: PolicyServiceClient<TenantChannel>,
    /// `SatisfactionService`.
    pub satisfaction: SatisfactionServiceClient<TenantChannel>,
    /// `SegmentationService`.
    pub segmentation: SegmentationServiceClient<TenantChannel>,
    /// `ComplaintService`.
    pub complaints: ComplaintServiceClient<TenantChannel>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address cannot be one.
    #[error("{address:?} is not a server address; it looks like http://127.0.0.1:50051")]
    Address {
        /// The text given.
        address: String,
    },
    /// The tenant cannot be one.
    #[error("{tenant:?} is not a tenant: 1 to 63 lower-case letters, digits or hyphens")]
    Tenant {
        /// The text given.
        tenant: String,
    },
    /// Nobody answers.
    #[error(
        "no server answers at {address}; start one with `customer-value serve`, or name it with --server"
    )]
    NoAnswer {
        /// The address.
        address: String,
        /// What the transport says.
        #[source]
        source: tonic::transport::Error,
    },
}

impl Client {
    /// Connects to a server in the name of a tenant.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says what to do.
    pub async fn connect(address: &str, tenant: &str) -> Result<Self, ConnectError> {
        let endpoint =
            Endpoint::from_shared(address.to_owned()).map_err(|_| ConnectError::Address {
                address: address.to_owned(),
            })?;
        let channel = endpoint
            .connect()
            .await
            .map_err(|source| ConnectError::NoAnswer {
                address: address.to_owned(),
                source,
            })?;
        Self::on(channel, tenant)
    }

    /// Clients on a channel, in the name of a tenant.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Tenant`].
    pub fn on(channel: Channel, tenant: &str) -> Result<Self, ConnectError> {
        let invalid = || ConnectError::Tenant {
            tenant: tenant.to_owned(),
        };
        if !crate::ids::is_tenant_id(tenant) {
            return Err(invalid());
        }
        let with_tenant = WithTenant {
            tenant: tenant.parse().map_err(|_| invalid())?,
        };
        let channel = || InterceptedService::new(channel.clone(), with_tenant.clone());
        Ok(Self {
            ledger: LedgerServiceClient::new(channel()),
            scoring: ScoringServiceClient::new(channel()),
            models: ModelServiceClient::new(channel()),
            policies: PolicyServiceClient::new(channel()),
            satisfaction: SatisfactionServiceClient::new(channel()),
            segmentation: SegmentationServiceClient::new(channel()),
            complaints: ComplaintServiceClient::new(channel()),
        })
    }
}
