// axe on every page in both themes. Set-up and log-in are looked at where they are tested.
import { type Page, expect } from "@playwright/test";
import { expectAccessible } from "../fixtures/accessibility.js";
import { DEMO, OWN, importText } from "../fixtures/api.js";
import { TREND, asTable, open, openDashboard, range, settled } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

const PAGES = {
  "choice after set-up": "/welcome",
  connections: `/w/${DEMO}/data`,
  "health of connections": `/w/${DEMO}/data/health`,
  "catalogue of sources": `/w/${DEMO}/data/connect`,
  "before consent": `/w/${DEMO}/data/connect/google_ads`,
  "ways in and a choice": `/w/${OWN}/data/connect/salesforce`,
  "about a platform": `/w/${OWN}/data/platforms/hubspot`,
  "connection with days and runs": `/w/${DEMO}/data/connections/1`,
  "choice of accounts": `/w/${DEMO}/data/connections/1/accounts`,
  imports: `/w/${OWN}/data/imports`,
  "mapping rules": `/w/${DEMO}/data/mapping`,
  "unified campaigns": `/w/${DEMO}/campaigns`,
  "what is unmapped": `/w/${DEMO}/campaigns/unmapped`,
  "things one by one": `/w/${DEMO}/data/details`,
  metrics: `/w/${DEMO}/data/metrics`,
  currencies: `/w/${DEMO}/data/currencies`,
  "settings of the workspace": `/w/${OWN}/settings`,
  account: "/settings/account",
  "an address that is nothing": `/w/${DEMO}/nothing`,
};

for (const [name, path] of Object.entries(PAGES)) {
  test(name, async ({ page, problems }) => {
    problems.expect(/404/);
    await open(page, path);
    await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expectAccessible(page);
  });
}

test("a draft of an import", async ({ page, api }) => {
  const answer = await api.post(`/api/w/${OWN}/imports/upload`, {
    params: { name: "draft.csv" },
    data: Buffer.from("Date,Campaign,Cost,Clicks\n01/02/2026,A,1.50,3\n"),
    headers: { "content-type": "text/csv" },
  });
  const { import: id } = (await answer.json()) as { import: number };
  await open(page, `/w/${OWN}/data/imports/${id}`);
  await expect(page.getByRole("heading", { name: "Columns" })).toBeVisible();
  await expectAccessible(page);
  const loaded = await importText(api, OWN, "done.csv", "Date,Campaign,Impressions,Clicks\n2026-02-20,A,150,3\n");
  await open(page, `/w/${OWN}/data/imports/${loaded}`);
  await expect(page.getByRole("button", { name: "Undo import" })).toBeVisible();
  await expectAccessible(page);
});

test.describe("the dashboard", () => {
  const states: Record<string, (page: Page) => Promise<void>> = {
    "as it opens": async (page) => openDashboard(page),
    "with filters, a drill and notices": async (page) => {
      await openDashboard(page, "rows=account&r=7d&m=nothing&f=!weekday:6,7&f=currency:EUR");
    },
    "with the dates open": async (page) => {
      await openDashboard(page);
      await range(page).click();
      await expect(page.getByLabel("Type a period")).toBeFocused();
    },
    "with a menu open": async (page) => {
      await openDashboard(page);
      await page.getByRole("button", { name: "Menu of Spend", exact: true }).click();
      await expect(page.getByRole("menuitem", { name: "Copy value" })).toBeVisible();
    },
    "with a chart as a table": async (page) => {
      await openDashboard(page);
      await asTable(page, TREND);
    },
    "with an explanation": async (page) => {
      await openDashboard(page);
      await page.getByRole("button", { name: "Menu of ROAS" }).click();
      await page.getByRole("menuitem", { name: "Where does this come from?" }).click();
      await expect(page.getByRole("dialog", { name: "Where does ROAS come from?" })).toBeVisible();
    },
    "with the palette": async (page) => {
      await openDashboard(page);
      await page.keyboard.press("ControlOrMeta+k");
      await expect(page.getByRole("combobox", { name: "Page or action" })).toBeFocused();
    },
    "on a phone": async (page) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await openDashboard(page);
    },
    "without figures": async (page) => {
      await openDashboard(page, "r=2031-01-01..2031-01-31");
    },
  };
  for (const [name, reach] of Object.entries(states)) {
    test(name, async ({ page }) => {
      await reach(page);
      await settled(page);
      await expectAccessible(page);
    });
  }
});
