//! Pages for admins, written in Markdown, as HTML of ours.

use serde::{Deserialize, Serialize};

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guide {
    /// Its first heading.
    pub title: String,
    /// What follows the heading.
    pub html: String,
}

/// The page as HTML. Links between pages lead to where the workspace shows them; the text is our own, built into the server.
#[cfg(feature = "ssr")]
pub(super) fn rendered(markdown: &str, workspace: &str) -> Guide {
    use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
    let (mut title, mut is_title, mut events) = (String::new(), false, Vec::new());
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => is_title = true,
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => is_title = false,
            Event::Text(text) if is_title => title.push_str(&text),
            // The slug behind the name.
            _ if is_title => {}
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = address(&dest_url, workspace).into();
                events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            // A wide table scrolls by itself.
            Event::Start(Tag::Table(alignment)) => {
                events.push(Event::Html("<div class=\"table-scroll\" tabindex=\"0\" role=\"group\">".into()));
                events.push(Event::Start(Tag::Table(alignment)));
            }
            Event::End(TagEnd::Table) => {
                events.push(Event::End(TagEnd::Table));
                events.push(Event::Html("</div>".into()));
            }
            other => events.push(other),
        }
    }
    let mut page = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut page, events.into_iter());
    Guide { title: title.replace(" ()", ""), html: page }
}

#[cfg(feature = "ssr")]
fn address(target: &str, workspace: &str) -> String {
    match target.strip_suffix(".md") {
        Some("README") => format!("/w/{workspace}/data/platforms"),
        Some(page) if !page.contains('/') => format!("/w/{workspace}/data/platforms/{page}"),
        _ => target.to_owned(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn links_between_pages_stay_in_the_workspace_and_the_slug_leaves_the_title() {
        let guide = rendered(
            "# X Ads (`x`)\n\n[All](README.md), [Y](y.md), [them](https://x.example/a.md)\n",
            "acme",
        );
        assert_eq!(guide.title, "X Ads");
        assert!(!guide.html.contains("X Ads"), "{}", guide.html);
        for href in ["/w/acme/data/platforms\"", "/w/acme/data/platforms/y\"", "https://x.example/a.md\""] {
            assert!(guide.html.contains(&format!("href=\"{href}")), "{href}: {}", guide.html);
        }
    }

    #[test]
    fn tables_scroll_by_themselves() {
        let guide = rendered("# T\n\n| a | b |\n|---|---|\n| `<1>` | 2 |\n", "acme");
        assert!(guide.html.contains("table-scroll") && guide.html.contains("<td>2</td>"), "{}", guide.html);
        assert!(guide.html.contains("&lt;1&gt;"), "{}", guide.html);
    }
}
