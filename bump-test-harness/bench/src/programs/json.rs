//! Reads a catalogue of packages, brings it up to date and writes it, three times; parts of the
//! earlier documents are kept.

use std::fmt::Write as _;
use std::hint::black_box;

use serde_json::{Value, json};

use crate::random::{Random, word};

/// The catalogue as text: 300 packages with their dependencies.
pub(crate) fn document() -> String {
    let mut random = Random::new(1);
    let mut text = String::from("{\"format\":1,\"packages\":[");
    for n in 0..300 {
        let separator = if n == 0 { "" } else { "," };
        let name = word(n + 256);
        let version = format!("{}.{}.{}", n % 3, random.below(20), random.below(9));
        let _ = write!(
            text,
            "{separator}{{\"name\":\"{name}\",\"version\":\"{version}\",\"about\":\""
        );
        for _ in 0..random.below(20) {
            let _ = write!(text, "{} ", word(random.rank(4000)));
        }
        text.push_str("\",\"licence\":");
        text.push_str(random.pick(&["null", "\"MIT\"", "\"Apache-2.0 OR MIT\""]));
        text.push_str(",\"targets\":[{\"kind\":[\"lib\"],\"edition\":2024}],\"dependencies\":[");
        for k in 0..random.below(14) {
            let separator = if k == 0 { "" } else { "," };
            let _ = write!(
                text,
                "{separator}{{\"name\":\"{}\",\"req\":\"^{}.{}\",\"optional\":{},\"features\":[",
                word(256 + random.below(300)),
                random.below(4),
                random.below(30),
                random.below(2) == 0,
            );
            if random.below(3) == 0 {
                let _ = write!(text, "\"std\",\"{}\"", word(random.below(200)));
            }
            text.push_str("]}");
        }
        text.push_str("]}");
    }
    text.push_str("]}");
    text
}

pub(crate) fn run(document: &str) {
    let mut kept = Vec::new();
    let mut length = 0;
    for round in 0..3 {
        let mut catalogue: Value = serde_json::from_str(document).unwrap();
        let packages = catalogue["packages"].as_array_mut().unwrap();
        for (n, package) in packages.iter_mut().enumerate() {
            let package = package.as_object_mut().unwrap();
            package.remove("targets");
            let users = json!({ "round": round, "downloads": [n, n * n], "trend": "rising" });
            package.insert("users".into(), users);
            if n % 9 == round {
                kept.push(package.remove("dependencies"));
            }
        }
        packages.retain(|package| package["licence"] != Value::Null);
        packages.sort_by_key(|package| package["version"].to_string());
        length += serde_json::to_string_pretty(&catalogue).unwrap().len();
    }
    black_box((kept, length));
}
