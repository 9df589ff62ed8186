// Runs the firmware as WebAssembly: `node wasm.mjs image.wasm`.
import { readFileSync, writeSync } from "node:fs";
import { canGrow, check, checkLarge } from "./growing.mjs";

const imports = {
  host: {
    write: (at, len) => writeSync(1, new Uint8Array(instance.exports.memory.buffer, at, len)),
    exit: (status) => process.exit(status),
  },
};
const module = await WebAssembly.compile(readFileSync(process.argv[2]));
const start = () => new WebAssembly.Instance(module, imports);
const instance = start();
if (instance.exports.take) {
  // A heap, and nothing that runs: it is checked from here.
  try {
    if (canGrow(start(), 1000)) checkLarge(start, console.log);
    else check(instance, console.log);
    console.log("PASS");
    process.exit(0);
  } catch (error) {
    console.log(`${error.message}\nFAIL`);
    process.exit(1);
  }
}
instance.exports.run();
process.exit(1); // `run` does not return.
