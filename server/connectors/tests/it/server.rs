//! A server that answers from a list of interactions: first match wins, an entry may be used up.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use regex::Regex;
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, Mutex};
use url::form_urlencoded;

/// What is expected of a request, and what it gets.
pub struct Interaction {
    pub method: String,
    pub path: Regex,
    /// None = must be absent; a regular expression is searched, any other text must be equal.
    pub query: Vec<(String, Option<Value>)>,
    pub body_contains: Vec<String>,
    pub times: Option<u32>,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Closes the connection after that many bytes of the body.
    pub cut_after: Option<usize>,
}

impl Interaction {
    pub fn new(method: &str, path: &str, body_contains: &[&str]) -> Self {
        Self {
            method: method.to_owned(),
            path: Regex::new(path).unwrap(),
            query: Vec::new(),
            body_contains: body_contains.iter().map(|&s| s.to_owned()).collect(),
            times: None,
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Vec::new(),
            cut_after: None,
        }
    }

    pub fn gives(mut self, status: u16, body: &Value) -> Self {
        self.status = status;
        self.body = body.to_string().into_bytes();
        self
    }

    pub fn gives_text(mut self, status: u16, body: &str) -> Self {
        self.status = status;
        self.body = body.as_bytes().to_vec();
        self
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut_after = Some(bytes);
        self
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Index of the interaction that answered.
    pub answered_by: Option<usize>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

#[derive(Default)]
struct Log {
    used: Vec<u32>,
    seen: Vec<Seen>,
}

struct Shared {
    interactions: Vec<Interaction>,
    log: Mutex<Log>,
}

/// A running server; ends with the test's runtime.
pub struct Server {
    pub address: String,
    shared: Arc<Shared>,
}

impl Server {
    pub async fn start(interactions: Vec<Interaction>) -> Self {
        let used = vec![0; interactions.len()];
        let shared = Arc::new(Shared { interactions, log: Mutex::new(Log { used, seen: Vec::new() }) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    /// Serves a folder with `cassette.json`.
    pub async fn replay(folder: &Path) -> Self {
        Self::start(cassette(folder)).await
    }

    /// All requests so far, without those of the token endpoint.
    pub fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|s| s.path != "/token").collect()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.log.lock().unwrap().seen.clone()
    }

    pub fn unmatched(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|s| s.answered_by.is_none()).collect()
    }

    pub fn token_calls(&self) -> usize {
        self.seen().iter().filter(|s| s.path == "/token").count()
    }
}

fn cassette(folder: &Path) -> Vec<Interaction> {
    let text = std::fs::read_to_string(folder.join("cassette.json")).unwrap();
    let cassette: Value = serde_json::from_str(&text).unwrap();
    cassette["interactions"].as_array().unwrap().iter().map(|i| interaction(i, folder)).collect()
}

fn interaction(entry: &Value, folder: &Path) -> Interaction {
    let (request, response) = (&entry["request"], &entry["response"]);
    let texts = |v: &Value| -> Vec<String> {
        v.as_array().into_iter().flatten().map(|t| t.as_str().unwrap().to_owned()).collect()
    };
    let fields = |v: &Value| -> Vec<(String, Value)> {
        v.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let number = |v: &Value| v.as_u64().and_then(|n| u32::try_from(n).ok());
    Interaction {
        method: request["method"].as_str().unwrap().to_owned(),
        path: Regex::new(request["path_regex"].as_str().unwrap()).unwrap(),
        query: fields(&request["query"]).into_iter().map(|(k, v)| (k, (!v.is_null()).then_some(v))).collect(),
        body_contains: texts(&request["body_contains"]),
        times: number(&entry["times"]),
        status: response["status"].as_u64().and_then(|s| s.try_into().ok()).unwrap(),
        headers: fields(&response["headers"])
            .into_iter()
            .map(|(k, v)| (k, v.as_str().map_or_else(|| v.to_string(), str::to_owned)))
            .collect(),
        body: response["body_file"]
            .as_str()
            .map(|f| std::fs::read(folder.join(f)).unwrap())
            .unwrap_or_default(),
        cut_after: None,
    }
}

fn matches(
    interaction: &Interaction,
    method: &str,
    path: &str,
    query: &[(String, String)],
    body: &str,
) -> bool {
    let value = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let query_fits = interaction.query.iter().all(|(name, expected)| match (expected, value(name)) {
        (None, found) => found.is_none(),
        (Some(_), None) => false,
        (Some(expected), Some(found)) => {
            let text = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
            match text.strip_prefix('~') {
                Some(pattern) => Regex::new(pattern).unwrap().is_match(found),
                None => text == found,
            }
        }
    });
    interaction.method == method
        && interaction.path.is_match(path)
        && query_fits
        && interaction.body_contains.iter().all(|text| body.contains(text.as_str()))
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let query: Vec<(String, String)> =
        form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let index = {
        let mut log = shared.log.lock().unwrap();
        let index = shared.interactions.iter().enumerate().position(|(at, i)| {
            i.times.is_none_or(|times| log.used[at] < times) && matches(i, method, path, &query, &body)
        });
        if let Some(at) = index {
            log.used[at] += 1;
        }
        log.seen.push(Seen {
            path: path.to_owned(),
            headers: parts
                .headers
                .iter()
                .map(|(n, v)| (n.to_string(), v.to_str().unwrap_or_default().to_owned()))
                .collect(),
            body: body.clone(),
            answered_by: index,
        });
        index
    };
    let Some(index) = index else {
        return Response::builder().status(418).body(Body::from("no interaction matches")).unwrap();
    };
    let interaction = &shared.interactions[index];
    let mut response = Response::builder().status(interaction.status);
    for (name, value) in &interaction.headers {
        response = response.header(name, value);
    }
    let body = match interaction.cut_after {
        None => Body::from(interaction.body.clone()),
        Some(bytes) => {
            let start = Bytes::copy_from_slice(&interaction.body[..bytes]);
            let chunks = async_stream::stream! {
                yield Ok(start);
                // Lets the start go out before the connection is closed.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                yield Err(std::io::Error::other("cut"));
            };
            Body::from_stream(chunks)
        }
    };
    response.body(body).unwrap()
}
