// usage: node compress.mjs < LIST.json      LIST is [[SOURCE, TARGET], …]
// Writes TARGET.br (quality 11) and TARGET.gz (level 9) for each SOURCE.
import { readFile, rename, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import zlib from "node:zlib";

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

// A half-written file must not pass for a finished one.
async function write(path, bytes) {
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

async function compress([source, target]) {
  const bytes = await readFile(source);
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT, BROTLI_MAX_WINDOW_BITS } = zlib.constants;
  const br = await brotli(bytes, {
    params: {
      [BROTLI_PARAM_QUALITY]: 11,
      [BROTLI_PARAM_LGWIN]: BROTLI_MAX_WINDOW_BITS,
      [BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const gz = await gzip(bytes, { level: 9 });
  await write(`${target}.br`, br);
  await write(`${target}.gz`, gz);
}

await Promise.all(JSON.parse(await text(process.stdin)).map(compress));
