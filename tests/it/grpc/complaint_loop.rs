//! A complaint on its way round the loop: transitions, their refusals, retries, two agents at once.

use customer_value::grpc::pb::customervalue::v1 as pb;
use tonic::Code;

use crate::support::app::TestApp;
use crate::support::builders::at;
use crate::support::complaints::{Common, Step, complaint};
use crate::support::errors::{metadata, reason, refused};

/// Days of 2020 and steps that lead to a close.
const TO_CLOSE: [(Step, &str); 8] = [
    (Step::Acknowledge, "2020-03-01T13:00:00Z"),
    (Step::Valid, "2020-03-01T14:00:00Z"),
    (Step::Dispatch("hans"), "2020-03-01T15:00:00Z"),
    (Step::WaitCustomer, "2020-03-01T16:00:00Z"),
    (Step::Resume, "2020-03-03T16:00:00Z"),
    (Step::Resolve, "2020-03-03T18:00:00Z"),
    (Step::FollowUp(true, 5), "2020-03-04T18:00:00Z"),
    (Step::Close, "2020-03-05T18:00:00Z"),
];

fn clock<'c>(complaint: &'c pb::Complaint, name: &str) -> &'c pb::ComplaintClock {
    let found = complaint.clocks.iter().find(|clock| clock.name == name);
    found.expect("every complaint has every clock")
}

#[tokio::test]
async fn complaint_goes_round_its_loop_and_its_clocks_with_it() {
    use pb::ComplaintClockState as S;
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller
        .complain(complaint("c1", "ann", "2020-03-01T12:00:00Z"))
        .await;
    assert_eq!(recorded.state(), pb::ComplaintState::Received);
    assert_eq!(
        (&*recorded.owner, &recorded.handler, recorded.cycle),
        ("first", &None, 1)
    );
    assert_eq!(clock(&recorded, "acknowledgement").state(), S::Overdue);
    assert_eq!(clock(&recorded, "follow_up").state(), S::NotStarted);
    assert_eq!(
        clock(&recorded, "resolution").due_at,
        Some(at("2020-03-02T12:00:00Z"))
    );
    let closed = caller.steps(recorded, &TO_CLOSE).await;
    assert_eq!(closed.state(), pb::ComplaintState::Closed);
    assert_eq!(closed.transitions.len(), TO_CLOSE.len());
    assert_eq!(closed.root_cause.as_deref(), Some("wrong address"));
    assert_eq!(closed.legal_transitions, Vec::<i32>::new());
    for name in ["acknowledgement", "resolution", "follow_up"] {
        assert_eq!(clock(&closed, name).state(), S::Met, "{name}");
        assert_eq!(clock(&closed, name).remaining, None, "{name}");
    }
    // Two days of waiting moved it.
    assert_eq!(
        clock(&closed, "resolution").due_at,
        Some(at("2020-03-04T12:00:00Z"))
    );

    // As it stood at any instant.
    for (when, state, owner, acknowledgement, resolution, remaining) in [
        (
            "2020-03-01T12:00:00Z",
            pb::ComplaintState::Received,
            None,
            S::Running,
            S::Running,
            Some(24),
        ),
        (
            "2020-03-01T14:00:00Z",
            pb::ComplaintState::Valid,
            None,
            S::Met,
            S::Running,
            Some(22),
        ),
        (
            "2020-03-02T16:00:00Z",
            pb::ComplaintState::WaitingCustomer,
            Some("hans"),
            S::Met,
            S::Paused,
            Some(20),
        ),
        (
            "2020-03-03T17:00:00Z",
            pb::ComplaintState::InHandling,
            Some("hans"),
            S::Met,
            S::Running,
            Some(19),
        ),
        (
            "2020-03-05T17:00:00Z",
            pb::ComplaintState::FollowedUp,
            None,
            S::Met,
            S::Met,
            None,
        ),
    ] {
        let then = caller
            .try_complaint("c1", Some(at(when)), None)
            .await
            .unwrap();
        assert_eq!(then.state(), state, "{when}");
        assert_eq!(then.handler.as_deref(), owner, "{when}");
        assert_eq!(
            clock(&then, "acknowledgement").state(),
            acknowledgement,
            "{when}"
        );
        let found = clock(&then, "resolution");
        assert_eq!(found.state(), resolution, "{when}");
        let hours = found.remaining.map(|left| left.seconds / 3_600);
        assert_eq!(hours, remaining, "{when}");
    }
    let early = caller.try_complaint("c1", Some(at("2020-03-01T11:59:59Z")), None);
    refused(early.await, Code::NotFound);
}

#[tokio::test]
async fn invalid_complaint_is_explained_and_closed_without_a_cause() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller.complain(complaint("c1", "ann", "2020-03-01")).await;
    let steps = [
        (Step::Acknowledge, "2020-03-01"),
        (Step::Invalid, "2020-03-01"),
        (Step::Explain, "2020-03-01"),
        (Step::FollowUp(true, 3), "2020-03-02"),
        (Step::CloseBare, "2020-03-02"),
    ];
    let closed = caller.steps(recorded, &steps).await;
    assert_eq!(closed.state(), pb::ComplaintState::Closed);
    assert!(closed.explanation.unwrap().contains('\n'));
}

#[tokio::test]
async fn reopening_begins_another_cycle_with_its_own_clock() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller.complain(complaint("c1", "ann", "2020-03-01")).await;
    let steps = [
        (Step::Acknowledge, "2020-03-01"),
        (Step::Valid, "2020-03-01"),
        (Step::Dispatch("hans"), "2020-03-01"),
        (Step::Resolve, "2020-03-05"),
        (Step::FollowUp(false, 2), "2020-03-20"),
    ];
    let followed_up = caller.steps(recorded, &steps).await;
    let missed = pb::ComplaintClockState::Missed;
    assert_eq!(clock(&followed_up, "resolution").state(), missed);
    assert_eq!(clock(&followed_up, "follow_up").state(), missed);
    let close = caller
        .try_step(Step::Close, Common::on(&followed_up, "x"))
        .await;
    let status = refused(close, Code::FailedPrecondition);
    assert_eq!(reason(&status), "GUARD_NOT_MET");
    assert_eq!(metadata(&status, "guard"), "accepted");
    let reopened = caller
        .steps(followed_up, &[(Step::Reopen, "2020-03-20T18:00:00Z")])
        .await;
    assert_eq!(reopened.cycle, 2);
    assert_eq!(reopened.visit, None);
    let resolution = clock(&reopened, "resolution");
    assert_eq!(resolution.due_at, Some(at("2020-03-21T18:00:00Z")));
    assert_eq!(
        clock(&reopened, "follow_up").state(),
        pb::ComplaintClockState::NotStarted
    );
    let steps = [
        (Step::Dispatch("hans"), "2020-03-21"),
        (Step::Resolve, "2020-03-21"),
        (Step::FollowUp(true, 4), "2020-03-22"),
        (Step::Close, "2020-03-22"),
    ];
    let closed = caller.steps(reopened, &steps).await;
    assert_eq!(closed.state(), pb::ComplaintState::Closed);
}

#[tokio::test]
async fn owner_changes_only_by_offer_and_acceptance_and_the_first_asked_stays_named() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller.complain(complaint("c1", "ann", "2020-03-01")).await;
    let accept = caller.try_step(Step::Accept, Common::on(&recorded, "x").by("olga"));
    let status = refused(accept.await, Code::FailedPrecondition);
    assert_eq!(metadata(&status, "guard"), "offered");
    let own = caller.try_step(Step::Offer("first"), Common::on(&recorded, "x"));
    let status = refused(own.await, Code::FailedPrecondition);
    assert_eq!(metadata(&status, "guard"), "another_owner");
    let offered = caller
        .steps(recorded, &[(Step::Offer("olga"), "2020-03-02")])
        .await;
    assert_eq!(offered.owner, "first");
    assert_eq!(offered.offered_to.as_deref(), Some("olga"));
    let other = caller.try_step(Step::Accept, Common::on(&offered, "x").by("otto"));
    let status = refused(other.await, Code::FailedPrecondition);
    assert_eq!(metadata(&status, "guard"), "offered_to_actor");
    let common = Common::on(&offered, "x").by("olga");
    let (accepted, _) = caller.try_step(Step::Accept, common).await.unwrap();
    assert_eq!(
        (&*accepted.owner, &*accepted.received_by),
        ("olga", "first")
    );
    assert_eq!(accepted.offered_to, None);
    let mine = pb::ListComplaintsRequest {
        owner: Some("olga".to_owned()),
        ..pb::ListComplaintsRequest::default()
    };
    assert_eq!(
        caller.try_complaints(mine).await.unwrap().complaints.len(),
        1
    );
}

#[tokio::test]
async fn nobody_assesses_a_complaint_about_themselves() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut request = complaint("c1", "ann", "2020-03-01");
    request.concerns = Some("hans".to_owned());
    let recorded = caller.complain(request).await;
    let acknowledged = caller
        .steps(recorded, &[(Step::Acknowledge, "2020-03-01")])
        .await;
    let common = Common::on(&acknowledged, "x").by("hans");
    let status = refused(
        caller.try_step(Step::Invalid, common).await,
        Code::FailedPrecondition,
    );
    assert_eq!(metadata(&status, "guard"), "not_concerned");
    let mut complaints = caller.client.complaints.clone();
    let by_another_hand = pb::AssessComplaintRequest {
        complaint_id: "c1".to_owned(),
        event_id: "x".to_owned(),
        etag: acknowledged.etag.clone(),
        actor: "first".to_owned(),
        outcome: pb::ComplaintAssessment::Valid.into(),
        assessor: Some("hans".to_owned()),
        ..pb::AssessComplaintRequest::default()
    };
    let status = refused(
        complaints.assess_complaint(by_another_hand.clone()).await,
        Code::FailedPrecondition,
    );
    assert_eq!(metadata(&status, "guard"), "not_concerned");
    let unclear = pb::AssessComplaintRequest {
        assessor: Some("olga".to_owned()),
        ..by_another_hand
    };
    let status = refused(
        complaints.assess_complaint(unclear).await,
        Code::FailedPrecondition,
    );
    assert_eq!(metadata(&status, "guard"), "severity");
}

#[tokio::test]
async fn illegal_move_names_the_state_and_the_legal_ones() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller.complain(complaint("c1", "ann", "2020-03-01")).await;
    let close = caller
        .try_step(Step::Close, Common::on(&recorded, "x"))
        .await;
    let status = refused(close, Code::FailedPrecondition);
    assert_eq!(reason(&status), "ILLEGAL_TRANSITION");
    assert_eq!(metadata(&status, "state"), "COMPLAINT_STATE_RECEIVED");
    assert_eq!(
        metadata(&status, "legal"),
        "AcknowledgeComplaint,WithdrawComplaint,OfferComplaint,AcceptComplaint"
    );
    let early = Common::on(&recorded, "x").at("2020-02-01");
    let early = caller.try_step(Step::Acknowledge, early).await;
    let status = refused(early, Code::FailedPrecondition);
    assert_eq!(metadata(&status, "guard"), "in_order");
    let unchanged = caller.try_complaint("c1", None, None).await.unwrap();
    assert_eq!(unchanged.etag, recorded.etag);
}

#[tokio::test]
async fn retry_of_a_transition_answers_the_complaint_as_it_stands() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let recorded = caller.complain(complaint("c1", "ann", "2020-03-01")).await;
    let common = Common::on(&recorded, "event");
    let (moved, outcome) = caller
        .try_step(Step::Acknowledge, common.clone())
        .await
        .unwrap();
    assert_eq!(outcome, pb::RecordOutcome::Created);
    let withdraw = Common::on(&moved, "later");
    let (withdrawn, _) = caller.try_step(Step::Withdraw, withdraw).await.unwrap();
    // The etag is long stale, and the state would not know the move.
    let (again, outcome) = caller
        .try_step(Step::Acknowledge, common.clone())
        .await
        .unwrap();
    assert_eq!(outcome, pb::RecordOutcome::Duplicate);
    assert_eq!(again.etag, withdrawn.etag);
    assert_eq!(again.transitions, withdrawn.transitions);
    let by_another = common.clone().by("otto");
    let other_time = common.clone().at("2020-03-03");
    for (step, common, fields) in [
        (Step::Acknowledge, by_another, "actor"),
        (Step::Acknowledge, other_time, "occurred_at"),
        (Step::Return, common, "transition"),
    ] {
        let status = refused(caller.try_step(step, common).await, Code::AlreadyExists);
        assert_eq!(reason(&status), "FACT_CONTENT_DIFFERS");
        assert_eq!(metadata(&status, "fields"), fields);
    }
    let stale = Common::on(&recorded, "new");
    let stale = caller.try_step(Step::Withdraw, stale).await;
    assert_eq!(reason(&refused(stale, Code::Aborted)), "STALE_ETAG");
    let unknown = Common {
        complaint_id: "c2".to_owned(),
        ..Common::on(&recorded, "new")
    };
    refused(
        caller.try_step(Step::Withdraw, unknown).await,
        Code::NotFound,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_agents_at_once_one_wins_and_the_other_is_aborted() {
    let app = TestApp::new().await;
    let replica = app.replica().await;
    for round in 0..10 {
        let id = format!("c{round}");
        let recorded = app
            .caller()
            .complain(complaint(&id, "ann", "2020-03-01"))
            .await;
        let agents = ["anna", "bert", "carl", "dora"].map(|agent| {
            let at = if agent < "c" { &app } else { &replica };
            let common = Common::on(&recorded, agent).by(agent);
            let caller = at.caller();
            tokio::spawn(async move { caller.try_step(Step::Acknowledge, common).await })
        });
        let mut won = 0;
        for agent in agents {
            match agent.await.unwrap() {
                Ok((moved, _)) => {
                    won += 1;
                    assert_eq!(moved.transitions.len(), 1);
                }
                Err(status) => {
                    refused::<()>(Err(status), Code::Aborted);
                }
            }
        }
        assert_eq!(won, 1);
    }
}

#[tokio::test]
async fn what_is_stored_beside_the_transitions_is_what_they_add_up_to() {
    let app = TestApp::new().await;
    let caller = app.caller();
    let mut connection = app.connection().await;
    let mut current = caller
        .complain(complaint("c1", "ann", "2020-03-01T12:00:00Z"))
        .await;
    caller
        .complain(complaint("c2", "ann", "2020-03-01T12:00:00Z"))
        .await;
    for (number, (step, when)) in TO_CLOSE.into_iter().enumerate() {
        let common = Common::on(&current, &format!("e{number}")).at(when);
        current = caller.try_step(step, common).await.unwrap().0;
        let stored: (i16, String, Option<String>, bool, i64) = sqlx::query_as(
            "SELECT state, owner, handler, is_open, transitions FROM complaints
            WHERE complaint_id = 'c1'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        let is_open = !current.legal_transitions.is_empty();
        let folded = (
            i16::try_from(current.state - 1).unwrap(),
            current.owner.clone(),
            current.handler.clone(),
            is_open,
            i64::try_from(current.transitions.len()).unwrap(),
        );
        assert_eq!(stored, folded, "{step:?}");
        let due: Option<i64> = sqlx::query_scalar(
            "SELECT extract(epoch FROM next_due_at)::bigint FROM complaints
            WHERE complaint_id = 'c1'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        let running = [
            pb::ComplaintClockState::Running,
            pb::ComplaintClockState::Overdue,
        ];
        let next = current
            .clocks
            .iter()
            .filter(|clock| running.contains(&clock.state()))
            .filter_map(|clock| clock.due_at.map(|due| due.seconds))
            .min();
        assert_eq!(due, next, "{step:?}");
    }
}
