// Connecting Google Ads: consent, accounts, first synchronisation, and what goes wrong on the way.
import type { Page } from "@playwright/test";
import { OWN } from "../fixtures/api.js";
import { chooseAccounts, connectionState, consent, connectGoogleAds, startSync } from "../fixtures/google-ads.js";
import { alive, figure, number, open, openDashboard, spoken } from "../fixtures/pages.js";
import { expect, test } from "../fixtures/test.js";

const alert = (page: Page) => page.getByRole("alert").filter({ hasText: /\S/ });

test("what is read is said before consent, and a refused consent changes nothing", async ({ page }) => {
  await open(page, `/w/${OWN}/data/connect`);
  await page.getByRole("link", { name: "Google Ads", exact: true }).click();
  await expect(page.getByRole("heading", { name: "What is read, and why" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "What never happens" })).toBeVisible();
  await page.getByRole("button", { name: "Continue to Google Ads" }).click();
  await expect(page.getByRole("heading", { name: /wants to access your Google account/ })).toBeVisible();
  const asked = new URL(page.url()).searchParams;
  expect(asked.get("response_type")).toBe("code");
  expect(asked.get("code_challenge_method")).toBe("S256");
  expect(asked.get("state")?.length ?? 0).toBeGreaterThan(20);
  await page.getByRole("button", { name: "Deny" }).click();
  await alive(page);
  await expect(alert(page)).toContainText("Nothing was connected");
  // The way on is the button that is there.
  await expect(page).toHaveURL(/\/data\/connect\/google_ads\?/);
  await expect(page.getByRole("button", { name: "Continue to Google Ads" })).toBeVisible();
});

test("an invented, a used and a foreign answer of the vendor are refused", async ({ page, browser, server }) => {
  await open(page, `/oauth/callback?code=stolen&state=${"x".repeat(43)}`);
  await expect(alert(page)).toContainText("Nothing was connected");

  let answer = "";
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/oauth/callback") answer = request.url();
  });
  await consent(page, OWN);
  await expect(page).toHaveURL(/\/accounts$/);
  expect(answer).toContain("code=");
  // The same answer once more.
  await open(page, answer);
  await expect(alert(page)).toContainText("Nothing was connected");
  // Somebody who is not logged in can't hand an answer in.
  const stranger = await browser.newContext({ baseURL: server.origin, storageState: { cookies: [], origins: [] } });
  const theirs = await stranger.newPage();
  await open(theirs, answer);
  await expect(theirs).toHaveURL(/\/login/);
  await stranger.close();
});

test("from consent to figures that grow while the first run goes on", async ({ page, context }) => {
  test.slow();
  await consent(page, OWN);
  const table = page.getByRole("region", { name: "Accounts" }).or(page.getByRole("table")).first();
  await expect(table).toBeVisible();
  const boxes = page.getByRole("row").getByRole("checkbox");
  await expect(page.getByText("0 of 6 chosen")).toBeVisible();
  await expect(page.getByRole("button", { name: "Start first synchronisation" })).toBeDisabled();

  const names = await page.getByRole("row").locator("label").allInnerTexts();
  expect(names).toHaveLength(6);
  const wanted = names[0] ?? "";
  await page.getByLabel("Search by name or id").fill(wanted.slice(0, 8).toUpperCase());
  await expect(page.getByRole("row").getByRole("checkbox", { name: wanted })).toBeVisible();
  await page.getByLabel("Search by name or id").fill("no such account");
  await expect(page.getByText("No account has such a name or id.")).toBeVisible();
  await page.getByLabel("Search by name or id").fill("");
  await expect(boxes).toHaveCount(7);
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).check();
  await expect(page.getByText("6 of 6 chosen")).toBeVisible();
  await page.getByRole("checkbox", { name: "Choose all that are shown" }).uncheck();
  await expect(page.getByText("0 of 6 chosen")).toBeVisible();

  // On a phone the list needs no sideways scroll, and there is a box that chooses all.
  const desktop = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.locator(".table-scroll").first().evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(0);
  await expect(page.getByRole("checkbox", { name: "Choose all that are shown" })).toBeVisible();
  await page.setViewportSize(desktop);

  await chooseAccounts(page, ["4017654321", "4030740755"]);
  await page.getByLabel("History").selectOption({ label: "90 days" });
  await expect(page.getByRole("status").filter({ hasText: /about [\d,]+ rows, about/ })).toBeVisible();
  await page.getByRole("button", { name: "Start first synchronisation" }).click();
  await expect(page).toHaveURL(/\/data\/connections\/\d+$/);

  const progress = page.getByRole("progressbar", { name: "Synchronisation" });
  await expect(progress).toBeVisible();
  const words = page.locator("[data-progress=run]");
  await expect(words).toHaveText(/[1-9][\d,]* of [\d,]+ account days · [1-9][\d,]* rows/, { timeout: 60_000 });

  // Another tab has figures before the run has ended.
  const board = await context.newPage();
  await openDashboard(board, "r=90d&cmp=none", OWN);
  await expect(spoken(board, "Spend")).toContainText(/[1-9]/, { timeout: 30_000 });
  const first = number(await figure(board, "Impressions"));
  const isUnderWay = await words.isVisible();

  await expect(connectionState(page, "Up to date")).toBeVisible({ timeout: 120_000 });
  await expect(progress).toBeHidden();
  await expect(page.getByRole("region", { name: "Runs" }).getByRole("row").nth(1)).toContainText("Complete");
  // The tab was not loaded again: what came later arrived by itself.
  await expect.poll(async () => number(await figure(board, "Impressions"))).toBeGreaterThanOrEqual(first);
  expect(isUnderWay, "the dashboard had figures while the run was under way").toBe(true);
  await board.close();
});

test("an account without permission warns, and the others load", async ({ page, server }) => {
  test.slow();
  const denied = "4024197538";
  await server.simulator.fail([{ kind: "permission_denied", customer: denied }]);
  try {
    await consent(page, OWN);
    await chooseAccounts(page, [denied, "4037283972"]);
    await startSync(page, "30 days");
    const run = page.getByRole("region", { name: "Runs" }).getByRole("row").nth(1);
    await expect(run).toContainText("Incomplete", { timeout: 90_000 });
    await expect(run).toContainText(denied);
    await expect(run.getByRole("cell").nth(3)).not.toHaveText("0");
  } finally {
    await server.simulator.heal();
  }
});

test("a revoked grant asks to reconnect, figures stay, and reconnecting heals", async ({ page, server }) => {
  test.slow();
  await connectGoogleAds(page, OWN, ["4043827189"], "30 days");
  const here = page.url();
  const query = "r=28d&cmp=none";
  await openDashboard(page, query, OWN);
  const before = await figure(page, "Spend");
  expect(number(before)).toBeGreaterThan(0);

  await server.simulator.fail([{ kind: "revoke" }]);
  await open(page, here);
  await page.getByRole("button", { name: "Sync now" }).click();
  await expect(connectionState(page, "Reconnect")).toBeVisible({ timeout: 60_000 });
  await openDashboard(page, query, OWN);
  expect(await figure(page, "Spend")).toBe(before);

  await open(page, here);
  await page.getByRole("button", { name: "Reconnect" }).click();
  await page.getByRole("button", { name: "Allow" }).click();
  await expect(page).toHaveURL(here);
  await alive(page);
  await expect(connectionState(page, "Reconnect")).toBeHidden();
  await page.getByRole("button", { name: "Sync now" }).or(connectionState(page, "Synchronising")).first().waitFor();
  await expect(connectionState(page, "Up to date")).toBeVisible({ timeout: 60_000 });
});
