//! What definitions, requests and answers are refused for.

use super::*;
use crate::engine::satisfaction::instrument::{Block, Violation};
use crate::engine::satisfaction::response::check_answers;

#[test]
fn requests_that_do_not_fit_name_their_field() {
    let ten = Scale::whole(0, 10);
    let items = vec![item("a", ten), item("b", Scale::whole(1, 5))];
    let with_tree = draft(items.clone(), vec![leaf("a", 500_000), leaf("b", 500_000)]);
    let with_tree = Instrument::new(with_tree, 1).expect("instrument");
    let without_tree = Instrument::new(draft(items, Vec::new()), 1).expect("instrument");
    let refused = |instrument: &Instrument, request: MethodRequest<'_>| {
        Scoring::new(instrument, &request).unwrap_err().field()
    };
    let unknown = MethodRequest {
        item_id: Some("c"),
        ..plain(Method::Rate)
    };
    assert_eq!(refused(&with_tree, unknown), "item_id");
    let needed = plain(Method::NetPromoter);
    assert_eq!(refused(&with_tree, needed), "item_id");
    assert_eq!(refused(&without_tree, plain(Method::Rate)), "item_id");
    let of_item = MethodRequest {
        item_id: Some("a"),
        ..plain(Method::WeightedTree)
    };
    assert_eq!(refused(&with_tree, of_item), "item_id");
    assert_eq!(
        refused(&without_tree, plain(Method::WeightedTree)),
        "method"
    );
    let with_cut = |method, item_id, cut, detractor| MethodRequest {
        item_id,
        cut_thousandths: cut,
        detractor_cut_thousandths: detractor,
        ..plain(method)
    };
    for (request, field) in [
        (
            with_cut(Method::TopBox, Some("a"), Some(9_000), None),
            "cut",
        ),
        (with_cut(Method::Rate, None, Some(4_000), None), "cut"),
        (with_cut(Method::Rate, Some("a"), Some(0), None), "cut"),
        (with_cut(Method::Rate, Some("a"), Some(10_001), None), "cut"),
        (with_cut(Method::NetPromoter, Some("b"), None, None), "cut"),
        (
            with_cut(Method::NetPromoter, Some("a"), None, Some(9_000)),
            "detractor_cut",
        ),
        (
            with_cut(Method::Rate, Some("a"), None, Some(1_000)),
            "detractor_cut",
        ),
    ] {
        assert_eq!(refused(&with_tree, request), field, "{request:?}");
    }
}

#[track_caller]
fn check_refused(draft: InstrumentDraft, expected: &[&str]) {
    let violations: Vec<Violation> = Instrument::new(draft, 1).unwrap_err();
    let paths: Vec<&str> = violations
        .iter()
        .map(|violation| violation.path.as_str())
        .collect();
    assert_eq!(paths, expected, "{violations:?}");
}

#[test]
fn definitions_are_refused_by_field() {
    let five = Scale::whole(1, 5);
    let good = || draft(vec![item("a", five), item("b", five)], Vec::new());
    let mut bad = good();
    bad.items = Vec::new();
    bad.instrument_id = "\n".into();
    bad.scale = Scale::whole(1, 1);
    check_refused(bad, &["instrument_id", "items", "scale"]);
    let mut bad = good();
    bad.items[1].item_id = "a".into();
    bad.items[0].text = "x".repeat(1_001);
    bad.items[1].scale = Scale::whole(0, 1_001);
    check_refused(
        bad,
        &["items[0].text", "items[1].item_id", "items[1].scale"],
    );
    let mut bad = good();
    bad.tree = vec![
        leaf("a", 500_000),
        branch("a", 400_000, vec![leaf("a", 0), leaf("c", 1_000_001)]),
        branch("", 99_999, Vec::new()),
    ];
    check_refused(
        bad,
        &[
            "tree[1].name",
            "tree[1].children[0].weight",
            "tree[1].children[0].item_id",
            "tree[1].children[1].weight",
            "tree[1].children[1].item_id",
            "tree[1].children",
            "tree[2].name",
            "tree[2]",
            "tree",
        ],
    );
    let mut bad = good();
    let block = |name: &str, item_ids: &[&str]| Block {
        name: name.into(),
        item_ids: item_ids.iter().map(|id| (*id).into()).collect(),
    };
    bad.blocks = vec![block("x", &["a"]), block("x", &["a", "c"]), block("y", &[])];
    bad.attributes = vec!["p".into(), "p".into(), "q".into()];
    check_refused(
        bad,
        &[
            "blocks[1].name",
            "blocks[1].item_ids[0]",
            "blocks[1].item_ids[1]",
            "blocks[2].item_ids",
            "attributes",
            "attributes[1]",
        ],
    );
}

#[test]
fn weights_must_add_up_exactly() {
    let items = || vec![item("a", Scale::whole(1, 5)), item("b", Scale::whole(1, 5))];
    let bad = draft(items(), vec![leaf("a", 333_333), leaf("b", 666_666)]);
    let violations = Instrument::new(bad, 1).unwrap_err();
    assert_eq!(violations[0].path, "tree");
    assert_eq!(violations[0].text, "weights must add up to 1, not 0.999999");
    let good = draft(items(), vec![leaf("a", 333_333), leaf("b", 666_667)]);
    assert!(Instrument::new(good, 1).is_ok());
}

#[test]
fn answers_are_refused_by_item() {
    let items = vec![
        item("a", Scale::whole(1, 5)),
        item("b", Scale::whole(0, 10)),
    ];
    let instrument = Instrument::new(draft(items, Vec::new()), 1).expect("instrument");
    let wrong = check_answers(
        &instrument,
        [("b", 3_500), ("a", 5_001), ("c", 1), ("b", 0), ("a", 1_000)],
    );
    let paths: Vec<String> = wrong
        .unwrap_err()
        .into_iter()
        .map(|violation| violation.path)
        .collect();
    assert_eq!(paths, ["answers[a]", "answers[c]", "answers[b]"]);
    assert!(check_answers(&instrument, []).is_err());
    let checked = check_answers(&instrument, [("b", 3_500), ("a", 1_000)]);
    let places: Vec<u16> = checked
        .expect("answers")
        .iter()
        .map(|answer| answer.item)
        .collect();
    assert_eq!(places, [0, 1]);
}
