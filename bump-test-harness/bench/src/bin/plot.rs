//! Draws the figures in `results` as SVG, beside them.

use std::error::Error;
use std::fs;

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

/// The lines of a file of comma-separated values, without its header.
fn read(name: &str) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let text = fs::read_to_string(format!("results/{name}.csv"))?;
    let line = |line: &str| line.split(',').map(String::from).collect();
    Ok(text.lines().skip(1).map(line).collect())
}

/// The name of a line, and where one of its points is.
type Point = (String, f64, f64);

/// One line for each name, over an axis of powers of two or of ten.
fn draw_over_powers(
    file: &str,
    caption: &str,
    axes: [&str; 2],
    points: &[Point],
) -> Result<(), Box<dyn Error>> {
    let [x, y] = limits(points);
    draw(file, caption, axes, powers(x), 0.0..1.1 * y[1], points)
}

/// One line for each name, over time, in powers of ten.
fn draw_over_time(
    file: &str,
    caption: &str,
    axes: [&str; 2],
    points: &[Point],
) -> Result<(), Box<dyn Error>> {
    let [x, y] = limits(points);
    // Nothing is in use in the end.
    let in_use = points.iter().map(|point| point.2).filter(|y| *y > 0.0);
    let y = powers([in_use.fold(f64::MAX, f64::min), 2.0 * y[1]]);
    draw(file, caption, axes, 0.0..x[1], y, points)
}

/// One line for each name, both axes in powers of two or of ten.
fn draw_over_both(
    file: &str,
    caption: &str,
    axes: [&str; 2],
    points: &[Point],
) -> Result<(), Box<dyn Error>> {
    let [x, y] = limits(points);
    let y = powers([y[0] / 2.0, 2.0 * y[1]]);
    draw(file, caption, axes, powers(x), y, points)
}

/// The least and the most of both coordinates.
fn limits(points: &[Point]) -> [[f64; 2]; 2] {
    let of = |coordinate: fn(&Point) -> f64| {
        let all = || points.iter().map(coordinate);
        [all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max)]
    };
    [of(|point| point.1), of(|point| point.2)]
}

/// An axis in powers of two, if it ends at one, or of ten.
fn powers([least, most]: [f64; 2]) -> LogCoord<f64> {
    let base = if most.log2().fract() == 0.0 {
        2.0
    } else {
        10.0
    };
    (least..most).log_scale().base(base).into()
}

/// A number for people: `64 Ki`, `10 000`, `1.25`.
fn label(number: f64) -> String {
    for (unit, bytes) in [("Gi", 1_u64 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        let units = number / bytes as f64;
        if units >= 1.0 && units.fract() == 0.0 {
            return format!("{units} {unit}");
        }
    }
    if number < 100.0 {
        return format!("{}", (number * 100.0).round() / 100.0);
    }
    let digits = format!("{number:.0}");
    let mut label = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at) % 3 == 0 {
            label.push(' ');
        }
        label.push(digit);
    }
    label
}

/// Colours that are dark enough for a white ground.
const COLOURS: [RGBColor; 12] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0x7f, 0x3f, 0xbf),
    RGBColor(0xb2, 0x22, 0x22),
    RGBColor(0x8c, 0x56, 0x4b),
    RGBColor(0xd9, 0x48, 0x9c),
    RGBColor(0xc7, 0x8f, 0x00),
    RGBColor(0x66, 0x66, 0x66),
    RGBColor(0x17, 0xa2, 0xc4),
    RGBColor(0x5f, 0x7f, 0x00),
    RGBColor(0x00, 0x00, 0x00),
];

/// The width of a picture, and the part of it that the legend takes.
const WIDTH: u32 = 940;
const LEGEND: u32 = 220;
const HEIGHT: u32 = 440;

/// A picture with its legend beside the plot, where it covers no line. The legend has the lines in
/// the order of their right ends, and the value there.
fn draw<X, Y>(
    file: &str,
    caption: &str,
    axes: [&str; 2],
    x: X,
    y: Y,
    points: &[Point],
) -> Result<(), Box<dyn Error>>
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    let path = format!("results/{file}.svg");
    let area = SVGBackend::new(&path, (WIDTH, HEIGHT)).into_drawing_area();
    // Also readable on a dark page.
    area.fill(&WHITE)?;
    let (plot, legend) = area.split_horizontally(WIDTH - LEGEND);
    let mut chart = ChartBuilder::on(&plot)
        .caption(caption, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(80)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc(axes[0])
        .y_desc(axes[1])
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .max_light_lines(0)
        .x_label_formatter(&|x| label(*x))
        .y_label_formatter(&|y| label(*y))
        .draw()?;
    let mut names: Vec<&String> = Vec::new();
    for (name, ..) in points {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut ends = Vec::new();
    for (name, colour) in names.into_iter().zip(COLOURS) {
        let line = points.iter().filter(|point| point.0 == *name);
        let line: Vec<(f64, f64)> = line.map(|point| (point.1, point.2)).collect();
        ends.extend(line.last().map(|end| (end.1, name, colour)));
        let marks = if line.len() < 50 { 3 } else { 0 };
        let line = LineSeries::new(line, colour.stroke_width(2));
        chart.draw_series(line.point_size(marks))?;
    }
    ends.sort_by(|one, other| other.0.total_cmp(&one.0));
    let style = ("sans-serif", 14).into_font();
    for (row, (end, name, colour)) in (0..).zip(ends) {
        let y = 44 + 22 * row;
        legend.draw(&PathElement::new([(0, y), (18, y)], colour.stroke_width(3)))?;
        let text = format!("{name}: {}", label(end));
        legend.draw(&Text::new(text, (24, y - 7), style.clone()))?;
    }
    area.present()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    for (pattern, file) in [
        ("back to back", "threads-back-to-back"),
        ("with work", "threads-with-work"),
    ] {
        let mut points = Vec::new();
        for line in read("threads")?.iter().filter(|line| line[0] == pattern) {
            points.push((line[2].clone(), line[1].parse()?, line[3].parse()?));
        }
        let caption = format!("blocks of 64 bytes, {pattern}, on two cores");
        draw_over_powers(
            file,
            &caption,
            ["threads", "requests a second, system = 1"],
            &points,
        )?;
    }
    for (series, file) in [
        ("size of the arena in bytes", "growth-size"),
        ("first of 100 chunks", "growth-chunks"),
    ] {
        let mut points = Vec::new();
        for line in read("growth")?.iter().filter(|line| line[0] == series) {
            points.push(("Arena".into(), line[1].parse()?, line[2].parse()?));
        }
        draw_over_powers(
            file,
            "time for a block of 64 bytes",
            [series, "time, of the first = 1"],
            &points,
        )?;
    }
    for (column, file, label) in [
        (2, "trees-time", "time for a file, one on an Arena = 1"),
        (3, "trees-memory", "bytes for a file"),
    ] {
        let mut points = Vec::new();
        for line in read("trees")? {
            points.push((line[0].clone(), line[1].parse()?, line[column].parse()?));
        }
        draw_over_powers(
            file,
            "trees of Lua files",
            ["files at once", label],
            &points,
        )?;
    }
    for (series, axis, file) in [
        (
            "bytes of the region",
            "bytes of the region",
            "scaling-region",
        ),
        (
            "chunks of the arena",
            "chunks of the arena",
            "scaling-chunks",
        ),
        (
            "free blocks; their size is asked for",
            "free blocks, of the size that is asked for",
            "scaling-free-same",
        ),
        (
            "free blocks; another size is asked for",
            "free blocks, of another size than is asked for",
            "scaling-free-other",
        ),
        (
            "free blocks; several have to be merged",
            "free blocks, of which several have to be merged",
            "scaling-merge",
        ),
        ("threads", "threads that have blocks", "scaling-threads"),
        ("alignment", "alignment, in bytes", "scaling-alignment"),
    ] {
        let mut points = Vec::new();
        for line in read("scaling")?.iter().filter(|line| line[0] == series) {
            points.push((line[1].clone(), line[2].parse()?, line[3].parse()?));
        }
        let caption = match file {
            "scaling-chunks" => "instructions of an arena, by the number of its chunks",
            _ => "instructions to take and free a block",
        };
        draw_over_both(file, caption, [axis, "instructions"], &points)?;
    }
    for trace in ["server", "mqtt"] {
        let mut points = Vec::new();
        for line in read("memory-over-time")?
            .iter()
            .filter(|line| line[0] == trace)
        {
            points.push((line[1].clone(), line[2].parse()?, line[3].parse()?));
        }
        draw_over_time(
            &format!("memory-{trace}"),
            &format!("the trace {trace} in an ample region"),
            ["requests", "bytes handed out of the region"],
            &points,
        )?;
    }
    Ok(())
}
