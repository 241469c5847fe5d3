//! `models export` and `models import`: a model as JSON, the canonical protobuf JSON of a `Model`.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

use super::model_text;
use crate::cli::calls::{answer, patiently};
use crate::cli::output;
use crate::config::client::Output;
use crate::grpc::client::TenantChannel;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::pb::customervalue::v1::model_service_client::ModelServiceClient;

type Models = ModelServiceClient<TenantChannel>;

/// Writes a model to standard output.
pub(super) async fn export(models: &mut Models, name: &str) -> anyhow::Result<()> {
    let request = pb::GetModelRequest {
        name: name.to_owned(),
    };
    let found = answer(models.get_model(request).await)?;
    output::write(&output::json("Model", &found.model.unwrap_or_default())?)
}

/// Stores the model of a file.
pub(super) async fn import(models: &mut Models, file: &Path, form: Output) -> anyhow::Result<()> {
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let model: pb::Model = output::from_json("Model", &text)
        .with_context(|| format!("{} holds no exported model", file.display()))?;
    let stored = patiently(|| {
        let mut models = models.clone();
        let request = pb::ImportModelRequest {
            model: Some(model.clone()),
        };
        async move { models.import_model(request).await }
    })
    .await?;
    match form {
        Output::Json => output::write(&output::json("ImportModelResponse", &stored)?),
        Output::Table => output::write(&model_text(&stored.model.unwrap_or_default(), &[])),
    }
}
