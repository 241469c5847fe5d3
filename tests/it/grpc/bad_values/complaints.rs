//! Bad values for the fields of `ComplaintService`.

use prost_reflect::Value;

use super::{Bad, Table, instant};

/// Calls that move a complaint.
pub(crate) const TRANSITIONS: [&str; 14] = [
    "AcknowledgeComplaint",
    "AssessComplaint",
    "DispatchComplaint",
    "ReturnComplaint",
    "PauseComplaint",
    "ResumeComplaint",
    "ResolveComplaint",
    "ExplainComplaint",
    "FollowUpComplaint",
    "CloseComplaint",
    "ReopenComplaint",
    "WithdrawComplaint",
    "OfferComplaint",
    "AcceptComplaint",
];

impl Table {
    /// A text of several lines: too long, with control characters that are no line ends.
    fn long(&mut self, rpc: &'static str, path: &'static str, required: bool) {
        let values = [
            "x".repeat(16_385),
            "é".repeat(8_193),
            "a\0".to_owned(),
            "a\u{7}".to_owned(),
            "a\u{85}".to_owned(),
        ];
        self.add(rpc, path, path, values.map(Value::String));
        if required {
            self.add(rpc, path, path, [Value::String(String::new())]);
        }
    }

    fn cause(&mut self, rpc: &'static str) {
        self.text(rpc, "root_cause", 1_024);
        self.kind(rpc, "corrective_action.place", true);
        self.text(rpc, "corrective_action.reference", 128);
        let waiver = "corrective_action_waiver";
        self.text(rpc, waiver, 1_024);
        // Beside the action of the good request.
        self.add(rpc, waiver, waiver, [Value::String("why".to_owned())]);
    }
}

fn record(table: &mut Table) {
    let rpc = "RecordComplaint";
    for id in ["complaint_id", "customer_id", "received_by"] {
        table.text(rpc, id, 128);
    }
    table.past(rpc, instant!("occurred_at"));
    table.past(rpc, instant!("received_at"));
    table.add(rpc, "received_at.seconds", "received_at", [Value::I64(0)]);
    table.text(rpc, "channel", 128);
    table.kind(rpc, "kind", true);
    table.text(rpc, "subject", 256);
    table.long(rpc, "description", false);
    for (numbers, names) in [
        (&[][..], "wanted_remedy"),
        (&[1, 1], "wanted_remedy"),
        (&[1, 2, 3, 4, 1], "wanted_remedy"),
        (&[0], "wanted_remedy[0]"),
        (&[1, 99], "wanted_remedy[1]"),
        (&[-1], "wanted_remedy[0]"),
    ] {
        let numbers = numbers.iter().map(|number| Value::EnumNumber(*number));
        table.0.push(Bad {
            rpc,
            sets: "wanted_remedy",
            covers: "wanted_remedy[0]",
            names,
            value: Some(Value::List(numbers.collect())),
        });
    }
    table.kind(rpc, "severity", false);
    for id in [
        "transaction_id",
        "product_id",
        "partner_id",
        "category",
        "concerns",
    ] {
        table.text(rpc, id, 128);
    }
}

fn reads(table: &mut Table) {
    let rpc = "GetComplaint";
    table.text(rpc, "complaint_id", 128);
    table.past(rpc, instant!("as_of"));
    table.past(rpc, instant!("known_at"));
    let rpc = "ListComplaints";
    table.kind(rpc, "state", false);
    for id in ["owner", "handler", "customer_id"] {
        table.text(rpc, id, 128);
    }
    table.past(rpc, instant!("as_of"));
    table.past(rpc, instant!("known_at"));
    let sizes = [-1, 1_001, i32::MAX, i32::MIN].map(Value::I32);
    table.add(rpc, "page_size", "page_size", sizes);
    let long = format!("0123456789abcdef:0:{}", "x".repeat(100_000));
    let tokens = ["x", "::", "0123456789abcdef:0:c", "a\0", &long];
    let tokens = tokens.map(|token| Value::String(token.to_owned()));
    table.add(rpc, "page_token", "page_token", tokens);
}

fn transitions(table: &mut Table) {
    for rpc in TRANSITIONS {
        for id in ["complaint_id", "event_id", "etag", "actor"] {
            table.text(rpc, id, 128);
        }
        table.past(rpc, instant!("occurred_at"));
        table.long(rpc, "note", true);
    }
    let rpc = "AssessComplaint";
    table.kind(rpc, "outcome", true);
    table.text(rpc, "assessor", 128);
    table.kind(rpc, "severity", false);
    table.text(rpc, "category", 128);
    table.text("DispatchComplaint", "handler", 128);
    let rpc = "PauseComplaint";
    table.kind(rpc, "waiting_for", true);
    table.text(rpc, "reason", 1_024);
    table.instant(rpc, instant!("resume_due_at"));
    table.long("ResolveComplaint", "resolution", true);
    table.cause("ResolveComplaint");
    table.long("ExplainComplaint", "explanation", true);
    let marks = [0, 6, -1, i32::MAX, i32::MIN].map(Value::I32);
    table.add("FollowUpComplaint", "satisfied", "satisfied", marks);
    table.cause("CloseComplaint");
    table.text("ReopenComplaint", "reason", 1_024);
    table.text("WithdrawComplaint", "reason", 1_024);
    table.text("OfferComplaint", "new_owner", 128);
}

/// All bad values of the service.
pub(super) fn complaints(table: &mut Table) {
    record(table);
    reads(table);
    transitions(table);
}
