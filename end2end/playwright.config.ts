import { defineConfig } from "@playwright/test";
import { chromiumPath } from "./chromium.js";
import { ARGUMENTS } from "./fixtures/arguments.mjs";

const inCi = Boolean(process.env.CI);

// The server is started by the fixtures, not here: several tests need one of their own (a fresh installation, one that
// is killed). `cargo xtask test --only e2e` says where it is by E2E_SERVER_BINARY, and where the bundle is by E2E_DIST.
export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  // Two cores, and a server with a database beside each browser.
  workers: 1,
  forbidOnly: inCi,
  retries: inCi ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromiumPath(),
      args: ARGUMENTS,
    },
  },
});
