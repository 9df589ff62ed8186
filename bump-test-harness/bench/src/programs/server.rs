//! A service that answers requests in JSON: sessions that time out, a log of the last lines.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;

use serde_json::{Map, Value, json};

use crate::random::{Random, word};

struct Session {
    name: String,
    cart: Map<String, Value>,
    visited: Vec<String>,
    last: usize,
}

type Sessions = HashMap<u64, Session, BuildHasherDefault<DefaultHasher>>;

pub(crate) fn run(requests: usize) {
    let mut random = Random::new(5);
    let mut sessions = Sessions::default();
    let mut log = VecDeque::new();
    let mut sent = 0;
    for now in 0..requests {
        let request = request(&mut random);
        let answer = match serde_json::from_str(&request) {
            Ok(request) => answer(now, request, &mut sessions),
            Err(error) => json!({ "error": error.to_string() }),
        };
        let body = answer.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let response = [head.as_str(), body.as_str()].concat();
        sent += response.len();
        log.push_back(format!("{now} {} bytes: {:.60}", response.len(), request));
        if log.len() > 150 {
            log.pop_front();
        }
        if now % 100 == 0 {
            sessions.retain(|_, session| now - session.last < 600);
        }
    }
    black_box((sent, sessions.len()));
}

/// The text of a request; one in fifty is cut off.
fn request(random: &mut Random) -> String {
    let user = random.below(250);
    let path = word(random.below(40));
    let mut text = format!("{{\"user\":{user},\"path\":\"/{path}\",\"items\":[");
    for n in 0..random.below(9) {
        let separator = if n == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{separator}{{\"name\":\"{}\",\"count\":{},\"note\":\"{}\"}}",
            word(random.below(600)),
            random.below(5),
            "-".repeat(random.rank(80)),
        );
    }
    text.push_str("]}");
    if random.below(50) == 0 {
        text.truncate(text.len() / 2);
    }
    text
}

fn answer(now: usize, mut request: Value, sessions: &mut Sessions) -> Value {
    let user = request["user"].as_u64().unwrap_or(0);
    let session = sessions.entry(user).or_insert_with(|| Session {
        name: word(user as usize + 300),
        cart: Map::new(),
        visited: Vec::new(),
        last: now,
    });
    session.last = now;
    if let Value::String(path) = request["path"].take() {
        session.visited.push(path);
    }
    if session.visited.len() > 12 {
        session.visited.drain(..8);
        session.visited.shrink_to_fit();
    }
    if let Value::Array(items) = request["items"].take() {
        for mut item in items {
            let Value::String(name) = item["name"].take() else {
                continue;
            };
            if item["count"] == 0 {
                session.cart.remove(&name);
            } else {
                session.cart.insert(name, item);
            }
        }
    }
    if session.cart.len() > 25 {
        session.cart.clear();
    }
    json!({ "user": session.name, "at": now, "cart": session.cart, "visited": session.visited })
}
