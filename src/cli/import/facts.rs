//! The columns of each kind of fact, named as the contract's fields.

mod attribute;
mod contact;
mod response;

use std::collections::BTreeMap;

use super::cells::Cells;
use crate::cli::calls::patiently;
use crate::cli::csv_file::{BadCell, Row};
use crate::cli::failure::Refused;
use crate::engine::time::{Instant, Zone};
use crate::grpc::client::Client;
use crate::grpc::pb::customervalue::v1 as pb;
use crate::grpc::read::SHORT_BYTES_MAX;

/// What rows do not say themselves.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Currency of rows without one.
    pub(super) currency: String,
    /// Zone in which dates begin.
    pub(super) zone: Zone,
    /// The latest instant a fact may have happened.
    pub(super) latest: Instant,
    /// The newest version of what surveys ask, by instrument.
    pub(super) instruments: BTreeMap<String, pb::Instrument>,
}

/// A kind of fact that files hold.
pub(super) trait ImportedFact: Clone {
    /// Name of the repeated field of its request, as in paths of violations.
    const FIELD: &'static str;
    /// Columns that must be there.
    const REQUIRED: &'static [&'static str];
    /// Columns that may be there.
    const OPTIONAL: &'static [&'static str];
    /// How the names of further columns begin.
    const PREFIXES: &'static [&'static str] = &[];
    /// Whether rows are checked against the tenant's instruments.
    const ANSWERS_INSTRUMENTS: bool = false;

    /// The fact of a row.
    fn of_row(cells: &mut Cells<'_>) -> Option<Self>;

    /// Records a batch.
    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused>;
}

/// Reads a row; also tells whether it takes the default currency.
pub(super) fn read<F: ImportedFact>(
    row: Row<'_>,
    setting: &Setting,
) -> Result<(F, bool), Vec<BadCell>> {
    let mut cells = Cells::new(row, setting);
    let fact = F::of_row(&mut cells);
    let takes_default = cells.takes_default;
    cells.row.finish(fact.map(|fact| (fact, takes_default)))
}

impl ImportedFact for pb::Transaction {
    const FIELD: &'static str = "transactions";
    const REQUIRED: &'static [&'static str] =
        &["transaction_id", "customer_id", "occurred_at", "amount"];
    const OPTIONAL: &'static [&'static str] = &[
        "currency_code",
        "exchange_rate",
        "kind",
        "cost_of_goods",
        "channel",
    ];

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let transaction_id = cells.id("transaction_id");
        let customer_id = cells.id("customer_id");
        let occurred_at = cells.instant("occurred_at");
        let amount = cells.money("amount");
        let exchange_rate = cells.exchange_rate();
        let number = |name: &str| pb::PurchaseKind::from_str_name(name).map(Into::into);
        let choices = "NEW, REPEAT, UPGRADE, CROSS_SELL";
        let kind = cells.choice("kind", "PURCHASE_KIND_", number, choices);
        let cost_of_goods = cells.optional_money("cost_of_goods");
        let channel = cells.optional_text("channel", SHORT_BYTES_MAX);
        Some(Self {
            transaction_id: transaction_id?,
            customer_id: customer_id?,
            occurred_at: Some(occurred_at?),
            amount: Some(amount?),
            exchange_rate: exchange_rate?,
            kind: kind?.unwrap_or_default(),
            cost_of_goods: cost_of_goods?,
            channel: channel?,
            ..Self::default()
        })
    }

    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused> {
        let answer = patiently(|| {
            let mut ledger = client.ledger.clone();
            let transactions = facts.to_vec();
            let request = pb::RecordTransactionsRequest { transactions };
            async move { ledger.record_transactions(request).await }
        });
        Ok(answer.await?.results)
    }
}

impl ImportedFact for pb::Refund {
    const FIELD: &'static str = "refunds";
    const REQUIRED: &'static [&'static str] = &[
        "refund_id",
        "customer_id",
        "transaction_id",
        "occurred_at",
        "amount",
    ];
    const OPTIONAL: &'static [&'static str] = &["currency_code", "cost_of_goods_returned"];

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let refund_id = cells.id("refund_id");
        let customer_id = cells.id("customer_id");
        let transaction_id = cells.id("transaction_id");
        let occurred_at = cells.instant("occurred_at");
        let amount = cells.money("amount");
        let cost_of_goods_returned = cells.optional_money("cost_of_goods_returned");
        Some(Self {
            refund_id: refund_id?,
            customer_id: customer_id?,
            transaction_id: transaction_id?,
            occurred_at: Some(occurred_at?),
            amount: Some(amount?),
            cost_of_goods_returned: cost_of_goods_returned?,
        })
    }

    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused> {
        let answer = patiently(|| {
            let mut ledger = client.ledger.clone();
            let refunds = facts.to_vec();
            async move {
                ledger
                    .record_refunds(pb::RecordRefundsRequest { refunds })
                    .await
            }
        });
        Ok(answer.await?.results)
    }
}

impl ImportedFact for pb::Cost {
    const FIELD: &'static str = "costs";
    const REQUIRED: &'static [&'static str] =
        &["cost_id", "customer_id", "occurred_at", "amount", "kind"];
    const OPTIONAL: &'static [&'static str] = &["currency_code", "exchange_rate"];

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let cost_id = cells.id("cost_id");
        let customer_id = cells.id("customer_id");
        let occurred_at = cells.instant("occurred_at");
        let amount = cells.money("amount");
        let exchange_rate = cells.exchange_rate();
        let number = |name: &str| pb::CostKind::from_str_name(name).map(Into::into);
        let choices = "ACQUISITION, TO_SERVE, MARKETING, RETENTION, REFERRAL_REWARD, COMPENSATION, \
                       REBATE";
        let kind = cells.required_choice("kind", "COST_KIND_", number, choices);
        Some(Self {
            cost_id: cost_id?,
            customer_id: customer_id?,
            occurred_at: Some(occurred_at?),
            amount: Some(amount?),
            exchange_rate: exchange_rate?,
            kind: kind?,
        })
    }

    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused> {
        let answer = patiently(|| {
            let mut ledger = client.ledger.clone();
            let costs = facts.to_vec();
            async move { ledger.record_costs(pb::RecordCostsRequest { costs }).await }
        });
        Ok(answer.await?.results)
    }
}

impl ImportedFact for pb::Referral {
    const FIELD: &'static str = "referrals";
    const REQUIRED: &'static [&'static str] =
        &["referral_id", "referrer_id", "referee_id", "occurred_at"];
    const OPTIONAL: &'static [&'static str] = &[];

    fn of_row(cells: &mut Cells<'_>) -> Option<Self> {
        let referral_id = cells.id("referral_id");
        let referrer_id = cells.id("referrer_id");
        let referee_id = cells.id("referee_id");
        let occurred_at = cells.instant("occurred_at");
        if referrer_id.is_some() && referrer_id == referee_id {
            cells.row.refuse("referee_id", "must not be the referrer");
        }
        Some(Self {
            referral_id: referral_id?,
            referrer_id: referrer_id?,
            referee_id: referee_id?,
            occurred_at: Some(occurred_at?),
        })
    }

    async fn record(client: &Client, facts: &[Self]) -> Result<Vec<pb::RecordResult>, Refused> {
        let answer = patiently(|| {
            let mut ledger = client.ledger.clone();
            let referrals = facts.to_vec();
            async move {
                let request = pb::RecordReferralsRequest { referrals };
                ledger.record_referrals(request).await
            }
        });
        Ok(answer.await?.results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::csv_file::CsvFile;

    fn setting() -> Setting {
        Setting {
            currency: "EUR".into(),
            zone: Zone::named("Asia/Shanghai").expect("zone"),
            latest: Instant::from_micros(1_000_000_000_000_000),
            instruments: BTreeMap::new(),
        }
    }

    fn first<F: ImportedFact>(text: &str) -> Result<(F, bool), Vec<String>> {
        let setting = setting();
        let mut file = CsvFile::open("f", text.as_bytes(), F::REQUIRED).expect("header");
        let row = file.next_row().expect("readable").expect("a row");
        read::<F>(row, &setting).map_err(|bad| bad.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_transaction_is_read_exactly() {
        let (fact, takes_default) = first::<pb::Transaction>(
            "transaction_id,customer_id,occurred_at,amount,kind,cost_of_goods\n\
             t,c,1997-01-01,29.330001,upgrade,\n",
        )
        .expect("good");
        assert!(takes_default);
        let amount = fact.amount.clone().expect("amount");
        assert_eq!(
            (amount.currency_code.as_str(), amount.units, amount.nanos),
            ("EUR", 29, 330_001_000)
        );
        // Midnight in Shanghai.
        assert_eq!(fact.occurred_at.map(|at| at.seconds), Some(852_048_000));
        assert_eq!(fact.kind(), pb::PurchaseKind::Upgrade);
        assert_eq!(fact.cost_of_goods, None);
    }

    #[test]
    fn everything_wrong_with_a_row_is_told() {
        let bad = first::<pb::Cost>(
            "cost_id,customer_id,occurred_at,amount,kind,currency_code,exchange_rate\n\
             ,c,2001-13-01,1e3,GIFT,eur,0\n",
        )
        .expect_err("bad");
        for column in [
            "cost_id: is empty",
            "occurred_at: is neither",
            "amount: is not decimal",
            "currency_code: must be a code",
            "exchange_rate: must be decimal text",
            "kind: must be one of",
        ] {
            assert!(
                bad.iter()
                    .any(|text| text.starts_with(&format!("line 2, column {column}"))),
                "{column}: {bad:?}"
            );
        }
        assert_eq!(bad.len(), 6);
    }

    #[test]
    fn an_attribute_has_exactly_one_value() {
        let header = "attribute_id,customer_id,occurred_at,name,text,number,flag";
        let read = |row: &str| {
            let found =
                first::<pb::CustomerAttribute>(&format!("{header}\na,c,2001-01-01,{row}\n"));
            found.map(|(fact, _)| fact.value)
        };
        use pb::customer_attribute::Value;
        assert_eq!(read("age,,41.5,"), Ok(Some(Value::Number(41.5))));
        assert_eq!(read("vip,,,TRUE"), Ok(Some(Value::Flag(true))));
        assert_eq!(read("city,Rome,,"), Ok(Some(Value::Text("Rome".into()))));
        let one = "line 2, column text: exactly one of text, number and flag must be filled";
        for row in ["city,,,", "city,Rome,1,", "age,,1,false"] {
            assert_eq!(read(row), Err(vec![one.to_owned()]), "{row}");
        }
        let bad = read("age,,NaN,maybe").expect_err("bad");
        assert!(
            bad[0].contains("column number: must be a finite number"),
            "{bad:?}"
        );
        assert!(
            bad[1].contains("column flag: must be true or false"),
            "{bad:?}"
        );
        let name = "n".repeat(65);
        let bad = read(&format!("{name},Rome,,")).expect_err("bad");
        assert!(
            bad[0].contains("column name: must be at most 64 bytes"),
            "{bad:?}"
        );
    }

    #[test]
    fn a_contact_says_who_began_it_and_what_for() {
        let (fact, _) = first::<pb::Contact>(
            "contact_id,customer_id,occurred_at,direction,purpose,channel\n\
             k,c,2001-01-01,outbound,CONTACT_PURPOSE_FOLLOW_UP,phone\n",
        )
        .expect("good");
        assert_eq!(fact.direction(), pb::ContactDirection::Outbound);
        assert_eq!(fact.purpose(), pb::ContactPurpose::FollowUp);
        assert_eq!(fact.channel.as_deref(), Some("phone"));
        let bad = first::<pb::Contact>(
            "contact_id,customer_id,occurred_at,direction,purpose\nk,c,2001-01-01,,CHAT\n",
        )
        .expect_err("bad");
        assert!(
            bad[0].contains("column direction: is empty; must be one of INBOUND"),
            "{bad:?}"
        );
        assert!(
            bad[1].contains("column purpose: must be one of SALE"),
            "{bad:?}"
        );
    }

    #[test]
    fn nobody_brings_themselves() {
        let bad = first::<pb::Referral>(
            "referral_id,referrer_id,referee_id,occurred_at\nr,c,c,2001-01-01\n",
        )
        .expect_err("bad");
        assert_eq!(bad, ["line 2, column referee_id: must not be the referrer"]);
    }
}
