// usage: node subset-font.mjs OUT.woff2
// Cuts the variable Inter down to what the interface writes: Latin letters of Western European languages, the signs of
// money, arithmetic and trend, and the weights 400 to 700. Other scripts fall back to the system's own font.
import { readFile, writeFile } from "node:fs/promises";
import subsetFont from "subset-font";

const [out] = process.argv.slice(2);
const MAX_BYTES = 45 * 1024;

const range = (from, to) => String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i));
const characters =
  range(0x20, 0x7e) +
  range(0xa0, 0xff) +
  "ŒœŠšŽžŸƒıˆ˜" +
  "\u2002\u2003\u2009\u200a\u200b\u202f" + // spaces, the narrow ones between digits
  "–—‘’‚“”„†‡•…‰‹›⁄" +
  "€£¥¢™−×÷≈≠≤≥∞Σ√←↑→↓↗↘";

const source = await readFile(
  new URL("../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", import.meta.url),
);
const subset = await subsetFont(source, characters, {
  targetFormat: "woff2",
  variationAxes: { wght: { min: 400, max: 700 } },
  // Composition and kerning; figures of one width (tnum) for tables; case-sensitive marks; slashed zero.
  keepFeatures: ["calt", "ccmp", "kern", "locl", "mark", "mkmk", "tnum", "case", "zero"],
  noHinting: true,
});
if (subset.length > MAX_BYTES) {
  throw new Error(`the font subset has ${subset.length} bytes, more than the ${MAX_BYTES} it may have`);
}
await writeFile(out, subset);
