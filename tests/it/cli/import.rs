//! `customer-value import`.

use crate::support::app::TestApp;
use crate::support::command::{Ran, run};
use crate::support::rows::row_counts;
use crate::support::scratch::Scratch;

const GOOD: &str = "transaction_id,customer_id,occurred_at,amount,shop\n\
                    t1,ann,2024-01-01,10.50,x\n\
                    t2,ann,2024-02-01T12:00:00Z,5,y\n";
const BAD: &str = "transaction_id,customer_id,occurred_at,amount\n\
                   t1,ann,2024-01-01,10.50\n\
                   t2,ann,2024-13-01,ten\n";

async fn import(app: &TestApp, text: &'static str, more: &'static [&'static str]) -> Ran {
    import_kind(app, "transactions", text, more).await
}

async fn import_kind(
    app: &TestApp,
    kind: &'static str,
    text: &'static str,
    more: &'static [&'static str],
) -> Ran {
    let scratch = Scratch::new();
    std::fs::write(scratch.directory.join("facts.csv"), text).unwrap();
    let server = app.address.clone();
    let run_it = move || {
        let mut arguments = vec!["import", kind, "facts.csv", "--server", &server];
        arguments.extend(["--tenant", "acme"]);
        arguments.extend(more);
        run(&scratch.directory, &arguments)
    };
    tokio::task::spawn_blocking(run_it).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_rows_are_named_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let ran = import(&app, BAD, &[]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for told in ["line 3", "occurred_at", "amount", "nothing is stored"] {
        assert!(ran.errors.contains(told), "{told}: {}", ran.errors);
    }
    let mut connection = app.connection().await;
    let stored = row_counts(&mut connection).await;
    assert!(stored.iter().all(|(_, rows)| *rows == 0), "{stored:?}");
    let ran = import(&app, BAD, &["--skip-bad-rows"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.output.contains("1 created"), "{}", ran.output);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeating_an_import_stores_nothing_twice() {
    let app = TestApp::new().await;
    let first = import(&app, GOOD, &["--base-currency", "EUR"]).await;
    assert!(first.output.contains("2 created"), "{first:?}");
    assert!(
        first.errors.contains("shop"),
        "the unknown column is noted: {first:?}"
    );
    // The tenant counts in EUR by now, whatever the default says.
    let second = import(&app, GOOD, &[]).await;
    assert_eq!(second.code, Some(0), "{second:?}");
    assert!(second.output.contains("0 created"), "{second:?}");
    assert!(second.output.contains("2 duplicates"), "{second:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_and_contacts_are_imported() {
    let app = TestApp::new().await;
    let attributes = "attribute_id,customer_id,occurred_at,name,text,number,flag\n\
                      a1,ann,2024-01-01,city,Rome,,\n\
                      a2,ann,2024-01-01,age,,41.5,\n\
                      a3,ann,2024-01-01,vip,,,true\n";
    let contacts = "contact_id,customer_id,occurred_at,direction,purpose,channel\n\
                    k1,ann,2024-01-01,OUTBOUND,FOLLOW_UP,phone\n";
    let ran = import_kind(&app, "attributes", attributes, &[]).await;
    assert!(ran.output.contains("3 created"), "{ran:?}");
    let ran = import_kind(&app, "contacts", contacts, &[]).await;
    assert!(ran.output.contains("1 created"), "{ran:?}");
    let ann = app.caller().customer("ann").await;
    let names: Vec<_> = ann.attributes.iter().map(|fact| &*fact.name).collect();
    assert_eq!(names, ["age", "city", "vip"]);
    assert_eq!(ann.contacts[0].channel.as_deref(), Some("phone"));
}
