//! The picture of a heap: its addresses over time, as characters and as SVG.

use core::fmt::Write as _;

use crate::heaps::Event;

/// A heap, cut into pieces of address and time.
pub(crate) struct Grid {
    /// For each piece of time, how full each piece of memory was at its end, from the first address
    /// on: from 0 for empty to 4 for full.
    columns: Vec<Vec<usize>>,
    /// For each piece of time, how many pieces of memory were taken from the region at most.
    taken: Vec<usize>,
}

/// The figures of a heap.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) calls: usize,
    /// The most bytes of the region that were taken at a time.
    pub(crate) taken: usize,
    /// The most bytes that were in blocks at a time.
    pub(crate) in_use: usize,
}

impl Totals {
    pub(crate) fn new(events: impl Iterator<Item = Event>) -> Self {
        let mut totals = Totals::default();
        let mut in_use = 0_usize;
        for event in events {
            in_use = match event.freed {
                true => in_use.saturating_sub(event.size),
                false => in_use + event.size,
            };
            totals.calls += 1;
            totals.taken = totals.taken.max(event.taken);
            totals.in_use = totals.in_use.max(in_use);
        }
        totals
    }
}

impl Grid {
    /// Draws the first `bytes` bytes of a heap.
    pub(crate) fn new(
        events: impl Iterator<Item = Event> + Clone,
        bytes: usize,
        (width, height): (usize, usize),
    ) -> Self {
        let row = bytes.div_ceil(height).max(1);
        let count = events.clone().count();
        let mut grid = Grid {
            columns: Vec::with_capacity(width),
            taken: Vec::with_capacity(width),
        };
        let mut filled = vec![0_usize; height];
        let mut most = 0;
        for (now, event) in events.enumerate() {
            let end = (event.offset + event.size).min(row * height);
            let mut at = event.offset;
            while at < end {
                let next = end.min((at / row + 1) * row);
                let cell = &mut filled[at / row];
                *cell = match event.freed {
                    true => cell.saturating_sub(next - at),
                    false => *cell + (next - at),
                };
                at = next;
            }
            most = most.max(event.taken.div_ceil(row));
            if (now + 1) * width / count > grid.columns.len() {
                let shades = filled.iter().map(|&bytes| (bytes * 4).div_ceil(row).min(4));
                grid.columns.push(shades.collect());
                grid.taken.push(most);
                most = 0;
            }
        }
        grid
    }

    /// A row of characters; row 0 is that of the first addresses.
    pub(crate) fn row(&self, row: usize) -> String {
        let cell = |(column, &taken): (&Vec<usize>, &usize)| match column[row] {
            0 if row < taken => '·',
            shade => [' ', '░', '▒', '▓', '█'][shade],
        };
        self.columns.iter().zip(&self.taken).map(cell).collect()
    }

    /// The picture in SVG, with its lower left corner at a position.
    fn svg(&self, (left, bottom): (usize, usize)) -> String {
        let mut page = String::new();
        for (at, (column, &taken)) in self.columns.iter().zip(&self.taken).enumerate() {
            let x = left + at * CELL;
            if taken > 0 {
                let height = taken * CELL;
                rectangle(&mut page, "taken", (x, bottom - height), height);
            }
            let mut row = 0;
            while row < column.len() {
                let same = column[row..]
                    .iter()
                    .take_while(|&&shade| shade == column[row])
                    .count();
                if column[row] > 0 {
                    let top = bottom - (row + same) * CELL;
                    rectangle(
                        &mut page,
                        &format!("b{}", column[row]),
                        (x, top),
                        same * CELL,
                    );
                }
                row += same;
            }
        }
        page
    }
}

fn rectangle(page: &mut String, class: &str, (x, y): (usize, usize), height: usize) {
    let _ = writeln!(
        page,
        r#"<rect class="{class}" x="{x}" y="{y}" width="{CELL}" height="{height}"/>"#
    );
}

/// The width and height of a cell, in pixels.
const CELL: usize = 3;
/// The cells of a picture in SVG.
pub(crate) const FINE: (usize, usize) = (90, 80);
const STYLE: &str = "rect{shape-rendering:crispEdges}text{font:13px system-ui,sans-serif}\
    line{stroke:#000}.ground{fill:#fff}.taken{fill:#ccc}\
    .b1{fill:#9ecae1}.b2{fill:#6baed6}.b3{fill:#3182bd}.b4{fill:#08519c}";

/// A page with the pictures of some heaps side by side, all of the same scale.
pub(crate) fn svg(title: &str, heaps: &[(&str, Grid)], bytes: usize) -> String {
    let (width, height) = (FINE.0 * CELL, FINE.1 * CELL);
    let (left, top, gap) = (90, 70, 30);
    let bottom = top + height;
    let all = left + heaps.len() * (width + gap);
    let mut page = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {all} {}\"><style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n\
         <text x=\"{left}\" y=\"24\" style=\"font-size:17px\">{title}</text>\n",
        bottom + 80
    );
    for part in 0..=4 {
        let y = bottom - height * part / 4;
        let _ = writeln!(
            page,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{} KiB</text>",
            left - 8,
            y + 4,
            bytes * part / 4 / 1024
        );
    }
    for (at, (name, grid)) in heaps.iter().enumerate() {
        let x = left + at * (width + gap);
        let _ = write!(
            page,
            "<text x=\"{x}\" y=\"{}\">{name}</text>\n{}\
             <line x1=\"{x}\" y1=\"{top}\" x2=\"{x}\" y2=\"{bottom}\"/>\
             <line x1=\"{x}\" y1=\"{bottom}\" x2=\"{}\" y2=\"{bottom}\"/>\n",
            top - 14,
            grid.svg((x, bottom)),
            x + width
        );
        let _ = writeln!(
            page,
            "<text x=\"{x}\" y=\"{}\">time, in calls of the heap →</text>",
            bottom + 20
        );
    }
    let y = bottom + 52;
    for (x, class, label) in [
        (0, "b4", "in use"),
        (110, "b2", "half of it in use"),
        (270, "taken", "taken, and in no block"),
    ] {
        let x = left + x;
        let _ = writeln!(
            page,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"14\" height=\"14\"/>\
             <text x=\"{}\" y=\"{y}\">{label}</text>",
            y - 12,
            x + 20
        );
    }
    page + "</svg>\n"
}
