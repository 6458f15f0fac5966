// From a phone to a large screen, in both themes: nothing is cut off, and the pictures are kept with the report.
import { type Page, expect } from "@playwright/test";
import { DEMO, OWN } from "../fixtures/api.js";
import { figure, number, open, openDashboard, range, rows, widget, TREND } from "../fixtures/pages.js";
import { test } from "../fixtures/test.js";

const WIDTHS = [390, 768, 1440, 1920];
const PAGES: Record<string, string> = {
  dashboard: `/w/${DEMO}/dash/paid`,
  connections: `/w/${DEMO}/data`,
  connection: `/w/${DEMO}/data/connections/1`,
  accounts: `/w/${DEMO}/data/connections/1/accounts`,
  connect: `/w/${DEMO}/data/connect/google_ads`,
  imports: `/w/${OWN}/data/imports`,
  details: `/w/${DEMO}/data/details`,
  metrics: `/w/${DEMO}/data/metrics`,
  currencies: `/w/${DEMO}/data/currencies`,
  settings: `/w/${OWN}/settings`,
  account: "/settings/account",
  welcome: "/welcome",
};

/** What sticks out of the page to the right; scrolling boxes may hold more than they show. */
async function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out: string[] = [`the page is ${document.documentElement.scrollWidth} px wide on ${width}`];
    for (const element of document.querySelectorAll("body *")) {
      const box = element.getBoundingClientRect();
      if (box.right > width + 1 && box.width > 0) out.push(`${element.tagName.toLowerCase()}.${element.className} to ${Math.round(box.right)}`);
    }
    return out.slice(0, 8);
  });
}

for (const width of WIDTHS) {
  test(`nothing is wider than ${width} px`, async ({ page }, info) => {
    test.slow();
    await page.setViewportSize({ width, height: width < 800 ? 844 : 900 });
    for (const [name, path] of Object.entries(PAGES)) {
      if (name === "dashboard") await openDashboard(page);
      else await open(page, path);
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await overflow(page), `${name} ${colorScheme}`).toEqual([]);
        await info.attach(`${name}-${width}-${colorScheme}.png`, { body: await page.screenshot({ fullPage: true }), contentType: "image/png" });
      }
    }
  });
}

test("a phone: figures two by two, the table as cards, targets for fingers, dates as a sheet", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openDashboard(page, "cmp=none");
  const tiles = page.getByRole("region", { name: "Key figures" }).getByRole("article");
  const boxes = await Promise.all([0, 1, 2].map((at) => tiles.nth(at).boundingBox()));
  // One wide, then pairs: nine tiles, and none stands alone.
  expect(boxes[0]?.width).toBeGreaterThan(340);
  expect(boxes[1]?.y).toBe(boxes[2]?.y);
  expect(boxes[1]?.y).toBeGreaterThan(boxes[0]?.y ?? 0);
  const chart = await widget(page, TREND).getByRole("img").boundingBox();
  expect(chart?.width).toBeGreaterThan(300);
  expect(number(await figure(page, "Spend"))).toBeGreaterThan(0);
  await expect(rows(page).first()).toBeVisible();
  for (const place of await page.getByRole("navigation", { name: "Main, on small screens" }).getByRole("link").all()) {
    const box = await place.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  }
  await range(page).click();
  const sheet = await page.getByRole("dialog", { name: "Dates and comparison" }).boundingBox();
  expect(sheet?.width).toBeGreaterThanOrEqual(380);
  await page.keyboard.press("Escape");
  await page.getByRole("navigation", { name: "Main, on small screens" }).getByRole("link", { name: "Data" }).click();
  await expect(page).toHaveURL(/\/data$/);
});

test("tiles fill their rows at every width", async ({ page }) => {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await openDashboard(page, "cmp=none");
    const region = await page.getByRole("region", { name: "Key figures" }).boundingBox();
    const tiles = await page.getByRole("region", { name: "Key figures" }).getByRole("article").all();
    const ends = new Map<number, number>();
    for (const tile of tiles) {
      const box = (await tile.boundingBox())!;
      ends.set(Math.round(box.y), Math.max(ends.get(Math.round(box.y)) ?? 0, box.x + box.width));
    }
    for (const end of ends.values()) expect(Math.abs(end - region!.x - region!.width), `${width} px`).toBeLessThan(2);
  }
});

test("a phone: lists of runs and metrics need no sideways scroll", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["connection", "metrics"]) {
    await open(page, PAGES[path]!);
    const scroller = page.locator(".table-scroll").first();
    await expect(scroller).toBeVisible();
    expect(await scroller.evaluate((box) => box.scrollWidth - box.clientWidth), path).toBeLessThanOrEqual(0);
  }
});

test("text at 200 % and a page of 320 px reflow", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await openDashboard(page);
  expect(await overflow(page)).toEqual([]);
  await open(page, `/w/${DEMO}/data/connections/1`);
  expect(await overflow(page)).toEqual([]);
});
