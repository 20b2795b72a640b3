//! How time grows with size, as a picture: `cargo run --release -p kaquan-benches --bin growth > docs/growth.svg`.
//!
//! Four panels, both axes logarithmic, so that a straight line of slope 1 is linear growth. The slope is that of the
//! least squares, printed in each panel; memory is printed for the lines.
#![expect(clippy::print_stdout, reason = "the picture is the output")]

use std::{
    env,
    fmt::Write as _,
    fs,
    hint::black_box,
    io::Write as _,
    process::{Command as Process, Stdio},
    time::{Duration, Instant},
};

use kaquan_core::{model::BundlePatch, rules};

#[path = "../crates/kaquan-cli/src/bulk.rs"]
#[allow(dead_code, reason = "clean lines leave most of it unasked")]
mod bulk;
mod payloads;

/// Least time of several runs, in microseconds.
fn least(mut work: impl FnMut()) -> f64 {
    let (mut best, started) = (f64::MAX, Instant::now());
    let mut runs = 0;
    while runs < 5 || started.elapsed() < Duration::from_millis(150) {
        let one = Instant::now();
        work();
        best = best.min(one.elapsed().as_nanos() as f64 / 1000.0);
        runs += 1;
    }
    best
}

fn check(text: &str, findings: usize) -> f64 {
    least(|| {
        let found = rules::check_text::<BundlePatch<'_>>(black_box(text)).1;
        assert_eq!(found.len(), findings);
    })
}

/// A patch whose description has so many bytes; too long, so the careful way is taken.
fn with_text(bytes: usize) -> String {
    payloads::request().replace("全场可用", &"全场可用".repeat(bytes / 12))
}

/// A patch with so many members that nobody knows.
fn with_findings(count: usize) -> String {
    let mut members = String::new();
    for index in 0..count {
        let _ = write!(members, "\"x{index}\":1,");
    }
    payloads::request().replacen('{', &format!("{{{members}"), 1)
}

const LINE: &str = "{\"out_request_no\":\"123456\",\"store_scope\":\"ALL\",\"brand_id\":\"120344\"}\n";
/// Makes this program check the lines of a file and nothing else.
const CHECK_LINES: &str = "--check-lines";

/// Microseconds and most memory in kilobytes for so many lines, by a process of its own.
fn lines(count: usize) -> (f64, f64) {
    let file = env::temp_dir().join(format!("kaquan-growth-{}.ndjson", std::process::id()));
    let mut output = fs::File::create(&file).expect("a file");
    let block = LINE.repeat(1000);
    for _ in 0..count / 1000 {
        output.write_all(block.as_bytes()).expect("written");
    }
    let mut most = 0.0_f64;
    let mut best = f64::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let program = env::current_exe().expect("a program knows its own path");
        let mut child =
            Process::new(program).arg(CHECK_LINES).arg(&file).stdout(Stdio::null()).spawn().expect("it starts");
        loop {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            most = most.max(line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0.0));
            if child.try_wait().expect("it can be waited for").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        best = best.min(started.elapsed().as_nanos() as f64 / 1000.0);
    }
    let _ = fs::remove_file(&file);
    (best, most)
}

/// A panel: its title, its points, and a note.
struct Panel {
    title: &'static str,
    points: Vec<(f64, f64)>,
    note: String,
}

impl Panel {
    /// Slope of the line through the logarithms of the points whose time is more than start-up.
    fn slope(&self) -> f64 {
        let logs: Vec<(f64, f64)> = self.points.iter().map(|(x, y)| (x.log10(), y.log10())).collect();
        let tail = &logs[logs.len().saturating_sub(3)..];
        let count = tail.len() as f64;
        let mean = |pick: fn(&(f64, f64)) -> f64| tail.iter().map(pick).sum::<f64>() / count;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let over: f64 = tail.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
        over / tail.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
    }

    fn draw(&self, left: f64, top: f64, svg: &mut String) {
        let (width, height) = (300.0, 170.0);
        let bounds = |pick: fn(&(f64, f64)) -> f64| {
            let logs = self.points.iter().map(pick).map(f64::log10);
            logs.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
        };
        let ((x0, x1), (y0, y1)) = (bounds(|point| point.0), bounds(|point| point.1));
        let place = |(x, y): &(f64, f64)| {
            let across = (x.log10() - x0) / (x1 - x0).max(0.1);
            let up = (y.log10() - y0) / (y1 - y0).max(0.1);
            (left + 40.0 + across * (width - 60.0), top + height - 30.0 - up * (height - 70.0))
        };
        let _ = writeln!(svg, "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" class=\"panel\"/>");
        let (x, y) = (left + 12.0, top + 20.0);
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" class=\"title\">{}</text>", self.title);
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{}\">slope {:.2}{}</text>", y + 15.0, self.slope(), self.note);
        let path: Vec<String> = self.points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(svg, "<polyline points=\"{}\" class=\"line\"/>", path.join(" "));
        for point in &self.points {
            let (x, y) = place(point);
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
        }
        for (point, anchor) in [(self.points.first(), "start"), (self.points.last(), "end")] {
            let Some(point) = point else { continue };
            let (x, y) = place(point);
            let size = if point.0 >= 10_000.0 { format!("{:.0e}", point.0) } else { format!("{:.0}", point.0) };
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{size}</text>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                top + height - 10.0,
                y - 8.0,
                shown(point.1)
            );
        }
    }
}

fn shown(microseconds: f64) -> String {
    match microseconds {
        time if time < 1000.0 => format!("{time:.1} µs"),
        time if time < 1e6 => format!("{:.1} ms", time / 1e3),
        time => format!("{:.2} s", time / 1e6),
    }
}

fn main() {
    let args: Vec<String> = env::args().collect();
    if let [_, mode, file] = args.as_slice()
        && mode == CHECK_LINES
    {
        let checked = bulk::check_lines(fs::File::open(file).expect("a file"), |_| Ok(()));
        assert!(checked.is_ok());
        return;
    }
    let updates = payloads::updates(64);
    let stocks = (3..=15).step_by(3).map(|stocks| {
        let start = payloads::state(stocks);
        let time = least(|| {
            let mut state = start.clone();
            for update in &updates {
                assert!(state.apply(payloads::now(), black_box(update)).is_ok());
            }
        });
        (stocks as f64, time / 64.0)
    });
    let sizes = [1_000, 10_000, 100_000, 1_000_000].map(|bytes| {
        let text = with_text(bytes);
        let findings = usize::from(bytes / 12 * 4 > 1000);
        (text.len() as f64, check(&text, findings))
    });
    let findings = [10, 100, 1_000, 10_000, 100_000].map(|count| (count as f64, check(&with_findings(count), count)));
    let mut memory = Vec::new();
    let lines = [1_000, 10_000, 100_000, 1_000_000, 10_000_000].map(|count| {
        let (time, most) = lines(count);
        memory.push(most / 1024.0);
        (count as f64, time)
    });
    let most = memory.iter().copied().fold(0.0, f64::max);
    let panels = [
        Panel { title: "decide + evolve against stocks", points: stocks.collect(), note: String::new() },
        Panel { title: "check against bytes of text", points: sizes.to_vec(), note: String::new() },
        Panel { title: "check against findings", points: findings.to_vec(), note: String::new() },
        Panel {
            title: "kaquan check against lines",
            points: lines.to_vec(),
            note: format!(", most memory {most:.0} MB"),
        },
    ];
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 380\" font-family=\"system-ui, sans-serif\" font-size=\"11\">\n\
         <style>.panel{fill:#fff;stroke:#c8d0d8}.title{font-weight:600;font-size:13px}text{fill:#1c2733}\
         .line{fill:none;stroke:#07a04f;stroke-width:2}circle{fill:#07a04f}</style>\n\
         <rect width=\"640\" height=\"380\" fill=\"#f4f6f8\"/>\n",
    );
    for (index, panel) in panels.iter().enumerate() {
        let (column, line) = ((index % 2) as f64, (index / 2) as f64);
        panel.draw(10.0 + column * 315.0, 10.0 + line * 185.0, &mut svg);
    }
    println!("{svg}</svg>");
}
