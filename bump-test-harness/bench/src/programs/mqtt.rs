//! The client of a message broker as firmware has one: readings are formatted and sent, some have to
//! be acknowledged, subscriptions have handlers, the last value of each topic is kept.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::hint::black_box;

use crate::random::Random;

/// Answers a message: with a line for the log, or nothing.
type Handler = Box<dyn Fn(&Message) -> Option<String>>;

struct Message {
    topic: String,
    payload: Vec<u8>,
}

struct Client {
    /// Sent, and not yet acknowledged, by their number.
    unacknowledged: BTreeMap<u16, Box<Message>>,
    /// The last value of each topic.
    retained: BTreeMap<String, Vec<u8>>,
    /// By the prefix of topics.
    handlers: Vec<(String, Handler)>,
    log: VecDeque<String>,
    bytes: usize,
}

pub(crate) fn run(messages: usize) {
    let mut random = Random::new(6);
    let mut client = Client::new();
    for n in 0..messages {
        let message = reading(&mut random);
        if random.below(3) == 0 {
            client.publish(n as u16, message);
        } else {
            client.receive(message);
        }
        if random.below(4) == 0 {
            client.acknowledge(random.below(5));
        }
        if n % 1500 == 1499 {
            client.reconnect();
        }
    }
    black_box((client.bytes, client.retained.len()));
}

fn reading(random: &mut Random) -> Message {
    let room = random.pick(&["hall", "kitchen", "cellar", "roof"]);
    let kind = random.pick(&["temperature", "humidity", "pressure", "battery", "state"]);
    let topic = format!("house/{room}/{}/{kind}", random.below(6));
    let mut text = String::new();
    for n in 0..=random.rank(12) {
        let separator = if n == 0 { "" } else { ";" };
        let value = random.below(100_000);
        let _ = write!(text, "{separator}{}.{:02}", value / 100, value % 100);
    }
    Message {
        topic,
        payload: text.into_bytes(),
    }
}

impl Client {
    fn new() -> Self {
        let mut handlers: Vec<(String, Handler)> = Vec::new();
        for (limit, room) in ["hall", "kitchen", "cellar"].into_iter().enumerate() {
            let prefix = format!("house/{room}/");
            let name = room.to_uppercase();
            let handler = move |message: &Message| {
                let long = message.payload.len() > 8 * (limit + 1);
                long.then(|| format!("{name}: {} bytes", message.payload.len()))
            };
            handlers.push((prefix, Box::new(handler)));
        }
        Self {
            unacknowledged: BTreeMap::new(),
            retained: BTreeMap::new(),
            handlers,
            log: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Sends a message as a packet, which is made for it.
    fn send(&mut self, number: u16, message: &Message) {
        let mut packet = Vec::with_capacity(7 + message.topic.len() + message.payload.len());
        packet.push(0x32);
        packet.extend_from_slice(&(message.topic.len() as u16).to_be_bytes());
        packet.extend_from_slice(message.topic.as_bytes());
        packet.extend_from_slice(&number.to_be_bytes());
        packet.extend_from_slice(&message.payload);
        self.bytes += black_box(packet).len();
    }

    fn publish(&mut self, number: u16, message: Message) {
        self.send(number, &message);
        self.unacknowledged.insert(number, Box::new(message));
        // As much as the broker takes at a time.
        while self.unacknowledged.len() > 12 {
            self.unacknowledged.pop_first();
        }
    }

    fn receive(&mut self, message: Message) {
        for (prefix, handler) in &self.handlers {
            if message.topic.starts_with(prefix) {
                self.log.extend(handler(&message));
            }
        }
        while self.log.len() > 10 {
            self.log.pop_front();
        }
        match message.payload.len() % 4 {
            0 => drop(self.retained.insert(message.topic, message.payload)),
            _ => drop(self.retained.remove(&message.topic)),
        }
        while self.retained.len() > 40 {
            self.retained.pop_first();
        }
    }

    /// The broker has got one of the oldest messages.
    fn acknowledge(&mut self, which: usize) {
        let number = self.unacknowledged.keys().nth(which).copied();
        if let Some(number) = number {
            self.unacknowledged.remove(&number);
        }
    }

    /// Sends again what was not acknowledged, and forgets what it knew.
    fn reconnect(&mut self) {
        for (number, message) in std::mem::take(&mut self.unacknowledged) {
            self.send(number, &message);
        }
        self.retained.clear();
    }
}
