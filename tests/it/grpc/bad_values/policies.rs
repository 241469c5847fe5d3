//! Bad values for `PolicyService`.

use customer_value::grpc::pb::customervalue::v1 as pb;
use prost::Message as _;
use prost_reflect::Value;

use super::{Bad, Table, instant, money};
use crate::support::builders::at;
use crate::support::policies::all_terms;

/// Requests about policies that are as they must be.
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let name = || "policy/1".to_owned();
    let define = pb::DefinePolicyRequest {
        base_policy: Some("builtin/2".to_owned()),
        terms: Some(all_terms()),
    };
    let list = pb::ListPoliciesRequest {
        page_size: 1,
        page_token: String::new(),
    };
    let activate = pb::ActivatePolicyRequest {
        name: name(),
        effective_at: Some(at("2020-02-01")),
    };
    vec![
        ("DefinePolicy", define.encode_to_vec()),
        (
            "GetPolicy",
            pb::GetPolicyRequest { name: name() }.encode_to_vec(),
        ),
        ("ListPolicies", list.encode_to_vec()),
        ("ActivatePolicy", activate.encode_to_vec()),
    ]
}

pub(super) fn rows(table: &mut Table) {
    terms(table);
    cuts(table);
    let rpc = "DefinePolicy";
    table.text(rpc, "base_policy", 128);
    let others = ["builtin/3", "builtin", "policy/1", "Builtin/2"];
    let others = others.map(|name| Value::String(name.to_owned()));
    table.add(rpc, "base_policy", "base_policy", others);

    table.text("GetPolicy", "name", 128);
    let rpc = "ListPolicies";
    let sizes = [-1, 1_001, i32::MAX, i32::MIN];
    table.add(rpc, "page_size", "page_size", sizes.map(Value::I32));
    let tokens = ["x", "after:", "after:policy/9", "a\0", &"x".repeat(100_000)];
    let tokens = tokens.map(|token| Value::String(token.to_owned()));
    table.add(rpc, "page_token", "page_token", tokens);
    let rpc = "ActivatePolicy";
    table.text(rpc, "name", 128);
    table.instant(rpc, instant!("effective_at"));
}

fn terms(table: &mut Table) {
    let rpc = "DefinePolicy";
    for (path, values) in [
        ("terms.horizon_days", [-1, 3_651, i32::MAX, i32::MIN]),
        (
            "terms.discounting.mid_period.period_days",
            [0, -1, 3_651, i32::MIN],
        ),
        ("terms.referral.depth", [0, 17, -1, i32::MAX]),
    ] {
        table.add(rpc, path, path, values.map(Value::I32));
    }
    let path = "terms.discount_rate";
    let rates = [-1e-9, 10.000_001, f64::NAN, f64::INFINITY, -f64::INFINITY];
    table.add(rpc, path, path, rates.map(Value::F64));
    for path in [
        "terms.margin",
        "terms.referral.share",
        "terms.referral.decay",
        "terms.referral.probability_came_anyway",
    ] {
        let shares = [
            -1e-6,
            1.000_001,
            1e-7,
            f64::NAN,
            f64::INFINITY,
            -f64::INFINITY,
        ];
        table.add(rpc, path, path, shares.map(Value::F64));
    }
    table.money(rpc, money!("terms.cost_to_serve_per_purchase"), false);
    table.money(rpc, money!("terms.cost_to_serve_per_year"), false);
    table.money(rpc, money!("terms.referral.acquisition_cost_saved"), false);
    for code in [
        "terms.cost_to_serve_per_purchase.currency_code",
        "terms.cost_to_serve_per_year.currency_code",
        "terms.referral.acquisition_cost_saved.currency_code",
    ] {
        table.add(rpc, code, code, [Value::String("USD".to_owned())]);
    }
}

fn cuts(table: &mut Table) {
    let rpc = "DefinePolicy";
    let numbers = |numbers: &[i64]| Value::List(numbers.iter().copied().map(Value::I64).collect());
    for [path, first, second] in [
        [
            "terms.rfm_cuts.custom.recency_days",
            "terms.rfm_cuts.custom.recency_days[0]",
            "terms.rfm_cuts.custom.recency_days[1]",
        ],
        [
            "terms.rfm_cuts.custom.frequency",
            "terms.rfm_cuts.custom.frequency[0]",
            "terms.rfm_cuts.custom.frequency[1]",
        ],
    ] {
        for (points, names) in [
            (&[-1, 2, 3, 4][..], first),
            (&[1_000_001, 2, 3, 4], first),
            (&[i64::MIN, 2, 3, 4], first),
            (&[2, 2, 3, 4], second),
            (&[2, 1, 3, 4], second),
            (&[1, 2, 3], path),
            (&[1, 2, 3, 4, 5], path),
            (&[], path),
        ] {
            table.0.push(Bad {
                rpc,
                sets: path,
                covers: first,
                names,
                value: Some(numbers(points)),
            });
        }
    }
    table.money(rpc, money!("terms.rfm_cuts.custom.monetary[0]"), false);
    let code = "terms.rfm_cuts.custom.monetary[0].currency_code";
    table.add(rpc, code, code, [Value::String("USD".to_owned())]);
    // Above the second.
    let units = "terms.rfm_cuts.custom.monetary[0].units";
    let second = "terms.rfm_cuts.custom.monetary[1]";
    table.add(rpc, units, second, [Value::I64(51)]);
    let all = "terms.rfm_cuts.custom.monetary";
    table.0.push(Bad {
        rpc,
        sets: all,
        covers: units,
        names: all,
        value: Some(Value::List(Vec::new())),
    });
}
