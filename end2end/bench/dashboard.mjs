// What a person waits for on a dashboard, measured in Chromium: first paint, second visit, a click, somebody's commit.
//
//   node bench/dashboard.mjs ORIGIN WORKSPACE EMAIL PASSWORD [QUERY]
//
// measures a server that runs already, on a workspace whose figures stand still; `bench/run.mjs` makes both. One JSON
// object per figure on standard output, as in `cargo xtask bench`.
import { pathToFileURL } from "node:url";
import { chromium, request } from "playwright-core";
import { ARGUMENTS } from "../fixtures/arguments.mjs";

/** Tall enough that no chart waits for a scroll. */
const VIEWPORT = { width: 1440, height: 2200 };
const VISITS = 5;
const CLICKS = 20;
/** Nothing was drawn for so long: it is finished. */
const QUIET_MS = 200;

/** Runs in the page before anything else: notes when something was last drawn, in the page's own clock. */
function instrument() {
  const bench = { drawn: 0, clicked: 0, changed: 0, engine: [] };
  Object.assign(window, { bench });
  // The app's own measure of one question to the cube engine.
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("windhover:cube")) bench.engine.push(entry.duration);
  }).observe({ entryTypes: ["measure"] });
  const draw = () => (bench.drawn = performance.now());
  for (const name of ["fill", "stroke", "fillText", "fillRect", "clearRect", "drawImage"]) {
    const original = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...values) {
      draw();
      return original.apply(this, values);
    };
  }
  new MutationObserver(draw).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}

/** Whether all widgets show their figures. */
function complete() {
  const tiles = document.querySelectorAll(".tile__value");
  const charts = [...document.querySelectorAll(".chart__canvas")];
  return (
    document.querySelector(".dash[data-ready=true]") !== null &&
    tiles.length === 9 &&
    document.querySelector(".tile__value--loading, .widget__skeleton") === null &&
    charts.length >= 4 &&
    charts.every((chart) => chart.querySelector("canvas, svg") !== null) &&
    document.querySelector(".grid tbody .grid__row") !== null
  );
}

/** Waits until the page has been still for a while; answers when it was last drawn. */
async function still(page) {
  return page.evaluate(
    (quiet) =>
      new Promise((done) => {
        const look = () => {
          if (performance.now() - window.bench.drawn >= quiet) done(window.bench.drawn);
          else setTimeout(look, 20);
        };
        look();
      }),
    QUIET_MS,
  );
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];
const rounded = (value) => Math.round(value * 10) / 10;

async function visit(page, address) {
  await page.goto(address);
  await page.waitForFunction(complete, undefined, { polling: "raf", timeout: 120_000 });
  return still(page);
}

/** One click on a table row: from the click to the last thing that was drawn for it. */
async function click(page, at) {
  await page.evaluate(() => {
    addEventListener("click", () => (window.bench.clicked = performance.now()), { once: true, capture: true });
  });
  const before = page.url();
  await page.locator(".grid tbody .grid__row").nth(at).locator("td").nth(3).click();
  await page.waitForFunction((url) => location.href !== url, before);
  const drawn = await still(page);
  return drawn - (await page.evaluate(() => window.bench.clicked));
}

/**
 * Measures; `commit` makes the next small change to the figures and answers when it was committed (milliseconds since
 * 1970), or is left out. `engine` names a period of `days` days with `cells` cells that just fits into a browser's cube.
 */
export async function measure({ origin, workspace, state, query = "", commit, engine, executablePath }) {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  const figures = [];
  const address = `${origin}/w/${workspace}/dash/paid${query && `?${query}`}`;
  const about = { widgets: "9 tiles, 4 charts, 1 table", visits: VISITS, viewport: `${VIEWPORT.width}x${VIEWPORT.height}` };
  const open = async () => {
    const context = await browser.newContext({ viewport: VIEWPORT, storageState: state });
    await context.addInitScript(instrument);
    return { context, page: await context.newPage() };
  };
  try {
    const cold = [];
    const warm = [];
    for (let round = 0; round < VISITS; round += 1) {
      const { context, page } = await open();
      cold.push(await visit(page, address));
      warm.push(await visit(page, address));
      await context.close();
    }
    figures.push({ name: "dashboard_cold_ms", value: rounded(median(cold)), unit: "ms", detail: { ...about, all: cold.map(rounded) } });
    figures.push({ name: "dashboard_warm_ms", value: rounded(median(warm)), unit: "ms", detail: { ...about, all: warm.map(rounded) } });

    const { context, page } = await open();
    await visit(page, address);
    const clicks = [];
    for (let round = 0; round < CLICKS; round += 1) clicks.push(await click(page, round % 5));
    figures.push({
      name: "crossfilter_p95_ms",
      value: rounded(percentile(clicks, 0.95)),
      unit: "ms",
      detail: { clicks: CLICKS, median: rounded(median(clicks)), all: clicks.map(rounded) },
    });

    // How long the engine alone needs for a question, over as many cells as a browser's cube holds.
    if (engine) await visit(page, `${origin}/w/${workspace}/dash/paid?r=${engine.days}d`);
    await page.evaluate(() => (window.bench.engine = []));
    for (let round = 0; round < CLICKS; round += 1) await click(page, round % 5);
    const questions = await page.evaluate(() => window.bench.engine);
    if (questions.length === 0) throw new Error("the engine was not asked: these figures do not fit into a browser's cube");
    figures.push({
      name: "cube_filter_group_ms",
      value: rounded(percentile(questions, 0.95)),
      unit: "ms",
      detail: { cells: engine?.cells, questions: questions.length, median: rounded(median(questions)), most: rounded(Math.max(...questions)) },
    });

    if (commit) {
      await visit(page, address);
      await page.evaluate(() => {
        const tile = document.querySelector("#kpi-clicks");
        new MutationObserver(() => (window.bench.changed ||= Date.now())).observe(tile, { subtree: true, childList: true, characterData: true });
      });
      const committed = await commit();
      await page.waitForFunction(() => window.bench.changed > 0, undefined, { timeout: 30_000 });
      const changed = await page.evaluate(() => window.bench.changed);
      figures.push({ name: "live_latency_ms", value: rounded(changed - committed), unit: "ms", detail: "from the answer to the load until the tile has changed" });
    }
    await context.close();
  } finally {
    await browser.close();
  }
  return figures;
}

/** A logged-in session's cookies. */
export async function logIn(origin, email, password) {
  const api = await request.newContext({ baseURL: origin });
  const answer = await api.post("/api/f/log_in", { form: { email, password } });
  if (!answer.ok()) throw new Error(`log-in: ${answer.status()} ${await answer.text()}`);
  const state = await api.storageState();
  await api.dispose();
  return state;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [origin, workspace, email, password, query] = process.argv.slice(2);
  if (!password) {
    console.error("node bench/dashboard.mjs ORIGIN WORKSPACE EMAIL PASSWORD [QUERY]");
    process.exit(2);
  }
  const state = await logIn(origin, email, password);
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  for (const figure of await measure({ origin, workspace, state, query, executablePath })) console.log(JSON.stringify(figure));
}
