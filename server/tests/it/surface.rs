//! What every answer has: health, files, ids, headers, and honest refusals.

use crate::house::{HOST, House, Input};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use futures_util::future::join_all;
use model::ErrorKind;

#[tokio::test]
async fn health_and_readiness() {
    let house = House::empty().await;
    let visitor = house.anonymous();
    let alive = visitor.get("/healthz").await;
    assert_eq!(alive.status, StatusCode::OK);
    assert_eq!(alive.json()["status"], "ok");
    assert_eq!(alive.json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(visitor.get("/readyz").await.json()["status"], "ready");

    house.lifecycle.soft.cancel();
    let stopping = visitor.get("/readyz").await;
    assert_eq!(
        (stopping.status, stopping.json()["status"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("stopping"))
    );
    assert_eq!(visitor.get("/healthz").await.status, StatusCode::OK, "it lives until the end");
}

#[tokio::test]
async fn deliveries_to_no_address_are_told_so_and_nothing_more() {
    let house = House::empty().await;
    let visitor = house.anonymous();
    assert_eq!(visitor.get("/hooks/guessed").await.status, StatusCode::OK, "vendors ask before they push");
    let push = async |bytes: usize| {
        let request = visitor.request(Method::POST, "/hooks/guessed");
        visitor.send(request.body(Body::from(vec![b' '; bytes])).unwrap()).await
    };
    let unknown = push(10).await;
    assert_eq!((unknown.status, unknown.text().as_str()), (StatusCode::NOT_FOUND, ""));
    assert_eq!(push(9 * 1024 * 1024).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn without_its_database_it_is_alive_but_not_ready() {
    let (house, admin) = House::lived_in().await;
    house.db.database().close().await;
    assert_eq!(admin.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(admin.get("/healthz").await.status, StatusCode::OK);
    let call = admin.call("sessions", &Input::Query(vec![])).await;
    call.assert_refused(ErrorKind::Unavailable);
    let page = admin.page("/w/acme/dash/paid").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("The database does not answer"), "a page says so: {}", page.text());
    for answer in [call, page] {
        assert!(!answer.text().contains("pool"), "nothing of the inside: {}", answer.text());
    }
}

#[tokio::test]
async fn files_of_the_bundle_are_compressed_ahead_and_cached_for_ever() {
    let house = House::empty().await;
    let visitor = house.anonymous();
    let get = async |path: &str, accept: &str| {
        let request = visitor.request(Method::GET, path).header(header::ACCEPT_ENCODING, accept);
        visitor.send(request.body(Body::empty()).unwrap()).await
    };
    for (accept, coding, body) in [
        ("gzip, deflate, br", "br", "(brotli)"),
        ("gzip", "gzip", "(gzip)"),
        ("br;q=0, gzip", "gzip", "(gzip)"),
    ] {
        let answer = get("/assets/app-1a2b.js", accept).await;
        assert_eq!((answer.header("content-encoding").as_str(), answer.text().as_str()), (coding, body));
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(answer.header("vary").to_lowercase().contains("accept-encoding"), "{answer:?}");
        assert_eq!(answer.header("content-type"), "text/javascript");
    }
    let plain = get("/assets/app-1a2b.js", "identity").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.text().contains("hydrate"));
    assert_eq!(get("/assets/app-3c4d.wasm", "br").await.header("content-type"), "application/wasm");
    let icon = get("/favicon.svg", "br").await;
    assert_eq!(
        (icon.status, icon.header("cache-control").as_str()),
        (StatusCode::OK, "public, max-age=3600")
    );
    for path in [
        "/assets/app-0000.js",
        "/assets/../manifest.json",
        "/assets/%2e%2e/manifest.json",
        "/manifest.json",
        "/assets/app-1a2b.js.br",
        "/../secret.key",
        "/secret.key",
    ] {
        let answer = get(path, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.header("cache-control").contains("immutable"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_headers_of_safety() {
    let (_house, admin) = House::lived_in().await;
    for path in [
        "/healthz",
        "/assets/app-1a2b.js",
        "/login",
        "/w/acme/data",
        "/api/f/session",
        "/api/nowhere",
        "/nowhere",
    ] {
        let answer = admin.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert!(answer.header("x-request-id").len() >= 32, "{path}");
    }
    let request = admin.request(Method::GET, "/healthz").header("x-request-id", "from-the-proxy");
    let answer = admin.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("x-request-id"), "from-the-proxy", "a proxy's id is kept");
}

#[tokio::test]
async fn pages_allow_only_our_own_scripts() {
    let (house, admin) = House::lived_in().await;
    let mut nonces = Vec::new();
    for (visitor, path) in [
        (&house.anonymous(), "/login"),
        (&admin, "/w/acme/dash/paid"),
        (&admin, "/w/acme/dash/paid"),
        (&admin, "/w/acme/data"),
        (&admin, "/w/acme/settings"),
        (&admin, "/nowhere"),
    ] {
        let answer = visitor.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{part} is missing for {path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(nonce.len() >= 16, "{nonce}");
        let html = answer.text();
        let scripts: Vec<&str> =
            html.split("<script").skip(1).map(|s| s.split('>').next().unwrap()).collect();
        assert!(!scripts.is_empty(), "{path}");
        for script in scripts {
            assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{path}: <script{script}>");
        }
        let body = html.split("<body").nth(1).unwrap();
        assert!(!body.contains(" style=\""), "{path}: a style attribute, which the policy blocks");
        for foreign in ["http://", "https://", "src=\"//"] {
            let at = html
                .find(&format!("src=\"{foreign}"))
                .or_else(|| html.find(&format!("<link href=\"{foreign}")));
            assert!(at.is_none(), "{path} loads from elsewhere");
        }
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 6, "a nonce is used once");
}

#[tokio::test]
async fn many_visits_at_once_all_get_their_page() {
    let (_house, admin) = House::lived_in().await;
    // Parts of a page end while others are still being written: whose turn it is differs from visit to visit.
    for (path, title) in [
        ("/w/acme/dash/paid", "Paid performance"),
        ("/w/acme/data", "Data"),
        ("/w/acme/data/imports", "File imports"),
        ("/w/acme/data/connect/google_ads", "Connect Google Ads"),
        ("/w/acme/settings", "Settings"),
        ("/settings/account", "Account"),
    ] {
        for answer in join_all((0..40).map(|_| admin.get(path))).await {
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            let html = answer.text();
            let found = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
            assert_eq!(found, Some(format!("{title} · Windhover").as_str()), "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let (house, admin) = House::lived_in().await;
    for visitor in [&admin, &house.anonymous()] {
        let page = visitor.get("/nowhere/at/all").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.text().contains("</html>"), "a whole page");
        for path in ["/api/nowhere", "/api/f/nowhere", "/api/w/acme/nowhere"] {
            let answer = visitor.get(path).await;
            assert_eq!(answer.header("content-type"), "application/json", "{path}");
            answer.assert_refused(ErrorKind::NotFound);
        }
    }
    assert_eq!(admin.get("/w/elsewhere/dash/paid").await.status, StatusCode::NOT_FOUND);
    let wrong_method = admin.get("/api/w/acme/frames").await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_request_that_can_t_be_read_is_the_caller_s_fault() {
    let (_house, admin) = House::lived_in().await;
    for (name, body) in
        [("sync_now", "{}"), ("sync_now", "nonsense"), ("begin_sync", r#"{"ws":"acme","start":7}"#)]
    {
        let request = admin
            .request(Method::POST, &format!("/api/f/{name}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.into())
            .unwrap();
        admin.send(request).await.assert_refused(ErrorKind::Invalid);
    }
    admin.get("/api/f/connection?ws=acme&connection=seven").await.assert_refused(ErrorKind::Invalid);
    admin.get("/api/f/connections").await.assert_refused(ErrorKind::Invalid);
}

#[tokio::test]
async fn only_our_own_pages_change_things() {
    let (house, admin) = House::lived_in().await;
    let call = async |origin: Option<&str>, site: Option<&str>| {
        let mut request = admin
            .request(Method::POST, "/api/f/change_workspace")
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let body = serde_json::json!({"ws": "acme", "settings": crate::house::settings("Acme")});
        admin.send(request.body(body.to_string().into()).unwrap()).await
    };
    let ours = format!("http://{HOST}");
    assert_eq!(call(Some(&ours), Some("same-origin")).await.status, StatusCode::OK);
    assert_eq!(call(None, None).await.status, StatusCode::OK, "a program, not a browser");
    for (origin, site) in [
        (Some("https://evil.example"), Some("cross-site")),
        (Some("null"), None),
        (None, Some("cross-site")),
        (None, Some("same-site")),
        (Some("http://windhover.test.evil.example"), None),
    ] {
        call(origin, site).await.assert_refused(ErrorKind::Forbidden);
    }
    // Also what is not a server function.
    let before = house.count("SELECT count(*) FROM imports").await;
    let request = admin
        .request(Method::POST, "/api/w/acme/imports/upload?name=x.csv")
        .header(header::ORIGIN, "https://evil.example")
        .body("Day,Clicks\n2026-08-01,1\n".into())
        .unwrap();
    admin.send(request).await.assert_refused(ErrorKind::Forbidden);
    assert_eq!(house.count("SELECT count(*) FROM imports").await, before);
}
