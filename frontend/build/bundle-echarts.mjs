// usage: node bundle-echarts.mjs OUT.js
// Makes one minified ES module out of echarts.js.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { minifyModule } from "./minify.mjs";

const [out] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(new URL("../node_modules/echarts/package.json", import.meta.url)));

// What is loaded with every chart, and that we do not have: options of old versions, the dark theme (ours is in the
// option), other languages, the spinner, transformed data sets. With what stands in for each.
const nothing = "export default function () {}";
const LEFT_OUT = {
  "echarts/lib/preprocessor/backwardCompat.js": nothing,
  "echarts/lib/loading/default.js": nothing,
  "echarts/lib/theme/dark.js": "export default {}",
  "echarts/lib/i18n/langZH.js": 'export { default } from "./langEN.js"',
  "echarts/lib/legacy/dataSelectAction.js":
    "export function createLegacyDataSelectAction() {}\nexport function handleLegacySelectEvents() {}",
  "echarts/lib/data/helper/transform.js":
    "export function registerExternalTransform() {}\nexport function applyDataTransform() {}",
};

const leaveOut = {
  name: "leave-out",
  setup({ onLoad, onEnd }) {
    const missing = new Set(Object.keys(LEFT_OUT));
    onLoad({ filter: /[\\/]echarts[\\/]lib[\\/]/ }, ({ path }) => {
      const name = path.replaceAll("\\", "/").split("/node_modules/").pop();
      missing.delete(name);
      return name in LEFT_OUT ? { contents: LEFT_OUT[name] } : undefined;
    });
    onEnd(() => ({ errors: [...missing].map((name) => ({ text: `${name} is not loaded any more: correct the list` })) }));
  },
};

await build({
  entryPoints: [new URL("echarts.js", import.meta.url).pathname],
  outfile: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  banner: { js: `/*! Apache ECharts ${version}, custom build. Apache-2.0; see /licenses.txt */` },
  plugins: [leaveOut],
  define: { "process.env.NODE_ENV": '"production"', __DEV__: "false" },
  logLevel: "warning",
}).catch(() => process.exit(1)); // It has said what is wrong.
await minifyModule(out);
