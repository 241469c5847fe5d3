//! What somebody answered, as recorded.

use std::collections::BTreeMap;

use super::Content;
use crate::engine::money::Decimal;
use crate::engine::time::Instant;

/// What somebody answered to an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyResponse {
    /// The caller's id, unique per customer, without a customer per tenant.
    pub response_id: String,
    /// What was asked.
    pub instrument_id: String,
    /// Which version was asked, if the caller said so.
    pub instrument_version: Option<i32>,
    /// Who answered; `None` for people nobody knows.
    pub customer_id: Option<String>,
    /// When.
    pub answered_at: Instant,
    /// Answers by item, in thousandths.
    pub answers: BTreeMap<String, i32>,
    /// How many people the response stands for; `None` is one.
    pub weight: Option<Decimal>,
    /// Where it was asked.
    pub channel: Option<String>,
    /// What it was asked about.
    pub product_id: Option<String>,
    /// Attributes by name, of those the instrument declares.
    pub attributes: BTreeMap<String, String>,
}

impl SurveyResponse {
    /// The content that makes a repetition the same fact.
    #[must_use]
    pub fn content(&self) -> Content {
        let content = Content::default()
            .text("response_id", &self.response_id)
            .text("instrument_id", &self.instrument_id)
            .maybe(self.instrument_version, |content, version| {
                content.whole("instrument_version", i64::from(version))
            })
            .maybe(self.customer_id.as_deref(), |content, customer_id| {
                content.text("customer_id", customer_id)
            })
            .whole("answered_at", self.answered_at.as_micros());
        let answers = self.answers.iter().map(|(item, answer)| {
            let value = answer.to_be_bytes();
            (item.as_bytes(), value.to_vec())
        });
        let attributes = self.attributes.iter().map(|(name, value)| {
            let value = value.as_bytes();
            (name.as_bytes(), value.to_vec())
        });
        let content = content
            .bytes("answers", &entries(answers))
            .maybe(self.weight, |content, weight| {
                content.text("weight", &weight.to_string())
            })
            .maybe(self.channel.as_deref(), |content, channel| {
                content.text("channel", channel)
            })
            .maybe(self.product_id.as_deref(), |content, product_id| {
                content.text("product_id", product_id)
            });
        if self.attributes.is_empty() {
            return content;
        }
        content.bytes("attributes", &entries(attributes))
    }
}

/// Names and values as one run of bytes, each after its length.
fn entries<'e>(entries: impl Iterator<Item = (&'e [u8], Vec<u8>)>) -> Vec<u8> {
    let mut run = Vec::new();
    for (name, value) in entries {
        for part in [name, &value] {
            run.extend_from_slice(&(part.len() as u64).to_be_bytes());
            run.extend_from_slice(part);
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_weight_and_version_are_content() {
        let response = SurveyResponse {
            response_id: "r".into(),
            instrument_id: "i".into(),
            instrument_version: None,
            customer_id: None,
            answered_at: Instant::from_micros(0),
            answers: [("a".to_owned(), 4_000)].into(),
            weight: None,
            channel: None,
            product_id: None,
            attributes: BTreeMap::new(),
        };
        let other = SurveyResponse {
            instrument_version: Some(1),
            answers: [("a".to_owned(), 5_000)].into(),
            weight: Decimal::parse("2.50"),
            attributes: [("region".to_owned(), "north".to_owned())].into(),
            ..response.clone()
        };
        let differing = response.content().differing_fields(&other.content());
        assert_eq!(
            differing,
            ["answers", "instrument_version", "weight", "attributes"]
        );
        let same = SurveyResponse {
            weight: Decimal::parse("2.5"),
            ..other.clone()
        };
        assert_eq!(other.content().canonical(), same.content().canonical());
    }
}
