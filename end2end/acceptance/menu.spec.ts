// The menu of what is shown: by the right button, by `.`, and what each entry does.
import { type Locator, type Page, expect } from "@playwright/test";
import { DEMO } from "../fixtures/api.js";
import { SHARE, TOP, TREND, chips, grid, hitBar, openDashboard, rowName, rows, settled, spoken, widget } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

function menu(page: Page): Locator {
  return page.locator("#mark-menu");
}

async function choose(page: Page, entry: string | RegExp): Promise<void> {
  await menu(page).getByRole("menuitem", { name: entry }).click();
  await expect(menu(page)).toBeHidden();
}

test("a row: filter, take it away, leave it out, go down", async ({ page }) => {
  await openDashboard(page);
  const row = rows(page).nth(1);
  const name = await rowName(row);
  const cell = row.getByRole("gridcell").nth(2);

  await cell.click({ button: "right" });
  await expect(menu(page)).toHaveAccessibleName(name);
  await choose(page, "Filter by this");
  await expect(chips(page)).toHaveCount(1);
  await expect(chips(page).first()).toContainText(name);

  await settled(page);
  await rows(page).filter({ hasText: name }).first().getByRole("gridcell").nth(2).click({ button: "right" });
  await choose(page, "Take this filter away");
  await expect(chips(page)).toHaveCount(0);

  await rows(page).filter({ hasText: name }).first().getByRole("gridcell").nth(2).click({ button: "right" });
  await choose(page, "Leave this out");
  await expect(chips(page).first()).toContainText(/not/i);
  await page.goBack();
  await expect(chips(page)).toHaveCount(0);

  await rows(page).filter({ hasText: name }).first().getByRole("gridcell").nth(2).click({ button: "right" });
  await choose(page, "Go down into it");
  await expect(grid(page)).toHaveAccessibleName("Ad groups");
});

test("a copied figure is the plain number of its cell", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openDashboard(page);
  const cell = rows(page).first().getByRole("gridcell").first();
  const shown = (await cell.innerText()).replace(/,/g, "");
  await cell.click({ button: "right" });
  await choose(page, /^Copy value/);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown.trim());
});

test("by keyboard: a point of the trend, its days, its rows, and back", async ({ page }) => {
  await openDashboard(page, "r=14d");
  const picture = widget(page, TREND).getByRole("img");
  await picture.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("End");
  await page.keyboard.press(".");
  await expect(menu(page).getByRole("menuitem").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(menu(page)).toBeHidden();
  await expect(picture).toBeFocused();

  await page.keyboard.press("ArrowRight");
  await page.keyboard.press(".");
  await choose(page, /^Show only /);
  await expect(page).toHaveURL(/r=(\d{4}-\d\d-\d\d)\.\.\1$/);
  await page.goBack();
  await expect(page).toHaveURL(/r=14d/);
  await settled(page);

  await picture.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press(".");
  await choose(page, "Show its rows");
  await expect(page).toHaveURL(/f=platform%3A|f=platform:/);
  await expect(grid(page).locator("[data-cell='0-0']")).toBeFocused();
});

test("bars, slices and legends answer the right button; where a number comes from is explained", async ({ page }) => {
  await openDashboard(page);
  const bars = widget(page, TOP).getByRole("img");
  await bars.scrollIntoViewIfNeeded();
  const name = await hitBar(page, (await bars.boundingBox())!, "right");
  await expect(menu(page)).toHaveAccessibleName(name);
  await expect(menu(page).getByRole("menuitem", { name: "Filter by this" })).toBeVisible();
  await page.keyboard.press("Escape");

  await widget(page, SHARE).getByRole("list", { name: "Platforms" }).getByRole("button").first().click({ button: "right" });
  await expect(menu(page)).toHaveAccessibleName("Google Ads");
  await choose(page, "Where does this come from?");
  await expect(page.getByRole("dialog", { name: /Where does Spend come from/ })).toBeVisible();
});

test("the menu of the last cell stays inside the window", async ({ page }) => {
  await openDashboard(page);
  const cell = rows(page).last().getByRole("gridcell").last();
  await cell.scrollIntoViewIfNeeded();
  await cell.click({ button: "right" });
  const box = (await menu(page).boundingBox())!;
  const size = page.viewportSize()!;
  expect(box.x + box.width).toBeLessThanOrEqual(size.width);
  expect(box.y + box.height).toBeLessThanOrEqual(size.height);
});

test("F fills the screen and gives it back; N connects a new source", async ({ page }) => {
  await openDashboard(page);
  await page.keyboard.press("f");
  await expect(page.getByRole("navigation", { name: "Main", exact: true })).toBeHidden();
  await page.keyboard.press("f");
  await expect(page.getByRole("navigation", { name: "Main", exact: true })).toBeVisible();
  await page.keyboard.press("n");
  await expect(page).toHaveURL(new RegExp(`/w/${DEMO}/data/connect`));
});

test("who waits too long can stop, and try again", async ({ page }) => {
  let held = true;
  await page.route("**/api/w/*/cube*", async (route) => {
    while (held) await new Promise((done) => setTimeout(done, 50));
    await route.continue().catch(() => undefined);
  });
  await page.goto(`/w/${DEMO}/dash/paid`);
  const cancel = widget(page, TREND).getByRole("button", { name: "Cancel" });
  await expect(cancel).toBeVisible({ timeout: 15_000 });
  await cancel.click();
  await expect(page.getByText("You stopped the loading.").first()).toBeVisible();
  held = false;
  await page.getByRole("button", { name: "Try again" }).first().click();
  await settled(page);
  await expect(spoken(page, "Spend")).toContainText("€");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("a swipe leads to the page beside", async ({ page }) => {
    await page.goto(`/w/${DEMO}/data/metrics`);
    await page.locator("body[data-hydrated]").waitFor();
    const swipe = async (from: number, to: number) => {
      await page.evaluate(([from, to]) => {
        const main = document.querySelector("#main h1")!;
        const touch = (x: number) => new Touch({ identifier: 1, target: main, clientX: x, clientY: 300 });
        main.dispatchEvent(new TouchEvent("touchstart", { bubbles: true, touches: [touch(from!)], changedTouches: [touch(from!)] }));
        main.dispatchEvent(new TouchEvent("touchend", { bubbles: true, touches: [], changedTouches: [touch(to!)] }));
      }, [from, to]);
    };
    await swipe(340, 60);
    await expect(page).toHaveURL(/\/data\/currencies$/);
    await swipe(60, 340);
    await expect(page).toHaveURL(/\/data\/metrics$/);
  });
});
