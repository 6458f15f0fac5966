// A dashboard per family and one across all of them: only what is reported, each figure counted once, one line for the rest.
import type { Page } from "@playwright/test";
import { expectAccessible } from "../fixtures/accessibility.js";
import { OWN, importText, removeConnections, undoImport } from "../fixtures/api.js";
import { asTable, chips, figure, open, settled, spoken, widget } from "../fixtures/pages.js";
import { expect, test } from "../fixtures/test.js";

const DAYS = "r=2026-07-01..2026-07-03&cmp=none";

/** Exports as people have them; each of another family. */
const FILES: Record<string, string> = {
  "ads.csv":
    "Day,Campaign,Impressions,Clicks,Cost,Conversions,Conv. value,Currency code\n" +
    "2026-07-01,Alpha,6000,120,30.00,6,90.00,EUR\n2026-07-02,Beta,4000,80,20.00,4,60.00,EUR\n",
  "visits.csv": "Date,Users,Sessions,Views\n2026-07-01,90,120,300\n2026-07-02,60,80,100\n",
  "profile.csv":
    "Date,Video Views,Profile Views,Likes,Comments,Shares\n2026-07-01,900,30,20,1,2\n2026-07-02,100,10,5,0,1\n",
  "queries.csv": "Date,Clicks,Impressions,CTR,Position\n2026-07-01,10,100,10%,2.0\n2026-07-02,5,300,1.67%,6.0\n",
  "mails.csv":
    "Date,Requests,Delivered,Opens,Unique Opens,Clicks,Unique Clicks,Unsubscribes,Bounces,Spam Reports,Bounce Drops\n" +
    "2026-07-01,1000,980,500,392,60,49,5,20,1,0\n",
  "deals.csv": "Date,Campaign,Leads,MQLs,SQLs,Deals created,Deals won\n2026-07-01,Fair,40,20,8,6,3\n2026-07-02,Fair,10,5,2,2,1\n",
};

const imports: number[] = [];

/** Opens a dashboard of the own workspace and waits for its figures. */
async function board(page: Page, slug: string, query = DAYS): Promise<void> {
  await open(page, `/w/${OWN}/dash/${slug}?${query}`);
  await settled(page);
}

const tabs = (page: Page) => page.getByRole("navigation", { name: "Dashboards" }).getByRole("link");

test.describe.configure({ mode: "serial" });

test("a family without figures says what to connect", async ({ api, page }) => {
  await removeConnections(api, OWN);
  await open(page, `/w/${OWN}/dash/social`);
  await expect(page.getByRole("heading", { name: "Social media", exact: true })).toBeVisible();
  await expect(page.getByText("No figures yet")).toBeVisible();
  await expect(page.getByText("Connect a page of Meta, Instagram, LinkedIn, X or TikTok", { exact: false })).toBeVisible();
  await expect(tabs(page)).toHaveText(["Overview", "Social"]);
});

test("files of all families are loaded", async ({ api }) => {
  for (const [name, text] of Object.entries(FILES)) imports.push(await importText(api, OWN, name, text));
  expect(imports).toHaveLength(Object.keys(FILES).length);
});

test("the overview counts each result once, and its funnel is honest", async ({ page }) => {
  await board(page, "overview");
  await expect(tabs(page)).toHaveText(["Overview", "Ads", "Social", "Web", "Search", "E-mail", "CRM"]);
  // Ten conversions of ads, whatever the web or the deals count.
  expect(await figure(page, "Conversions")).toBe("10");
  expect(await figure(page, "Spend")).toBe("€50.00");
  expect(await figure(page, "ROAS")).toBe("3.00");
  expect(await figure(page, "CPA")).toBe("€5.00");
  expect(await figure(page, "Sessions")).toBe("200");
  expect(await figure(page, "Deals won")).toBe("4");
  const funnel = await asTable(page, /^Funnel$/);
  expect(funnel.rows.map((row) => row.slice(0, 3))).toEqual([
    ["Impressions", "10,000", "—"],
    ["Clicks", "200", "2.0%"],
    ["Sessions", "200", "100.0%"],
    ["Leads", "50", "25.0%"],
    ["MQLs", "25", "50.0%"],
    ["SQLs", "10", "40.0%"],
    ["Deals won", "4", "40.0%"],
  ]);
  // Revenue of deals is nowhere in the files.
  await expect(page.getByText(/^Not shown, because no source reports it: .*Revenue/)).toBeVisible();
  await expect(spoken(page, "Revenue")).toHaveCount(0);
});

test("a step of the funnel becomes the measure of the charts, and the tabs keep the period", async ({ page }) => {
  await board(page, "overview");
  await widget(page, /^Funnel$/).getByRole("button", { name: "Leads" }).click();
  await expect(widget(page, /^Leads by platform$/)).toBeVisible();
  await expect(page).toHaveURL(/m=leads/);
  await tabs(page).filter({ hasText: "Web" }).click();
  await expect(page.getByRole("heading", { name: "Web analytics", exact: true })).toBeVisible();
  await expect(page).toHaveURL(/dash\/web\?r=2026-07-01\.\.2026-07-03&cmp=none$/);
  await settled(page);
  expect(await figure(page, "Sessions")).toBe("200");
  await expect(tabs(page).filter({ hasText: "Web" })).toHaveAttribute("aria-current", "page");
  await page.goBack();
  await expect(page).toHaveURL(/dash\/overview\?.*m=leads/);
});

test("people are not added up, and ranks are weighted", async ({ page }) => {
  await board(page, "web");
  // Those of the last day that has any, which it says.
  await expect(spoken(page, "Users")).toHaveText("Users: 60, 2 Jul 2026");
  await board(page, "search");
  // (100 × 2 + 300 × 6) ÷ 400, not the mean of both days.
  await expect(spoken(page, "Average position")).toHaveText(/^Average position: 5(\.0+)?$/);
  await expect(spoken(page, "CTR")).toHaveText("CTR: 3.8%");
});

test("rates of e-mails are those of the totals", async ({ page }) => {
  await board(page, "email");
  expect(await figure(page, "Delivery rate")).toBe("98.0%");
  expect(await figure(page, "Open rate")).toBe("40.0%");
  expect(await figure(page, "Click rate")).toBe("5.0%");
  const funnel = await asTable(page, /^Funnel$/);
  expect(funnel.rows.map((row) => row[2])).toEqual(["—", "98.0%", "40.0%", "12.5%"]);
});

test("a row of another family is a filter as well, and Back undoes it", async ({ page }) => {
  await board(page, "crm");
  const row = page.getByRole("grid").locator("tbody").getByRole("row").first();
  await row.getByRole("gridcell").first().click();
  await expect(chips(page)).toHaveCount(1);
  await page.goBack();
  await expect(chips(page)).toHaveCount(0);
});

test("every dashboard is accessible and fits a phone", async ({ page }) => {
  test.slow();
  for (const slug of ["overview", "social", "web", "search", "email", "crm"]) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await board(page, slug);
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, slug).toBeLessThanOrEqual(390);
  }
});

test("what the files brought is taken back", async ({ api, page }) => {
  for (const id of imports.splice(0)) await undoImport(api, OWN, id);
  await open(page, `/w/${OWN}/dash/overview`);
  await expect(page.getByText("No figures yet")).toBeVisible();
});
