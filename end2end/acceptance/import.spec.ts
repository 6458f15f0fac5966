// Files: dropped, previewed, mapped, loaded with their control totals, taken back, refused.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Locator, type Page, expect } from "@playwright/test";
import { OWN } from "../fixtures/api.js";
import { alive, figure, number, open, openDashboard } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

const FILES = join(import.meta.dirname, "../fixtures/files");

async function choose(page: Page, name: string): Promise<void> {
  await open(page, `/w/${OWN}/data/imports`);
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose a file" }).click(),
  ]);
  await chooser.setFiles(join(FILES, name));
  await page.waitForURL(/\/data\/imports\/\d+$/);
  await expect(page.getByRole("heading", { name: "Columns" })).toBeVisible();
}

/** Drops a file as the desktop does. */
async function drop(page: Page, name: string): Promise<void> {
  await open(page, `/w/${OWN}/data/imports`);
  const transfer = await page.evaluateHandle(
    ({ name, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name, { type: "text/csv" }));
      return data;
    },
    { name, bytes: [...readFileSync(join(FILES, name))] },
  );
  const zone = page.getByText("Drop a CSV, TSV or Excel file here.", { exact: false });
  await zone.dispatchEvent("dragover", { dataTransfer: transfer });
  await zone.dispatchEvent("drop", { dataTransfer: transfer });
  await page.waitForURL(/\/data\/imports\/\d+$/);
  await expect(page.getByRole("heading", { name: "Columns" })).toBeVisible();
}

const total = (page: Page, metric: string): Locator =>
  page.getByRole("region", { name: "Totals" }).getByRole("row").filter({ has: page.getByRole("rowheader", { name: metric, exact: true }) }).getByRole("cell");

const meaning = (page: Page, column: string) => page.getByLabel(`Meaning of ${column}`, { exact: true });

const loadButton = (page: Page) => page.getByRole("button", { name: /^Load [\d,]+ rows?$/ });

async function load(page: Page): Promise<void> {
  await loadButton(page).click();
  await expect(page.getByRole("button", { name: "Undo import" })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("main").getByText("Loaded", { exact: true })).toHaveCount(1);
}

async function expectTotals(page: Page, sums: Record<string, number>): Promise<void> {
  for (const [metric, sum] of Object.entries(sums)) {
    await expect.poll(async () => number(await total(page, metric).first().innerText()), { message: metric }).toBe(sum);
  }
}

test("a vendor's export is understood, corrected, loaded with its totals, and taken back", async ({ page }) => {
  await drop(page, "vendor-export.csv");
  await expect(page.getByText(/^42 rows\s+· 1–14 Sep 2026$/)).toBeVisible();
  await expect(page.getByText("1 row totals of the file itself, left out")).toBeVisible();
  const sums = { Spend: 1067.43, Impressions: 94_101, Clicks: 1_953, Conversions: 63, "Conversion value": 1_575 };
  await expectTotals(page, sums);
  // `--` is a missing value, not a zero.
  await expect(total(page, "Conversions").nth(2)).toHaveText("1");
  const lines = page.getByRole("region", { name: "First lines" });
  await expect(lines.getByRole("row").nth(1)).toContainText("Title or blank");
  await expect(lines.getByText("Header", { exact: true })).toBeVisible();

  await expect(meaning(page, "Day")).toHaveValue("date");
  await expect(meaning(page, "Campaign")).toHaveValue("name:campaign");
  await expect(meaning(page, "Cost")).toHaveValue("metric:spend");
  await meaning(page, "Clicks").selectOption({ label: "Do not load" });
  await expect(total(page, "Clicks")).toHaveCount(0);
  await meaning(page, "Clicks").selectOption({ label: "Clicks" });
  await expectTotals(page, { Clicks: 1_953 });

  await load(page);
  await expectTotals(page, sums);
  const here = page.url();
  await page.getByRole("link", { name: "See it on the dashboard" }).click();
  await page.locator(".dash[data-ready=true]").waitFor();
  const only = `r=2026-09-01..2026-09-14&cmp=none&f=platform:${await platformOf(page)}`;
  await openDashboard(page, only, OWN);
  expect(number(await figure(page, "Spend"))).toBe(1067.43);
  expect(await figure(page, "Clicks")).toBe("1,953");
  expect(await figure(page, "CTR")).toBe("2.1%");

  await open(page, here);
  await page.getByRole("button", { name: "Undo import" }).click();
  await expect(page.getByText("Undone", { exact: true })).toBeVisible();
  await openDashboard(page, "r=2026-09-01..2026-09-14&cmp=none&q=Autumn", OWN);
  await expect(page.getByRole("rowheader", { name: /Autumn sale/ })).toHaveCount(0);
});

/** The only platform of the dashboard that is open, as the address names it. */
async function platformOf(page: Page): Promise<string> {
  const dialogs = page.getByRole("dialog", { name: "Add a filter" });
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await dialogs.getByRole("button", { name: "Platform" }).click();
  const box = dialogs.getByRole("listitem").filter({ hasNotText: "Google Ads" }).getByRole("checkbox").first();
  await box.check();
  await page.waitForURL(/f=platform/);
  const key = /platform(?::|%3A)([^&]+)/i.exec(page.url())?.[1];
  if (!key) throw new Error(`no platform in ${page.url()}`);
  return key;
}

test("a mapping is remembered for files of the same shape", async ({ page }) => {
  await choose(page, "vendor-export.csv");
  await meaning(page, "Note").selectOption({ label: "“Note”" });
  await expect(meaning(page, "Note")).toHaveValue(/^by:/);
  const chosen = await meaning(page, "Note").inputValue();
  await load(page);
  await choose(page, "vendor-export.csv");
  await expect(page.getByText("Read like the last file of this shape.")).toBeVisible();
  await expect(meaning(page, "Note")).toHaveValue(chosen);
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page).toHaveURL(/\/data\/imports$/);
  await alive(page);
  await page.getByRole("row", { name: /vendor-export\.csv.*Loaded/ }).getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("row", { name: /vendor-export\.csv.*Loaded/ })).toHaveCount(0);
});

test("semicolons, decimal commas, dotted days and Windows-1252 are detected", async ({ page }) => {
  await choose(page, "european.csv");
  await expectTotals(page, { Spend: 12_390, Impressions: 100_045, Clicks: 1_045 });
  await expect(page.getByText(/^10 rows\s+· 20–29 Sep 2026$/)).toBeVisible();
  const format = page.getByText("How the file is read", { exact: true });
  if (!(await page.getByLabel("Between fields").isVisible())) await format.click();
  await expect(page.getByLabel("Between fields")).toHaveValue("semicolon");
  await expect(page.getByLabel("Encoding")).toHaveValue("windows-1252");
  await expect(page.getByRole("cell", { name: "Herbst-Schlussverkauf Überraschung" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page).toHaveURL(/\/data\/imports$/);
});

test("days in two possible orders are asked for, and the answer decides", async ({ page }) => {
  await choose(page, "ambiguous-dates.csv");
  await expect(page.getByRole("heading", { name: "The file leaves something open" })).toBeVisible();
  await expect(loadButton(page)).toBeDisabled();
  await page.getByRole("radio", { name: "The day" }).check({ force: true });
  const currency = page.getByLabel("The file does not say in which currency its money is.");
  if (await currency.isVisible()) await currency.selectOption("EUR");
  await expect(page.getByText(/^10 rows\s+· 3 Apr\w* .* 10 May 2026$|^10 rows\s+· .*2026$/)).toBeVisible();
  const byDay = await page.getByText(/^10 rows\s+· /).innerText();
  await page.getByRole("radio", { name: "The month" }).check({ force: true });
  await expect(page.getByText(/^10 rows\s+· /)).not.toHaveText(byDay);
  await expect(loadButton(page)).toBeEnabled();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page).toHaveURL(/\/data\/imports$/);
});

test("a file without days asks for its period, and its totals stay exact", async ({ page }) => {
  await choose(page, "no-dates.tsv");
  await expect(loadButton(page)).toBeDisabled();
  await page.getByLabel("First day").fill("2026-08-01");
  await page.getByLabel("Last day").fill("2026-08-07");
  await page.getByLabel("Last day").blur();
  const currency = page.getByLabel("The file does not say in which currency its money is.");
  if (await currency.isVisible()) await currency.selectOption("EUR");
  await expectTotals(page, { Impressions: 4_000, Clicks: 55, Spend: 20.25 });
  await load(page);
  await expectTotals(page, { Impressions: 4_000, Clicks: 55, Spend: 20.25 });
  await openDashboard(page, "r=2026-08-01..2026-08-07&cmp=none", OWN);
  expect(await figure(page, "Impressions")).toBe("4,000");
  expect(number(await figure(page, "Spend"))).toBe(20.25);
});

test("a web analytics export with comments, a total and a second table loads its own figures", async ({ page }) => {
  await choose(page, "web-analytics.csv");
  await expect(page.getByText(/^6 rows\s+· 1–3 Sep 2026$/)).toBeVisible();
  await expect(page.getByText("1 row totals of the file itself, left out")).toBeVisible();
  const sums = { Sessions: 1_560, "Engaged sessions": 1_021, Users: 1_306, Conversions: 27 };
  await expectTotals(page, sums);
  await expect(meaning(page, "Date")).toHaveValue("date");
  await expect(meaning(page, "Session default channel group")).toHaveValue("by:channel_group");
  await expect(meaning(page, "Engagement rate")).toHaveValue("ignore");
  // What the file can't say is said before it is loaded.
  await expect(page.getByText(/Another table with other columns begins in line \d+ \(Event name/)).toBeVisible();
  await expect(page.getByText(/Users can't be added up: the rows by channel group keep it/)).toBeVisible();
  // The other columns are of web analytics: figures that no such table holds are not offered.
  await expect(meaning(page, "Sessions").getByRole("option", { name: "Page views" })).toHaveCount(1);
  await expect(meaning(page, "Sessions").getByRole("option", { name: "Opens" })).toHaveCount(0);
  await load(page);
  await expectTotals(page, sums);
  await page.getByRole("button", { name: "Undo import" }).click();
  await expect(page.getByText("Undone", { exact: true })).toBeVisible();
});

test("a file that holds no metrics is refused with the reason", async ({ page }) => {
  await choose(page, "no-metrics.csv");
  const reason = page.getByRole("alert").filter({ hasText: "This file can't be loaded" });
  await expect(reason).toBeVisible();
  await expect(reason).toContainText(/no advertising metrics/i);
  // The heading says it; the reason does not say it again.
  expect(((await reason.textContent()) ?? "").match(/can't be loaded/g)).toHaveLength(1);
  await expect(page.getByRole("button", { name: /^Load / })).toBeDisabled();
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(page).toHaveURL(/\/data\/imports$/);
});
