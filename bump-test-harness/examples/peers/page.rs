//! The table as a page that one can look at, without a script or a file beside it.

use build_html::{
    Container, ContainerType, Html, HtmlContainer, HtmlPage, Table as HtmlTable, TableCell,
    TableCellType, TableRow, escape_html,
};
use bump_test_harness::catalogue::PROPERTIES;

use crate::child::Cell;
use crate::table::Table;

const STYLE: &str = "
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #222; background: #fff }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th { font-weight: 500; text-align: left; padding: 2px 10px 2px 0; white-space: nowrap }
thead th { writing-mode: vertical-rl; transform: rotate(180deg); padding: 6px 2px; height: 8rem }
td { width: 1.7rem; height: 1.7rem; text-align: center; border: 1px solid #fff }
.passed { background: #cde8d2; color: #1d5b2b } .inapplicable { background: #f1f1f1; color: #aaa }
.failed { background: #d5452f; color: #fff } .crashed { background: #6b1f8a; color: #fff }
.hung { background: #c77f00; color: #fff }
td a { color: inherit; text-decoration: none; display: block } tr:hover th { color: #06c }
code { background: #f5f5f5; padding: 1px 4px } dd { margin: 0 0 .8rem 1.5rem } dt { font-weight: 600 }
:target { background: #ffd }";

/// The page as HTML.
pub(crate) fn of(table: &Table) -> String {
    HtmlPage::new()
        .with_title("Allocators and their contracts")
        .with_meta([("charset", "utf-8")])
        .with_style(STYLE)
        .with_header(1, "Allocators and their contracts")
        .with_paragraph(
            "A row for each allocator and interface, a column for each property. A dot is a property \
             that the interface or the allocator does not promise. Point at a column's name for the \
             sentence of the contract, at a cell for the result; a failure leads to the shortest \
             sequence of operations that shows it.",
        )
        .with_table(grid(table))
        .with_header(2, "Failures")
        .with_container(failures(table))
        .to_html_string()
}

fn grid(table: &Table) -> HtmlTable {
    let mut head = TableRow::new().with_cell(TableCell::new(TableCellType::Header));
    for property in PROPERTIES {
        let sentence = [
            property.contract.allocator,
            property.contract.global_alloc,
            property.contract.local_alloc,
        ];
        let sentence = sentence.into_iter().flatten().next().unwrap_or_default();
        head.add_cell(
            TableCell::new(TableCellType::Header)
                .with_attributes([("title", attribute(sentence).as_str())])
                .with_raw(escape_html(property.name)),
        );
    }
    let mut grid = HtmlTable::new().with_custom_header_row(head);
    for row in &table.rows {
        let name = TableCell::new(TableCellType::Header).with_raw(escape_html(&row.name));
        let mut line = TableRow::new().with_cell(name);
        for (property, cell) in PROPERTIES.iter().zip(&row.cells) {
            let (text, sequence) = cell.details().unwrap_or_default();
            let title = attribute(&format!("{}: {text} {sequence}", property.name));
            let mark = if cell.is_failure() {
                format!(
                    "<a href=\"#{}\">{}</a>",
                    anchor(&row.name, property.name),
                    cell.mark()
                )
            } else {
                String::from(cell.mark())
            };
            line.add_cell(
                TableCell::default()
                    .with_attributes([("class", class(cell)), ("title", title.as_str())])
                    .with_raw(mark),
            );
        }
        grid.add_custom_body_row(line);
    }
    grid
}

fn failures(table: &Table) -> Container {
    let mut list = String::new();
    for row in &table.rows {
        for (property, cell) in PROPERTIES.iter().zip(&row.cells) {
            let Some((text, sequence)) = cell.details().filter(|_| cell.is_failure()) else {
                continue;
            };
            let sentence = property.contract.of(row.interface).unwrap_or_default();
            let code = if sequence.is_empty() {
                String::new()
            } else {
                format!("<br><code>{}</code>", escape_html(sequence))
            };
            list += &format!(
                "<dt id=\"{}\">{}, {}</dt><dd>{}{code}<br><q>{}</q></dd>",
                anchor(&row.name, property.name),
                escape_html(&row.name),
                property.name,
                escape_html(&text),
                escape_html(sentence),
            );
        }
    }
    if list.is_empty() {
        list = String::from("<dt>None.</dt>");
    }
    Container::new(ContainerType::Div).with_raw(format!("<dl>{list}</dl>"))
}

fn class(cell: &Cell) -> &'static str {
    match cell {
        Cell::Passed => "passed",
        Cell::Inapplicable(_) => "inapplicable",
        Cell::Failed(..) => "failed",
        Cell::Crashed(..) => "crashed",
        Cell::Hung(_) => "hung",
    }
}

/// Text for between double quotes.
fn attribute(text: &str) -> String {
    escape_html(text).replace('"', "&quot;")
}

fn anchor(subject: &str, property: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("{subject} {property}").chars().map(plain).collect()
}
