// The page of one connection: days and reading one again, settings, health, and disconnecting.
import { type Locator, type Page, expect } from "@playwright/test";
import { expectAccessible } from "../fixtures/accessibility.js";
import { DEMO, OWN } from "../fixtures/api.js";
import { connectionState, connectGoogleAds } from "../fixtures/google-ads.js";
import { open } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

const strip = (page: Page): Locator => page.getByRole("listbox", { name: /^Days from/ });
const runs = (page: Page): Locator => page.getByRole("region", { name: "Runs" }).getByRole("row");
const DAY = /^\d{1,2} [A-Z][a-z]{2} \d{4}$/;
const panel = (page: Page): Locator => page.getByRole("region", { name: DAY });

test.describe("a connection of one's own", () => {
  test.describe.configure({ mode: "serial" });
  let here = "";

  test("a day is chosen by click and read again, and nothing else is", async ({ page }) => {
    test.slow();
    await connectGoogleAds(page, OWN, ["4017654321"], "30 days");
    here = new URL(page.url()).pathname;
    const days = strip(page).getByRole("option");
    expect(await days.count()).toBeGreaterThanOrEqual(29);
    const third = days.nth(20);
    const name = ((await third.getAttribute("aria-label")) ?? "").split(":")[0] ?? "";
    await third.click();
    await expect(page).toHaveURL(/\?day=\d{4}-\d{2}-\d{2}$/);
    const day = page.getByRole("region", { name, exact: true });
    await expect(day).toContainText("May still change");
    await day.getByText(/\d+ may still change/).click();
    await expect(day.getByText(/read \d/).first()).toBeVisible();
    await expectAccessible(page);

    await day.getByRole("button", { name: "Read this day again" }).click();
    await expect(day.getByText(/Read again/)).toBeVisible({ timeout: 30_000 });
    await expect(day.getByText(/^\d+ rows?, \d+ new or changed$/)).toBeVisible();
    await expect(runs(page).nth(1)).toContainText(`Only ${name}`);
    await expect(runs(page).nth(1)).toContainText("Complete");
    await expect(runs(page).nth(1)).toContainText(/\d+ calls/);
    await expect(connectionState(page, "Up to date")).toBeVisible();

    await day.getByRole("button", { name: "Close the day" }).click();
    await expect(day).toBeHidden();
    await expect(page).not.toHaveURL(/day=/);
  });

  test("the strip is worked by keys, and its days are told as text", async ({ page }) => {
    await open(page, here);
    const list = strip(page);
    await list.focus();
    const marked = async () => {
      const id = (await list.getAttribute("aria-activedescendant")) ?? "";
      return id.replace("day-", "");
    };
    const last = await marked();
    const first = (await list.getByRole("option").count()) - 1;
    const before = (days: number) => {
      const at = new Date(`${last}T00:00:00Z`);
      at.setUTCDate(at.getUTCDate() - days);
      return at.toISOString().slice(0, 10);
    };
    await page.keyboard.press("ArrowUp");
    expect(await marked()).toBe(before(1));
    await page.keyboard.press("ArrowLeft");
    expect(await marked()).toBe(before(8));
    await page.keyboard.press("End");
    expect(await marked()).toBe(before(0));
    await page.keyboard.press("Home");
    expect(await marked()).toBe(before(first));
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(new RegExp(`day=${before(first)}$`));
    await expect(panel(page)).toBeVisible();
    await expect(list).toBeFocused();
    await page.getByText("The same as text").click();
    await expect(page.getByText(/: may still change$/).first()).toBeVisible();

    // The address holds the day.
    await open(page, `${here}?day=${before(3)}`);
    await expect(panel(page)).toBeVisible();
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(panel(page).getByRole("button", { name: "Read this day again" })).toBeVisible();
    const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(width).toBeLessThanOrEqual(0);
    await expectAccessible(page);
  });

  test("a day that fails says what to do and what the other side said", async ({ page, server }) => {
    test.slow();
    await server.simulator.fail([{ kind: "html_error", path: "googleAds", times: 0 }]);
    try {
      await open(page, here);
      await strip(page).getByRole("option").nth(5).click();
      await panel(page).getByRole("button", { name: "Read this day again" }).click();
      await expect(panel(page)).toContainText("try again later", { timeout: 120_000 });
      await panel(page).getByText("What the other side said").click();
      await expect(panel(page).locator("pre")).toContainText("a web page came instead of JSON");
      await expect(connectionState(page, "Up to date")).toBeVisible();
    } finally {
      await server.simulator.heal();
    }
  });

  test("settings say what is wrong, and are kept", async ({ page, problems }) => {
    problems.expect(/422/);
    await open(page, here);
    const lookback = page.getByLabel("Conversion window days");
    await expect(lookback).toHaveValue("30");
    await lookback.fill("900");
    await page.getByLabel("Synchronise").selectOption({ label: "Once a week" });
    await page.getByRole("button", { name: "Save settings" }).click();
    await expect(page.getByText(/takes a whole number from 1 to 90/)).toBeVisible();
    await expect(lookback).toHaveAttribute("aria-invalid", "true");
    await lookback.fill("14");
    await page.getByRole("button", { name: "Save settings" }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await open(page, here);
    await expect(lookback).toHaveValue("14");
    await expect(page.getByLabel("Synchronise")).toHaveValue("weekly");
  });

  test("it is in the health page, and a revoked consent comes first there", async ({ page, server }) => {
    await open(page, `/w/${OWN}/data`);
    await page.getByRole("tab", { name: "Health" }).or(page.getByRole("link", { name: "Health" })).first().click();
    await expect(page.getByRole("heading", { level: 1, name: "Health" })).toBeVisible();
    const rows = page.getByRole("region", { name: "Connections" }).locator("tbody").getByRole("row");
    // Others that were begun and left may stand before it.
    await expect(rows.filter({ hasText: /of [\d,]+ calls/ }).first()).toContainText("Google Ads");
    const platform = page.getByRole("region", { name: "Calls by platform" }).locator("tbody").getByRole("row").first();
    await expect(platform).toContainText("Google Ads");
    await expect(platform).toContainText(/\d+(\.\d)?%/);
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(width).toBeLessThanOrEqual(0);

    // The page follows by itself.
    await server.simulator.fail([{ kind: "revoke" }]);
    const id = Number(here.split("/").pop());
    await page.request.post("/api/f/sync_now", { data: { ws: OWN, connection: id } });
    await expect(rows.first()).toContainText("Reconnect", { timeout: 60_000 });
    const api = await page.request.get(`/api/w/${OWN}/health`);
    const health = (await api.json()) as { connections: { connection: number; state: string; what_to_do: string }[] };
    expect(health.connections[0]).toMatchObject({ connection: id, state: "needs_reconnect" });
    expect(health.connections[0]?.what_to_do).toContain("Reconnect");
  });

  test("disconnecting says in numbers what goes, and wants the name", async ({ page, problems }) => {
    problems.expect(/404/);
    await open(page, here);
    await page.getByRole("button", { name: "Disconnect …" }).click();
    const dialog = page.getByRole("dialog", { name: "Disconnect?" });
    await expect(dialog).toContainText(/[\d,]+ rows of figures of 1 account stay/);
    await dialog.getByText("Delete", { exact: true }).click();
    await expect(dialog).toContainText(/[\d,]+ rows of figures of 1 account go/);
    const act = dialog.getByRole("button", { name: "Disconnect and delete" });
    await expect(act).toHaveAttribute("aria-disabled", "true");
    await expectAccessible(page);
    await dialog.getByLabel(/Type the connection's name/).fill("Google Ads");
    await act.click();
    await expect(page).toHaveURL(new RegExp(`/w/${OWN}/data$`));
    const answer = await page.goto(here);
    expect(answer?.status()).toBe(404);
  });
});

test("13 months of days fit, the newest in sight", async ({ page }) => {
  await open(page, `/w/${DEMO}/data/connections/1`);
  const days = strip(page).getByRole("option");
  expect(await days.count()).toBeGreaterThan(380);
  await expect(days.last()).toBeInViewport();
  await expectAccessible(page);
});
