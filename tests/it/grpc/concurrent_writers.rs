//! Many writers on the same few customers.

use customer_value::grpc::pb::customervalue::v1 as pb;

use crate::support::app::TestApp;
use crate::support::builders::{
    Fact, about, attribute, contact, cost, from_now, purchase, referral, refund, void,
};
use crate::support::rows::{derived_rows, row_counts};

const WRITERS: usize = 64;
const CUSTOMERS: usize = 10;

/// A writer's requests; each fact is also in the requests of another writer.
fn requests(writer: usize) -> Vec<Vec<Fact>> {
    let customer = |index: usize| format!("customer-{}", index % CUSTOMERS);
    let shared = [writer, (writer + 1) % WRITERS];
    let of_all = |fact: &dyn Fn(usize, usize) -> Fact| -> Vec<Fact> {
        let facts = shared.iter().flat_map(|&of| {
            // Each writer goes through the customers from another end.
            (0..CUSTOMERS).map(move |step| (of, (of * 7 + step) % CUSTOMERS))
        });
        facts.map(|(of, index)| fact(of, index)).collect()
    };
    vec![
        of_all(&|of, index| {
            purchase(&customer(index), &format!("t{of}"), "2020-01-01", "10").into()
        }),
        of_all(&|of, index| {
            let (id, transaction) = (format!("r{of}"), format!("t{}", (of + 5) % WRITERS));
            refund(&customer(index), &id, &transaction, "2020-01-02", "1").into()
        }),
        of_all(&|of, index| {
            let id = format!("e{of}");
            referral(
                &customer(index + 1 + of % 3),
                &customer(index),
                &id,
                "2020-01-01",
            )
            .into()
        }),
        of_all(&|of, index| {
            let kind = pb::CostKind::ToServe;
            cost(&customer(index), &format!("c{of}"), "2020-01-03", "2", kind).into()
        }),
        of_all(&|of, index| {
            let (id, name) = (format!("a{of}"), format!("name-{}", of % 16));
            attribute(&customer(index), &id, "2020-01-03", &name, "1").into()
        }),
        of_all(&|of, index| {
            let purpose = pb::ContactPurpose::Sale;
            contact(&customer(index), &format!("k{of}"), "2020-01-03", purpose).into()
        }),
        of_all(&|of, index| {
            void(
                &customer(index),
                pb::FactKind::Cost,
                &format!("c{}", of / 2),
            )
            .into()
        }),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_lose_and_double_nothing() {
    let app = TestApp::new().await;
    let replica = app.replica().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let at = if writer.is_multiple_of(2) {
                &app
            } else {
                &replica
            };
            let caller = at.caller();
            tokio::spawn(async move {
                let mut created = 0;
                let mut requests = requests(writer);
                let turn = writer % requests.len();
                requests.rotate_left(turn);
                for request in requests {
                    let outcomes = caller.try_record(request).await.unwrap();
                    created += outcomes
                        .into_iter()
                        .filter(|outcome| *outcome == pb::RecordOutcome::Created)
                        .count();
                }
                created
            })
        })
        .collect();
    let mut created = 0;
    for writer in writers {
        created += writer.await.unwrap();
    }
    let facts = WRITERS * CUSTOMERS;
    let voids = WRITERS / 2 * CUSTOMERS;
    let tables = [
        "transactions",
        "refunds",
        "costs",
        "referrals",
        "customer_attributes",
        "contacts",
    ];
    assert_eq!(
        created,
        tables.len() * facts + voids,
        "each fact was created once"
    );
    let mut connection = app.connection().await;
    let counts = row_counts(&mut connection).await;
    let count = |table: &str| counts.iter().find(|(name, _)| name == table).unwrap().1;
    for table in tables {
        assert_eq!(count(table), i64::try_from(facts).unwrap(), "{table}");
    }
    assert_eq!(count("voids"), i64::try_from(voids).unwrap());

    // One writer alone comes to the same.
    let alone = app.tenant("alone");
    for writer in 0..WRITERS {
        for request in requests(writer) {
            alone.record(request).await;
        }
    }
    assert_eq!(
        derived_rows(&mut connection, "acme").await,
        derived_rows(&mut connection, "alone").await
    );
    let question = || about("customer-0").as_of(from_now(0));
    let mut answers = Vec::new();
    for (caller, known_at) in [
        (app.caller(), None),
        (replica.caller(), Some(from_now(0))),
        (alone, None),
    ] {
        let mut score = caller.score(question().known_at(known_at)).await;
        score.provenance = None;
        answers.push(score);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}
