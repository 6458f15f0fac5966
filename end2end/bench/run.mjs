// Started by `cargo xtask bench`: a server on a fresh data directory, a workspace with a million facts out of a file,
// and the figures of `dashboard.mjs` on it. `FACTS=100000` makes fewer.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { createInterface } from "node:readline";
import { request } from "playwright-core";
import { measure } from "./dashboard.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const BINARY = process.env.E2E_SERVER_BINARY ?? join(ROOT, "target/release/windhover");
const ASSETS = process.env.E2E_DIST ?? join(ROOT, "dist");
const FACTS = Number(process.env.FACTS ?? 1_000_000);
const DAYS = 400;
/** What a browser's cube holds at most; the server answers larger questions itself. */
const CUBE_CELLS = 300_000;
const SLUG = "bench";
const PERSON = { email: "bench@example.com", password: "a bench of numbers 1" };

const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);

/** All that the tiles and columns of the advertising dashboard show: what nobody reports would be left out. */
const HEAD = "Date,Campaign,Impressions,Clicks,Cost,Conversions,Conv. value,Currency code";

/** A campaign and a day per line; figures that differ but need no random numbers. */
function* lines(campaigns) {
  yield `${HEAD}\n`;
  for (let back = DAYS; back >= 1; back -= 1) {
    const date = day(back);
    let block = "";
    for (let campaign = 0; campaign < campaigns; campaign += 1) {
      const impressions = 1_000 + ((campaign * 7_919 + back * 104_729) % 9_001);
      const [clicks, conversions] = [impressions % 211, impressions % 17];
      block += `${date},Campaign ${campaign},${impressions},${clicks},${clicks}.${impressions % 100},${conversions},${conversions * 40},EUR\n`;
    }
    yield block;
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}

const folder = mkdtempSync(join(tmpdir(), "windhover-bench-"));
chmodSync(folder, 0o755);
const port = await freePort();
const origin = `http://localhost:${port}`;
const server = spawn(BINARY, ["serve"], {
  cwd: folder,
  stdio: ["ignore", "pipe", "inherit"],
  env: {
    ...process.env,
    DATABASE_URL: "",
    WINDHOVER_DATA_DIR: join(folder, "data"),
    WINDHOVER_ASSETS_DIR: ASSETS,
    WINDHOVER_LISTEN: `127.0.0.1:${port}`,
    WINDHOVER_LOG: "warn",
  },
});
const ended = once(server, "close");

async function started() {
  for await (const line of createInterface({ input: server.stdout })) {
    const code = /one-time code\s+(\S+)/.exec(line)?.[1];
    if (code) return code;
  }
  throw new Error("the server ended before it was ready");
}

/** Resident memory of a process (proc(5), VmRSS). */
function residentMegabytes(pid) {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1];
  return Math.round(kilobytes / 102.4) / 10;
}

async function good(answer) {
  if (!answer.ok()) throw new Error(`${answer.url()}: ${answer.status()} ${await answer.text()}`);
  return answer;
}

async function load(api, cookie, name, body) {
  const uploaded = await fetch(`${origin}/api/w/${SLUG}/imports/upload?name=${name}`, {
    method: "POST",
    headers: { cookie, "content-type": "text/csv" },
    body,
    duplex: "half",
  });
  if (!uploaded.ok) throw new Error(`upload: ${uploaded.status} ${await uploaded.text()}`);
  const preview = await uploaded.json();
  await good(await api.post("/api/f/load_import", { data: { ws: SLUG, import: preview.import, mapping: preview.mapping }, timeout: 600_000 }));
  for (;;) {
    const list = await (await good(await api.get("/api/f/imports", { params: { ws: SLUG } }))).json();
    const found = list.find((each) => each.id === preview.import);
    const state = found?.state?.state ?? found?.state;
    if (state === "loaded") return Date.now();
    if (state !== "loading") throw new Error(`the import is ${JSON.stringify(found?.state)}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

try {
  const code = await started();
  server.stdout.resume();
  const api = await request.newContext({ baseURL: origin });
  const form = {
    "form[code]": code,
    "form[email]": PERSON.email,
    "form[password]": PERSON.password,
    "form[workspace][name]": "Bench",
    "form[workspace][currency]": "EUR",
    "form[workspace][time_zone]": "UTC",
    "form[workspace][week_start]": "monday",
  };
  await good(await api.post("/api/f/set_up", { form }));
  const state = await api.storageState();
  const cookie = state.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  // Before any work: what the server needs when nobody asks anything of it.
  console.log(JSON.stringify({ name: "rss_idle", value: residentMegabytes(server.pid), unit: "MB", detail: "server process after set-up, without its PostgreSQL" }));
  const campaigns = Math.ceil(FACTS / DAYS);
  await load(api, cookie, "facts.csv", Readable.toWeb(Readable.from(lines(campaigns))));
  const commit = () => load(api, cookie, "more.csv", `${HEAD}\n${day(2)},Late,100,10,5,1,40,EUR\n${day(3)},Late,100,10,5,1,40,EUR\n`);
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  // The period and its comparison, both full of facts.
  const days = Math.min(Math.floor(CUBE_CELLS / campaigns / 2), DAYS / 2 - 1);
  const engine = { days, cells: 2 * days * campaigns };
  for (const figure of await measure({ origin, workspace: SLUG, state, commit, engine, executablePath })) {
    console.log(JSON.stringify({ ...figure, detail: { facts: campaigns * DAYS, measured: figure.detail } }));
  }
  await api.dispose();
} finally {
  server.kill("SIGINT");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
