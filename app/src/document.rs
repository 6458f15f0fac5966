//! The HTML document around the app.

use crate::App;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// Public addresses of the built files, from the bundle's manifest (logical name → hashed path).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    /// The WebAssembly glue.
    pub app_js: String,
    /// The WebAssembly module.
    pub app_wasm: String,
    /// The module with the pages that are no dashboard; see [`crate::ui::later`].
    pub later_wasm: String,
    /// The chart library: dashboards run it ahead, other pages do not load it.
    pub echarts_js: String,
    /// All styles.
    pub app_css: String,
    /// The text font.
    pub font: Option<String>,
    /// A script that reloads the page when the server was rebuilt (`cargo xtask dev` only).
    pub reload_js: Option<String>,
}

/// Whether the page that is being rendered is a dashboard; all others are in the module that loads later.
fn is_dashboard() -> bool {
    #[cfg(feature = "ssr")]
    return use_context::<http::request::Parts>().is_some_and(|parts| parts.uri.path().contains("/dash/"));
    #[cfg(not(feature = "ssr"))]
    false
}

/// The whole document, rendered on the server for every page.
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    let is_dashboard = is_dashboard();
    let boot = format!(
        "import init,{{hydrate}} from '{}';init({{module_or_path:'{}'}}).then(hydrate).catch(e=>{{console.error(e);document.getElementById('dead').hidden=false}});",
        assets.app_js, assets.app_wasm
    );
    // Sets the theme before the first paint, so that a dark page never flashes white.
    let theme = "try{var t=localStorage.getItem('wh-theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch(e){}";
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="wh-echarts" content=assets.echarts_js.clone()/>
                <script nonce=nonce.clone() inner_html=theme></script>
                <link rel="stylesheet" href=assets.app_css/>
                {assets.font.map(|href| view! { <link rel="preload" r#as="font" type="font/woff2" href=href crossorigin="anonymous"/> })}
                <link rel="modulepreload" href=assets.app_js/>
                <link rel="preload" href=assets.app_wasm r#as="fetch" type="application/wasm" crossorigin="anonymous"/>
                {if is_dashboard {
                    // Run while the app is still on its way: charts find it in the browser's module map.
                    view! { <script nonce=nonce.clone() type="module" r#async=true src=assets.echarts_js></script> }.into_any()
                } else {
                    view! { <link rel="preload" href=assets.later_wasm r#as="fetch" type="application/wasm" crossorigin="anonymous"/> }.into_any()
                }}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <MetaTags/>
            </head>
            // A page that is no dashboard is brought to life by the second module.
            <body data-later=(!is_dashboard).then_some("true")>
                <App/>
                <div id="dead" class="dead" role="alert" hidden>
                    "This page did not load completely and does not react. " <a href="">"Load again"</a>
                </div>
                <script nonce=nonce.clone() type="module" inner_html=boot></script>
                {assets.reload_js.map(|src| view! { <script nonce=nonce src=src></script> })}
            </body>
        </html>
    }
}
