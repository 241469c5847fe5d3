//! Reads the contract's enums by their names.

use crate::grpc::pb::customervalue::v1 as pb;

/// Readers of the contract's enums by what stands behind their prefix.
macro_rules! named {
    ($($reader:ident: $message:ident, $prefix:literal, $choices:literal;)*) => {
        $(
            pub(super) fn $reader(text: &str) -> Result<pb::$message, String> {
                let name = text.to_uppercase().replace('-', "_");
                pb::$message::from_str_name(&format!("{}{name}", $prefix))
                    .filter(|found| i32::from(*found) != 0)
                    .ok_or_else(|| format!("must be {}", $choices))
            }
        )*
    };
}

named! {
    kind: ComplaintKind, "COMPLAINT_KIND_", "complaint or suggestion";
    remedy: WantedRemedy, "WANTED_REMEDY_", "listen, respect, fix or compensate";
    severity: ComplaintSeverity, "COMPLAINT_SEVERITY_", "low, medium, high or critical";
    state: ComplaintState, "COMPLAINT_STATE_", "received, acknowledged, valid, invalid, in-handling, waiting-customer, waiting-partner, resolved, explained, followed-up, closed, reopened or withdrawn";
    assessment: ComplaintAssessment, "COMPLAINT_ASSESSMENT_", "valid or invalid";
    waiting_for: ComplaintWaitingFor, "COMPLAINT_WAITING_FOR_", "customer or partner";
    action_place: CorrectiveActionPlace, "CORRECTIVE_ACTION_PLACE_", "internal:ID or partner:ID";
}

pub(super) fn action(text: &str) -> Result<pb::CorrectiveAction, String> {
    let (place, reference) = text.split_once(':').unwrap_or((text, ""));
    if reference.is_empty() {
        return Err("must be internal:ID or partner:ID".to_owned());
    }
    Ok(pb::CorrectiveAction {
        place: action_place(place)?.into(),
        reference: reference.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_names() {
        assert_eq!(state("in-handling"), Ok(pb::ComplaintState::InHandling));
        assert_eq!(severity("Critical"), Ok(pb::ComplaintSeverity::Critical));
        for refused in ["", "unspecified", "4", "in handling"] {
            assert!(state(refused).is_err(), "{refused}");
        }
        let linked = action("partner:a:7").expect("an action");
        assert_eq!(linked.place(), pb::CorrectiveActionPlace::Partner);
        assert_eq!(linked.reference, "a:7");
        for refused in ["partner", "partner:", "elsewhere:a"] {
            assert!(action(refused).is_err(), "{refused}");
        }
    }
}
