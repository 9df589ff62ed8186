//! Pages with directives, right ones and wrong ones.

use std::env;
use std::fs;
use std::path::PathBuf;

use super::page::fill;

/// A folder of results that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("tables-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let values = "trace,heap,size,time\na,x,1.00,9\na,y,2.00,9\nb,x,4.00,9\nb,y,,9\n";
        fs::write(folder.join("a.csv"), values).unwrap();
        fs::write(folder.join("unknown.csv"), values).unwrap();
        let measured = "file,rows,date,processor,compiler,note\n\
            a.csv,x,2001-01-01,a fast one,rustc 1,\na.csv,y,2001-01-02,,rustc 2,before dinner\n";
        fs::write(folder.join("measured.csv"), measured).unwrap();
        Self(folder)
    }

    fn fill(&self, page: &str) -> Result<String, String> {
        fill(&self.0, page)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const NOTE: &str = "\n<sub>Measured x: 2001-01-01, a fast one, rustc 1; \
    y: 2001-01-02, rustc 2, before dinner.</sub>\n\n";

#[test]
fn tables_are_made_in_place_of_those_before() {
    let folder = Folder::new("tables");
    let page =
        "# A\n\n<!-- table: a.csv | heap | trace | size | mean -->\n| old |\n|---|\n\nText\n";
    let expected = format!(
        "# A\n\n<!-- table: a.csv | heap | trace | size | mean -->\n\n\
        | heap | a | b | geometric mean |\n|---|--:|--:|--:|\n\
        | x | 1.00 | 4.00 | 2.00 |\n| y | 2.00 | – | – |\n{NOTE}Text\n"
    );
    assert_eq!(folder.fill(page).unwrap(), expected);
    assert_eq!(folder.fill(&expected).unwrap(), expected);

    for (directive, line) in [
        ("a.csv | heap | trace | time | heap = y", "| y | 9 | 9 |"),
        ("a.csv", "| b | y |  | 9 |"),
        (
            "a.csv | trace = b",
            "| b | x | 4.00 | 9 |\n| b | y |  | 9 |",
        ),
        (
            "a.csv | heap | trace | size | trace = b, a | heap = x | bold",
            "| heap | b | a |\n|---|--:|--:|\n| x | 4.00 | **1.00** |",
        ),
        (
            "a.csv | trace + heap | heap | time | trace = b",
            "| b, x | 9 | – |\n| b, y | – | 9 |",
        ),
        (
            "a.csv | heap | trace + time | time | trace = b",
            "| heap | b, 9 |\n|---|--:|\n| x | 9 |",
        ),
    ] {
        let page = folder
            .fill(&format!("<!-- table: {directive} -->\n"))
            .unwrap();
        assert!(page.contains(&format!("\n{line}\n")), "{page}");
    }
    for wrong in [
        "b.csv",
        "unknown.csv",
        "a.csv | heap | trace | no",
        "a.csv | heap | trace | size | max",
        "a.csv | heap | trace | size | heap = z",
        "a.csv | heap | time | size",
    ] {
        let page = format!("<!-- table: {wrong} -->\n");
        assert!(folder.fill(&page).is_err(), "{wrong}");
    }
}

#[test]
fn values_stand_within_lines() {
    let folder = Folder::new("values");
    let page = "It takes <!-- value: a.csv; size; trace = a; least -->9<!-- --> to \
        <!-- value: a.csv; size; heap = x; most --><!-- -->, \
        <!-- value: a.csv; size; heap = y; trace = a -->x<!-- -->, or \
        <!-- value: a.csv; size; heap = x; mean --><!-- -->.\n";
    let filled = folder.fill(page).unwrap();
    let text: String = filled
        .split("<!--")
        .map(|part| part.split_once("-->").map_or(part, |(_, text)| text))
        .collect();
    assert_eq!(text, "It takes 1.00 to 4.00, 2.00, or 2.00.\n");
    assert_eq!(folder.fill(&filled).unwrap(), filled);
    for wrong in [
        "a.csv; size -->1<!-- -->",
        "a.csv; size; trace = b; heap = y -->1<!-- -->",
        "a.csv; size; trace = a; heap = x -->1",
        "a.csv; size; trace = a; heap = x; middle -->1<!-- -->",
        "a.csv; no; trace = a; heap = x -->1<!-- -->",
    ] {
        let page = format!("<!-- value: {wrong}\n");
        assert!(folder.fill(&page).is_err(), "{wrong}");
    }
}
