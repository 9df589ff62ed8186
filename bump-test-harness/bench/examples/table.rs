//! Makes tables in Markdown of what gungraun prints with `--output-format=json`: an operation a
//! line, an allocator a column.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;

use serde_json::Value;

/// The names in the order in which they came.
fn in_order(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().len() > 1 {
        println!("usage: cargo bench … -- --output-format=json | table");
        return Ok(());
    }
    let mut counts = Vec::new();
    for line in io::stdin().lines() {
        let benchmark: Value = serde_json::from_str(&line?)?;
        let name = |field: &str| benchmark[field].as_str().unwrap_or_default().to_string();
        let instructions = &benchmark["profiles"][0]["data"]["total"]["metrics"]["Ir"];
        counts.push((
            [name("group"), name("function_name"), name("id")],
            instructions["values"]["new"].to_string(),
        ));
    }
    let cells: BTreeMap<_, _> = counts.iter().cloned().collect();
    for group in in_order(counts.iter().map(|(name, _)| name[0].clone())) {
        let of_group = || counts.iter().filter(|(name, _)| name[0] == group);
        let allocators = in_order(of_group().map(|(name, _)| name[2].clone()));
        println!("| {group} | {} |", allocators.join(" | ").replace('_', " "));
        println!("|---{}|", "|---".repeat(allocators.len()));
        for operation in in_order(of_group().map(|(name, _)| name[1].clone())) {
            print!("| {} |", operation.replace('_', " "));
            for allocator in &allocators {
                let cell = cells.get(&[group.clone(), operation.clone(), allocator.clone()]);
                print!(" {} |", cell.map_or("–", |count| count));
            }
            println!();
        }
        println!();
    }
    Ok(())
}
