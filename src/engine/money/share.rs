//! A share of an amount, exactly.

use super::MICROS_PER_UNIT;

/// Base of the digits below: a factor in millionths moves the point by one digit.
const BASE: u128 = MICROS_PER_UNIT.unsigned_abs();

/// An amount times factors given in millionths, rounded once, half to even, however many they are.
///
/// # Formula
///
/// ```text
/// amount · ∏ factorᵢ/10⁶
/// ```
///
/// computed in digits to the base 10⁶, so that nothing is lost before the one rounding: the product of
/// sixteen factors has ninety-six decimals, more than any integer of the machine holds.
///
/// # Units
///
/// - `millionths` (factorᵢ): `0 ≤ factorᵢ ≤ 10⁶`; a negative one counts as 0
/// - returns: in the unit of `amount`, never farther from zero than it
///
/// # Examples
///
/// ```
/// use customer_value::engine::money::share_half_even;
///
/// assert_eq!(share_half_even(5, [500_000]), 2); // 2.5 to the even neighbour
/// assert_eq!(share_half_even(-5, [500_000, 600_000]), -2); // -1.5
/// ```
#[must_use]
pub fn share_half_even(amount: i128, millionths: impl IntoIterator<Item = i128>) -> i128 {
    let mut digits = digits_of(amount.unsigned_abs());
    let mut decimals = 0;
    for factor in millionths {
        let factor = factor.max(0).unsigned_abs();
        if factor == BASE {
            continue;
        }
        let mut carry = 0;
        for digit in &mut digits {
            let product = *digit * factor + carry;
            *digit = product % BASE;
            carry = product / BASE;
        }
        digits.push(carry);
        decimals += 1;
    }
    let magnitude = rounded(&digits, decimals);
    if amount < 0 { -magnitude } else { magnitude }
}

/// Digits to the base 10⁶, the lowest first.
fn digits_of(mut number: u128) -> Vec<u128> {
    let mut digits = Vec::new();
    while 0 < number {
        digits.push(number % BASE);
        number /= BASE;
    }
    digits
}

/// The number whose lowest digits are so many decimals, rounded half to even.
fn rounded(digits: &[u128], decimals: usize) -> i128 {
    // Every factor has added a digit.
    let (fraction, whole) = digits.split_at(decimals.min(digits.len()));
    let whole = whole
        .iter()
        .rev()
        .fold(0, |sum: u128, digit| sum * BASE + digit);
    let Some((highest, rest)) = fraction.split_last() else {
        return whole.cast_signed();
    };
    let is_above_half = rest.iter().any(|digit| 0 < *digit);
    let rounds_up = match (2 * highest).cmp(&BASE) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => is_above_half || whole % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    (whole + u128::from(rounds_up)).cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::money::divide_half_even;

    const MILLION: i128 = MICROS_PER_UNIT;

    #[test]
    fn a_half_is_told_from_what_lies_just_beside_it() {
        let half = 500_000;
        assert_eq!(share_half_even(1, [half]), 0);
        assert_eq!(share_half_even(3, [half]), 2);
        // 10¹⁸ + 1 quarters: the last is seen through eighteen decimals.
        let amount = 2_000_000_000_000_000_002;
        assert_eq!(
            share_half_even(amount, [half, half]),
            500_000_000_000_000_000
        );
        assert_eq!(
            share_half_even(amount + 1, [half, half]),
            500_000_000_000_000_001
        );
        assert_eq!(share_half_even(1, [half + 1]), 1);
        assert_eq!(share_half_even(i128::MAX, [MILLION; 16]), i128::MAX);
        assert_eq!(share_half_even(0, [half; 16]), 0);
        assert_eq!(share_half_even(1, [1; 16]), 0);
    }

    proptest! {
        #[test]
        fn it_is_the_quotient_rounded_once(
            amount in -1_000_000_000_000_i128..1_000_000_000_000,
            factors in proptest::collection::vec(
                prop_oneof![0..=MILLION, Just(500_000), Just(MILLION)], 0..4,
            ),
        ) {
            let product = factors.iter().fold(amount, |product, factor| product * factor);
            let unit = MILLION.pow(u32::try_from(factors.len()).unwrap());
            prop_assert_eq!(share_half_even(amount, factors), divide_half_even(product, unit));
        }
    }
}
