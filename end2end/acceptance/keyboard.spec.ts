// Without a mouse.
import { type Locator, type Page, expect } from "@playwright/test";
import { ADMIN, DEMO } from "../fixtures/api.js";
import { TOP, TREND, chips, grid, open, openDashboard, range, rowName, rows, settled, widget } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

/** Tab until something has the focus; fails when it is never reached, or when the focus can't be seen. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) {
      const outline = await target.evaluate((element) => {
        const style = getComputedStyle(element);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      });
      expect(outline, "the focus is visible").toBe(true);
      return;
    }
  }
  throw new Error("Tab does not reach it");
}

test.describe("anonymous", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("log in", async ({ page }) => {
    await open(page, "/login");
    await tabTo(page, page.getByLabel("E-mail"));
    await page.keyboard.type(ADMIN.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(ADMIN.password);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/w\//);
  });
});

test("skip link, places by G, palette, shortcuts", async ({ page }) => {
  await openDashboard(page);
  await page.keyboard.press("Tab");
  await expect(page.locator(":focus")).toHaveText(/skip/i);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(page).toHaveURL(new RegExp(`/w/${DEMO}/data$`));
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await expect(page).toHaveURL(/\/dash\/overview/);
  await settled(page);

  await page.keyboard.press("?");
  const shortcuts = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(shortcuts).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(shortcuts).toBeHidden();

  await page.keyboard.press("ControlOrMeta+k");
  await expect(page.getByRole("combobox", { name: "Page or action" })).toBeFocused();
  await page.keyboard.type("curr");
  await expect(page.getByRole("option", { selected: true })).toContainText(/currenc/i);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/data\/currencies$/);
});

test("dates: open, choose days on the calendar, close", async ({ page }) => {
  await openDashboard(page);
  await tabTo(page, range(page));
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Dates and comparison" });
  await expect(dialog.getByLabel("Type a period")).toBeFocused();
  await tabTo(page, dialog.locator(".cal__day[tabindex='0']"));
  await page.keyboard.press("PageUp");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/r=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d/);
  await expect(dialog).toBeHidden();
  await expect(range(page)).toBeFocused();
});

test("filter by menu, by chart and by table", async ({ page }) => {
  await openDashboard(page, "cmp=none");
  await page.keyboard.press("/");
  const menu = page.getByRole("dialog", { name: "Add a filter" });
  await expect(menu.getByRole("button", { name: "Platform" })).toBeFocused();
  await tabTo(page, menu.getByRole("button", { name: "Account" }));
  await page.keyboard.press("Enter");
  await expect(menu.getByRole("searchbox")).toBeFocused();
  await tabTo(page, menu.getByRole("checkbox").first());
  await page.keyboard.press("Space");
  await expect(chips(page)).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await tabTo(page, chips(page).getByRole("button"));
  await page.keyboard.press("Enter");
  await expect(chips(page)).toHaveCount(0);
  await settled(page);

  // A chart: the arrow keys walk its marks and read them out, Enter filters.
  const chart = widget(page, TOP).getByRole("img");
  await chart.focus();
  await page.keyboard.press("ArrowDown");
  const aloud = widget(page, TOP).locator("[aria-live=polite]").filter({ hasText: /\S/ });
  const first = await aloud.innerText();
  expect(first).toMatch(/^.+: [\d,.]+/);
  await page.keyboard.press("ArrowRight");
  await expect(aloud).not.toHaveText(first);
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(chips(page)).toHaveText([/^Campaign is /]);
  await page.keyboard.press("Enter");
  await expect(chips(page)).toHaveCount(0);

  // The table: one stop for Tab, arrows inside, Space filters, Enter goes down.
  const cell = grid(page).locator("tbody [tabindex='0']");
  await expect(cell).toHaveCount(1);
  await cell.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  // New figures may move a row while this runs; the focus goes with it.
  const focused = rows(page).filter({ has: page.locator("[data-cell$='-1']:focus") });
  await expect(focused).toHaveCount(1);
  const name = await rowName(focused);
  await page.keyboard.press("Space");
  await expect(chips(page)).toHaveText([`Campaign is ${name}`]);
  expect(await rowName(focused)).toBe(name);
  await page.keyboard.press("Space");
  await expect(chips(page)).toHaveCount(0);
  // What is excluded goes; the next row is in its place, and has the focus.
  await page.keyboard.press("Shift+Space");
  await expect(chips(page)).toHaveText([`Campaign is not ${name}`]);
  const next = await rowName(focused);
  expect(next).not.toBe(name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("navigation", { name: "Drill" })).toContainText(next);
});

test("columns are hidden and widened by keyboard, and stay so", async ({ page }) => {
  await openDashboard(page);
  const head = (name: RegExp) => grid(page).getByRole("columnheader", { name });
  await page.getByRole("button", { name: "Columns" }).focus();
  await page.keyboard.press("Enter");
  const ctr = page.getByRole("checkbox", { name: "CTR" });
  await ctr.waitFor();
  await tabTo(page, ctr);
  await page.keyboard.press("Space");
  await expect(head(/^CTR/)).toHaveCount(0);
  const before = (await head(/^Clicks/).boundingBox())!.width;
  await page.getByRole("button", { name: "Clicks wider" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await head(/^Clicks/).boundingBox())!.width).toBeGreaterThan(before + 40);
  await page.keyboard.press("Escape");
  await page.reload();
  await settled(page);
  await expect(head(/^CTR/)).toHaveCount(0);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("button", { name: "All columns, usual sizes" }).click();
  await expect(head(/^CTR/)).toHaveCount(1);
});

test("a point's tooltip is kept by Space and goes by Escape", async ({ page }) => {
  await openDashboard(page);
  await widget(page, TREND).getByRole("img").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  const pinned = page.getByRole("group", { name: /^Pinned: / });
  await expect(pinned).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(pinned.getByRole("button", { name: "Unpin" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(pinned).toBeHidden();
});

test("menus open, move, act and give the focus back", async ({ page }) => {
  await openDashboard(page);
  const trigger = page.getByRole("button", { name: "Menu of Spend", exact: true });
  await tabTo(page, trigger);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Copy value" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitem", { name: "Where does this come from?" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(trigger).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog", { name: "Where does Spend come from?" });
  await expect(panel).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(trigger).toBeFocused();
});

test("single keys can be turned off", async ({ page }) => {
  await open(page, "/settings/account");
  const single = page.getByRole("checkbox", { name: /Single-key shortcuts/ });
  await single.uncheck();
  await openDashboard(page);
  await page.keyboard.press("d");
  await page.keyboard.press("x");
  await expect(page.getByRole("dialog", { name: "Dates and comparison" })).toBeHidden();
  await expect(page).not.toHaveURL(/cmp=/);
  await page.keyboard.press("ControlOrMeta+k");
  await expect(page.getByRole("combobox", { name: "Page or action" })).toBeFocused();
});
