// Runs the firmware as WebAssembly: `node wasm.mjs image.wasm`.
import { readFileSync, writeSync } from "node:fs";
import { check } from "./growing.mjs";

const imports = {
  host: {
    write: (at, len) => writeSync(1, new Uint8Array(instance.exports.memory.buffer, at, len)),
    exit: (status) => process.exit(status),
  },
};
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), imports);
if (instance.exports.take) {
  // A heap, and nothing that runs: it is checked from here.
  try {
    check(instance, console.log);
    console.log("PASS");
    process.exit(0);
  } catch (error) {
    console.log(`${error.message}\nFAIL`);
    process.exit(1);
  }
}
instance.exports.run();
process.exit(1); // `run` does not return.
