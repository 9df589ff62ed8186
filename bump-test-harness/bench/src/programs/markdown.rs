//! Renders pages of Markdown as HTML, with a table of contents of each.

use std::fmt::Write as _;
use std::hint::black_box;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use crate::random::{Random, word};

fn sentence(text: &mut String, random: &mut Random) {
    for n in 0..random.below(18) + 4 {
        let next = word(random.rank(6000));
        let _ = match random.below(24) {
            0 => write!(text, " *{next}*"),
            1 => write!(text, " **{next}**"),
            2 => write!(text, " `{next}({n})`"),
            3 => write!(text, " [{next}](https://example.org/{next} \"{next}\")"),
            4 => write!(text, " [{next}]"),
            _ => write!(text, " {next}"),
        };
    }
    text.push_str(".\n");
}

/// The pages, with headings, lists, tables, code, references and footnotes.
pub(crate) fn pages() -> Vec<String> {
    let mut random = Random::new(11);
    let mut page = |number: usize| {
        let mut text = format!("# Page {number}: {}\n\n", word(number + 900));
        for section in 0..12 {
            let _ = writeln!(text, "## {} {section}\n", word(random.rank(900)));
            (0..random.below(5) + 1).for_each(|_| sentence(&mut text, &mut random));
            text.push('\n');
            match random.below(4) {
                0 => {
                    text.push_str("| name | value | note |\n|---|--:|---|\n");
                    for _ in 0..random.below(8) + 1 {
                        let (name, value) = (word(random.rank(900)), random.below(100_000));
                        let _ = writeln!(text, "| {name} | {value} | *{name}* of `{value:x}` |");
                    }
                }
                1 => {
                    for depth in 0..random.below(9) + 1 {
                        let _ = write!(text, "{}- ", "  ".repeat(depth % 3));
                        sentence(&mut text, &mut random);
                    }
                }
                2 => {
                    let name = word(random.rank(500));
                    let _ = writeln!(text, "```rust\nfn {name}() -> u32 {{\n    7\n}}\n```");
                }
                _ => {
                    text.push('>');
                    sentence(&mut text, &mut random);
                    let _ = writeln!(text, "\nAs {} said[^1].", word(random.rank(300)));
                }
            }
            text.push('\n');
        }
        text.push_str("[^1]: Somewhere.\n\n");
        for n in 0..200 {
            let _ = writeln!(text, "[{0}]: https://example.org/of/{0}", word(n * 7));
        }
        text
    };
    (0..12).map(&mut page).collect()
}

pub(crate) fn run(pages: &[String]) {
    let mut site = Vec::new();
    for page in pages {
        let mut contents = Vec::new();
        let mut heading = None;
        let events = Parser::new_ext(page, Options::all()).inspect(|event| match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => contents.extend(heading.take()),
            Event::Text(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(text);
                }
            }
            _ => {}
        });
        let mut text = String::new();
        html::push_html(&mut text, events);
        site.push((contents, text));
    }
    black_box(site);
}
