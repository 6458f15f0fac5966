// The demo workspace: apart from one's own, marked, removed in one click. On a server of its own, because it goes.
import { test as base, expect } from "@playwright/test";
import { DEMO, OWN, setUp } from "../fixtures/api.js";
import { alive, open } from "../fixtures/pages.js";
import { Server } from "../fixtures/server.js";

const test = base.extend<object, { server: Server; state: object }>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  state: [
    async ({ server }, use) => {
      const api = await setUp(server);
      await use(await api.storageState());
      await api.dispose();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.origin),
  storageState: async ({ state }, use) => use(state as never),
});

test("explore the demo, see that it is one, and remove it while it still loads", async ({ page }) => {
  await open(page, "/welcome");
  const began = Date.now();
  await page.getByRole("button", { name: /Explore demo data/ }).click();
  await page.waitForURL(new RegExp(`/w/${DEMO}/dash/paid`));
  await expect(page.getByRole("region", { name: "Key figures" }).getByText(/^Impressions: [1-9]/)).toBeVisible({ timeout: 45_000 });
  // The first useful dashboard within a minute.
  expect(Date.now() - began).toBeLessThan(60_000);
  await expect(page.getByText("Demo data – connect yours")).toBeVisible();
  await expect(page.getByRole("link", { name: "connect yours" })).toHaveAttribute("href", `/w/${OWN}/data/connect`);

  // One's own workspace knows nothing of it.
  await open(page, `/w/${OWN}/dash/paid`);
  await expect(page.getByText("No figures yet")).toBeVisible();
  await expect(page.getByText("Demo data – connect yours")).toBeHidden();
  for (const link of await page.getByRole("main").getByRole("link").all()) {
    const href = (await link.getAttribute("href")) ?? "";
    expect((await page.request.get(href)).status(), href).toBe(200);
  }

  await open(page, `/w/${DEMO}/dash/paid`);
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Remove the demo workspace?" });
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await dialog.getByRole("button", { name: "Remove demo" }).click();
  await page.waitForURL(new RegExp(`/w/${OWN}/`));
  await alive(page);
  await page.getByRole("button", { name: "Workspace: Acme" }).first().click();
  await expect(page.getByRole("menuitem", { name: /demo\)/ })).toHaveCount(0);
  await page.goto(`/w/${DEMO}/dash/paid`);
  await expect(page.getByRole("region", { name: "Key figures" })).toHaveCount(0);

  // A new one can be opened at any time.
  await open(page, "/welcome");
  await page.getByRole("button", { name: /Explore demo data/ }).click();
  await page.waitForURL(new RegExp(`/w/${DEMO}/dash/paid`));
  await expect(page.getByRole("region", { name: "Key figures" }).getByText(/^Impressions: [1-9]/)).toBeVisible({ timeout: 45_000 });
});
