//! Maps whose keys come and go, at about the same size. The sizes of their values change slowly, as
//! those of a program do that has phases.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;

use crate::random::{Random, word};

type Table<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

pub(crate) fn run(steps: usize) {
    let mut random = Random::new(7);
    let mut ordered: BTreeMap<usize, Box<[u32]>> = BTreeMap::new();
    let mut table: Table<String, Vec<u16>> = Table::default();
    for step in 0..steps {
        // From 1 to 5 and back.
        let phase = 1 + 4 * step.min(steps - step) / (steps / 2);
        let key = random.below(1500);
        if ordered.remove(&key).is_none() {
            let length = (random.below(10) + 1) * phase;
            ordered.insert(key, vec![key as u32; length].into_boxed_slice());
        }
        let key = word(random.below(1000));
        match table.get_mut(&key) {
            Some(values) if values.len() < 4 * phase => values.extend([step as u16; 3]),
            Some(_) => {
                table.remove(&key);
            }
            None => {
                table.insert(key, vec![step as u16]);
            }
        }
    }
    black_box((ordered.len(), table.len()));
}
