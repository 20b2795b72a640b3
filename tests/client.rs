//! The client over real sockets and over closures: time-outs, the second host, pace, what may have taken effect.

mod server;
mod support;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http::Response;
use kaquan_core::{machine::Command, model::BundlePatch, rules, samples};
use kaquan_http::{
    client::{CallError, Client, Outcome, Settings, TransportError, World},
    keys::{PlatformKeys, PrivateKey},
    route::Call,
    sign::{self, Stamp},
};
use server::{Reaction, Server, signed};
use support::{PLATFORM_KEY_ID, key_text, partner, platform_key};

fn call() -> Call {
    let patch = rules::check_text::<BundlePatch<'_>>(samples::REQUEST).0.unwrap().into_owned();
    Call::from(Command::update_bundle("200000001", "123456789", patch))
}

fn keys() -> Arc<PlatformKeys> {
    Arc::new(PlatformKeys::new([(PLATFORM_KEY_ID.to_string(), platform_key().public_key())]))
}

fn key() -> Box<PrivateKey> {
    Box::new(PrivateKey::from_pem(&key_text("merchant.pem")).unwrap())
}

fn over_sockets(hosts: &[&str]) -> Client {
    let settings = Settings {
        hosts: hosts.iter().map(ToString::to_string).collect(),
        connect_timeout: Duration::from_millis(500),
        response_timeout: Duration::from_millis(600),
        global_timeout: Duration::from_millis(1200),
        ..Settings::default()
    };
    Client::new(partner(), key(), keys(), &settings).unwrap()
}

#[test]
fn silence_and_dripping_end_in_time() {
    for react in [|| Reaction::Silence, || Reaction::Drip(signed(200, b"{}"))] {
        let server = Server::start(move |_, _| react());
        let started = Instant::now();
        let outcome = over_sockets(&[&server.url]).call(&call());
        assert!(matches!(outcome, Outcome::MayHaveTakenEffect { attempts: 4, .. }), "{outcome:?}");
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }
}

#[test]
fn the_second_host_is_asked_when_the_first_is_not_there() {
    let server = Server::start(|_, _| Reaction::Bytes(signed(200, samples::BUNDLE.as_bytes())));
    let outcome = over_sockets(&["http://127.0.0.1:1", &server.url]).call(&call());
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(server.received().len(), 1);
}

/// A world of closures: sent requests, slept times, and a clock that only sleeping moves.
#[derive(Clone, Default)]
struct Log {
    sent: Arc<Mutex<Vec<http::Request<Vec<u8>>>>>,
    slept: Arc<Mutex<Duration>>,
}

type Sent = Result<Response<Vec<u8>>, TransportError>;

fn in_memory(answer: impl Fn(usize) -> Sent + Send + Sync + 'static) -> (Client, Log) {
    let log = Log::default();
    let (sent, slept, clock) = (Arc::clone(&log.sent), Arc::clone(&log.slept), Arc::clone(&log.slept));
    let world = World {
        transport: Box::new(move |request| {
            let mut sent = sent.lock().unwrap();
            sent.push(request);
            answer(sent.len() - 1)
        }),
        now: Box::new(move || Duration::from_secs(1_764_000_000) + *clock.lock().unwrap()),
        sleep: Box::new(move |time| *slept.lock().unwrap() += time),
        random: Box::new(|buffer| {
            buffer.fill(0);
            Ok(())
        }),
    };
    let hosts = ["https://one.example".to_string(), "https://two.example".to_string()];
    (Client::with_world(partner(), key(), keys(), &hosts, world).unwrap(), log)
}

fn done() -> Response<Vec<u8>> {
    let stamp = Stamp { timestamp: 1_764_000_000, nonce: "n".into() };
    let response = Response::new(samples::BUNDLE.as_bytes().to_vec());
    sign::sign_response(platform_key(), PLATFORM_KEY_ID, &stamp, response).unwrap()
}

fn status(status: u16) -> Response<Vec<u8>> {
    Response::builder().status(status).body(vec![]).unwrap()
}

fn hosts(log: &Log) -> Vec<String> {
    log.sent.lock().unwrap().iter().map(|request| request.uri().host().unwrap().into()).collect()
}

#[test]
fn the_other_host_is_for_lost_connections_only() {
    let lost = || Err(TransportError::NoAnswer("lost".into()));
    let (client, log) = in_memory(move |number| if number == 0 { lost() } else { Ok(done()) });
    assert!(matches!(client.call(&call()), Outcome::Done { .. }));
    assert_eq!(hosts(&log), ["one.example", "two.example"]);
    let (client, log) = in_memory(|number| if number < 3 { Ok(status(503)) } else { Ok(done()) });
    assert!(matches!(client.call(&call()), Outcome::Done { .. }));
    assert_eq!(hosts(&log), ["one.example"; 4]);
    assert!(*log.slept.lock().unwrap() >= Duration::from_secs(7), "1 s, 2 s, 4 s");
    let sent = log.sent.lock().unwrap();
    assert!(sent.iter().all(|request| request.body() == sent[0].body()));
}

#[test]
fn what_may_have_taken_effect_is_said() {
    let not_sent = || Err(TransportError::NotSent("no route".into()));
    let (client, _) = in_memory(move |_| not_sent());
    assert!(matches!(client.call(&call()), Outcome::NotSent(CallError::Transport(_))));
    // Once it may have been read, a later failure to connect does not undo that.
    let (client, _) =
        in_memory(move |number| if number == 0 { Err(TransportError::NoAnswer("lost".into())) } else { not_sent() });
    assert!(matches!(client.call(&call()), Outcome::MayHaveTakenEffect { attempts: 4, .. }));
    let (client, log) = in_memory(|_| Ok(status(400)));
    assert!(matches!(client.call(&call()), Outcome::Refused(_)));
    assert_eq!(log.sent.lock().unwrap().len(), 1);
    let (client, log) = in_memory(|_| Ok(done()));
    assert!(matches!(client.call(&Call::from(Command::StartDay)), Outcome::NotSent(CallError::Unsendable(_))));
    assert_eq!(log.sent.lock().unwrap().len(), 0);
}

#[test]
fn twenty_a_second_and_no_more() {
    let (client, log) = in_memory(|_| Ok(done()));
    for _ in 0..60 {
        assert!(matches!(client.call(&call()), Outcome::Done { .. }));
    }
    let slept = *log.slept.lock().unwrap();
    assert!(slept >= Duration::from_millis(59 * 50) && slept < Duration::from_secs(4), "{slept:?}");
}
