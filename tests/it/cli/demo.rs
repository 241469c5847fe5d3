//! `customer-value demo`.

use crate::support::command::{Ran, run};
use crate::support::scratch::Scratch;

fn demo(scratch: &Scratch) -> Ran {
    let arguments = ["demo", "--exit", "--listen", "127.0.0.1:0", "--data-dir"];
    let directory = scratch.directory.to_str().unwrap();
    run(&scratch.directory, &[&arguments[..], &[directory]].concat())
}

#[test]
fn a_second_demo_prints_the_same() {
    let scratch = Scratch::new();
    let first = demo(&scratch);
    assert_eq!(first.code, Some(0), "{}", first.errors);
    for told in [
        "2,357",
        "6,919",
        "-9582.429",
        "-4055.918",
        "1,882",
        "12,800.00",
        "RFM segments",
        "Hibernating",
        "Complaints",
        "2005-11-11T02:00:00Z",
        "Satisfaction",
        "70.4 to 74.2",
    ] {
        assert!(first.output.contains(told), "{told}: {}", first.output);
    }
    let second = demo(&scratch);
    assert_eq!(second.code, Some(0), "{}", second.errors);
    assert_eq!(second.output, first.output);
}
