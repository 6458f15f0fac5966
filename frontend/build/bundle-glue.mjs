// usage: node bundle-glue.mjs IN.js OUT.js
// Minifies the JavaScript that wasm-bindgen wrote, with the snippets that it imports, into one ES module.
import { build } from "esbuild";
import { minifyModule } from "./minify.mjs";

const [entry, out] = process.argv.slice(2);

await build({
  entryPoints: [entry],
  outfile: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
}).catch(() => process.exit(1)); // It has said what is wrong.
await minifyModule(out);
