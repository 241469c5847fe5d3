//! What to do with the customers of each segment, in the words of the policy.

use crate::engine::segment::scheme::Scheme;

/// Treatments of the policy `builtin/2`, by scheme and segment in the order of their indices.
pub(super) const TREATMENTS_2: [&[&str]; Scheme::ALL.len()] = [
    &[
        "Thank them personally, show new products to them first and ask them to recommend you.",
        "Offer what goes with what they buy, and a loyalty benefit that grows with the next order.",
        "Invite them to a programme and offer a second category while interest is fresh.",
        "Welcome them, make the first use a success and bring the second purchase about.",
        "Stay in touch with useful content and a small reason to come back.",
        "Make a limited offer that fits what they bought last.",
        "Remind them of what they liked before the interval grows beyond their rhythm.",
        "Ask what is missing, settle open complaints and make a personal offer to return.",
        "Call them: find out why they stay away, and win them back before anybody else does.",
        "Send news of what has changed at low cost; do not spend more than they brought.",
        "Find the first need they have and make the first purchase easy.",
    ],
    &[
        "Give them a named contact and stock for them first; plan with them.",
        "Develop them: find the products they buy elsewhere.",
        "Serve them in standard ways at low cost.",
    ],
    &[
        "Keep both: reward purchases and recommendations, and involve them early.",
        "Keep what they buy and ask for recommendations, with a reward for both sides.",
        "Thank them for recommending and make offers that raise what they buy themselves.",
        "Raise one of the two: a bundle to buy more, or a reward for the first recommendation.",
    ],
    &[
        "Keep them: personal service, the best conditions and a say in what comes next.",
        "Invest in them: the future promises more than the present shows.",
        "Keep the relationship at its present cost; prices and service stay simple.",
        "Do not invest; serve through low-cost channels or let them go.",
    ],
    &[
        "Personal service, advance information, conditions of their own.",
        "Preferred service and regular offers that lead to the top tier.",
        "General offers and good self-service.",
        "Basic service only.",
    ],
    &[
        "Learn what they need and keep the cost of winning them in sight.",
        "Make buying easy and widen what they buy.",
        "Cross-sell, ask for recommendations and keep the cost of serving low.",
        "Find out why sales fall and decide whether winning back is worth its cost.",
        "Ask once why they left; keep the lesson and end the spending.",
    ],
    &[
        "Sell and deliver; make it easy to reach you when something is wrong.",
        "Answer fast and call after the sale to learn whether all is well.",
        "Ask regularly for improvements and show what came of them.",
        "Look for chances to work together on what the customer wants to achieve.",
        "Keep joint goals and review them together.",
    ],
    &[
        "Make the first purchase easy.",
        "Make the first weeks a success and bring the next purchase about.",
        "Keep the rhythm: remind at the usual interval, do not over-mail.",
        "Wake them with a reason to come back that fits what they bought.",
        "One last offer to return, then stop spending.",
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_segment_has_a_treatment_of_its_own() {
        for scheme in Scheme::ALL {
            let texts = TREATMENTS_2[scheme.index()];
            assert_eq!(texts.len(), scheme.segments().len(), "{}", scheme.name());
            for (place, text) in texts.iter().enumerate() {
                assert!(text.ends_with('.') && !texts[..place].contains(text));
            }
        }
    }
}
