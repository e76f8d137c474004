//! Exchanges as clients have them, request by request.

use super::*;

fn said(text: &str) -> Answer {
    Answer { body: text.to_owned(), ..Answer::default() }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Refusal>) -> (u16, &'static str) {
    let refusal = result.unwrap_err();
    (refusal.status, refusal.kind)
}

#[test]
fn an_event_goes_to_the_runtime_and_its_answer_comes_back() {
    let mut exchange = Exchange::default();
    assert_eq!(exchange.hand_over(), None);
    exchange.next().unwrap();
    exchange.invoke("1", "{}", 9);
    let event = exchange.hand_over().unwrap();
    assert_eq!((event.id.as_str(), event.event.as_str(), event.deadline_ms), ("1", "{}", 9));
    exchange.answer("1", said("done"), 4).unwrap();
    assert!(!exchange.is_done(), "the runtime has not asked for more");
    exchange.next().unwrap();
    assert!(exchange.is_done());
    assert_eq!(exchange.hand_over(), None, "an event is handed over once");
    exchange.invoke("2", "{}", 9);
    assert!(!exchange.is_done());
    assert_eq!(exchange.hand_over().unwrap().id, "2");
}

#[test]
fn what_comes_at_the_wrong_time_is_refused() {
    let mut exchange = Exchange::default();
    assert_eq!(refused(exchange.answer("1", said(""), 0)), (403, "InvalidStateTransition"));
    exchange.next().unwrap();
    exchange.next().unwrap();
    assert_eq!(refused(exchange.init_error("Runtime.X", String::new())), (403, "InvalidStateTransition"));
    exchange.invoke("1", "{}", 0);
    exchange.hand_over().unwrap();
    assert_eq!(refused(exchange.answer("0", said(""), 0)), (400, "InvalidRequestID"));
    exchange.next().unwrap();
    assert_eq!(exchange.hand_over().unwrap().id, "1", "a runtime that asks twice gets the same event");
    exchange.answer("1", said(""), 0).unwrap();
    assert_eq!(refused(exchange.answer("1", said(""), 0)), (403, "InvalidStateTransition"));
}

#[test]
fn a_failed_start_is_kept_and_ends_the_exchange() {
    let mut exchange = Exchange::default();
    exchange.init_error("Runtime.ImportModuleError", "{}".into()).unwrap();
    assert_eq!(exchange.init_error.as_ref().unwrap().0, "Runtime.ImportModuleError");
    assert_eq!(refused(exchange.next()), (403, "InvalidStateTransition"));
    exchange.reset();
    exchange.next().unwrap();
    assert_eq!((exchange.generation, &exchange.init_error), (1, &None));
}

#[test]
fn an_answer_may_be_6_mib_long_unless_it_is_streamed() {
    for (length, streamed, taken) in
        [(ANSWER_BYTES, false, true), (ANSWER_BYTES + 1, false, false), (ANSWER_BYTES + 1, true, true)]
    {
        let mut exchange = Exchange::default();
        exchange.next().unwrap();
        exchange.invoke("1", "{}", 0);
        exchange.hand_over().unwrap();
        let answered = exchange.answer("1", Answer { streamed, ..said("") }, length);
        let kind = exchange.invocation.unwrap().answer.unwrap().kind;
        assert_eq!((answered.is_ok(), kind.is_empty()), (taken, taken));
    }
}

#[test]
fn extensions_register_by_the_names_of_their_files() {
    let mut exchange = Exchange { started: vec!["agent".into()], ..Exchange::default() };
    let events = |all: &[&str]| all.iter().map(|event| (*event).to_owned()).collect::<Vec<_>>();
    assert!(!exchange.all_registered());
    assert_eq!(refused(exchange.register("", vec![], "a".into())), (403, "Extension.InvalidExtensionName"));
    let shutdown = exchange.register("inside", events(&["SHUTDOWN"]), "a".into());
    assert_eq!(refused(shutdown), (403, "Extension.InvalidEventType"));
    exchange.register("agent", events(&["INVOKE", "SHUTDOWN"]), "a".into()).unwrap();
    assert!(exchange.all_registered() && !exchange.all_were_ready());
    assert_eq!(refused(exchange.register("agent", vec![], "b".into())), (403, "Extension.InvalidExtensionState"));
    assert_eq!(refused(exchange.extension_next("c")), (403, "Extension.UnknownExtensionIdentifier"));
    exchange.extension_next("a").unwrap();
    assert!(exchange.all_were_ready());
    exchange.closed = true;
    assert_eq!(refused(exchange.register("late", vec![], "b".into())), (403, "Extension.RegistrationClosed"));
    exchange.next().unwrap();
    exchange.invoke("1", "{}", 0);
    exchange.hand_over().unwrap();
    exchange.answer("1", said(""), 0).unwrap();
    exchange.next().unwrap();
    assert!(!exchange.is_done(), "the extension was told and works");
    assert!(exchange.extension_event("a").unwrap().contains("\"INVOKE\""));
    assert!(!exchange.is_done());
    exchange.extension_next("a").unwrap();
    assert!(exchange.is_done());
    exchange.tell("SHUTDOWN", "bye");
    assert_eq!(exchange.extension_event("a").as_deref(), Some("bye"));
}
