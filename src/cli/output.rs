//! Writes answers to standard output.

use std::io::Write as _;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};

use crate::config::client::Output;
use crate::grpc::pb;

/// Writes text to standard output.
///
/// # Errors
///
/// When it cannot be written.
pub fn write(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()?;
    Ok(())
}

/// Writes a message of the contract, for people or for programs.
///
/// # Errors
///
/// When it cannot be written, or `name` is not the message's in `customervalue.v1`.
pub fn print<M: Message>(
    form: Output,
    name: &str,
    message: &M,
    text: impl Fn(&M) -> String,
) -> anyhow::Result<()> {
    match form {
        Output::Json => write(&json(name, message)?),
        Output::Table => write(&text(message)),
    }
}

/// A message of the contract as JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The compiled-in descriptors do not know it.
    #[error("the contract has no message {name}")]
    NoMessage {
        /// The name.
        name: String,
    },
    /// The descriptors cannot be read.
    #[error("the contract's descriptors cannot be read")]
    Descriptors(#[from] prost_reflect::DescriptorError),
    /// The message does not fit the descriptors.
    #[error("the answer does not fit the contract")]
    Decode(#[from] prost::DecodeError),
    /// The text is not the message.
    #[error("the JSON does not fit the contract")]
    Unreadable(#[source] serde_json::Error),
    /// It cannot be written as JSON.
    #[error("the answer cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// A kind of message and how it is written as JSON.
#[derive(Clone, Debug)]
pub struct JsonForm {
    descriptor: MessageDescriptor,
}

impl JsonForm {
    /// Of a message of `customervalue.v1`.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn of(name: &str) -> Result<Self, JsonError> {
        let pool = DescriptorPool::decode(pb::DESCRIPTORS)?;
        let full_name = format!("customervalue.v1.{name}");
        let descriptor = pool
            .get_message_by_name(&full_name)
            .ok_or(JsonError::NoMessage { name: full_name })?;
        Ok(Self { descriptor })
    }

    /// Canonical protobuf JSON, default values included, over several lines.
    ///
    /// # Errors
    ///
    /// When the message is of another kind.
    pub fn pages(&self, message: &impl Message) -> Result<String, JsonError> {
        let mut text = Vec::new();
        let mut serializer = serde_json::Serializer::pretty(&mut text);
        let message = self.dynamic(message)?;
        message.serialize_with_options(&mut serializer, &options())?;
        text.push(b'\n');
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// The same on one line.
    ///
    /// # Errors
    ///
    /// When the message is of another kind.
    pub fn line(&self, message: &impl Message) -> Result<Vec<u8>, JsonError> {
        let mut text = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut text);
        let message = self.dynamic(message)?;
        message.serialize_with_options(&mut serializer, &options())?;
        text.push(b'\n');
        Ok(text)
    }

    fn dynamic(&self, message: &impl Message) -> Result<DynamicMessage, JsonError> {
        let bytes = message.encode_to_vec();
        let descriptor = self.descriptor.clone();
        Ok(DynamicMessage::decode(descriptor, bytes.as_slice())?)
    }
}

/// Defaults are written, and 64-bit integers as text.
const fn options() -> SerializeOptions {
    SerializeOptions::new()
        .skip_default_fields(false)
        .stringify_64_bit_integers(true)
}

/// Canonical protobuf JSON of a message, default values included.
///
/// # Errors
///
/// When `name` is not the message's in `customervalue.v1`.
pub fn json(name: &str, message: &impl Message) -> Result<String, JsonError> {
    JsonForm::of(name)?.pages(message)
}

/// Reads a message from canonical protobuf JSON.
///
/// # Errors
///
/// When `name` is not the message's in `customervalue.v1`, or the text is no such message.
pub fn from_json<M: Message + Default>(name: &str, text: &str) -> Result<M, JsonError> {
    let descriptor = JsonForm::of(name)?.descriptor;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize(descriptor, &mut deserializer)
        .map_err(JsonError::Unreadable)?;
    deserializer.end().map_err(JsonError::Unreadable)?;
    Ok(M::decode(message.encode_to_vec().as_slice())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::pb::customervalue::v1::{Model, ModelParameters};

    #[test]
    fn defaults_are_written_and_wide_integers_are_text() {
        let model = Model {
            customers: 2_357,
            parameters: Some(ModelParameters {
                r: Some(0.25),
                ..ModelParameters::default()
            }),
            ..Model::default()
        };
        let text = json("Model", &model).expect("json");
        let value: serde_json::Value = serde_json::from_str(&text).expect("valid");
        assert_eq!(value["customers"], "2357");
        assert_eq!(value["converged"], false);
        assert_eq!(value["logLikelihood"], 0.0);
        assert_eq!(value["parameters"], serde_json::json!({"r": 0.25}));
    }
}
