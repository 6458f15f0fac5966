// The catalogue of all platforms, and connecting one with a token: a vendor of a few lines takes the platform's place.
import { type IncomingMessage, type Server as Vendor, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test as base } from "@playwright/test";
import { OWN, setUp } from "../fixtures/api.js";
import { alive, open } from "../fixtures/pages.js";
import { Server } from "../fixtures/server.js";
import { Problems } from "../fixtures/test.js";

const TOKEN = "pat-eu1-right";

/** HubSpot's portal, for who has the token. */
function portal(request: IncomingMessage): [number, unknown] {
  if (request.headers.authorization === `Bearer ${TOKEN}`) {
    return [200, { portalId: 147893286, timeZone: "US/Eastern", companyCurrency: "USD" }];
  }
  return [401, { status: "error", message: "Authentication credentials not found.", category: "INVALID_AUTHENTICATION" }];
}

interface Worker {
  /** What the vendor was asked, by path. */
  asked: string[];
  server: Server;
  state: Awaited<ReturnType<Awaited<ReturnType<typeof setUp>>["storageState"]>>;
}

const test = base.extend<{ problems: Problems }, { world: Worker }>({
  world: [
    async ({}, use) => {
      const asked: string[] = [];
      const vendor: Vendor = createServer((request, answer) => {
        asked.push(request.url ?? "");
        const [status, body] = portal(request);
        answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
      await new Promise<void>((up) => vendor.listen(0, "127.0.0.1", up));
      const origin = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
      const server = await Server.start({ command: "serve", env: { WINDHOVER_HUBSPOT__BASE_URL: origin } });
      const api = await setUp(server);
      await use({ asked, server, state: await api.storageState() });
      await api.dispose();
      await server.stop();
      vendor.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ world }, use) => use(world.server.origin),
  storageState: async ({ world }, use) => use(world.state),
  problems: [
    async ({ context }, use) => {
      const problems = new Problems();
      context.on("page", (page) => problems.watch(page));
      await use(problems);
      expect(problems.unexpected(), "errors in the browser's console").toEqual([]);
    },
    { auto: true },
  ],
});

test("the catalogue is searched by name, family and what is read, and leads to a page about each", async ({ page, problems }) => {
  problems.expect(/404/);
  await open(page, `/w/${OWN}/data/connect`);
  const cards = page.locator("li.platform");
  await expect(cards).toHaveCount(20);
  const search = page.getByLabel("Search by name, or by what is read");
  await search.fill("hubspot");
  await expect(cards).toHaveCount(1);
  await search.fill("followers");
  await expect(cards.filter({ hasText: "Instagram" })).toBeVisible();
  await expect(cards.filter({ hasText: "SendGrid" })).toHaveCount(0);
  await search.fill("");
  await page.getByRole("radio", { name: "Organic search" }).check({ force: true });
  await expect(cards).toHaveCount(1);
  await expect(cards).toContainText("Google Search Console");
  await search.fill("zzz");
  await expect(page.getByRole("heading", { name: "No platform fits" })).toBeVisible();
  await search.fill("");
  await page.getByRole("link", { name: "What to prepare for Google Search Console" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Google Search Console");
  await expect(page.getByRole("heading", { name: "Limits" })).toBeVisible();
  await page.getByRole("link", { name: "the index" }).click();
  await expect(page).toHaveURL(/\/data\/platforms$/);
  await page.getByRole("link", { name: "HubSpot" }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("HubSpot");
  await page.getByRole("link", { name: "Connect HubSpot" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Connect HubSpot");
  await page.goto(`/w/${OWN}/data/platforms/nothing`);
  await expect(page.getByRole("heading", { name: "There is no page about it" })).toBeVisible();
});

test("a token: what is missing is named, what is refused is said, and what was typed stays", async ({ page, problems, world }) => {
  problems.expect(/422/);
  await open(page, `/w/${OWN}/data/connect/hubspot`);
  await page.getByRole("radio", { name: /Token of a private app/ }).check();
  await expect(page.getByRole("heading", { name: "Permission that it needs" })).toBeVisible();
  const connect = page.getByRole("button", { name: "Connect HubSpot" });
  await connect.click();
  const token = page.getByLabel("Access token");
  await expect(token).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("Access token is missing.")).toBeVisible();
  expect(world.asked, "nothing is sent before all is there").toEqual([]);

  await token.fill("pat-eu1-wrong");
  await connect.click();
  await expect(page.getByRole("alert").filter({ hasText: "Authentication credentials not found" })).toBeVisible();
  await expect(token).toHaveValue("pat-eu1-wrong");
  await expect(token).toHaveAttribute("type", "password");

  await token.fill(TOKEN);
  await connect.click();
  await page.waitForURL(/\/data\/connections\/\d+\/accounts$/);
  await alive(page);
  await expect(page.getByRole("row").filter({ hasText: "147893286" })).toBeVisible();
  await expect(page.getByText("1 of 1 chosen")).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: /about [\d,]+ rows, about .*An estimate from/ })).toBeVisible();
  expect(await page.content()).not.toContain(TOKEN);

  await open(page, `/w/${OWN}/data/connect`);
  await expect(page.locator("li.platform").filter({ hasText: "HubSpot" }).first()).toContainText("Connected");
});

test("where people sign in is chosen before the consent, and the address follows", async ({ page, problems }) => {
  problems.expect(/422/);
  await open(page, `/w/${OWN}/data/connect/salesforce`);
  await page.getByLabel("Where you sign in").selectOption({ label: "My Domain" });
  await page.getByLabel("My Domain").last().fill("not a host");
  await page.getByLabel("Consumer key").fill("key");
  await page.getByRole("button", { name: "Continue to Salesforce" }).click();
  await expect(page.getByText(/Where you sign in can't be "not a host"/)).toBeVisible();
  await page.getByLabel("My Domain").last().fill("acme.my.salesforce.com");
  await page.getByRole("button", { name: "Continue to Salesforce" }).click();
  await expect(page.getByText("Consumer secret is missing.")).toBeVisible();
  await expect(page.getByLabel("Consumer key")).toHaveValue("key");
  await page.getByLabel("Consumer secret").fill("secret");
  const asked = page.waitForRequest((request) => new URL(request.url()).host === "acme.my.salesforce.com");
  await page.route("https://acme.my.salesforce.com/**", (route) => route.fulfill({ body: "signed out" }));
  await page.getByRole("button", { name: "Continue to Salesforce" }).click();
  expect(new URL((await asked).url()).searchParams.get("client_id")).toBe("key");
});

test("on a phone nothing is wider than the page", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["connect", "connect/zoho_crm", "connect/salesforce", "platforms", "platforms/google_ads"]) {
    await open(page, `/w/${OWN}/data/${path}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide, path).toBeLessThanOrEqual(0);
  }
});
