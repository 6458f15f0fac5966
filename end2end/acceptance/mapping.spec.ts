// Unified campaigns: rules with a live preview, their order, taking back, things by hand; and that the table adds up.
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "../fixtures/accessibility.js";
import { OWN, importText, removeConnections, undoImport } from "../fixtures/api.js";
import { figure, number, open, settled } from "../fixtures/pages.js";
import { expect, test } from "../fixtures/test.js";

const DAYS = "r=2026-07-01..2026-07-03";

const FILES: Record<string, string> = {
  "mapping-ads.csv":
    "Day,Campaign,Impressions,Clicks,Cost,Conversions,Conv. value,Currency code\n" +
    "2026-07-01,EU | Spring | Search,6000,120,30.00,6,90.00,EUR\n" +
    "2026-07-02,EU | Summer | Search,4000,80,20.00,4,60.00,EUR\n" +
    "2026-07-02,Brand,1000,50,5.00,1,10.00,EUR\n",
};

const imports: number[] = [];

const rulesPage = (page: Page) => open(page, `/w/${OWN}/data/mapping`);
const campaignsPage = (page: Page) => open(page, `/w/${OWN}/campaigns?${DAYS}`);

const rules = (page: Page) => page.getByRole("region", { name: "Mapping rules" });
const campaigns = (page: Page) => page.getByRole("region", { name: "Unified campaigns" });
const things = (page: Page) => page.getByRole("region", { name: "Things" });

function row(table: Locator, name: string): Locator {
  return table.getByRole("row").filter({ has: table.page().getByRole("rowheader", { name, exact: true }) });
}

/** The cell of a column in a row, by the label that it also has on phones. */
async function cell(table: Locator, name: string, column: string): Promise<string> {
  return row(table, name).locator(`td[data-label="${column}"]`).innerText();
}

/** The names of the rules, in order. */
async function order(page: Page): Promise<string[]> {
  return rules(page).locator("tbody").getByRole("rowheader").allInnerTexts();
}

interface Written {
  field: string;
  test: string;
  text: string;
  target: string;
}

async function write(page: Page, { field, test, text, target }: Written): Promise<void> {
  await page.getByLabel("Look at").selectOption({ label: field });
  await page.getByLabel("Test", { exact: true }).selectOption({ label: test });
  await page.getByLabel("Text", { exact: true }).fill(text);
  await page.getByLabel("Belongs to the unified campaign").fill(target);
}

async function save(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save the rule" }).click();
  await expect(page.getByRole("heading", { name: "New rule" })).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Edit the rule" })).toHaveCount(0);
}

test.describe.configure({ mode: "serial" });

test("without figures there is nothing to map", async ({ page, api }) => {
  await removeConnections(api, OWN);
  await campaignsPage(page);
  await expect(page.getByRole("heading", { name: "No figures in this period" })).toBeVisible();
  await rulesPage(page);
  await expect(page.getByRole("heading", { name: "No rules yet" })).toBeVisible();
  for (const [name, text] of Object.entries(FILES)) imports.push(await importText(api, OWN, name, text));
});

test("without rules everything is unmapped, and says so", async ({ page }) => {
  await campaignsPage(page);
  await expect(page.getByText("Nothing is assigned to unified campaigns yet", { exact: false })).toBeVisible();
  expect(await cell(campaigns(page), "Unmapped", "Spend")).toBe("€55.00");
  expect(await cell(campaigns(page), "Total", "Spend")).toBe("€55.00");
  // Nobody reports visits.
  await expect(campaigns(page).getByRole("columnheader", { name: "Sessions" })).toHaveCount(0);
});

test("a rule shows what it catches while it is written", async ({ page }) => {
  await rulesPage(page);
  await page.getByRole("button", { name: "Add a rule" }).click();
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview.getByRole("status")).toHaveText("Fill in the conditions to see what the rule catches.");
  await write(page, { field: "Name", test: "contains", text: "search", target: "Search" });
  await expect(preview.getByRole("status")).toHaveText(/^2 things[.;]/);
  await expect(preview.getByRole("rowheader")).toHaveText(["EU | Spring | Search", "EU | Summer | Search"]);
  await save(page);
  await expect(rules(page)).toBeVisible();
  expect(await cell(rules(page), "Search", "Things")).toBe("2");
});

test("mistakes are told at their field and nothing is saved", async ({ page, problems }) => {
  problems.expect(/422/);
  await rulesPage(page);
  await page.getByRole("button", { name: "Add a rule" }).click();
  await write(page, { field: "Name", test: "matches pattern", text: "ab(c", target: "Wrong" });
  await expect(page.getByText("The pattern can't be read at character 3", { exact: false })).toBeVisible();
  await page.getByLabel("Text", { exact: true }).fill("abc");
  await page.getByLabel("Belongs to the unified campaign").fill("$1");
  await expect(page.getByText("put ( ) around what you want", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Save the rule" }).click();
  await expect(page.getByRole("heading", { name: "New rule" })).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await order(page)).toEqual(["Search"]);
});

test("the first rule wins, the order can be changed, and a removed rule comes back where it was", async ({ page }) => {
  await rulesPage(page);
  await page.getByRole("button", { name: "Add a rule" }).click();
  await write(page, { field: "Name", test: "matches pattern", text: "(spring|summer)", target: "$1 26" });
  // All of them are the other rule's.
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview.getByText("Rule 1, before it")).toHaveCount(2);
  await save(page);
  await expect.poll(() => order(page)).toEqual(["Search", "$1 26"]);
  expect(await cell(rules(page), "$1 26", "Things")).toBe("0");

  await page.getByRole("button", { name: "Move up the rule for $1 26" }).click();
  await expect.poll(() => order(page)).toEqual(["$1 26", "Search"]);
  await expect.poll(() => cell(rules(page), "$1 26", "Things")).toBe("2");

  await page.getByRole("button", { name: "Remove the rule for $1 26" }).click();
  await expect.poll(() => order(page)).toEqual(["Search"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => order(page)).toEqual(["$1 26", "Search"]);
});

test("campaigns, what is unmapped and the dashboard come to the same", async ({ page }) => {
  await campaignsPage(page);
  await expect(campaigns(page).locator("tbody").getByRole("rowheader")).toHaveText(["Spring 26", "Summer 26", "Unmapped", "Total"]);
  for (const column of ["Spend", "Impressions", "Clicks", "Conversions", "Conversion value"]) {
    const parts = await Promise.all(["Spring 26", "Summer 26", "Unmapped"].map((name) => cell(campaigns(page), name, column)));
    const total = number(await cell(campaigns(page), "Total", column));
    expect(parts.map(number).reduce((a, b) => a + b, 0), column).toBeCloseTo(total, 6);
  }
  expect(await cell(campaigns(page), "Spring 26", "ROAS")).toBe("3.00");
  const spend = await cell(campaigns(page), "Total", "Spend");
  await open(page, `/w/${OWN}/dash/overview?${DAYS}&cmp=none`);
  await settled(page);
  expect(await figure(page, "Spend")).toBe(spend);
});

test("a click on a head sorts, the focus stays on it, and the address keeps the order", async ({ page }) => {
  await campaignsPage(page);
  const names = campaigns(page).locator("tbody").getByRole("rowheader");
  const head = (name: string) => campaigns(page).getByRole("columnheader", { name });
  await expect(head("Spend")).toHaveAttribute("aria-sort", "descending");
  await head("Spend").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(names).toHaveText(["Summer 26", "Spring 26", "Unmapped", "Total"]);
  await expect(head("Spend")).toHaveAttribute("aria-sort", "ascending");
  await expect(head("Spend").getByRole("button")).toBeFocused();
  await expect(page).toHaveURL(/[?&]sort=spend(&|$)/);
  await page.reload();
  await expect(names).toHaveText(["Summer 26", "Spring 26", "Unmapped", "Total"]);
  await head("Campaign").getByRole("button").click();
  await expect(names).toHaveText(["Spring 26", "Summer 26", "Unmapped", "Total"]);
  await expect(head("Spend")).not.toHaveAttribute("aria-sort");
  await page.goBack();
  await expect(names).toHaveText(["Summer 26", "Spring 26", "Unmapped", "Total"]);
  // Another period keeps the order.
  await page.getByLabel("Period").selectOption({ label: "Last 7 days" });
  await expect(page).toHaveURL(/sort=spend/);
});

test("a thing can be assigned by hand, left out, and given back", async ({ page }) => {
  await campaignsPage(page);
  await campaigns(page).getByRole("link", { name: "Unmapped" }).click();
  await expect(page.getByRole("heading", { name: "Unmapped", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Actions for Brand" }).click();
  await page.getByRole("menuitem", { name: "Assign to a campaign …" }).click();
  await page.getByRole("dialog").getByLabel("Unified campaign").fill("Spring 26");
  await page.getByRole("dialog").getByRole("button", { name: "Assign" }).click();
  await expect(row(things(page), "Brand")).toHaveCount(0);

  await campaignsPage(page);
  expect(await cell(campaigns(page), "Spring 26", "Spend")).toBe("€35.00");
  await campaigns(page).getByRole("link", { name: "Spring 26" }).click();
  await expect(page.getByRole("heading", { name: "Spring 26", level: 1 })).toBeVisible();
  expect(await cell(things(page), "Brand", "Assigned by")).toBe("hand");
  await page.getByRole("button", { name: "Actions for EU | Spring | Search" }).click();
  await page.getByRole("menuitem", { name: "Leave out of all campaigns" }).click();
  await expect(row(things(page), "EU | Spring | Search")).toHaveCount(0);

  await open(page, `/w/${OWN}/campaigns/unmapped?${DAYS}`);
  await page.getByRole("button", { name: "Actions for EU | Spring | Search" }).click();
  await page.getByRole("menuitem", { name: "Assign by rules again" }).click();
  await expect(row(things(page), "EU | Spring | Search")).toHaveCount(0);
});

test("the period is in the address, and Back undoes it", async ({ page }) => {
  await campaignsPage(page);
  await page.getByLabel("Period").selectOption({ label: "Last 7 days" });
  await expect(page).toHaveURL(/r=7d$/);
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`${DAYS.replaceAll(".", "\\.")}$`));
  await expect(campaigns(page)).toBeVisible();
  expect(await cell(campaigns(page), "Total", "Spend")).toBe("€55.00");
});

test("the pages are accessible and fit a phone", async ({ page }) => {
  test.slow();
  for (const path of [`data/mapping`, `campaigns?${DAYS}`, `campaigns/unmapped?${DAYS}`]) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await open(page, `/w/${OWN}/${path}`);
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, path).toBeLessThanOrEqual(390);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await rulesPage(page);
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("button", { name: "Add a condition" }).click();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("what the files and rules brought is taken back", async ({ api, page }) => {
  await rulesPage(page);
  for (const name of await order(page)) {
    await page.getByRole("button", { name: `Remove the rule for ${name}` }).click();
    await expect(page.getByRole("button", { name: `Remove the rule for ${name}` })).toHaveCount(0);
  }
  await expect(page.getByRole("heading", { name: "No rules yet" })).toBeVisible();
  for (const id of imports.splice(0)) await undoImport(api, OWN, id);
});
