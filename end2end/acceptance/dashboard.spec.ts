// The dashboard on the demo: figures agree with each other, anything can be a filter, the address is the view.
import { type Page, expect } from "@playwright/test";
import {
  RHYTHM,
  SHARE,
  TABLE,
  TOP,
  TREND,
  asTable,
  chips,
  figure,
  grid,
  hitBar,
  number,
  openDashboard,
  range,
  rowName,
  rows,
  settled,
  spoken,
  totals,
  typePeriod,
  widget,
} from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

const METRICS = ["Spend", "Impressions", "Clicks", "CTR", "CPC", "Conversions", "CPA", "Conversion value", "ROAS"];

const query = (page: Page) => new URL(page.url()).searchParams;

/** Presses a key of the page once it is nobody else's. */
async function press(page: Page, key: string): Promise<void> {
  await page.locator("body").press(key);
}

test("a drag zooms, a double click leads back to before the zoom", async ({ page }) => {
  await openDashboard(page, "r=90d");
  const box = (await widget(page, TREND).getByRole("img").boundingBox())!;
  const drag = async (from: number, to: number) => {
    const y = box.y + box.height - 50;
    await page.mouse.move(box.x + box.width * from, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, y, { steps: 6 });
    await page.mouse.up();
    await expect(page).toHaveURL(/r=\d{4}-\d\d-\d\d\.\./);
    await settled(page);
  };
  await drag(0.3, 0.7);
  const once = query(page).get("r");
  await drag(0.3, 0.6);
  expect(query(page).get("r")).not.toBe(once);
  await page.mouse.dblclick(box.x + box.width * 0.4, box.y + box.height - 50);
  await expect.poll(() => query(page).get("r")).toBe("90d");
});

test("a chart's menu is named by what the chart shows now", async ({ page }) => {
  await openDashboard(page);
  await expect(widget(page, TREND).getByRole("button", { name: "Menu of Conversions by platform" })).toBeVisible();
  await page.getByRole("region", { name: "Key figures" }).getByRole("button", { name: "Clicks", exact: true }).click();
  await expect(widget(page, TREND).getByRole("button", { name: "Menu of Clicks by platform" })).toBeVisible();
});

test("tiles, table and charts show the same figures", async ({ page }) => {
  await openDashboard(page, "m=spend&cmp=none");
  const shown = await Promise.all(METRICS.map((metric) => figure(page, metric)));
  // Figures without a tile stand behind those that have one.
  expect((await totals(page)).slice(0, shown.length)).toEqual(shown);

  const spend = number(shown[0] ?? "");
  const cents = (value: number) => Math.round(value * 100);
  const sum = (values: string[]) => values.filter((v) => v && v !== "—").reduce((all, value) => all + cents(number(value)), 0);
  const lines = await asTable(page, TREND);
  expect(lines.rows).toHaveLength(28);
  // Each day is rounded for itself: half a cent each at most.
  expect(Math.abs(sum(lines.rows.flatMap((row) => row.slice(1))) - cents(spend))).toBeLessThanOrEqual(14);
  const shares = await asTable(page, SHARE);
  expect(Math.abs(sum(shares.rows.map((row) => row[1] ?? "")) - cents(spend))).toBeLessThanOrEqual(2);
  const days = await asTable(page, RHYTHM);
  expect(Math.abs(sum(days.rows.flatMap((row) => row.slice(1))) - cents(spend))).toBeLessThanOrEqual(14);
  const bars = await asTable(page, TOP);
  const first = rows(page).first();
  expect(bars.rows[0]?.[0]).toBe(await rowName(first));
  expect(number(bars.rows[0]?.[1] ?? "")).toBe(number(await first.getByRole("gridcell").first().innerText()));

  // Ratios are those of the totals, not averages.
  const [, impressions, clicks, ctr, cpc, conversions, cpa, value, roas] = shown.map((text) => number(text));
  expect(ctr).toBeCloseTo((100 * clicks!) / impressions!, 1);
  expect(cpc).toBeCloseTo(spend / clicks!, 2);
  expect(cpa).toBeCloseTo(spend / conversions!, 1);
  expect(roas).toBeCloseTo(value! / spend, 2);
});

test("a row is a filter, again frees it, Shift leaves it out, Back undoes", async ({ page }) => {
  await openDashboard(page, "cmp=none&m=clicks");
  const all = number(await figure(page, "Clicks"));
  const row = rows(page).first();
  const name = await rowName(row);
  const own = number(await row.getByRole("gridcell").nth(2).innerText());
  await row.getByRole("gridcell").nth(3).click();
  await expect(chips(page)).toHaveText([`Campaign is ${name}`]);
  await expect(spoken(page, "Clicks")).toContainText(own.toLocaleString("en"));
  expect(query(page).getAll("f")).toHaveLength(1);
  await expect(row).toHaveAttribute("aria-selected", "true");

  await row.getByRole("gridcell").nth(3).click({ modifiers: ["Shift"] });
  await expect(chips(page)).toHaveText([`Campaign is not ${name}`]);
  await expect.poll(async () => number(await figure(page, "Clicks"))).toBe(all - own);

  await page.goBack();
  await expect(chips(page)).toHaveText([`Campaign is ${name}`]);
  await page.goBack();
  await expect(chips(page)).toHaveCount(0);
  await expect.poll(async () => number(await figure(page, "Clicks"))).toBe(all);
  await page.goForward();
  await expect(chips(page)).toHaveText([`Campaign is ${name}`]);
  await page.getByRole("button", { name: `Remove the filter “Campaign is ${name}”` }).click();
  await expect(chips(page)).toHaveCount(0);
});

test("Ctrl adds a second row, and the figures are those of both", async ({ page }) => {
  await openDashboard(page, "cmp=none");
  const clicks = async (at: number) => number(await rows(page).nth(at).getByRole("gridcell").nth(2).innerText());
  const both = (await clicks(0)) + (await clicks(1));
  await rows(page).nth(0).getByRole("gridcell").nth(2).click();
  await expect(chips(page)).toHaveCount(1);
  await rows(page).nth(1).getByRole("gridcell").nth(2).click({ modifiers: ["ControlOrMeta"] });
  await expect.poll(async () => number(await figure(page, "Clicks"))).toBe(both);
  await expect(chips(page)).toHaveCount(1);
});

test("a bar, a legend entry and a slice are filters by pointer", async ({ page }) => {
  await openDashboard(page, "cmp=none&by=account&m=clicks");
  const legend = widget(page, TREND).getByRole("list", { name: "Lines" }).getByRole("button");
  const account = (await legend.nth(1).innerText()).trim();
  await legend.nth(1).click();
  await expect(chips(page)).toHaveText([`Account is ${account}`]);
  await expect(legend.nth(1)).toHaveAttribute("aria-pressed", "true");
  await legend.nth(1).click();
  await expect(chips(page)).toHaveCount(0);

  // The first bar, wherever it is drawn: the tooltip says so.
  const bars = widget(page, TOP);
  await bars.scrollIntoViewIfNeeded();
  const box = await bars.getByRole("img").boundingBox();
  if (!box) throw new Error("the bar chart is not drawn");
  const top = await hitBar(page, box);
  await expect(chips(page)).toHaveText([`Campaign is ${top}`]);
});

test("the address restores the view in another browser", async ({ page, browser, server, storageState }) => {
  await openDashboard(page);
  await rows(page).nth(2).getByRole("gridcell").first().click();
  await typePeriod(page, "14d");
  await page.getByRole("button", { name: "Clicks", exact: true }).first().click();
  await grid(page).getByRole("button", { name: /^CPC/ }).click();
  await settled(page);
  const look = async (on: Page) => ({
    chips: await chips(on).allInnerTexts(),
    range: await range(on).innerText(),
    figures: await Promise.all(METRICS.map((metric) => figure(on, metric))),
    totals: await totals(on),
    names: await rows(on).getByRole("rowheader").allInnerTexts(),
    trend: await widget(on, TREND).getByRole("heading").innerText(),
  });
  const here = await look(page);
  expect(here.trend).toBe("Clicks by platform");
  const elsewhere = await browser.newContext({ baseURL: server.origin, storageState, locale: "en-GB", timezoneId: "Europe/Berlin" });
  const other = await elsewhere.newPage();
  await other.goto(page.url());
  await settled(other);
  expect(await look(other)).toEqual(here);
  await elsewhere.close();
});

test("drill from account to campaign to ad group to ad, and back up", async ({ page }) => {
  // Days that are over in every account's zone: of a day that goes on, one level is always read before the other.
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  await openDashboard(page, `cmp=none&rows=account&r=${day(30)}..${day(3)}`);
  const path = page.getByRole("navigation", { name: "Drill" });
  for (const [next, kind] of [["Campaigns", "Account"], ["Ad groups", "Campaign"], ["Ads", "Ad group"]] as const) {
    const row = rows(page).filter({ has: page.getByRole("button", { name: /^Go down/ }) }).first();
    const impressions = await row.getByRole("gridcell").nth(1).innerText();
    const name = await rowName(row);
    await row.getByRole("button", { name: `Go down into ${name}` }).click();
    await expect(widget(page, new RegExp(`^${next}$`))).toBeVisible();
    await settled(page);
    await expect(path.getByRole("listitem").last()).toHaveText(new RegExp(`^${kind}\\s+`));
    await expect(path.getByRole("listitem").last()).toContainText(name);
    await expect(spoken(page, "Impressions")).toContainText(impressions);
    await expect(rows(page).first()).toBeVisible();
    // What the rows sum up to is what was drilled into.
    await expect.poll(async () => (await totals(page))[1], { message: `${kind} ${name}` }).toBe(impressions);
  }
  await page.goBack();
  await expect(widget(page, /^Ad groups$/)).toBeVisible();
  await path.getByRole("button", { name: "All accounts" }).click();
  await expect(widget(page, /^Accounts$/)).toBeVisible();
  await expect(path).toBeHidden();
});

test("periods by preset, by text, by calendar and by key", async ({ page }) => {
  await openDashboard(page);
  const dialog = page.getByRole("dialog", { name: "Dates and comparison" });
  await expect(range(page)).toContainText("Last 28 days");
  await range(page).click();
  await dialog.getByRole("button", { name: "Last 7 days" }).click();
  await expect(dialog).toBeHidden();
  await expect(range(page)).toContainText("Last 7 days");
  expect(query(page).get("r")).toBe("7d");
  await settled(page);

  await typePeriod(page, "28d");
  await expect(range(page)).toContainText("Last 28 days");
  await typePeriod(page, "mtd");
  expect(query(page).get("r")).toBe("mtd");
  await typePeriod(page, "1-15 mar");
  expect(query(page).get("r")).toMatch(/^\d{4}-03-01\.\.\d{4}-03-15$/);

  await press(page, "d");
  await expect(dialog.getByLabel("Type a period")).toBeFocused();
  await dialog.getByLabel("Type a period").fill("30 feb");
  await expect(dialog.getByRole("status").first()).toContainText("There is no day 30");
  await dialog.getByLabel("Type a period").press("Enter");
  await expect(dialog).toBeVisible();
  await dialog.getByLabel("Type a period").fill("2026-09-01..2026-09-30");
  await expect(dialog).toContainText("1–30 Sep 2026 (30 days)");
  await dialog.getByLabel("Type a period").press("Enter");
  await expect(dialog).toBeHidden();

  await press(page, "[");
  await expect(page).toHaveURL(/r=2026-08-01\.\.2026-08-31/);
  await press(page, "]");
  await expect(page).toHaveURL(/r=2026-09-01\.\.2026-09-30/);
  await press(page, "x");
  await expect(page).toHaveURL(/cmp=none/);
  await expect(range(page)).not.toContainText("vs");
  await press(page, "x");
  await expect(page).not.toHaveURL(/cmp=/);

  await range(page).click();
  await dialog.getByRole("button", { name: "10 Sep 2026" }).click();
  await dialog.getByRole("button", { name: "16 Sep 2026" }).click();
  await expect(page).toHaveURL(/r=2026-09-10\.\.2026-09-16/);
});

test("comparison: previous period, last year, weekdays matched or not", async ({ page }) => {
  await openDashboard(page, "r=2026-10-10..2026-10-19");
  const dialog = page.getByRole("dialog", { name: "Dates and comparison" });
  const before = await spoken(page, "Clicks").innerText();
  await range(page).click();
  // Ten days back start on another weekday; matched, they are the ten days of two weeks before.
  await expect(dialog.getByRole("checkbox", { name: "Match weekdays" })).toBeChecked();
  await expect(dialog).toContainText("vs 26 Sep – 5 Oct 2026 (10 days)");
  await dialog.getByText("Match weekdays").click();
  await expect(dialog).toContainText("vs 30 Sep – 9 Oct 2026 (10 days)");
  await expect(page).toHaveURL(/wd=0/);
  await settled(page);
  await expect(spoken(page, "Clicks")).not.toHaveText(before);
  await dialog.getByText("Same period last year").click();
  await expect(page).toHaveURL(/cmp=/);
  await expect(dialog).toContainText(/vs \d+.* Oct 2025/);
  await dialog.getByText("None", { exact: true }).click();
  await expect(page).toHaveURL(/cmp=none/);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(range(page)).toBeFocused();
  await expect(spoken(page, "Clicks")).toHaveText(/^Clicks: [\d,]+$/);
});

test("each figure says where it comes from", async ({ page }) => {
  await openDashboard(page);
  const panel = page.getByRole("dialog", { name: "Where does CPC come from?" });
  await page.getByRole("button", { name: "Menu of CPC" }).click();
  await page.getByRole("menuitem", { name: "Where does this come from?" }).click();
  await expect(panel).toContainText(await figure(page, "CPC"));
  for (const term of ["Formula", "Days", "Currency", "Sources", "Attribution"]) {
    await expect(panel.getByRole("term").filter({ hasText: new RegExp(`^${term}$`) })).toBeVisible();
  }
  await expect(panel).toContainText(`spend ${await figure(page, "Spend")} and clicks ${await figure(page, "Clicks")}`);
  await expect(panel).toContainText("Europe/Berlin");
  await expect(panel.getByRole("table").getByRole("rowheader")).toHaveCount(6);
  await expect(panel.getByRole("table").getByRole("row").nth(1)).toContainText(/20\d\d/);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
});

test("the table sorts, searches and keeps its totals right", async ({ page }) => {
  await openDashboard(page, "cmp=none");
  const spends = async () => {
    const found: number[] = [];
    for (const row of await rows(page).all()) {
      const text = await row.getByRole("gridcell").first().innerText();
      if (text.trim() !== "—") found.push(number(text));
    }
    return found;
  };
  const sorted = await spends();
  expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
  await grid(page).getByRole("button", { name: /^Spend/ }).click();
  await expect(grid(page).getByRole("columnheader", { name: /^Spend/ })).toHaveAttribute("aria-sort", "ascending");
  const up = await spends();
  expect(up).toEqual([...up].sort((a, b) => a - b));
  const before = (await totals(page))[2];
  await page.getByLabel("Search the table").fill("brand");
  await expect(page).toHaveURL(/q=brand/);
  await expect(rows(page).filter({ hasNotText: /brand/i })).toHaveCount(0);
  await expect.poll(async () => (await totals(page))[2]).not.toBe(before);
  const shown = await rows(page).all();
  let clicks = 0;
  for (const row of shown) clicks += number(await row.getByRole("gridcell").nth(2).innerText());
  expect(number((await totals(page))[2] ?? "")).toBe(clicks);
  await expect(widget(page, TABLE).getByRole("row", { name: /^Found \(\d+ of \d+\)/ })).toBeVisible();
});

test("nonsense in the address falls back and says so", async ({ page }) => {
  await openDashboard(page, "r=soon&m=happiness&f=colour:red&sort=nothing&f=campaign:999999999");
  const notices = page.getByRole("status").filter({ hasText: "was not understood" });
  await expect(notices).toContainText("The period “soon” was not understood");
  await expect(notices).toContainText("There is no metric “happiness”");
  await expect(notices).toContainText("The filter “colour:red” was not understood");
  await expect(notices).toContainText("The order “nothing” was not understood");
  await expect(notices).toContainText("999999999 no longer exists");
  await expect(range(page)).toContainText("Last 28 days");
  await notices.getByRole("button", { name: "Clear" }).click();
  await expect(chips(page)).toHaveCount(0);
  await expect.poll(async () => number(await figure(page, "Spend"))).toBeGreaterThan(0);
  // Nothing but the address is needed to get out.
  await openDashboard(page, "r=2031-01-01..2031-01-31");
  await expect(widget(page, TREND)).toContainText("There are no figures in 1–31 Jan 2031.");
});

test("one failing question does not take the page down, and trying again heals it", async ({ page, problems }) => {
  problems.expect(/Failed to load resource.*50\d/);
  await page.route(/\/api\/w\/demo\/(cube|frames)/, (route) => route.fulfill({ status: 503, contentType: "application/json", body: "{}" }));
  await page.goto("/w/demo/dash/paid?r=21d");
  await expect(page.getByRole("button", { name: "Try again" }).first()).toBeVisible();
  await expect(page.getByRole("heading", { name: "Paid performance" })).toBeVisible();
  await page.unroute(/\/api\/w\/demo\/(cube|frames)/);
  await page.getByRole("button", { name: "Try again" }).first().click();
  await expect(spoken(page, "Spend")).toContainText(/[1-9]/);
});
