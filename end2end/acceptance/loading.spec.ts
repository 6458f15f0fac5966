// The app comes in two modules; the second may fail to come.
import { expect } from "@playwright/test";
import { DEMO } from "../fixtures/api.js";
import { alive, openDashboard } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

const LATER = /\/assets\/split_later-[0-9a-f]+\.wasm/;

test("a dashboard reacts before the code of other pages is asked for", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await openDashboard(page);
  expect(asked.filter((url) => LATER.test(url))).toEqual([]);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Data" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Data" })).toBeVisible();
  expect(asked.filter((url) => LATER.test(url))).toHaveLength(1);
});

test("a page whose code does not come says so, and comes when the line is back", async ({ page, problems }) => {
  problems.expect(/Failed to load resource|Failed to fetch|net::ERR_FAILED/);
  await openDashboard(page);
  await page.route(LATER, (route) => route.abort());
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Data" }).click();
  await expect(page.getByRole("alert")).toContainText("This part did not load");
  await page.unroute(LATER);
  await page.getByRole("button", { name: "Load again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Data" })).toBeVisible();
});

test("a page that is visited directly and whose code does not come says that it does not react", async ({ page, problems }) => {
  problems.expect(/Failed to load resource|Failed to fetch|net::ERR_FAILED|did not load|preloaded/);
  await page.route(LATER, (route) => route.abort());
  await page.goto(`/w/${DEMO}/data/metrics`);
  const notice = page.getByRole("alert").filter({ hasText: "did not load completely" });
  await expect(notice).toBeVisible();
  // What the server wrote is still there to be read.
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.unroute(LATER);
  await notice.getByRole("link", { name: "Load again" }).click();
  await alive(page);
  await expect(notice).toBeHidden();
});

test("a dialog whose code does not come says so", async ({ page, problems }) => {
  problems.expect(/Failed to load resource|Failed to fetch|net::ERR_FAILED/);
  await openDashboard(page);
  await page.route(LATER, (route) => route.abort());
  await page.keyboard.press("ControlOrMeta+k");
  await expect(page.getByRole("status").getByText("This part did not load")).toBeVisible();
  await page.unroute(LATER);
  await page.getByRole("button", { name: "Close message" }).click();
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.press("ControlOrMeta+k");
  await expect(page.getByRole("combobox", { name: "Page or action" })).toBeFocused();
});
