// How many pages a module (`wasm-heap`) has after 21 lists of 10^6 numbers, one after the other, and
// after lists that are kept until there is no memory for one: `node pages.mjs image.wasm`.
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const { memory, push } = instance.exports;
const pages = () => memory.buffer.byteLength / 65536;
for (let n = 0; n < 21; n++) push(1_000_000, 0);
const dropped = pages();
let kept = 0;
while (kept < 1000 && push(50_000, 1)) kept++;
console.log(`${dropped} ${kept}`);
