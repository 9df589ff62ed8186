// Checks the heap of a module (`wasm-heap`) that grows to its maximum: what the module hands out, what
// the host writes there, and pages that the host takes by itself.

const PAGE = 65536;

function assert(condition, what) {
  if (!condition) throw new Error(what);
}

export function check({ exports }, say) {
  const { memory, take, take_zeroed, resize, give_back, push } = exports;
  const pages = () => memory.buffer.byteLength / PAGE;
  const bytes = (at, len) => new Uint8Array(memory.buffer, at >>> 0, len);
  const blocks = [];
  const foreign = [];
  let seed = 1;
  const random = (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };

  const filled = (block) => bytes(block.at, block.size).every((byte) => byte === block.value);
  function taken(at, size, align) {
    assert((at >>> 0) % align === 0, "a block is not aligned");
    const block = { at, size, align, value: random(256) };
    bytes(at, size).fill(block.value);
    blocks.push(block);
  }
  function free(block) {
    assert(filled(block), "a block was overwritten");
    give_back(block.at, block.size, block.align);
  }

  const first = pages();
  say(`pages at the start: ${first}`);
  // A list that is built by pushing takes about its own size, as it is extended where it is.
  assert(push(1_000_000, 0), "there is room for a list");
  say(`pages after a list of 4 MB: ${pages()}`);
  assert(pages() <= first + 65 + 9, "more pages than the list needs");
  const settled = pages();
  for (let n = 0; n < 20; n++) assert(push(1_000_000, 0), "it was given back");
  assert(pages() === settled, "a list is given back when it is dropped");

  // Blocks of all sizes, while the host takes pages in between.
  let refused = 0;
  for (let n = 0; n < 6000; n++) {
    const size = 1 + random(n % 100 === 0 ? 300_000 : 2_000);
    const align = 1 << random(n % 50 === 0 ? 13 : 5);
    const what = random(4);
    if (what < 2) {
      const zeroed = random(8) === 0;
      const at = (zeroed ? take_zeroed : take)(size, align);
      if (at === 0) refused++;
      else {
        assert(!zeroed || bytes(at, size).every((byte) => byte === 0), "not zero");
        taken(at, size, align);
      }
    } else if (what === 2 && blocks.length) {
      const block = blocks[random(blocks.length)];
      assert(filled(block), "a block was overwritten");
      const at = resize(block.at, block.size, block.align, size);
      if (at === 0) refused++;
      else {
        const kept = bytes(at, Math.min(size, block.size));
        assert(kept.every((byte) => byte === block.value), "resizing lost the content");
        [block.at, block.size] = [at, size];
        bytes(at, size).fill(block.value);
      }
    } else if (blocks.length) {
      const last = random(2) ? blocks.length - 1 : random(blocks.length);
      free(blocks.splice(last, 1)[0]);
    }
    if (n % 1000 === 999) {
      try {
        const at = memory.grow(1) * PAGE;
        bytes(at, PAGE).fill(0xee);
        foreign.push(at);
      } catch {
        // The memory is at its maximum.
      }
    }
  }
  // To the maximum, and then it is refused.
  while (blocks.length < 20_000) {
    const at = take(50_000, 8);
    if (at === 0) break;
    taken(at, 50_000, 8);
  }
  say(`pages at the end: ${pages()}, of them the host's: ${foreign.length}`);
  assert(foreign.length >= 3, "the host took some");
  assert(take(0x7ffffff0, 8) === 0, "half of the address space");
  assert(take(0x40000000, 0x20000000) === 0, "an alignment of that kind");
  assert(!canGrow({ exports }, 1), "refused although there are pages");

  const all = blocks.splice(0);
  const count = all.length;
  while (all.length) free(all.pop());
  assert(take(40_000, 8) !== 0, "what was freed is used again");
  for (const at of foreign) {
    assert(bytes(at, PAGE).every((byte) => byte === 0xee), "a page of the host's was overwritten");
  }
  say(`blocks: ${count}, refused: ${refused}`);
}

// Whether so many pages could be added. They are then.
export function canGrow({ exports }, pages) {
  try {
    exports.memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

// Checks a heap whose module may have 4 GiB: that it ends at 2 GiB, since no object is larger, and that no
// block has the last byte of the address space. `start` starts the module.
export function checkLarge(start, say) {
  const LARGE = 400 << 20;
  for (const foreign of [0, 40_000, 65_500]) {
    const instance = start();
    const { memory, take } = instance.exports;
    const pages = () => memory.buffer.byteLength / PAGE;
    assert(foreign === 0 || canGrow(instance, foreign - pages()), "the host has pages");
    const ends = [];
    const takes = (size) => {
      const at = take(size, 8) >>> 0;
      if (at !== 0) {
        assert(ends.every((end) => end <= at || at + size <= end - LARGE), "blocks overlap");
        assert(at + size < 2 ** 32, "the last byte is in a block");
        // It starts in the first 2 MiB.
        assert(foreign !== 0 || at + size < 2 ** 31 + 2 ** 21, "the heap is larger than 2 GiB");
        new Uint8Array(memory.buffer)[at + size - 1] = 7;
      }
      return at;
    };
    for (let at; (at = takes(LARGE)) !== 0; ) ends.push(at + LARGE);
    say(`${ends.length} blocks of 400 MiB, ${pages()} pages, of which ${foreign} were others'`);
    assert(foreign !== 0 || ends.length >= 4, "there are 2 GiB");
    // The rest, for smaller ones.
    let small = 0;
    while (takes(PAGE) !== 0) small++;
    say(`${small} blocks of 64 KiB behind them`);
    assert(take(0x7ffffff0, 8) === 0, "half of the address space");
    assert(takes(8) !== 0, "a small block");
    // The host takes the rest.
    canGrow(instance, 65_536 - pages());
    while (takes(PAGE) !== 0) small++;
  }
}
