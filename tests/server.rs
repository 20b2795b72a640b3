//! A server on a loopback socket that behaves as a test wants, well or badly.
#![allow(dead_code, reason = "every test uses a part of it")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::Response;
use kaquan_http::sign::{self, Stamp};

use crate::support::{PLATFORM_KEY_ID, platform_key};

/// A request as its bytes came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

/// What the server does with a request.
pub(crate) enum Reaction {
    /// Answers these bytes and closes.
    Bytes(Vec<u8>),
    /// Answers one byte at a time, slowly.
    Drip(Vec<u8>),
    /// Says nothing for long.
    Silence,
    /// Closes without an answer.
    Close,
}

/// Runs until it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// Reacts to request number 0, 1, … as told.
    pub(crate) fn start(react: impl Fn(usize, &Received) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (log, stop) = (Arc::clone(&received), Arc::clone(&stopped));
        let react = Arc::new(react);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (log, react) = (Arc::clone(&log), Arc::clone(&react));
                thread::spawn(move || serve(stream, &log, &*react));
            }
        });
        Self { url, received, stopped }
    }

    /// The requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the loop up, so that it sees the flag.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Received>>, react: &dyn Fn(usize, &Received) -> Reaction) {
    let mut reader = BufReader::new(stream);
    let Some(request) = read(&mut reader) else { return };
    let number = {
        let mut log = log.lock().expect("no panic");
        log.push(request.clone());
        log.len() - 1
    };
    let mut stream = reader.into_inner();
    match react(number, &request) {
        Reaction::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Reaction::Drip(bytes) => {
            for byte in bytes {
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(200));
            }
        }
        Reaction::Silence => thread::sleep(Duration::from_secs(20)),
        Reaction::Close => {}
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let mut request = Received { method: words.next()?.into(), path: words.next()?.into(), ..Received::default() };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        let name = name.to_lowercase();
        if name == "content-length" {
            length = value.parse().ok()?;
        }
        request.headers.push((name, value.into()));
    }
    request.body = vec![0; length];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// The bytes of an answer.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        text += &[name, ": ", value, "\r\n"].concat();
    }
    text += "\r\n";
    [text.as_bytes(), body].concat()
}

/// The bytes of an answer that the platform's key signed, now.
pub(crate) fn signed(status: u16, body: &[u8]) -> Vec<u8> {
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let stamp = Stamp { timestamp: timestamp.cast_signed(), nonce: "0123456789ABCDEF0123456789ABCDEF".into() };
    let response = sign::sign_response(platform_key(), PLATFORM_KEY_ID, &stamp, Response::new(body.to_vec()));
    let response = response.expect("a signed answer");
    let mut headers: Vec<(&str, &str)> = vec![("Request-ID", "08F98E97CC0610DF06-0")];
    headers.extend(response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().expect("text"))));
    answer(status, &headers, body)
}
