//! The widespread maps from RFM cells to segments.

use crate::support::oracle;
use customer_value::engine::segment::Scheme;
use customer_value::engine::segment::rfm::RfmScores;
use std::collections::BTreeMap;

#[test]
fn maps_of_cells_are_the_widespread_ones() {
    let maps = &oracle()["rfm_maps"];
    let map = maps["map125_RFM"].as_object().unwrap();
    let mut named = BTreeMap::new();
    for (name, cells) in map {
        for cell in cells.as_array().unwrap() {
            let cell = cell.as_str().unwrap();
            assert_eq!(named.insert(cell, name), None, "{cell} stands twice");
        }
    }
    assert_eq!(named.len(), 125);
    for number in 0..125_u8 {
        let scores = [number / 25 + 1, number / 5 % 5 + 1, number % 5 + 1];
        let percentiles = [None; 3];
        let scored = RfmScores {
            scores,
            percentiles,
        };
        let cell = scored.cell();
        let segment = Scheme::Rfm.segments()[scored.grid_segment()].name;
        let grid = &maps["grid25_RF"][&cell[..2]];
        assert_eq!(grid.as_str(), Some(segment), "{cell}");
        assert_eq!(scored.map_segment(), named[&*cell], "{cell}");
    }
}
