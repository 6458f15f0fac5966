use axum::body::Body;
use axum::http::{Request, header};
use simulator::instagram::VENDOR;
use simulator::world::posts::Feed;

use crate::support::{Answer, Client, utc};

fn token(client: &Client) -> String {
    let access = (VENDOR.access)(&client.state);
    access.credentials.into_iter().find(|(name, _)| *name == "access_token").unwrap().1
}

async fn get(client: &Client, token: &str, path: &str) -> Answer {
    let request = Request::get(format!("/instagram/v25.0/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty());
    client.send(request.unwrap()).await
}

async fn user(client: &Client, token: &str) -> String {
    let pages = get(client, token, "me/accounts?fields=instagram_business_account{id,username}").await.json();
    let pages = pages["data"].as_array().unwrap();
    assert!(pages.last().unwrap()["instagram_business_account"].is_null(), "one page has none");
    pages[0]["instagram_business_account"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn days_posts_and_totals_are_the_worlds() {
    let client = Client::demo().await;
    let token = token(&client);
    let user = user(&client, &token).await;
    let world = client.state.world().clone();
    let now = client.state.counted_at();

    let path =
        format!("{user}/insights?metric=reach,follower_count&period=day&since=2026-11-10&until=2026-11-20");
    let days = get(&client, &token, &path).await.json();
    let values = days["data"][0]["values"].as_array().unwrap();
    assert_eq!(values.len(), 10);
    let day = utc("2026-11-10T00:00:00Z").date_naive();
    let first = world.page_day(Feed::Instagram, 0, day, now).unwrap();
    assert_eq!(values[1]["end_time"], "2026-11-11T08:00:00+0000");
    assert_eq!(values[1]["value"], first.reach);
    assert_eq!(days["data"][1]["values"][1]["value"], first.gained - first.lost);

    let path = format!(
        "{user}/insights?metric=views&metric_type=total_value&period=day&since=2026-11-10&until=2026-11-11"
    );
    let total = get(&client, &token, &path).await.json();
    assert_eq!(total["data"][0]["total_value"]["value"], first.impressions);

    let posts = world.posts(Feed::Instagram, 0, now);
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page =
            get(&client, &token, &format!("{user}/media?fields=id,like_count&limit=50{after}")).await.json();
        seen.extend(page["data"].as_array().unwrap().clone());
        if page["paging"]["next"].is_null() {
            break;
        }
        after = format!("&after={}", page["paging"]["cursors"]["after"].as_str().unwrap());
    }
    let likes: i64 = posts.iter().map(|post| post.totals(now).engagement.likes).sum();
    assert_eq!(seen.len(), posts.len());
    assert_eq!(seen.iter().map(|post| post["like_count"].as_i64().unwrap()).sum::<i64>(), likes);
}

#[tokio::test]
async fn what_a_post_does_not_have_is_refused_by_name() {
    let client = Client::demo().await;
    let token = token(&client);
    let user = user(&client, &token).await;
    let stories = get(&client, &token, &format!("{user}/stories?fields=id,timestamp")).await.json();
    let story = stories["data"][0]["id"].as_str().unwrap();
    let refused = get(&client, &token, &format!("{story}/insights?metric=reach,saved")).await.json();
    assert_eq!(refused["error"]["code"], 100);
    assert!(refused["error"]["message"].as_str().unwrap().contains("does not support the saved metric"));
    let given = get(&client, &token, &format!("{story}/insights?metric=reach,navigation")).await.json();
    assert_eq!(given["data"][1]["name"], "navigation");
    assert_eq!(get(&client, "wrong", &user).await.json()["error"]["code"], 190);
}
