//! Worked examples and laws of the point estimates.

use super::fold::GroupFold;
use super::index::{GroupIndex, group_index};
use super::instrument::{Instrument, InstrumentDraft, Item, Node, NodeContent, Scale};
use super::method::{Method, MethodRequest, ScoringError};
use super::response::{Answer, Period, Response, WEIGHT_DEFAULT_MILLIONTHS};
use super::scoring::Scoring;

pub(super) fn item(item_id: &str, scale: Scale) -> Item {
    Item {
        item_id: item_id.into(),
        text: String::new(),
        scale,
    }
}

pub(super) fn leaf(item_id: &str, weight_millionths: i64) -> Node {
    Node {
        name: item_id.into(),
        weight_millionths,
        content: NodeContent::Item(item_id.into()),
    }
}

fn branch(name: &str, weight_millionths: i64, children: Vec<Node>) -> Node {
    Node {
        name: name.into(),
        weight_millionths,
        content: NodeContent::Children(children),
    }
}

pub(super) fn draft(items: Vec<Item>, tree: Vec<Node>) -> InstrumentDraft {
    InstrumentDraft {
        instrument_id: "survey".into(),
        items,
        scale: Scale::whole(20, 100),
        tree,
        blocks: Vec::new(),
        attributes: Vec::new(),
    }
}

pub(super) fn plain(method: Method) -> MethodRequest<'static> {
    MethodRequest {
        method,
        item_id: None,
        cut_thousandths: None,
        detractor_cut_thousandths: None,
        renormalise: false,
    }
}

/// Items of the gas company's survey, in the order they are printed.
const GAS_ITEMS: [&str; 8] = [
    "pressure",
    "quality",
    "repair attitude",
    "repair timeliness",
    "repair result",
    "reader attitude",
    "no errors",
    "form on time",
];

/// The marks, in the same order.
const GAS_MARKS: [i64; 8] = [5, 4, 4, 4, 4, 5, 5, 3];

/// The gas company's tree with weights of supply, repair and meter reading, in tenths.
fn gas([supply, repair, meter]: [i64; 3], scale: Scale) -> Instrument {
    let five = Scale::whole(1, 5);
    let leaves = |places: &[(usize, i64)]| {
        let leaf = |(place, tenths): &(usize, i64)| leaf(GAS_ITEMS[*place], tenths * 100_000);
        places.iter().map(leaf).collect::<Vec<Node>>()
    };
    let tree = vec![
        branch("supply", supply * 100_000, leaves(&[(0, 6), (1, 4)])),
        branch(
            "repair",
            repair * 100_000,
            leaves(&[(2, 2), (3, 4), (4, 4)]),
        ),
        branch("meter", meter * 100_000, leaves(&[(5, 3), (6, 4), (7, 3)])),
    ];
    let items = GAS_ITEMS.iter().map(|id| item(id, five)).collect();
    let draft = InstrumentDraft {
        scale,
        ..draft(items, tree)
    };
    Instrument::new(draft, 1).expect("instrument")
}

fn answers(marks: &[(usize, i64)]) -> Vec<Answer> {
    let answer = |(item, mark): &(usize, i64)| Answer {
        item: u16::try_from(*item).expect("place"),
        value_thousandths: i32::try_from(mark * 1_000).expect("mark"),
    };
    marks.iter().map(answer).collect()
}

fn gas_answers() -> Vec<Answer> {
    let marks: Vec<(usize, i64)> = GAS_MARKS.into_iter().enumerate().collect();
    answers(&marks)
}

pub(super) fn asked(answers: &[Answer]) -> Response<'_> {
    Response {
        period: Period::Asked,
        weight_millionths: WEIGHT_DEFAULT_MILLIONTHS,
        answers,
    }
}

fn index_of(
    instrument: &Instrument,
    request: &MethodRequest<'_>,
    responses: &[Vec<Answer>],
) -> GroupIndex {
    let scoring = Scoring::new(instrument, request).expect("scoring");
    let mut fold = GroupFold::new(&scoring);
    for answers in responses {
        fold.customer(&scoring, &[asked(answers)]).expect("sums");
    }
    group_index(&scoring, &fold, Period::Asked)
}

/// `domain.md` F4: leaves in printed order, top weights over (supply, repair, meter).
#[test]
fn the_gas_tree_has_its_six_printed_indices() {
    for (top, expected) in [
        ([7, 2, 1], 89.2),
        ([7, 1, 2], 90.0),
        ([2, 7, 1], 83.2),
        ([1, 7, 2], 82.8),
        ([1, 2, 7], 86.8),
        ([2, 1, 7], 88.0),
    ] {
        let instrument = gas(top, Scale::whole(20, 100));
        let index = index_of(&instrument, &plain(Method::WeightedTree), &[gas_answers()]);
        assert_eq!(index.index, Ok(expected), "{top:?}");
        let nodes: Vec<Option<f64>> = index
            .parts
            .iter()
            .filter(|part| part.level == 1)
            .map(|part| part.score)
            .collect();
        assert_eq!(nodes, [Some(92.0), Some(80.0), Some(88.0)]);
    }
}

#[test]
fn the_scale_decides_the_number() {
    let instrument = gas([7, 2, 1], Scale::whole(0, 100));
    let index = index_of(&instrument, &plain(Method::WeightedTree), &[gas_answers()]);
    assert_eq!(index.index, Ok(86.5));
}

/// `domain.md` F1: seven of eight marks are at least 4; here the items weigh alike.
#[test]
fn seven_of_eight_are_satisfied() {
    let items = GAS_ITEMS
        .iter()
        .map(|id| item(id, Scale::whole(1, 5)))
        .collect();
    let tree = GAS_ITEMS.iter().map(|id| leaf(id, 125_000)).collect();
    let instrument = Instrument::new(draft(items, tree), 1).expect("instrument");
    let index = index_of(&instrument, &plain(Method::Rate), &[gas_answers()]);
    assert_eq!(index.index, Ok(87.5));
    let index = index_of(&instrument, &plain(Method::TopBox), &[gas_answers()]);
    assert_eq!(index.index, Ok(37.5));
}

#[test]
fn likert_marks_become_twenty_to_hundred() {
    let instrument = Instrument::new(
        draft(
            vec![item("q", Scale::whole(1, 5))],
            vec![leaf("q", 1_000_000)],
        ),
        1,
    )
    .expect("instrument");
    for mark in 1..=5 {
        let index = index_of(
            &instrument,
            &plain(Method::WeightedTree),
            &[answers(&[(0, mark)])],
        );
        assert_eq!(
            index.index,
            Ok(f64::from(i32::try_from(mark * 20).unwrap()))
        );
    }
}

#[test]
fn net_promoter_is_promoters_less_detractors() {
    let instrument =
        Instrument::new(draft(vec![item("q", Scale::whole(0, 10))], Vec::new()), 1).expect("item");
    let marks = [10, 9, 9, 8, 7, 6, 0, 10, 7, 8];
    let responses: Vec<Vec<Answer>> = marks.iter().map(|mark| answers(&[(0, *mark)])).collect();
    let index = index_of(&instrument, &plain(Method::NetPromoter), &responses);
    assert_eq!(index.index, Ok(20.0));
    let request = MethodRequest {
        cut_thousandths: Some(7_000),
        detractor_cut_thousandths: Some(0),
        ..plain(Method::NetPromoter)
    };
    assert_eq!(index_of(&instrument, &request, &responses).index, Ok(70.0));
}

#[test]
fn effort_is_a_mean_on_its_own_scale_or_a_share() {
    let instrument =
        Instrument::new(draft(vec![item("q", Scale::whole(1, 7))], Vec::new()), 1).expect("item");
    let responses = [answers(&[(0, 7)]), answers(&[(0, 4)])];
    let request = plain(Method::CustomerEffort);
    let scoring = Scoring::new(&instrument, &request).expect("scoring");
    assert_eq!(scoring.scale, Scale::whole(1, 7));
    assert_eq!(index_of(&instrument, &request, &responses).index, Ok(5.5));
    let request = MethodRequest {
        cut_thousandths: Some(6_000),
        ..request
    };
    assert_eq!(index_of(&instrument, &request, &responses).index, Ok(50.0));
}

#[test]
fn missing_answers_are_not_dissatisfied() {
    let instrument = gas([7, 2, 1], Scale::whole(20, 100));
    let pressure_only = answers(&[(0, 5)]);
    let index = index_of(
        &instrument,
        &plain(Method::WeightedTree),
        &[gas_answers(), pressure_only],
    );
    // The second response says 5 to what the first says 5 to.
    assert_eq!(index.index, Ok(89.2));
    let counts: Vec<u64> = index.parts.iter().map(|part| part.responses).collect();
    assert_eq!(counts, [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn unanswered_items_are_named_or_their_siblings_share_their_weight() {
    let instrument = gas([7, 2, 1], Scale::whole(20, 100));
    let without_repair: Vec<Answer> = gas_answers()
        .into_iter()
        .filter(|answer| !matches!(answer.item, 1..=4))
        .collect();
    let request = plain(Method::WeightedTree);
    let index = index_of(&instrument, &request, std::slice::from_ref(&without_repair));
    let unanswered = index.index.unwrap_err().item_ids;
    assert_eq!(unanswered, GAS_ITEMS[1..=4]);
    assert_eq!(index.parts.last().and_then(|part| part.score), Some(60.0));
    let request = MethodRequest {
        renormalise: true,
        ..request
    };
    let index = index_of(&instrument, &request, &[without_repair]);
    // Supply is its pressure alone: (0.7·100 + 0.1·88) / 0.8.
    assert_eq!(index.index, Ok(98.5));
    let whole: f64 = index
        .parts
        .iter()
        .filter(|part| part.item_id.is_some())
        .map(|part| part.weight)
        .sum();
    assert!((whole - 1.0).abs() < 1e-8);
    let empty = index_of(&instrument, &request, &[]);
    assert_eq!(empty.index.unwrap_err().item_ids, GAS_ITEMS);
}

#[test]
fn usual_cuts_follow_the_number_of_levels() {
    for (scale, cut) in [
        (Scale::whole(0, 1), Some(1_000)),
        (Scale::whole(1, 3), Some(3_000)),
        (Scale::whole(1, 4), Some(3_000)),
        (Scale::whole(1, 5), Some(4_000)),
        (Scale::whole(1, 7), Some(6_000)),
        (Scale::whole(1, 10), Some(8_000)),
        (Scale::whole(0, 10), Some(8_000)),
        (Scale::whole(0, 100), None),
    ] {
        let instrument =
            Instrument::new(draft(vec![item("q", scale)], Vec::new()), 1).expect("instrument");
        let scoring = Scoring::new(&instrument, &plain(Method::Rate));
        match (scoring, cut) {
            (Ok(scoring), Some(_)) => assert_eq!(scoring.cut_thousandths(), cut),
            (Err(ScoringError::CutNeeded { .. }), None) => {}
            (other, _) => panic!("{scale:?}: {other:?}"),
        }
    }
}

#[test]
fn a_tree_has_a_deepest_level() {
    let tree_of = |levels: usize| {
        let bottom = vec![leaf("a", 1_000_000)];
        (1..levels).fold(bottom, |nodes, _| vec![branch("x", 1_000_000, nodes)])
    };
    let items = || vec![item("a", Scale::whole(1, 5))];
    let instrument = Instrument::new(draft(items(), tree_of(16)), 1).expect("instrument");
    let index = index_of(
        &instrument,
        &plain(Method::WeightedTree),
        &[answers(&[(0, 4)])],
    );
    assert_eq!(index.index, Ok(80.0));
    assert!(Instrument::new(draft(items(), tree_of(17)), 1).is_err());
}

mod errors;
mod laws;
mod refusals;
