//! The table of bad values: which field of which request, and the path the refusal names.

pub(crate) mod complaints;
pub(crate) mod evaluation;
pub(crate) mod import;
pub(crate) mod policies;
pub(crate) mod satisfaction;
mod scores;
pub(crate) mod segmentation;

use std::collections::HashMap;

use prost_reflect::{MapKey, Value};

/// A bad value for a field.
#[derive(Clone, Debug)]
pub(crate) struct Bad {
    pub(crate) rpc: &'static str,
    /// The field it is put into.
    pub(crate) sets: &'static str,
    /// The leaf of the request it is for.
    pub(crate) covers: &'static str,
    /// The path the refusal names.
    pub(crate) names: &'static str,
    /// The value; `None` makes a list too long.
    pub(crate) value: Option<Value>,
}

struct Table(Vec<Bad>);

impl Table {
    fn add(
        &mut self,
        rpc: &'static str,
        sets: &'static str,
        names: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) {
        self.0.extend(values.into_iter().map(|value| Bad {
            rpc,
            sets,
            covers: sets,
            names,
            value: Some(value),
        }));
    }

    /// An id or name: empty, too long, with control characters.
    fn text(&mut self, rpc: &'static str, path: &'static str, bytes_max: usize) {
        let values = [
            String::new(),
            "x".repeat(bytes_max + 1),
            "é".repeat(bytes_max / 2 + 1),
            "a\nb".to_owned(),
            "a\0".to_owned(),
            "a\u{85}".to_owned(),
        ];
        self.add(rpc, path, path, values.map(Value::String));
    }

    /// An instant that may not lie in the future.
    fn past(&mut self, rpc: &'static str, [seconds, nanos, path]: [&'static str; 3]) {
        let far_future = 4_102_444_800;
        self.add(rpc, seconds, path, [Value::I64(far_future)]);
        self.instant(rpc, [seconds, nanos, path]);
    }

    /// A day that may not lie in the future; the good one is of a February.
    fn past_day(&mut self, rpc: &'static str, [year, month, day, path]: [&'static str; 4]) {
        let years = [0, 1_899, 10_000, 9_998, -1];
        self.add(rpc, year, path, years.map(Value::I32));
        let months = [0, 13, -1, i32::MAX];
        self.add(rpc, month, path, months.map(Value::I32));
        let days = [0, 30, -1, i32::MAX];
        self.add(rpc, day, path, days.map(Value::I32));
    }

    /// An instant: before 1900, after 9999, overflowing, its nanos out of range.
    fn instant(&mut self, rpc: &'static str, [seconds, nanos, path]: [&'static str; 3]) {
        let values = [-2_208_988_801, 253_402_300_800, i64::MAX, i64::MIN];
        self.add(rpc, seconds, path, values.map(Value::I64));
        let values = [-1, 1_000_000_000, i32::MAX, i32::MIN];
        self.add(rpc, nanos, path, values.map(Value::I32));
    }

    /// An amount: no or another currency, negative, too large, too fine, signs that differ.
    fn money(
        &mut self,
        rpc: &'static str,
        [code, units, nanos, path]: [&'static str; 4],
        signed: bool,
    ) {
        let codes = ["", "cny", "CN", "CNYX", "C\0Y", "人民币"];
        self.add(
            rpc,
            code,
            code,
            codes.map(|code| Value::String(code.to_owned())),
        );
        let too_large = [1_000_000_000_001, i64::MAX, i64::MIN];
        self.add(rpc, units, path, too_large.map(Value::I64));
        if !signed {
            self.add(rpc, units, path, [Value::I64(-1)]);
        }
        let values = [-1_000, 1, 999, 1_000_000_000, i32::MAX, i32::MIN];
        self.add(rpc, nanos, nanos, values.map(Value::I32));
    }

    fn rate(&mut self, rpc: &'static str, path: &'static str) {
        let values = [
            "",
            " ",
            "abc",
            "-1",
            "+1",
            "0",
            "1e3",
            "NaN",
            "inf",
            "1,5",
            "1.",
            "1000000001",
            "0.0000000001",
            "1.123456789012345678901",
            "٣",
            "7.5",
        ];
        self.add(
            rpc,
            path,
            path,
            values.map(|rate| Value::String(rate.to_owned())),
        );
    }

    fn kind(&mut self, rpc: &'static str, path: &'static str, required: bool) {
        self.add(rpc, path, path, [99, -1, i32::MAX].map(Value::EnumNumber));
        if required {
            self.add(rpc, path, path, [Value::EnumNumber(0)]);
        }
    }

    /// How many items a request has: none, or too many.
    fn items(&mut self, rpc: &'static str, path: &'static str) {
        self.add(rpc, path, path, [Value::List(Vec::new())]);
        self.0.push(Bad {
            rpc,
            sets: path,
            covers: path,
            names: path,
            value: None,
        });
    }

    fn attributes(
        &mut self,
        covers: &'static str,
        names: &'static str,
        entries: &[(String, String)],
    ) {
        let entries: HashMap<MapKey, Value> = entries
            .iter()
            .map(|(name, value)| (MapKey::String(name.clone()), Value::String(value.clone())))
            .collect();
        self.0.push(Bad {
            rpc: "RecordTransactions",
            sets: "transactions[0].attributes",
            covers,
            names,
            value: Some(Value::Map(entries)),
        });
    }
}

macro_rules! instant {
    ($path:literal) => {
        [concat!($path, ".seconds"), concat!($path, ".nanos"), $path]
    };
}

use instant;

macro_rules! money {
    ($path:literal) => {
        [
            concat!($path, ".currency_code"),
            concat!($path, ".units"),
            concat!($path, ".nanos"),
            $path,
        ]
    };
}

use money;

fn transactions(table: &mut Table) {
    let rpc = "RecordTransactions";
    table.items(rpc, "transactions");
    table.text(rpc, "transactions[0].transaction_id", 128);
    table.text(rpc, "transactions[0].customer_id", 128);
    table.past(rpc, instant!("transactions[0].occurred_at"));
    table.money(rpc, money!("transactions[0].amount"), false);
    table.rate(rpc, "transactions[0].exchange_rate");
    table.kind(rpc, "transactions[0].kind", false);
    table.money(rpc, money!("transactions[0].cost_of_goods"), false);
    table.text(rpc, "transactions[0].channel", 128);
    table.text(rpc, "transactions[0].lines[0].product_id", 128);
    table.text(rpc, "transactions[0].lines[0].category", 128);
    let quantities = ["", "0", "-1", "abc", "NaN", "1e3", "1234567890123456789"];
    let quantity = "transactions[0].lines[0].quantity";
    table.add(
        rpc,
        quantity,
        quantity,
        quantities.map(|text| Value::String(text.to_owned())),
    );
    table.money(rpc, money!("transactions[0].lines[0].amount"), true);
    table.money(rpc, money!("transactions[0].lines[0].cost_of_goods"), false);
    // Another currency than the transaction's, and lines that do not add up to it.
    let dollars = || [Value::String("USD".to_owned())];
    let code = "transactions[0].cost_of_goods.currency_code";
    table.add(rpc, code, code, dollars());
    let code = "transactions[0].lines[0].amount.currency_code";
    table.add(rpc, code, code, dollars());
    let code = "transactions[0].lines[0].cost_of_goods.currency_code";
    table.add(rpc, code, code, dollars());
    let lines = "transactions[0].lines";
    table.add(
        rpc,
        "transactions[0].lines[0].amount.units",
        lines,
        [Value::I64(-1)],
    );
    table.add(
        rpc,
        "transactions[0].lines[0].cost_of_goods.units",
        lines,
        [Value::I64(5)],
    );
    let attribute = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
    let (key, value) = (
        "transactions[0].attributes.key",
        "transactions[0].attributes.value",
    );
    let attributes = "transactions[0].attributes";
    table.attributes(key, attributes, &attribute("", "x"));
    table.attributes(key, attributes, &attribute(&"x".repeat(65), "x"));
    table.attributes(key, attributes, &attribute("a\tb", "x"));
    let many: Vec<_> = (0..33)
        .map(|name| (name.to_string(), "x".to_owned()))
        .collect();
    table.attributes(key, attributes, &many);
    let of_a = "transactions[0].attributes[\"a\"]";
    table.attributes(value, of_a, &attribute("a", &"x".repeat(1_025)));
    table.attributes(value, of_a, &attribute("a", "\u{7f}"));
}

fn other_facts(table: &mut Table) {
    let rpc = "RecordRefunds";
    table.items(rpc, "refunds");
    table.text(rpc, "refunds[0].refund_id", 128);
    table.text(rpc, "refunds[0].customer_id", 128);
    table.text(rpc, "refunds[0].transaction_id", 128);
    table.past(rpc, instant!("refunds[0].occurred_at"));
    table.money(rpc, money!("refunds[0].amount"), false);
    table.money(rpc, money!("refunds[0].cost_of_goods_returned"), false);
    let code = "refunds[0].cost_of_goods_returned.currency_code";
    table.add(rpc, code, code, [Value::String("USD".to_owned())]);

    let rpc = "RecordCosts";
    table.items(rpc, "costs");
    table.text(rpc, "costs[0].cost_id", 128);
    table.text(rpc, "costs[0].customer_id", 128);
    table.past(rpc, instant!("costs[0].occurred_at"));
    table.money(rpc, money!("costs[0].amount"), false);
    let rate = "costs[0].exchange_rate";
    let dollars = Value::String("USD".to_owned());
    table.add(rpc, "costs[0].amount.currency_code", rate, [dollars]);
    table.rate(rpc, rate);
    table.kind(rpc, "costs[0].kind", true);

    let rpc = "RecordReferrals";
    table.items(rpc, "referrals");
    table.text(rpc, "referrals[0].referral_id", 128);
    table.text(rpc, "referrals[0].referrer_id", 128);
    table.text(rpc, "referrals[0].referee_id", 128);
    let itself = [Value::String("ann".to_owned())];
    table.add(
        rpc,
        "referrals[0].referrer_id",
        "referrals[0].referrer_id",
        itself,
    );
    table.past(rpc, instant!("referrals[0].occurred_at"));

    let rpc = "RecordCustomerAttributes";
    table.items(rpc, "attributes");
    table.text(rpc, "attributes[0].attribute_id", 128);
    table.text(rpc, "attributes[0].customer_id", 128);
    table.past(rpc, instant!("attributes[0].occurred_at"));
    table.text(rpc, "attributes[0].name", 64);
    let text = "attributes[0].text";
    let texts = ["x".repeat(1_025), "a\nb".to_owned(), "a\0".to_owned()];
    table.add(rpc, text, text, texts.map(Value::String));
    let number = "attributes[0].number";
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    table.add(rpc, number, number, numbers.map(Value::F64));

    let rpc = "RecordContacts";
    table.items(rpc, "contacts");
    table.text(rpc, "contacts[0].contact_id", 128);
    table.text(rpc, "contacts[0].customer_id", 128);
    table.past(rpc, instant!("contacts[0].occurred_at"));
    table.kind(rpc, "contacts[0].direction", true);
    table.kind(rpc, "contacts[0].purpose", true);
    table.text(rpc, "contacts[0].channel", 128);

    let rpc = "VoidFacts";
    table.items(rpc, "facts");
    table.text(rpc, "facts[0].customer_id", 128);
    table.kind(rpc, "facts[0].kind", true);
    table.text(rpc, "facts[0].fact_id", 128);
    table.text(rpc, "facts[0].reason", 1_024);

    table.text("GetCustomer", "customer_id", 128);
}

fn questions(table: &mut Table) {
    let rpc = "FitModel";
    table.kind(rpc, "family", true);
    table.kind(rpc, "prior", false);
    table.past_day(
        rpc,
        [
            "calibration_end.year",
            "calibration_end.month",
            "calibration_end.day",
            "calibration_end",
        ],
    );

    table.text("GetModel", "name", 128);
    let rpc = "ListModels";
    table.add(
        rpc,
        "page_size",
        "page_size",
        [-1, 1_001, i32::MAX].map(Value::I32),
    );
    let tokens = ["x", "after:", "after:bg-nbd/9", "a\0", &"x".repeat(100_000)];
    table.add(
        rpc,
        "page_token",
        "page_token",
        tokens.map(|token| Value::String(token.to_owned())),
    );
    let rpc = "ActivateModel";
    table.text(rpc, "name", 128);
    table.instant(rpc, instant!("effective_at"));
}

/// All bad values.
pub(crate) fn bad_values() -> Vec<Bad> {
    let mut table = Table(Vec::new());
    transactions(&mut table);
    other_facts(&mut table);
    questions(&mut table);
    complaints::complaints(&mut table);
    policies::rows(&mut table);
    evaluation::rows(&mut table);
    satisfaction::rows(&mut table);
    import::rows(&mut table);
    scores::rows(&mut table);
    segmentation::rows(&mut table);
    table.0
}
