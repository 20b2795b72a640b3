//! Signing a request and verifying an answer, beside the bare operations of both backends.

use std::hint::black_box;

use aws_lc_rs::signature::{self, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair};
use criterion::{Criterion, criterion_group, criterion_main};
use http::header::AUTHORIZATION;
use kaquan_http::{route, sign};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};

mod payloads;

fn signing(criterion: &mut Criterion) {
    let (key, identity, stamp) = payloads::caller();
    let call = route::Call::from(payloads::updates(1).remove(0));
    let request = route::encode(&identity, &call).expect("a request");
    let path = request.uri().path().to_string();
    let message = sign::request_message("PATCH", &path, &stamp, request.body());
    let raw = rsa::RsaPrivateKey::from_pkcs8_pem(include_str!("../tests/keys/merchant.pem")).expect("a key");
    let pair = RsaKeyPair::from_pkcs8(raw.to_pkcs8_der().expect("DER").as_bytes()).expect("a key");
    let random = aws_lc_rs::rand::SystemRandom::new();
    let mut group = criterion.benchmark_group("sign");
    group.bench_function("kaquan_sign_request", |bencher| {
        bencher.iter(|| {
            let signed = sign::sign_request(&key, &identity, &stamp, black_box(&request).clone()).expect("signed");
            assert!(signed.headers().contains_key(AUTHORIZATION));
        });
    });
    group.bench_function("kaquan_encode_and_sign", |bencher| {
        bencher.iter(|| {
            let request = route::encode(&identity, black_box(&call)).expect("a request");
            let signed = sign::sign_request(&key, &identity, &stamp, request).expect("signed");
            assert!(signed.headers().contains_key(AUTHORIZATION));
        });
    });
    group.bench_function("raw_aws_lc_rs", |bencher| {
        let mut buffer = vec![0; 256];
        bencher.iter(|| {
            let signed = pair.sign(&signature::RSA_PKCS1_SHA256, &random, black_box(&message), &mut buffer);
            assert!(signed.is_ok());
        });
    });
    group.sample_size(20);
    group.bench_function("raw_rsa_blinded", |bencher| {
        bencher.iter(|| assert_eq!(key.sign_with_rsa(black_box(&message)).expect("signed").len(), 256));
    });
    group.finish();
}

fn verifying(criterion: &mut Criterion) {
    let (response, keys) = payloads::answer();
    let (_, _, stamp) = payloads::caller();
    let timestamp = stamp.timestamp.to_string();
    let message = sign::answer_message(&timestamp, &stamp.nonce, response.body());
    let text = response.headers()["wechatpay-signature"].to_str().expect("text");
    let signature = sign::decode_base64(text).expect("base64");
    let public =
        rsa::RsaPublicKey::from_public_key_pem(include_str!("../tests/keys/platform_public.pem")).expect("a key");
    let der = public.to_public_key_der().expect("DER").into_vec();
    let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).expect("a key");
    let mut group = criterion.benchmark_group("verify");
    group.bench_function("kaquan_verify_response", |bencher| {
        bencher.iter(|| {
            let verified = sign::verify_response(&keys, stamp.timestamp, black_box(&response).clone());
            assert!(verified.is_ok());
        });
    });
    group.bench_function("raw_aws_lc_rs", |bencher| {
        bencher.iter(|| assert!(parsed.verify_sig(black_box(&message), &signature).is_ok()));
    });
    group.finish();
}

criterion_group!(benches, signing, verifying);
criterion_main!(benches);
