//! A store of keys and values in memory, with transactions: written, searched, and cleaned up.

use std::hint::black_box;

use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, TableDefinition};

use crate::random::{Random, word};

const PEOPLE: TableDefinition<&str, &[u8]> = TableDefinition::new("people");
const EVENTS: TableDefinition<u64, &str> = TableDefinition::new("events");

pub(crate) fn run(rounds: usize) {
    let store = Database::builder()
        .create_with_backend(InMemoryBackend::new())
        .unwrap();
    let mut random = Random::new(14);
    let mut found = Vec::new();
    for round in 0..rounds {
        let write = store.begin_write().unwrap();
        {
            let mut people = write.open_table(PEOPLE).unwrap();
            let mut events = write.open_table(EVENTS).unwrap();
            for n in 0..60 {
                let name = word(random.rank(2000));
                let value = vec![n as u8; random.below(200)];
                people.insert(name.as_str(), value.as_slice()).unwrap();
                let now = (round * 60 + n) as u64;
                events.insert(now, name.as_str()).unwrap();
            }
            people.remove(word(random.rank(2000)).as_str()).unwrap();
            let old = (round as u64 * 60).saturating_sub(600);
            events.retain_in(..old, |_, _| false).unwrap();
        }
        write.commit().unwrap();

        let read = store.begin_read().unwrap();
        let people = read.open_table(PEOPLE).unwrap();
        let start = word(random.below(2000));
        for entry in people.range(start.as_str()..).unwrap().take(30) {
            let (name, value) = entry.unwrap();
            found.push((name.value().to_owned(), value.value().len()));
        }
        found.truncate(500);
    }
    black_box(found);
}
