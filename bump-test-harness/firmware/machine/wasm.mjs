// Runs the firmware as WebAssembly: `node wasm.mjs image.wasm`.
import { readFileSync, writeSync } from "node:fs";

const imports = {
  host: {
    write: (at, len) => writeSync(1, new Uint8Array(instance.exports.memory.buffer, at, len)),
    exit: (status) => process.exit(status),
  },
};
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), imports);
instance.exports.run();
process.exit(1); // `run` does not return.
