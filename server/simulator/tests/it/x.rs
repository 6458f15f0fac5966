use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use simulator::world::posts::Feed;

use crate::support::{Client, NOW, encode, utc};

async fn get(client: &Client, token: &str, path: &str) -> (StatusCode, Value) {
    let request = Request::get(format!("/x{path}")).header("authorization", format!("Bearer {token}"));
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert!(answer.status == StatusCode::UNAUTHORIZED || answer.headers.contains_key("x-rate-limit-reset"));
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_timeline_shows_every_post_of_the_world_once() {
    let client = Client::demo().await;
    let token = client.state.issue_access_token_of("x", 100);
    let (mut ids, mut likes, mut next) = (Vec::new(), 0, String::new());
    loop {
        let path = format!("/2/users/2244994945/tweets?max_results=50&tweet.fields=public_metrics{next}");
        let (status, page) = get(&client, &token, &path).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        for post in page["data"].as_array().unwrap() {
            ids.push(post["id"].as_str().unwrap().parse::<i64>().unwrap());
            likes += post["public_metrics"]["like_count"].as_i64().unwrap();
        }
        let Some(token) = page["meta"]["next_token"].as_str() else { break };
        next = format!("&pagination_token={token}");
    }
    let posts = client.state.world().posts(Feed::X, 5, utc(NOW));
    assert!(ids.len() > 100 && ids.windows(2).all(|pair| pair[0] > pair[1]));
    assert_eq!(ids.len(), posts.len());
    assert_eq!(likes, posts.iter().map(|post| post.totals(utc(NOW)).engagement.likes).sum::<i64>());
    // What only the author sees is told for a month.
    let path = format!("/2/tweets?ids={},{}&tweet.fields=non_public_metrics", ids[0], ids[ids.len() - 1]);
    let (_, both) = get(&client, &token, &path).await;
    assert!(
        both["data"][0]["non_public_metrics"].is_object() && both["data"][1]["non_public_metrics"].is_null()
    );
    assert_eq!(both["errors"][0]["title"], "Field Authorization Error");
}

#[tokio::test]
async fn a_refresh_token_works_once() {
    let client = Client::demo().await;
    let first = client.state.issue_refresh_token_of("x");
    let refresh = async |token: &str| {
        let form = format!("grant_type=refresh_token&client_id=c&refresh_token={}", encode(token));
        client.form("/x/2/oauth2/token", form).await
    };
    let answer = refresh(&first).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let again = refresh(&first).await;
    assert_eq!((again.status, &again.json()["error"]), (StatusCode::BAD_REQUEST, &"invalid_request".into()));
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let (status, me) = get(&client, &token, "/2/users/me").await;
    assert_eq!((status, &me["data"]["id"]), (StatusCode::OK, &"2244994945".into()));
    assert_eq!(get(&client, "wrong", "/2/users/me").await.0, StatusCode::UNAUTHORIZED);
}
