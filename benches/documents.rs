//! Reading, checking and writing the official request, beside its peers. Every iteration asserts its result.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kaquan_core::{
    hot,
    model::{Bundle, BundlePatch},
    rules, schema,
};

mod payloads;

fn serialise(criterion: &mut Criterion) {
    let text = payloads::request();
    let patch = hot::read(&text).expect("well formed");
    let derived: payloads::Patch<'_> = serde_json::from_str(&text).expect("well formed");
    let mut group = criterion.benchmark_group("serialise");
    group.throughput(Throughput::Bytes(text.len() as u64));
    let mut string = String::with_capacity(2048);
    group.bench_function("kaquan", |bencher| {
        bencher.iter(|| {
            string.clear();
            hot::write(black_box(&patch), &mut string);
            assert_eq!(string.len(), 1080);
        });
    });
    let mut bytes = Vec::with_capacity(2048);
    group.bench_function("serde_json", |bencher| {
        bencher.iter(|| {
            bytes.clear();
            serde_json::to_writer(&mut bytes, black_box(&derived)).expect("written");
            assert_eq!(bytes.len(), 1080);
        });
    });
    group.bench_function("sonic-rs", |bencher| {
        bencher.iter(|| {
            bytes.clear();
            sonic_rs::to_writer(&mut bytes, black_box(&derived)).expect("written");
            assert_eq!(bytes.len(), 1080);
        });
    });
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| {
            bytes.clear();
            bytes.extend_from_slice(black_box(text.as_bytes()));
            assert_eq!(bytes.len(), 1080);
        });
    });
    group.finish();
}

fn read_and_check(criterion: &mut Criterion) {
    let text = payloads::request();
    let validator = jsonschema::draft202012::new(&schema::update_stock_bundle()).expect("a schema");
    let mut group = criterion.benchmark_group("read_and_check");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for (name, faults) in [("kaquan_clean", 0), ("kaquan_one_fault", 1), ("kaquan_ten_faults", 10)] {
        let text = payloads::faulty(faults);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let (checked, findings) = rules::check_text::<BundlePatch<'_>>(black_box(&text));
                assert_eq!((checked.is_some(), findings.len()), (faults == 0, faults));
            });
        });
    }
    group.bench_function("serde_json_typed_borrowed_no_check", |bencher| {
        bencher.iter(|| assert!(serde_json::from_str::<payloads::Patch<'_>>(black_box(&text)).is_ok()));
    });
    group.bench_function("serde_json_value_no_check", |bencher| {
        bencher.iter(|| assert!(serde_json::from_str::<serde_json::Value>(black_box(&text)).is_ok()));
    });
    group.bench_function("serde_json_value_and_jsonschema", |bencher| {
        bencher.iter(|| {
            let value: serde_json::Value = serde_json::from_str(black_box(&text)).expect("JSON");
            assert!(validator.is_valid(&value));
        });
    });
    group.bench_function("sonic-rs_typed_no_check", |bencher| {
        bencher.iter(|| assert!(sonic_rs::from_str::<payloads::Patch<'_>>(black_box(&text)).is_ok()));
    });
    let mut bytes = Vec::with_capacity(2048);
    group.bench_function("simd-json_typed_no_check", |bencher| {
        bencher.iter(|| {
            // It writes into its input, so it gets a copy.
            bytes.clear();
            bytes.extend_from_slice(black_box(text.as_bytes()));
            assert!(simd_json::from_slice::<payloads::Patch<'_>>(&mut bytes).is_ok());
        });
    });
    group.bench_function("utf8_validation", |bencher| {
        bencher.iter(|| assert!(std::str::from_utf8(black_box(text.as_bytes())).is_ok()));
    });
    group.finish();
}

/// The larger payload: an answer of fifteen stocks, by serde alone.
fn answers(criterion: &mut Criterion) {
    let bundle = payloads::bundle(15);
    let text = serde_json::to_string(&bundle).expect("JSON");
    let mut group = criterion.benchmark_group("answer_of_fifteen_stocks");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| {
            let read: Bundle = serde_json::from_str(black_box(&text)).expect("a bundle");
            assert_eq!(read.stock_list.len(), 15);
        });
    });
    let mut bytes = Vec::with_capacity(text.len());
    group.bench_function("encode", |bencher| {
        bencher.iter(|| {
            bytes.clear();
            serde_json::to_writer(&mut bytes, black_box(&bundle)).expect("written");
            assert_eq!(bytes.len(), text.len());
        });
    });
    group.bench_function("serde_json_value", |bencher| {
        bencher.iter(|| assert!(serde_json::from_str::<serde_json::Value>(black_box(&text)).is_ok()));
    });
    group.finish();
}

criterion_group!(benches, serialise, read_and_check, answers);
criterion_main!(benches);
