//! The second person, and policies.

use crate::operator::Operator;

#[test]
fn a_mark_of_a_protected_host_waits_and_ends_by_a_rejection() {
    let operator = Operator::with_hosts();
    let protected = operator.ok(&["hosts", "protect", "db1", "--reason", "production"]);
    assert!(protected.contains("its marks wait for a second person"), "{protected}");
    let again = operator.run(&["hosts", "protect", "db1"]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), "host db1 is protected already\n"));
    let marked = operator.ok(&["hosts", "mark", "db1"]);
    assert!(marked.contains("waits for approval (the host is protected)"), "{marked}");
    let listed = operator.ok(&["approvals", "list"]);
    assert!(listed.contains("db1") && listed.contains("the host is protected"), "{listed}");
    let waiting = operator.json(&["hosts", "list", "--status", "waiting"]);
    assert_eq!(waiting[0]["mark"]["approval"]["state"], "waiting", "{waiting}");
    let own = operator.run(&["approvals", "approve", "db1"]);
    assert_eq!(own.code, Some(1), "{own:?}");
    assert!(own.stderr.contains("it is your own order"), "{own:?}");
    let rejected = operator.ok(&["approvals", "reject", "db1", "--reason", "wrong host"]);
    assert_eq!(rejected, "the mark of host db1 is rejected\n");
    let shown = operator.ok(&["hosts", "show", "db1"]);
    assert!(shown.contains("rejected") && shown.contains("production"), "{shown}");
    let none = operator.run(&["approvals", "reject", "db1"]);
    assert_eq!(none.code, Some(0), "{none:?}");
    assert!(none.stderr.contains("no mark of it waits"), "{none:?}");
    operator.ok(&["hosts", "unprotect", "db1"]);
    let marked = operator.ok(&["hosts", "mark", "db1"]);
    assert!(marked.contains("its next boot installs it"), "{marked}");
    let audit = operator.ok(&["audit", "list"]);
    for action in ["host.protect", "host.reject_mark", "host.unprotect", "host.approve_mark"] {
        assert!(audit.contains(action), "{action}: {audit}");
    }
}

#[test]
fn what_a_policy_wants_is_said() {
    let operator = Operator::with_hosts();
    operator.ok(&["hosts", "cancel", "web1"]);
    let set = ["policies", "set", "all", "--require-reason", "--limit", "1/1h"];
    assert_eq!(operator.ok(&set), "the policy all is set\n");
    let listed = operator.ok(&["policies", "list"]);
    assert!(listed.contains("a reason; at most 1 installs in 3600 s (1 left)"), "{listed}");
    let error = operator.fails(&["hosts", "mark", "web1"]);
    assert!(error.contains("host web1: the policy all wants a reason"), "{error}");
    operator.ok(&["hosts", "mark", "web1", "--reason", "new kernel"]);
    let second = operator.ok(&["hosts", "mark", "db1", "--reason", "new kernel"]);
    assert!(
        second.contains("waits for approval (the limit of the policy all is reached)"),
        "{second}"
    );
    let window = ["policies", "set", "night", "--window", "mon 22:00-06:00 Europe/Nowhere"];
    let error = operator.fails(&window);
    assert!(error.contains("its time zone is not known here"), "{error}");
    let window = ["policies", "set", "night", "--window", "mon 22:00-06:00 Europe/Berlin"];
    operator.ok(&window);
    operator.ok(&["hosts", "cancel", "db1"]);
    operator.ok(&["hosts", "mark", "db1", "--reason", "new kernel"]);
    let shown = operator.ok(&["hosts", "show", "db1"]);
    assert!(shown.contains("not before"), "{shown}");
    operator.ok(&["policies", "remove", "night", "--reason", "typing error"]);
    let gone = operator.run(&["policies", "remove", "night"]);
    assert!(gone.stderr.contains("there is no policy night"), "{gone:?}");
    for wrong in [["--limit", "0/1h"], ["--limit", "5"], ["--window", "sometimes"]] {
        let ran = operator.run(&[&["policies", "set", "wrong"][..], &wrong].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
}
