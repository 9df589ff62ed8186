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
    let limit = |x: fn(&Point) -> f64| points.iter().map(x).fold(0.0, f64::max);
    let least = points.iter().map(|point| point.1).fold(f64::MAX, f64::min);
    let x = (least..limit(|point| point.1)).log_scale();
    let y = 0.0..1.1 * limit(|point| point.2);
    draw(file, caption, axes, x, y, points)
}

/// One line for each name, over time, in powers of ten.
fn draw_over_time(
    file: &str,
    caption: &str,
    axes: [&str; 2],
    points: &[Point],
) -> Result<(), Box<dyn Error>> {
    let limit = |x: fn(&Point) -> f64| points.iter().map(x).fold(0.0, f64::max);
    let least = points.iter().map(|point| point.2).fold(f64::MAX, f64::min);
    let x = 0.0..limit(|point| point.1);
    let y = (least.max(1.0)..2.0 * limit(|point| point.2)).log_scale();
    draw(file, caption, axes, x, y, points)
}

/// One line for each name, both axes in powers of ten.
fn draw_over_both(
    file: &str,
    caption: &str,
    axes: [&str; 2],
    points: &[Point],
) -> Result<(), Box<dyn Error>> {
    let range = |of: fn(&Point) -> f64| {
        let all = || points.iter().map(of);
        let (least, most) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
        (least..2.0 * most).log_scale()
    };
    let (x, y) = (range(|point| point.1), range(|point| point.2));
    draw(file, caption, axes, x, y, points)
}

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
    let area = SVGBackend::new(&path, (720, 440)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(caption, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc(axes[0])
        .y_desc(axes[1])
        .draw()?;
    let mut names: Vec<&String> = points.iter().map(|point| &point.0).collect();
    names.dedup();
    names.sort();
    names.dedup();
    for (n, name) in names.into_iter().enumerate() {
        let color = Palette99::pick(n).to_rgba();
        let line = points.iter().filter(|point| point.0 == *name);
        chart
            .draw_series(
                LineSeries::new(line.map(|point| (point.1, point.2)), color).point_size(3),
            )?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
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
        let caption = format!("64 bytes, {pattern}, two cores");
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
            [series, "first = 1"],
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
        draw_over_powers(file, "trees of Lua", ["files at once", label], &points)?;
    }
    for (series, file) in [
        ("bytes of the region", "scaling-region"),
        ("chunks of the arena", "scaling-chunks"),
        ("free blocks; their size is asked for", "scaling-free-same"),
        (
            "free blocks; another size is asked for",
            "scaling-free-other",
        ),
        ("free blocks; several have to be merged", "scaling-merge"),
        ("threads", "scaling-threads"),
        ("alignment", "scaling-alignment"),
    ] {
        let mut points = Vec::new();
        for line in read("scaling")?.iter().filter(|line| line[0] == series) {
            points.push((line[1].clone(), line[2].parse()?, line[3].parse()?));
        }
        draw_over_both(file, "a request", [series, "instructions"], &points)?;
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
