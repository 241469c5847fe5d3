//! Shapley values of a game of four players, and their shares in whole micro-units.

use crate::engine::money::Micros;

/// Players.
pub(super) const PLAYERS: usize = 4;
/// Coalitions: bit i of one's number says whether it holds player i.
pub(super) const COALITIONS: usize = 1 << PLAYERS;

/// |S|!·(n−1−|S|)!/n! by |S|, for n = 4.
const WEIGHTS: [f64; PLAYERS] = [1.0 / 4.0, 1.0 / 12.0, 1.0 / 12.0, 1.0 / 4.0];

/// Whether a coalition holds a player.
pub(super) const fn holds(coalition: usize, player: usize) -> bool {
    coalition & (1 << player) != 0
}

/// Shapley values of the players, from the worth of each coalition.
///
/// A player who changes no coalition's worth gets exactly 0: every difference is.
pub(super) fn shapley(worth: &[f64; COALITIONS]) -> [f64; PLAYERS] {
    std::array::from_fn(|player| {
        let without = (0..COALITIONS).filter(|coalition| !holds(*coalition, player));
        without
            .map(|coalition| {
                let added = worth[coalition | (1 << player)] - worth[coalition];
                WEIGHTS[coalition.count_ones() as usize] * added
            })
            .sum()
    })
}

/// The empty coalition's worth and the players' shares, which add up exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ExactShares {
    /// The worth of the empty coalition.
    pub(super) base: Micros,
    /// What each player adds.
    pub(super) shares: [Micros; PLAYERS],
}

/// Rounds worth and Shapley values, the remainder to `total` going to the largest of them (the first
/// of equal ones); `None` beyond the range of amounts.
pub(super) fn exact_shares(worth: &[f64; COALITIONS], total: Micros) -> Option<ExactShares> {
    let base = Micros::from_estimate(worth[0])?;
    let values = shapley(worth);
    let mut shares = [Micros::ZERO; PLAYERS];
    let mut largest = 0;
    for (player, value) in values.iter().enumerate() {
        shares[player] = Micros::from_estimate(*value)?;
        // By the values themselves: among shares that round to 0 one may be of a player who adds none.
        if values[largest].abs() < value.abs() {
            largest = player;
        }
    }
    shares[largest] += total - base - shares.into_iter().sum();
    Some(ExactShares { base, shares })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worth of each coalition when player i adds `added[i]`, whoever is there.
    fn additive(base: f64, added: [f64; PLAYERS]) -> [f64; COALITIONS] {
        std::array::from_fn(|coalition| {
            let present = (0..PLAYERS).filter(|player| holds(coalition, *player));
            base + present.map(|player| added[player]).sum::<f64>()
        })
    }

    #[test]
    fn who_adds_the_same_to_everybody_gets_that() {
        let values = shapley(&additive(2.0, [8.0, -3.0, 0.0, 0.5]));
        for (value, added) in values.into_iter().zip([8.0, -3.0, 0.0, 0.5]) {
            assert!((value - added).abs() < 1e-14, "{value} is not {added}");
        }
    }

    #[test]
    fn a_product_of_two_is_shared_by_halves() {
        // 0 and 3 are worth 6 together and nothing alone; 1 and 2 are never of use.
        let together = |coalition| holds(coalition, 0) && holds(coalition, 3);
        let worth = std::array::from_fn(|of| if together(of) { 6.0 } else { 0.0 });
        assert_eq!(shapley(&worth), [3.0, 0.0, 0.0, 3.0]);
    }

    #[test]
    fn the_remainder_goes_to_the_largest() {
        // Each third of a micro-unit rounds to nothing.
        let third = 1e-6 / 3.0;
        let worth = additive(0.0, [0.0, third, 1.1 * third, -0.1 * third]);
        let exact = exact_shares(&worth, Micros(1)).unwrap();
        assert_eq!(exact.shares, [0, 0, 1, 0].map(Micros));
        // Of equal ones to the first.
        let exact = exact_shares(&additive(0.0, [0.0, third, third, third]), Micros(1)).unwrap();
        assert_eq!(exact.shares, [0, 1, 0, 0].map(Micros));
    }

    #[test]
    fn amounts_beyond_the_range_are_refused() {
        assert_eq!(exact_shares(&[f64::INFINITY; COALITIONS], Micros(0)), None);
    }
}
