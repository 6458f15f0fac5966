// usage: node bundle-echarts.mjs OUT.js
// Makes one minified ES module out of echarts.js.
import { build } from "esbuild";
import { readFileSync } from "node:fs";

const [out] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(new URL("../node_modules/echarts/package.json", import.meta.url)));

await build({
  entryPoints: [new URL("echarts.js", import.meta.url).pathname],
  outfile: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  banner: { js: `/*! Apache ECharts ${version}, custom build. Apache-2.0; see /licenses.txt */` },
  define: { "process.env.NODE_ENV": '"production"', __DEV__: "false" },
  logLevel: "warning",
}).catch(() => process.exit(1)); // It has said what is wrong.
