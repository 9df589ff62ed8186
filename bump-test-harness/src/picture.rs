//! The picture of a recording: address over time, as SVG.
//!
//! ```text
//!   address
//!      │            ┌──────┐ ┌───      blocks, coloured by size or by age
//!      │   ┌────────┴──────┘─┴───
//!      │░░░│░░░░░┌───────────────      grey: taken from the memory, and no block:
//!      │───┴─────┴───────────────      padding, or freed where it cannot serve again
//!      └────────────────────────── time, in calls
//! ```
//!
//! For a heap that uses freed blocks again, the places of freed blocks are lilac.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use svg::Document;
use svg::node::element::{ClipPath, Group, Line, Polygon, Rectangle, Text, Title};

use crate::recording::{Call, Event};

/// The property of a block that its colour shows.
///
/// ```
/// use bump_test_harness::picture::{Colour, Picture};
/// use bump_test_harness::recording::{Call, Event};
///
/// let event = Event { call: Call::Allocated, address: 0x1010, size: 16, align: 8, before: 0x1010, level: 32 };
/// let picture = Picture::new(&[event], 0x1000);
/// assert_ne!(picture.svg("one block", Colour::Age), picture.svg("one block", Colour::Size));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Its size: each power of four has a colour.
    #[default]
    Size,
    /// Its lifetime, in calls: each power of four has a colour.
    Age,
}

/// A recording, ready to be drawn.
///
/// ```
/// use bump_test_harness::picture::{Colour, Picture};
/// use bump_test_harness::recording::{Call, Event};
///
/// let allocated = |address, level| Event {
///     call: Call::Allocated, address, size: 16, align: 8, before: address, level,
/// };
/// // Two blocks; the second is aligned to 32.
/// let picture = Picture::new(&[allocated(0x1000, 16), allocated(0x1020, 48)], 0x1000);
/// assert_eq!((picture.peak(), picture.waste_at_peak()), (48, 16));
/// assert!(picture.svg("two blocks", Colour::Size).starts_with("<svg"));
/// ```
#[derive(Clone, Debug)]
pub struct Picture {
    /// Each block from its beginning to its end or its next resizing.
    blocks: Vec<Drawn>,
    /// The bytes of the heap's memory that are taken, by time.
    levels: Vec<usize>,
    /// Bytes in blocks, by time.
    live: Vec<usize>,
    refused: Vec<usize>,
    /// Whether freed memory can serve again.
    reuses: bool,
}

#[derive(Clone, Debug)]
struct Drawn {
    from: usize,
    until: usize,
    offset: usize,
    size: usize,
    /// When the block was handed out at first.
    born: usize,
}

impl Picture {
    /// Reads a recording of a heap whose memory starts at the address `start`.
    ///
    /// ```
    /// use bump_test_harness::picture::Picture;
    /// use bump_test_harness::recording::{Call, Event};
    ///
    /// let event = Event { call: Call::Allocated, address: 0x1010, size: 16, align: 8, before: 0x1010, level: 32 };
    /// let picture = Picture::new(&[event], 0x1000);
    /// assert_eq!(picture.peak(), 32);
    /// ```
    #[must_use]
    pub fn new(events: &[Event], start: usize) -> Self {
        let mut picture = Self {
            blocks: Vec::new(),
            levels: Vec::with_capacity(events.len()),
            live: Vec::with_capacity(events.len()),
            refused: Vec::new(),
            reuses: false,
        };
        let mut open: BTreeMap<usize, Drawn> = BTreeMap::new();
        let mut bytes = 0;
        for (now, event) in events.iter().enumerate() {
            let ends = match event.call {
                Call::Released => open.remove(&event.address),
                Call::Resized => open.remove(&event.before),
                Call::Allocated => None,
                Call::Refused => {
                    picture.refused.push(now);
                    None
                }
            };
            let born = ends.as_ref().map_or(now, |block| block.born);
            bytes -= ends.as_ref().map_or(0, |block| block.size);
            picture.end(ends, now);
            if matches!(event.call, Call::Allocated | Call::Resized) {
                let block = Drawn {
                    from: now,
                    until: events.len(),
                    offset: event.address.wrapping_sub(start),
                    size: event.size,
                    born,
                };
                bytes += block.size;
                // Between threads, an end may be written down after the next beginning.
                let replaced = open.insert(event.address, block);
                bytes -= replaced.as_ref().map_or(0, |block| block.size);
                picture.end(replaced, now);
            }
            picture.levels.push(event.level);
            picture.live.push(bytes);
        }
        picture.blocks.extend(open.into_values());
        picture
    }

    fn end(&mut self, block: Option<Drawn>, now: usize) {
        self.blocks.extend(block.map(|block| Drawn {
            until: now,
            ..block
        }));
    }

    /// The same for a heap that uses freed blocks again: freed memory is not lost, so it is lilac
    /// instead of grey.
    ///
    /// ```
    /// use bump_test_harness::picture::{Colour, Picture};
    /// use bump_test_harness::recording::{Call, Event};
    ///
    /// let event = Event { call: Call::Allocated, address: 0x1000, size: 16, align: 8, before: 0x1000, level: 32 };
    /// let events = [event, Event { call: Call::Released, ..event }];
    /// let [lost, free] = [false, true].map(|reuses| Picture::new(&events, 0x1000).that_reuses(reuses));
    /// assert!(free.svg("a free block", Colour::Size).len() > lost.svg("a lost block", Colour::Size).len());
    /// ```
    #[must_use]
    pub fn that_reuses(self, reuses: bool) -> Self {
        Picture { reuses, ..self }
    }

    /// The most bytes of the memory that were taken at one time: the least size that it must have.
    ///
    /// ```
    /// use bump_test_harness::picture::Picture;
    /// use bump_test_harness::recording::{Call, Event};
    ///
    /// let event = Event { call: Call::Allocated, address: 0x1010, size: 16, align: 8, before: 0x1010, level: 32 };
    /// let picture = Picture::new(&[event], 0x1000);
    /// assert_eq!(picture.peak(), 32);
    /// ```
    #[must_use]
    pub fn peak(&self) -> usize {
        self.levels.iter().copied().max().unwrap_or(0)
    }

    /// How many bytes of the [`peak`](Self::peak) were in no block when it was first reached.
    ///
    /// ```
    /// use bump_test_harness::picture::Picture;
    /// use bump_test_harness::recording::{Call, Event};
    ///
    /// let event = Event { call: Call::Allocated, address: 0x1010, size: 16, align: 8, before: 0x1010, level: 32 };
    /// let picture = Picture::new(&[event], 0x1000);
    /// assert_eq!(picture.waste_at_peak(), 16);
    /// ```
    #[must_use]
    pub fn waste_at_peak(&self) -> usize {
        let peak = self.peak();
        let when = self.levels.iter().position(|&level| level == peak);
        when.map_or(0, |when| peak.saturating_sub(self.live[when]))
    }

    /// The picture as an SVG document.
    ///
    /// ```
    /// use bump_test_harness::picture::{Colour, Picture};
    /// use bump_test_harness::recording::{Call, Event};
    ///
    /// let event = Event { call: Call::Allocated, address: 0x1010, size: 16, align: 8, before: 0x1010, level: 32 };
    /// let picture = Picture::new(&[event], 0x1000);
    /// assert!(picture.svg("one block", Colour::Size).contains("one block"));
    /// ```
    #[must_use]
    pub fn svg(&self, title: &str, colour: Colour) -> String {
        side_by_side(&[(title, self)], colour)
    }

    fn drawn(&self, title: &str, colour: Colour, paper: &Paper, number: usize) -> Group {
        let mut group = Group::new()
            .set(
                "transform",
                format!("translate({} 0)", WIDTH * number as f64),
            )
            .add(text(LEFT, 26.0, title).set("font-size", 18))
            .add(text(LEFT, 46.0, &self.caption()))
            .add(self.taken(paper).set("fill", "#bbb"));
        if self.reuses {
            // Draw only the part of a free block that is still taken: the rest was given back.
            let name = format!("taken-{number}");
            let clip = ClipPath::new().set("id", &*name).add(self.taken(paper));
            let mut free = Group::new()
                .set("clip-path", format!("url(#{name})"))
                .set("fill", "#e2d8f0");
            for block in self
                .blocks
                .iter()
                .filter(|block| block.until < self.levels.len())
            {
                free = free.add(paper.free(block));
            }
            group = group.add(clip).add(free);
        }
        for block in &self.blocks {
            group = group.add(paper.block(block, colour));
        }
        for &when in &self.refused {
            let x = paper.x(when);
            let mark = Line::new()
                .set("x1", x)
                .set("x2", x)
                .set("y1", TOP)
                .set("y2", BOTTOM);
            group = group.add(mark.set("stroke", "#c00"));
        }
        group.add(paper.axes()).add(legend(colour))
    }

    fn caption(&self) -> String {
        let free = if self.reuses { "; lilac is free" } else { "" };
        let refused = match self.refused.len() {
            0 => String::new(),
            count => format!(", {count} requests refused (red)"),
        };
        format!(
            "{} calls; {} bytes taken at the peak, {} of them in no block then (grey{free}){refused}",
            self.levels.len(),
            self.peak(),
            self.waste_at_peak(),
        )
    }

    /// The bytes that are taken, as steps. Blocks are drawn over it.
    fn taken(&self, paper: &Paper) -> Polygon {
        let mut points = format!("{:.1},{BOTTOM:.1}", paper.x(0));
        let mut last = None;
        for (when, &level) in self.levels.iter().enumerate() {
            if last != Some(level) {
                let (x, y) = (paper.x(when), paper.y(level));
                let before = paper.y(last.unwrap_or(0));
                points += &format!(" {x:.1},{before:.1} {x:.1},{y:.1}");
                last = Some(level);
            }
        }
        let (x, y) = (paper.x(self.levels.len()), paper.y(last.unwrap_or(0)));
        points += &format!(" {x:.1},{y:.1} {x:.1},{BOTTOM:.1}");
        Polygon::new().set("points", points)
    }
}

const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 720.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = WIDTH - 30.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = HEIGHT - 90.0;

/// Pictures beside each other, each with its title, on one scale of bytes.
///
/// ```
/// use bump_test_harness::picture::{Colour, Picture, side_by_side};
/// use bump_test_harness::recording::{Call, Event};
///
/// let event = Event { call: Call::Allocated, address: 0x1010, size: 16, align: 8, before: 0x1010, level: 32 };
/// let picture = Picture::new(&[event], 0x1000);
/// let both = side_by_side(&[("one", &picture), ("other", &picture)], Colour::Size);
/// assert!(both.contains("one") && both.contains("other"));
/// ```
#[must_use]
pub fn side_by_side(pictures: &[(&str, &Picture)], colour: Colour) -> String {
    let width = WIDTH * pictures.len() as f64;
    let mut document = Document::new()
        .set("viewBox", (0, 0, width, HEIGHT))
        .set("font-family", "system-ui, sans-serif")
        .set("font-size", 13)
        .add(
            Rectangle::new()
                .set("width", width)
                .set("height", HEIGHT)
                .set("fill", "#fff"),
        );
    let peak = pictures.iter().map(|(_, picture)| picture.peak()).max();
    for (number, (title, picture)) in pictures.iter().enumerate() {
        let paper = Paper::new(picture, peak.unwrap_or(0));
        document = document.add(picture.drawn(title, colour, &paper, number));
    }
    document.to_string()
}

/// The places of times and addresses on the paper.
struct Paper {
    calls: f64,
    bytes: f64,
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is coarser")]
impl Paper {
    fn new(picture: &Picture, peak: usize) -> Self {
        Self {
            calls: picture.levels.len().max(1) as f64,
            bytes: peak.max(1) as f64,
        }
    }

    fn x(&self, when: usize) -> f64 {
        LEFT + (RIGHT - LEFT) * when as f64 / self.calls
    }

    fn y(&self, offset: usize) -> f64 {
        BOTTOM - (BOTTOM - TOP) * (offset as f64 / self.bytes).min(1.0)
    }

    /// A rectangle as high as a block, from one time to another.
    fn rectangle(&self, block: &Drawn, from: f64, until: f64) -> Rectangle {
        let top = self.y(block.offset.saturating_add(block.size));
        // Two decimals keep the file small. A block smaller than a pixel still leaves a trace.
        Rectangle::new()
            .set("x", format!("{from:.2}"))
            .set("y", format!("{top:.2}"))
            .set("width", format!("{:.2}", (until - from).max(0.4)))
            .set(
                "height",
                format!("{:.2}", (self.y(block.offset) - top).max(0.4)),
            )
    }

    /// The place of a block after its end. Later blocks at that place are drawn over it.
    fn free(&self, block: &Drawn) -> Rectangle {
        self.rectangle(block, self.x(block.until), RIGHT)
    }

    fn block(&self, block: &Drawn, colour: Colour) -> Rectangle {
        let age = block.until - block.born;
        let what = match colour {
            Colour::Size => block.size,
            Colour::Age => age,
        };
        self.rectangle(block, self.x(block.from), self.x(block.until))
            .set("fill", shade(what))
            .add(Title::new(format!(
                "{} bytes at {}, calls {} to {}",
                block.size, block.offset, block.from, block.until
            )))
    }

    fn axes(&self) -> Group {
        let line = |x1: f64, y1: f64, x2: f64, y2: f64, stroke: &str| {
            Line::new()
                .set("x1", x1)
                .set("y1", y1)
                .set("x2", x2)
                .set("y2", y2)
                .set("stroke", stroke)
        };
        let mut axes = Group::new()
            .add(line(LEFT, BOTTOM, RIGHT, BOTTOM, "#000"))
            .add(line(LEFT, TOP, LEFT, BOTTOM, "#000"))
            .add(text(
                (LEFT + RIGHT) / 2.0,
                BOTTOM + 36.0,
                "time, in calls of the heap",
            ))
            .add(text(LEFT - 8.0, TOP - 10.0, "address").set("text-anchor", "end"));
        for part in 0..=4 {
            let share = f64::from(part) / 4.0;
            let (x, y) = (
                LEFT + (RIGHT - LEFT) * share,
                BOTTOM - (BOTTOM - TOP) * share,
            );
            axes = axes
                .add(line(LEFT - 5.0, y, LEFT, y, "#000"))
                .add(line(x, BOTTOM, x, BOTTOM + 5.0, "#000"))
                .add(
                    text(LEFT - 8.0, y + 4.0, &bytes(self.bytes * share)).set("text-anchor", "end"),
                )
                .add(
                    text(x, BOTTOM + 18.0, &format!("{:.0}", self.calls * share))
                        .set("text-anchor", "middle"),
                );
        }
        axes
    }
}

fn text(x: f64, y: f64, content: &str) -> Text {
    Text::new(content).set("x", x).set("y", y)
}

fn bytes(count: f64) -> String {
    if count < 4096.0 {
        format!("{count:.0} B")
    } else if count < 4096.0 * 1024.0 {
        format!("{:.1} KiB", count / 1024.0)
    } else {
        format!("{:.1} MiB", count / 1024.0 / 1024.0)
    }
}

/// One colour for each power of four, from blue for the smallest to red for the largest. They are
/// ordered in lightness too.
const SHADES: [&str; 10] = [
    "#30408f", "#3563b5", "#3a86c8", "#3fa7bf", "#4fbf9f", "#7fcb70", "#b5d04f", "#e3c440",
    "#ee9a3a", "#e0603a",
];

/// The first class is below 16.
fn class(what: usize) -> usize {
    let power = what.max(1).ilog2().saturating_sub(3).div_ceil(2);
    (power as usize).min(SHADES.len() - 1)
}

fn shade(what: usize) -> &'static str {
    SHADES[class(what)]
}

fn legend(colour: Colour) -> Group {
    let (name, unit) = match colour {
        Colour::Size => ("size of the block", "bytes"),
        Colour::Age => ("age of the block", "calls"),
    };
    let y = HEIGHT - 34.0;
    let mut legend = Group::new().add(text(LEFT, y + 11.0, &format!("{name}, {unit}:")));
    let mut x = LEFT + 175.0;
    for (class, shade) in SHADES.iter().enumerate() {
        let label = if class + 1 == SHADES.len() {
            format!("≥ {}", 16_usize << (2 * (class - 1)))
        } else {
            format!("< {}", 16_usize << (2 * class))
        };
        legend = legend
            .add(
                Rectangle::new()
                    .set("x", x)
                    .set("y", y)
                    .set("width", 14)
                    .set("height", 14)
                    .set("fill", *shade),
            )
            .add(text(x + 18.0, y + 11.0, &label));
        x += 34.0 + 8.0 * label.chars().count() as f64;
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_powers_of_four() {
        assert_eq!([1, 15].map(class), [0, 0]);
        assert_eq!([16, 63].map(class), [1, 1]);
        assert_eq!([64, 255].map(class), [2, 2]);
        assert_eq!(class(usize::MAX), SHADES.len() - 1);
    }
}
