// usage: node bundle-styles.mjs ENTRY.css OUT.css ASSETS.json
// Follows the @imports of ENTRY and writes one minified file. ASSETS.json maps logical asset names to the URLs they are
// served under: `url("/assets/inter.woff2")` in a style sheet becomes the hashed address.
import { build } from "esbuild";
import { readFileSync } from "node:fs";

const [entry, out, assetsFile] = process.argv.slice(2);
const assets = JSON.parse(readFileSync(assetsFile, "utf8"));

const hashedAssets = {
  name: "hashed-assets",
  setup({ onResolve }) {
    onResolve({ filter: /^\/assets\// }, ({ path }) => {
      const name = path.slice("/assets/".length);
      if (!(name in assets)) {
        const known = Object.keys(assets).join(", ");
        return { errors: [{ text: `${path}: no such asset; a style sheet can name: ${known}` }] };
      }
      return { path: assets[name], external: true };
    });
    // Addresses of files in public/ stay as they are.
    onResolve({ filter: /^(\/|data:)/ }, ({ path, kind }) =>
      kind === "url-token" ? { path, external: true } : undefined,
    );
  },
};

const { warnings } = await build({
  entryPoints: [entry],
  outfile: out,
  bundle: true,
  minify: true,
  target: ["chrome111", "firefox115", "safari16.4"],
  legalComments: "none",
  plugins: [hashedAssets],
  logLevel: "warning",
}).catch(() => process.exit(1)); // It has said what is wrong.

// A browser drops what it can't read without a word: an unbalanced brace would take half of the sheet with it.
if (warnings.length > 0) process.exit(1);
