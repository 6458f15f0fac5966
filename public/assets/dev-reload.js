// Only for `cargo xtask dev`: reloads the page when the server was restarted. A page that was rendered by the old server
// may have been left by a failed build for minutes: it just keeps asking.
const POLL_MS = 700;

async function startedAt() {
  try {
    const response = await fetch("/healthz", { cache: "no-store" });
    return response.ok ? (await response.json()).started : undefined;
  } catch {
    return undefined; // The server is being restarted.
  }
}

let first;
setInterval(async () => {
  const started = await startedAt();
  if (started === undefined) return;
  first ??= started;
  if (started !== first) location.reload();
}, POLL_MS);
