//! The socket: axum in front of [`Sandbox::handle`], limits for size and time, and connections that break on purpose.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use axum::{Router, body::Body, extract::State as Extracted};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Frame, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use kaquan_http::{
    client::{Client, Settings, UnfitSettings},
    keys::{PlatformKeys, PrivateKey},
};
use tokio::{net::TcpListener, sync::oneshot};
use tower::ServiceExt as _;

use crate::{answers::Draft, sandbox::Mishap, sandbox::Sandbox};

/// Most bytes of a request's body.
pub const BODY_LIMIT: usize = 1 << 20;
/// How long a request may take to arrive.
pub const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A sandbox that listens, until it is dropped.
#[derive(Debug)]
pub struct Running {
    sandbox: Arc<Sandbox>,
    address: SocketAddr,
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Sandbox {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// When there is no port, or no thread.
    pub fn start(self) -> io::Result<Running> {
        self.listen(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Listens on an address.
    ///
    /// # Errors
    /// When the address is taken, or there is no thread.
    pub fn listen(self, address: SocketAddr) -> io::Result<Running> {
        let sandbox = Arc::new(self);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let served = Arc::clone(&sandbox);
        let thread = thread::Builder::new().name("kaquan-sandbox".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(serve(served, address, tell, stopped)),
                Err(error) => drop(tell.send(Err(error))),
            }
        })?;
        let address = told.recv().map_err(io::Error::other)??;
        let base_url = format!("http://{address}");
        Ok(Running { sandbox, address, base_url, stop: Some(stop), thread: Some(thread) })
    }
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, for a client.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The sandbox itself.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// A client with the merchant's key.
    ///
    /// # Errors
    /// [`UnfitSettings`], when the settings are not of use.
    pub fn client(&self, settings: &Settings) -> Result<Client, UnfitSettings> {
        let keyring = self.sandbox.keyring();
        let key = PrivateKey::from_pem(keyring.merchant_pem());
        let key = key.map_err(|error| UnfitSettings::Certificates(error.to_string()))?;
        let identity = keyring.identity();
        let keys = PlatformKeys::new([(identity.wechatpay_serial().to_string(), keyring.platform_public())]);
        Client::new(identity, Box::new(key), Arc::new(keys), settings)
    }

    /// Waits until the server ends, which it does not by itself.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(
    sandbox: Arc<Sandbox>,
    address: SocketAddr,
    tell: mpsc::Sender<io::Result<SocketAddr>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => return drop(tell.send(Err(error))),
    };
    let _ = tell.send(listener.local_addr());
    let router = Router::new().fallback(answer).with_state(sandbox);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let router = router.clone();
                async move {
                    let response = router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {});
                    match response.extensions().get::<Mishap>() {
                        // hyper closes a connection whose service fails.
                        Some(Mishap::Lost) => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                        _ => Ok(response),
                    }
                }
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(READ_TIMEOUT);
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(Extracted(sandbox): Extracted<Arc<Sandbox>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let refused = |status: u16, message: &str| {
        let draft = Draft::error(status, 268_435_461, "INVALID_REQUEST", message, None);
        draft.into_response("00000000000000000000000000000000").map(Body::from)
    };
    let body = match tokio::time::timeout(READ_TIMEOUT, Limited::new(body, BODY_LIMIT).collect()).await {
        Err(_) => return refused(408, "请求体在 10 秒内没有到齐"),
        Ok(Err(_)) => return refused(413, "请求体超过 1 MiB，或提前中断"),
        Ok(Ok(collected)) => collected.to_bytes().to_vec(),
    };
    let request = Request::from_parts(parts, body);
    let response = sandbox.handle(chrono::Local::now().fixed_offset(), &request);
    match response.extensions().get::<Mishap>().copied() {
        Some(Mishap::Late(time)) => tokio::time::sleep(time).await,
        Some(Mishap::Truncated) => return truncated(response),
        _ => {}
    }
    response.map(Body::from)
}

/// The length of the whole body, and half of it.
fn truncated(response: Response<Vec<u8>>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    parts.headers.insert(http::header::CONTENT_LENGTH, body.len().into());
    let half = Bytes::from(body.get(..body.len() / 2).unwrap_or_default().to_vec());
    let frames = [Ok(Frame::data(half)), Err(io::Error::from(io::ErrorKind::UnexpectedEof))];
    Response::from_parts(parts, Body::new(Frames(frames.into_iter().collect())))
}

/// Frames that are there already.
struct Frames(std::collections::VecDeque<Result<Frame<Bytes>, io::Error>>);

impl hyper::body::Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        std::task::Poll::Ready(self.0.pop_front())
    }
}
