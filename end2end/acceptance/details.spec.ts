// Things one by one: choosing what is listed, searching, and what the platform tells of one of them.
import { type Page, expect } from "@playwright/test";
import { expectAccessible } from "../fixtures/accessibility.js";
import { DEMO } from "../fixtures/api.js";
import { open } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

const things = (page: Page) => page.getByRole("region", { name: "Things" });
const names = (page: Page) => things(page).locator("tbody").getByRole("rowheader");

test("things are chosen by account and kind, searched, and opened by keyboard", async ({ page }) => {
  await open(page, `/w/${DEMO}/data/details`);
  await page.getByLabel("Kind").selectOption("campaign");
  await expect(page).toHaveURL(/kind=campaign/);
  await expect(page.getByText(/^Campaign: [\d,]+ things?/)).toBeVisible();
  const name = await names(page).first().innerText();

  await page.getByRole("textbox", { name: "Search" }).fill("no thing is called that");
  await expect(page.getByText("Nothing fits the search.")).toBeVisible();
  await page.getByRole("textbox", { name: "Search" }).fill(name);
  await expect(names(page).first()).toHaveText(name);

  const button = names(page).first().getByRole("button");
  await button.focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog", { name });
  await expect(panel.getByText("What the platform tells")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(button).toBeFocused();
});

test("the list and a thing fit a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, `/w/${DEMO}/data/details?kind=campaign`);
  await names(page).first().getByRole("button").click();
  await expect(page.getByRole("dialog").getByText("First seen")).toBeVisible();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
});
