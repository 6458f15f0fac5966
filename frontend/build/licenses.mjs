// usage: node licenses.mjs OUT.txt
// Collects the licence texts of what is shipped to browsers from npm.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [out] = process.argv.slice(2);
const SHIPPED = ["echarts", "zrender", "tslib", "@fontsource-variable/inter"];
const TEXTS = ["LICENSE", "LICENSE.txt", "NOTICE"];

const parts = SHIPPED.map((name) => {
  const folder = new URL(`../node_modules/${name}/`, import.meta.url);
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder)));
  const texts = TEXTS.map((file) => new URL(file, folder)).filter((file) => existsSync(file));
  if (texts.length === 0) throw new Error(`${name} ships no licence text`);
  return `${name} ${version} (${license})\n\n${texts.map((file) => readFileSync(file, "utf8").trim()).join("\n\n")}`;
});
writeFileSync(out, `${parts.join(`\n\n${"=".repeat(80)}\n\n`)}\n`);
