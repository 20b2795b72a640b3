//! Our times beside those of peers, in one run: A B A B …, medians, one table. It reports, it does not judge.
//!
//! `cargo run --release -p kaquan-benches --bin ratios [-- --json]`
#![expect(clippy::print_stdout, reason = "the table is the output")]

use std::{
    env, fs,
    hint::black_box,
    io::Write as _,
    process::{Command as Process, Stdio},
    time::{Duration, Instant},
};

use aws_lc_rs::signature::{self, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair};
use kaquan_core::{hot, model::BundlePatch, rules, schema};
use kaquan_http::{route, sign};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use serde_json::{Value, json};

mod payloads;

#[path = "../crates/kaquan-cli/src/bulk.rs"]
#[allow(dead_code, reason = "clean lines leave most of it unasked")]
mod bulk;

/// One line of the table.
struct Row {
    name: &'static str,
    ours: f64,
    peer: String,
    peers: f64,
    /// How the ratio is read.
    target: Target,
    allocations: Option<u64>,
}

enum Target {
    /// Peer's time over ours, at least.
    Faster(f64),
    /// Our time over the peer's, at most.
    Within(f64),
}

impl Row {
    fn ratio(&self) -> f64 {
        match self.target {
            Target::Faster(_) => self.peers / self.ours,
            Target::Within(_) => self.ours / self.peers,
        }
    }

    fn met(&self) -> bool {
        match self.target {
            Target::Faster(least) => self.ratio() >= least,
            Target::Within(most) => self.ratio() <= most,
        }
    }

    fn target(&self) -> String {
        match self.target {
            Target::Faster(least) => format!("≥ {least}"),
            Target::Within(most) => format!("≤ {most}"),
        }
    }
}

/// Median times of one call of each, in nanoseconds, measured in turns.
fn interleaved(ours: &mut dyn FnMut(), peer: &mut dyn FnMut()) -> (f64, f64) {
    let batch = |work: &mut dyn FnMut()| {
        let started = Instant::now();
        let mut calls = 0_u32;
        while started.elapsed() < Duration::from_millis(4) {
            work();
            calls += 1;
        }
        calls.max(1)
    };
    let (our_calls, peer_calls) = (batch(ours), batch(peer));
    let time = |work: &mut dyn FnMut(), calls: u32| {
        let started = Instant::now();
        for _ in 0..calls {
            work();
        }
        started.elapsed().as_nanos() as f64 / f64::from(calls)
    };
    let (mut our_times, mut peer_times) = (Vec::new(), Vec::new());
    for _ in 0..101 {
        our_times.push(time(ours, our_calls));
        peer_times.push(time(peer, peer_calls));
    }
    (median(our_times), median(peer_times))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn row(name: &'static str, peer: &str, target: Target, ours: &mut dyn FnMut(), peers: &mut dyn FnMut()) -> Row {
    let (our_time, peer_time) = interleaved(ours, peers);
    let counted = allocation_counter::measure(ours);
    Row { name, ours: our_time, peer: peer.into(), peers: peer_time, target, allocations: Some(counted.count_total) }
}

fn documents(rows: &mut Vec<Row>) {
    let text = payloads::request();
    let patch = hot::read(&text).expect("well formed");
    let derived: payloads::Patch<'_> = serde_json::from_str(&text).expect("well formed");
    let validator = jsonschema::draft202012::new(&schema::update_stock_bundle()).expect("a schema");
    let mut string = String::with_capacity(4096);
    let mut ours = || {
        string.clear();
        hot::write(black_box(&patch), &mut string);
        assert_eq!(string.len(), 1080);
    };
    let mut bytes = Vec::with_capacity(4096);
    rows.push(row("serialise", "serde_json, same derive", Target::Faster(2.5), &mut ours, &mut || {
        bytes.clear();
        serde_json::to_writer(&mut bytes, black_box(&derived)).expect("written");
        assert_eq!(bytes.len(), 1080);
    }));
    rows.push(row("serialise", "sonic-rs, same derive", Target::Faster(1.7), &mut ours, &mut || {
        bytes.clear();
        sonic_rs::to_writer(&mut bytes, black_box(&derived)).expect("written");
        assert_eq!(bytes.len(), 1080);
    }));
    let mut ours = || {
        let (checked, findings) = rules::check_text::<BundlePatch<'_>>(black_box(&text));
        assert!(checked.is_some() && findings.is_empty());
    };
    rows.push(row(
        "read + check, clean",
        "serde_json::Value + jsonschema",
        Target::Faster(2.0),
        &mut ours,
        &mut || {
            let value: Value = serde_json::from_str(black_box(&text)).expect("JSON");
            assert!(validator.is_valid(&value));
        },
    ));
    rows.push(row(
        "read + check, clean",
        "serde_json typed borrowed, no check",
        Target::Within(1.3),
        &mut ours,
        &mut || {
            assert!(serde_json::from_str::<payloads::Patch<'_>>(black_box(&text)).is_ok());
        },
    ));
}

fn reducer(rows: &mut Vec<Row>) {
    let updates = payloads::updates(512);
    let start = payloads::state(15);
    let mut times = Vec::new();
    for _ in 0..101 {
        let mut state = start.clone();
        let started = Instant::now();
        for update in &updates {
            let events = state.apply(payloads::now(), black_box(update)).expect("accepted");
            assert_eq!(events.len(), 1);
        }
        times.push(started.elapsed().as_nanos() as f64 / updates.len() as f64);
    }
    let mut state = start.clone();
    let counted = allocation_counter::measure(|| drop(state.apply(payloads::now(), &updates[0])));
    rows.push(Row {
        name: "decide + evolve, 15 stocks",
        ours: median(times),
        // 500,000 a second are 2,000 ns each.
        peer: "500,000 a second".into(),
        peers: 2000.0,
        target: Target::Faster(1.0),
        allocations: Some(counted.count_total),
    });
}

fn signatures(rows: &mut Vec<Row>) {
    let (key, identity, stamp) = payloads::caller();
    let call = route::Call::from(payloads::updates(1).remove(0));
    let request = route::encode(&identity, &call).expect("a request");
    let path = request.uri().path().to_string();
    let message = sign::request_message("PATCH", &path, &stamp, request.body());
    let raw = rsa::RsaPrivateKey::from_pkcs8_pem(include_str!("../tests/keys/merchant.pem")).expect("a key");
    let pair = RsaKeyPair::from_pkcs8(raw.to_pkcs8_der().expect("DER").as_bytes()).expect("a key");
    let random = aws_lc_rs::rand::SystemRandom::new();
    let mut buffer = vec![0; 256];
    let mut ours = || {
        let signed = sign::sign_request(&key, &identity, &stamp, black_box(&request).clone());
        assert!(signed.is_ok());
    };
    rows.push(row("sign a request", "raw RSA of aws-lc-rs", Target::Within(1.05), &mut ours, &mut || {
        let signed = pair.sign(&signature::RSA_PKCS1_SHA256, &random, black_box(&message), &mut buffer);
        assert!(signed.is_ok());
    }));
    rows.push(row("sign a request", "raw RSA of rsa, blinded", Target::Faster(5.0), &mut ours, &mut || {
        assert!(key.sign_with_rsa(black_box(&message)).is_ok());
    }));

    let (response, keys) = payloads::answer();
    let message = sign::answer_message(&stamp.timestamp.to_string(), &stamp.nonce, response.body());
    let text = response.headers()["wechatpay-signature"].to_str().expect("text");
    let signature = sign::decode_base64(text).expect("base64");
    let public =
        rsa::RsaPublicKey::from_public_key_pem(include_str!("../tests/keys/platform_public.pem")).expect("a key");
    let der = public.to_public_key_der().expect("DER").into_vec();
    let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).expect("a key");
    let mut ours = || {
        let verified = sign::verify_response(&keys, stamp.timestamp, black_box(&response).clone());
        assert!(verified.is_ok());
    };
    rows.push(row(
        "verify an answer, 6 KB",
        "raw RSA + SHA-256 of aws-lc-rs",
        Target::Within(1.10),
        &mut ours,
        &mut || {
            assert!(parsed.verify_sig(black_box(&message), &signature).is_ok());
        },
    ));
}

/// `kaquan check` on a gigabyte of clean lines; the peer is a gigabyte a second, and 64 MB of memory.
fn bulk(rows: &mut Vec<Row>) {
    let program = env::current_exe().expect("a program knows its own path");
    let file = env::temp_dir().join(format!("kaquan-ratios-{}.ndjson", std::process::id()));
    let line = payloads::request() + "\n";
    let block = line.repeat(1000);
    let mut output = fs::File::create(&file).expect("a file");
    let mut length = 0;
    while length < 1_000_000_000 {
        output.write_all(block.as_bytes()).expect("written");
        length += block.len();
    }
    let (mut times, mut most) = (Vec::new(), 0.0_f64);
    for _ in 0..5 {
        let started = Instant::now();
        // A process of its own, so that its memory is its own.
        let mut child =
            Process::new(&program).arg(CHECK_LINES).arg(&file).stdout(Stdio::null()).spawn().expect("it starts");
        loop {
            most = most.max(resident(child.id()));
            if let Some(status) = child.try_wait().expect("it can be waited for") {
                assert!(status.success());
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        times.push(started.elapsed().as_nanos() as f64);
    }
    let _ = fs::remove_file(&file);
    let gigabytes = length as f64 / 1e9;
    let ours = median(times) / gigabytes;
    rows.push(Row {
        name: "kaquan check, 1 GB NDJSON",
        ours,
        peer: "1 GB/s".into(),
        peers: 1e9,
        target: Target::Faster(1.0),
        allocations: None,
    });
    // In kilobytes instead of nanoseconds: the table has one form for all.
    rows.push(Row {
        name: "kaquan check, most memory (kB)",
        ours: most,
        peer: "64 MB".into(),
        peers: 65_536.0,
        target: Target::Within(1.0),
        allocations: None,
    });
}

/// The most memory that a process had, in kilobytes; 0 where the system does not tell.
fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Makes this program check the lines of a file and nothing else, with the code of `kaquan check`.
const CHECK_LINES: &str = "--check-lines";

fn check_lines(file: &str) {
    let input = fs::File::open(file).expect("a file");
    let mut documents = 0;
    let checked = bulk::check_lines(input, |block: bulk::Block| {
        assert!(block.faulty.is_empty());
        documents += block.documents;
        Ok(())
    });
    assert!(checked.is_ok() && documents > 0);
}

fn main() {
    let args: Vec<String> = env::args().collect();
    if let [_, mode, file] = args.as_slice()
        && mode == CHECK_LINES
    {
        return check_lines(file);
    }
    let mut rows = Vec::new();
    documents(&mut rows);
    reducer(&mut rows);
    signatures(&mut rows);
    bulk(&mut rows);
    if env::args().any(|arg| arg == "--json") {
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({
                    "name": row.name,
                    "ours_ns": row.ours,
                    "peer": row.peer,
                    "peer_ns": row.peers,
                    "ratio": row.ratio(),
                    "target": row.target(),
                    "met": row.met(),
                    "allocations": row.allocations,
                })
            })
            .collect();
        println!("{}", Value::from(rows));
        return;
    }
    println!("| what | ours, ns | peer | peer, ns | ratio | target | met | allocations |");
    println!("|---|---:|---|---:|---:|---|---|---:|");
    for row in &rows {
        let allocations = row.allocations.map_or_else(|| "–".into(), |count| count.to_string());
        let (name, ours, peer, peers) = (row.name, row.ours, &row.peer, row.peers);
        let met = if row.met() { "yes" } else { "no" };
        println!(
            "| {name} | {ours:.0} | {peer} | {peers:.0} | {:.2} | {} | {met} | {allocations} |",
            row.ratio(),
            row.target()
        );
    }
}
