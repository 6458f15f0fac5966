// The first start, log-in, log-out, password, sessions: on a server of their own, because they end sessions.
import { type Browser, type Page, test as base, expect } from "@playwright/test";
import { expectAccessible } from "../fixtures/accessibility.js";
import { ADMIN } from "../fixtures/api.js";
import { alive, open } from "../fixtures/pages.js";
import { Server } from "../fixtures/server.js";

const NEXT_PASSWORD = "a quieter staple 42";

const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ server }, use) => use(server.origin),
});

test.describe.configure({ mode: "serial" });

const password = (page: Page) => page.getByRole("textbox", { name: "Password" });

async function logIn(page: Page, word: string): Promise<void> {
  await open(page, "/login");
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await password(page).fill(word);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function inAnotherBrowser(browser: Browser, server: Server, work: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ baseURL: server.origin });
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
}

test("before set-up every address leads there, and the page is accessible", async ({ page }) => {
  for (const path of ["/", "/login", "/welcome", "/w/demo/dash/paid"]) {
    await open(page, path);
    await expect(page).toHaveURL(/\/setup$/);
  }
  await expectAccessible(page);
});

test("a wrong code and a weak password are refused, each at its field", async ({ server, page }) => {
  await open(page, "/setup");
  await page.getByLabel("One-time code").fill("AAAA-BBBB-CCCC");
  await page.getByLabel("Your e-mail").fill(ADMIN.email);
  await password(page).fill(ADMIN.password);
  await page.getByRole("button", { name: "Create admin and workspace" }).click();
  await expect(page.getByLabel("One-time code")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("One-time code")).toHaveAccessibleDescription(/code/i);
  await page.getByLabel("One-time code").fill(server.code);
  await password(page).fill("aaaaaaaaaaaa");
  await expect(page.getByRole("listitem").filter({ hasText: "At least 5 different characters: not yet" })).toBeVisible();
  await page.getByRole("button", { name: "Create admin and workspace" }).click();
  await expect(password(page)).toHaveAttribute("aria-invalid", "true");
  await expect(page).toHaveURL(/\/setup$/);
});

test("the code of the console makes the first admin and the workspace, guessed from the browser", async ({ server, page }) => {
  await open(page, "/setup");
  // The browser of the tests is British and in Berlin.
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Berlin");
  await expect(page.getByLabel("Reporting currency")).toHaveValue("GBP");
  await expect(page.getByRole("radio", { name: "Monday" })).toBeChecked();
  await page.getByLabel("One-time code").fill(` ${server.code.toLowerCase()} `);
  await page.getByLabel("Your e-mail").fill(ADMIN.email);
  await password(page).fill(ADMIN.password);
  await page.getByLabel("Name", { exact: true }).fill("Acme");
  await page.getByLabel("Reporting currency").selectOption("EUR");
  await page.getByRole("button", { name: "Create admin and workspace" }).click();
  await expect(page).toHaveURL(/\/welcome$/);
  await expect(page.getByRole("button", { name: /Explore demo data/ })).toBeVisible();
  await open(page, "/w/acme/settings");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("Acme");
  await expect(page.getByLabel("Reporting currency")).toHaveValue("EUR");
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Berlin");
});

test("the code works once", async ({ server, page }) => {
  const answer = await page.request.post("/api/f/set_up", {
    form: {
      "form[code]": server.code,
      "form[email]": "eve@example.com",
      "form[password]": "another good password",
      "form[workspace][name]": "Eve",
      "form[workspace][currency]": "EUR",
      "form[workspace][time_zone]": "UTC",
      "form[workspace][week_start]": "monday",
    },
  });
  expect(answer.ok()).toBe(false);
  await open(page, "/setup");
  await expect(page).toHaveURL(/\/login/);
});

test("log in, be led to where one wanted to go, log out", async ({ page }) => {
  await open(page, "/w/acme/data");
  await expect(page).toHaveURL(/\/login\?next=/);
  await expectAccessible(page);
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await password(page).fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  const wrong = page.getByRole("alert").filter({ hasText: /\S/ });
  await expect(wrong).toBeVisible();
  const said = (await wrong.textContent()) ?? "";
  // Nobody learns from the answer who has an account.
  await page.getByLabel("E-mail").fill("nobody@example.com");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(wrong).toHaveText(said);
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await password(page).fill(ADMIN.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(/\/w\/acme\/data$/);
  await alive(page);
  await page.getByRole("button", { name: `Account: ${ADMIN.email}` }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await open(page, "/w/acme/data");
  await expect(page).toHaveURL(/\/login/);
});

test("a changed cookie is no session", async ({ page, context }) => {
  await logIn(page, ADMIN.password);
  await page.waitForURL(/\/w\//);
  const cookie = (await context.cookies()).find((c) => c.httpOnly);
  if (!cookie) throw new Error("log-in set no cookie that scripts can't read");
  expect(cookie.sameSite).toBe("Lax");
  const last = cookie.value.at(-1) === "A" ? "B" : "A";
  await context.addCookies([{ ...cookie, value: cookie.value.slice(0, -1) + last }]);
  expect((await page.request.get("/api/f/sessions")).status()).toBe(401);
  await open(page, "/w/acme/data");
  await expect(page).toHaveURL(/\/login/);
});

test("sessions are listed and can be ended from elsewhere", async ({ server, page, browser }) => {
  await logIn(page, ADMIN.password);
  await page.waitForURL(/\/w\//);
  await inAnotherBrowser(browser, server, async (other) => {
    await logIn(other, ADMIN.password);
    await other.waitForURL(/\/w\//);
    await open(page, "/settings/account");
    const sessions = page.getByRole("listitem").filter({ hasText: "Chrom" });
    const before = await sessions.count();
    expect(before).toBeGreaterThan(1);
    await expect(sessions.filter({ hasText: "This one" })).toHaveCount(1);
    for (let left = before; left > 1; left -= 1) {
      await sessions.getByRole("button", { name: "End", exact: true }).first().click();
      await expect(sessions).toHaveCount(left - 1);
    }
    await open(other, "/w/acme/data");
    await expect(other).toHaveURL(/\/login/);
  });
  await open(page, "/w/acme/data");
  await expect(page).toHaveURL(/\/w\/acme\/data$/);
});

test("another password ends all other sessions, and the old one is worth nothing", async ({ server, page, browser }) => {
  await logIn(page, ADMIN.password);
  await page.waitForURL(/\/w\//);
  await inAnotherBrowser(browser, server, async (other) => {
    await logIn(other, ADMIN.password);
    await other.waitForURL(/\/w\//);
    await open(page, "/settings/account");
    await page.getByLabel("Present password").fill("wrong");
    await page.getByRole("textbox", { name: "New password" }).fill(NEXT_PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByLabel("Present password")).toHaveAttribute("aria-invalid", "true");
    await page.getByLabel("Present password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByRole("status").filter({ hasText: "Password changed" })).toBeVisible();
    await open(other, "/w/acme/data");
    await expect(other).toHaveURL(/\/login/);
    await logIn(other, ADMIN.password);
    await expect(other.getByRole("alert").filter({ hasText: /\S/ })).toBeVisible();
    await logIn(other, NEXT_PASSWORD);
    await other.waitForURL(/\/w\//);
  });
  await open(page, "/w/acme/data");
  await expect(page).toHaveURL(/\/w\/acme\/data$/);
});

test("a server that starts again keeps its people and prints no code", async ({ server, page }) => {
  await logIn(page, NEXT_PASSWORD);
  await page.waitForURL(/\/w\//);
  await server.restart();
  expect(server.code).toBe("");
  await open(page, "/w/acme/data");
  await expect(page).toHaveURL(/\/w\/acme\/data$/);
});
