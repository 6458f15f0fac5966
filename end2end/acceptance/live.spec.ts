// A page that stays open: what others commit appears by itself.
import { type Page, expect } from "@playwright/test";
import { OWN, importText, undoImport } from "../fixtures/api.js";
import { connectGoogleAds, connectionState } from "../fixtures/google-ads.js";
import { figure, number, openDashboard, spoken } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

/** From the commit to the changed figure. A second is the bar of a release build; the tests run a debug build. */
const SOON_MS = 2_500;
const DAY = 86_400;

const csv = (clicks: number) => `Date,Campaign,Impressions,Clicks\n2026-07-01,Live,1000,${clicks}\n2026-07-02,Live,2000,${clicks}\n`;

/** Keeps a mark that a reload would lose, and counts what a person would see as flicker. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = { placeholders: 0, changedAt: 0 };
    Object.assign(window, { seen });
    const tile = document.querySelector("#kpi-clicks");
    new MutationObserver(() => (seen.changedAt ||= Date.now())).observe(tile!, { subtree: true, childList: true, characterData: true });
    new MutationObserver((changes) => {
      for (const change of changes) {
        for (const node of change.addedNodes) {
          if (node instanceof Element && node.matches(".widget__skeleton, .tile__value--loading, .tile--outline")) seen.placeholders += 1;
        }
      }
    }).observe(document.body, { subtree: true, childList: true });
  });
}

const seen = (page: Page) => page.evaluate(() => (window as unknown as { seen?: { placeholders: number; changedAt: number } }).seen);

test("a file that somebody loads appears on an open dashboard, soon and without flicker", async ({ page, api }, info) => {
  const first = await importText(api, OWN, "live-1.csv", csv(10));
  await openDashboard(page, "r=2026-07-01..2026-07-02&cmp=none", OWN);
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 20");
  await page.getByRole("button", { name: /^(Stale · )?Complete to|First figures/ }).click();
  await expect(page.getByRole("dialog", { name: "How complete the figures are" })).toContainText("New data appears by itself.");
  await page.keyboard.press("Escape");
  await watch(page);
  const second = await importText(api, OWN, "live-2.csv", csv(25));
  const committed = Date.now();
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 50");
  const after = await seen(page);
  expect(after, "the page was loaded again").toBeDefined();
  expect(after?.placeholders).toBe(0);
  const took = (after?.changedAt ?? Infinity) - committed;
  info.annotations.push({ type: "from commit to figure", description: `${took} ms` });
  expect(took).toBeLessThan(SOON_MS);
  await undoImport(api, OWN, second);
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 20");
  await undoImport(api, OWN, first);
  expect(await seen(page)).toBeDefined();
});

test("without WebSockets the page asks, and says so", async ({ page, api }) => {
  await page.routeWebSocket(/\/live$/, (socket) => void socket.close({ code: 1001 }));
  const first = await importText(api, OWN, "poll-1.csv", csv(11));
  await openDashboard(page, "r=2026-07-01..2026-07-02&cmp=none", OWN);
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 22");
  await page.getByRole("button", { name: /^(Stale · )?Complete to|First figures/ }).click();
  await expect(page.getByRole("dialog", { name: "How complete the figures are" })).toContainText("the server is asked every few seconds", { timeout: 20_000 });
  await page.keyboard.press("Escape");
  await watch(page);
  const second = await importText(api, OWN, "poll-2.csv", csv(26));
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 52", { timeout: 20_000 });
  expect(await seen(page), "the page was loaded again").toBeDefined();
  await undoImport(api, OWN, second);
  await undoImport(api, OWN, first);
});

test("time passes at the platform: today's figures grow on an open page after the next run", async ({ page, context, server }) => {
  test.slow();
  const connection = await context.newPage();
  await connectGoogleAds(connection, OWN, ["4050370406"], "30 days");
  await openDashboard(page, "r=28d&today=1&cmp=none", OWN);
  const before = number(await figure(page, "Conversions"));
  expect(before).toBeGreaterThan(0);
  await watch(page);
  // A day later the platform has attributed more conversions to the last weeks.
  await server.simulator.advance(DAY);
  await connection.getByRole("button", { name: "Sync now" }).click();
  await expect.poll(async () => number(await figure(page, "Conversions")), { timeout: 60_000 }).toBeGreaterThan(before);
  const after = await seen(page);
  expect(after, "the page was loaded again").toBeDefined();
  expect(after?.placeholders).toBe(0);
  await expect(connectionState(connection, "Up to date")).toBeVisible({ timeout: 60_000 });
  await connection.close();
});

test("two tabs of one person do not get in each other's way", async ({ page, context }) => {
  await openDashboard(page, "r=7d");
  const other = await context.newPage();
  await openDashboard(other, "r=14d&cmp=none");
  await page.keyboard.press("[");
  await expect(page).not.toHaveURL(/r=7d/);
  await expect(other).toHaveURL(/r=14d&cmp=none/);
  await other.close();
});

test("a lost connection is said, the last figures stay, and they come back to life", async ({ page, context, api, problems }) => {
  problems.expect(/ERR_INTERNET_DISCONNECTED|WebSocket connection|Failed to load resource/);
  const first = await importText(api, OWN, "offline-1.csv", csv(12));
  await openDashboard(page, "r=2026-07-01..2026-07-02&cmp=none", OWN);
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 24");
  await context.setOffline(true);
  await expect(page.getByText("No connection. You see the last figures")).toBeVisible();
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 24");
  const second = await importText(api, OWN, "offline-2.csv", csv(27));
  await context.setOffline(false);
  await expect(page.getByText("No connection. You see the last figures")).toBeHidden();
  await expect(spoken(page, "Clicks")).toHaveText("Clicks: 54", { timeout: 40_000 });
  await undoImport(api, OWN, second);
  await undoImport(api, OWN, first);
});
