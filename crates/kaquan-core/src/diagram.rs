//! The lifecycle as text and as pictures, all from the one match in [`lifecycle`].

use alloc::{format, string::String, sync::Arc, vec::Vec};
use core::fmt::Write as _;

use crate::{
    family::{BudgetChange, BudgetUpdateMode, Deactivation},
    lifecycle::{self, COUPON_STATES, CouponMove, STOCK_STATES, StockMove},
    machine::{Command, REFUSALS, Rejection, State},
    model::{BundlePatch, StockState},
    rules, samples,
};

/// The table of states × moves, in Markdown.
#[must_use]
pub fn table() -> String {
    let mut table = String::from("| stock |");
    for by in StockMove::ALL {
        let _ = write!(table, " {} |", by.name());
    }
    table += "\n|---|---|---|---|---|---|---|\n";
    for state in &STOCK_STATES {
        let _ = write!(table, "| {state} |");
        for by in StockMove::ALL {
            let to = lifecycle::after(state, by).map_or_else(|| "–".into(), |step| format!("{}", step.to));
            let _ = write!(table, " {to} |");
        }
        table.push('\n');
    }
    table += "\n| coupon | approve | deactivate coupon |\n|---|---|---|\n";
    for state in &COUPON_STATES {
        let _ = write!(table, "| {state} |");
        for by in CouponMove::ALL {
            let to = lifecycle::coupon_after(state, by).map_or_else(|| "–".into(), |step| format!("{}", step.to));
            let _ = write!(table, " {to} |");
        }
        table.push('\n');
    }
    table
}

/// Which operation is accepted for a bundle whose stocks are all in a state, asked of the reducer itself, in Markdown.
#[must_use]
pub fn operations() -> String {
    let mut table = String::from("| operation |");
    for state in &STOCK_STATES {
        let _ = write!(table, " {state} |");
    }
    table += "\n|---|---|---|---|---|---|\n";
    for (name, command) in probes() {
        let _ = write!(table, "| {name} |");
        for state in &STOCK_STATES {
            let verdict = match probe(state, &command) {
                Ok(()) => "yes".into(),
                Err(rejection) => String::from(rejection.refusal().name),
            };
            let _ = write!(table, " {verdict} |");
        }
        table.push('\n');
    }
    table
}

fn probe(state: &StockState, command: &Command) -> Result<(), Rejection> {
    let now = crate::time::parse("2098-02-01T12:00:00+08:00").unwrap_or_default();
    let mut bundle = samples::bundle();
    for stock in &mut bundle.stock_list {
        stock.state = state.clone();
        stock.stock_send_rule.max_count_per_day = Some(10);
    }
    let mut all = State::default();
    all.apply(now, &Command::AuthoriseBrand { brand: "120344".into() })?;
    all.apply(now, &Command::AdoptCoupon { coupon: samples::coupon() })?;
    all.apply(now, &Command::AdoptBundle { bundle: Arc::new(bundle) })?;
    all.decide(now, command).map(drop)
}

/// One good request of each operation, for the sample.
fn probes() -> Vec<(&'static str, Command)> {
    let patch = rules::check_text::<BundlePatch<'_>>(samples::REQUEST).0;
    let deactivation =
        Arc::new(Deactivation { out_request_no: "probe-1".into(), deactivate_reason: None, brand_id: "120344".into() });
    let budget = BudgetChange {
        out_request_no: "probe-2".into(),
        update_mode: BudgetUpdateMode::MaxCountPerDay,
        current_max_count: None,
        target_max_count: None,
        current_max_count_per_day: Some(10),
        target_max_count_per_day: Some(20),
        brand_id: "120344".into(),
    };
    let (coupon, bundle) = (|| "200000001".into(), || "123456789".into());
    let mut probes = Vec::new();
    if let Some(patch) = patch {
        probes.push(("update stock bundle", Command::update_bundle("200000001", "123456789", patch.into_owned())));
    }
    let change = Arc::new(budget);
    probes.push(("update stock bundle budget", Command::ChangeBudget { coupon: coupon(), bundle: bundle(), change }));
    let stock = "123456789001".into();
    let deactivate = Command::DeactivateStock { coupon: coupon(), stock, deactivation: Arc::clone(&deactivation) };
    probes.push(("deactivate stock", deactivate));
    probes.push(("deactivate product coupon", Command::DeactivateCoupon { coupon: coupon(), deactivation }));
    probes.push(("send stock bundle", Command::SendCoupons { bundle: bundle(), count: 1 }));
    probes
}

/// Every refusal in the order in which a request meets them, in Markdown.
#[must_use]
pub fn refusals() -> String {
    let mut table = String::from("| | refusal | when | code | number | certainty |\n|---|---|---|---|---|---|\n");
    for (index, refusal) in REFUSALS.iter().enumerate() {
        let number = refusal.number.map_or_else(String::new, |number| format!("{number}"));
        let (name, when, code) = (refusal.name, refusal.when.en, refusal.code);
        let certainty = refusal.certainty.as_str();
        let _ = writeln!(table, "| {} | {name} | {when} | {code} | {number} | {certainty} |", index + 1);
    }
    table
}

/// The evidence of every step, in Markdown.
#[must_use]
pub fn evidence() -> String {
    let mut table = String::from("| step | certainty | evidence |\n|---|---|---|\n");
    for state in &STOCK_STATES {
        for by in StockMove::ALL {
            let Some(step) = lifecycle::after(state, by) else { continue };
            let (to, certainty) = (step.to, step.certainty.as_str());
            let _ = writeln!(table, "| {state} → {to}: {} | {certainty} | {} |", by.name(), step.evidence);
        }
    }
    for state in &COUPON_STATES {
        for by in CouponMove::ALL {
            let Some(step) = lifecycle::coupon_after(state, by) else { continue };
            let (to, certainty) = (step.to, step.certainty.as_str());
            let _ = writeln!(table, "| coupon {state} → {to}: {} | {certainty} | {} |", by.name(), step.evidence);
        }
    }
    table
}

/// The stocks' lifecycle for Mermaid.
#[must_use]
pub fn mermaid() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> AUDITING\n");
    for (from, to, moves) in edges() {
        let _ = writeln!(text, "    {from} --> {to}: {}", moves.join(" / "));
    }
    for terminal in STOCK_STATES.iter().filter(|state| is_terminal(state)) {
        let _ = writeln!(text, "    {terminal} --> [*]");
    }
    text
}

/// The stocks' lifecycle for Graphviz.
#[must_use]
pub fn dot() -> String {
    let mut text = String::from("digraph stock {\n    rankdir=LR;\n    node [shape=box, style=rounded];\n");
    for terminal in STOCK_STATES.iter().filter(|state| is_terminal(state)) {
        let _ = writeln!(text, "    {terminal} [peripheries=2];");
    }
    for (from, to, moves) in edges() {
        let _ = writeln!(text, "    {from} -> {to} [label=\"{}\"];", moves.join("\\n"));
    }
    text + "}\n"
}

/// The steps, those between the same two states in one.
fn edges() -> Vec<(StockState, StockState, Vec<&'static str>)> {
    let mut edges: Vec<(StockState, StockState, Vec<&'static str>)> = Vec::new();
    for from in &STOCK_STATES {
        for by in StockMove::ALL {
            let Some(step) = lifecycle::after(from, by) else { continue };
            match edges.iter_mut().find(|(one, two, _)| one == from && *two == step.to) {
                Some((_, _, moves)) => moves.push(by.name()),
                None => edges.push((from.clone(), step.to, Vec::from([by.name()]))),
            }
        }
    }
    edges
}

fn is_terminal(state: &StockState) -> bool {
    StockMove::ALL.iter().all(|by| lifecycle::after(state, *by).is_none())
}

/// Width and height of a state's box.
const BOX: (i32, i32) = (132, 44);

/// Where a state stands in the picture, by its middle.
fn place(state: &StockState) -> (i32, i32) {
    match state {
        StockState::Auditing => (90, 150),
        StockState::Sending => (330, 70),
        StockState::Paused => (330, 230),
        StockState::Stopped => (620, 70),
        StockState::Deactivated | StockState::Other(_) => (620, 230),
    }
}

/// The stocks' lifecycle as a picture that follows the page's colours; states in `lit` are shown as current.
#[must_use]
pub fn svg(lit: &[StockState]) -> String {
    let mut text = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 300\" role=\"img\" aria-label=\"Lifecycle of a stock\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<style>\
         .kq-state{fill:#f4f6f8;stroke:#5b6b7b;stroke-width:1.5}.kq-lit{fill:#067a3e;stroke:#067a3e}\
         .kq-name{fill:#1c2733;font-weight:600;text-anchor:middle}.kq-lit+.kq-name{fill:#fff}\
         .kq-step{fill:none;stroke:#5b6b7b;stroke-width:1.5;marker-end:url(#kq-tip)}\
         .kq-move{fill:#5b6b7b;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}\
         @media(prefers-color-scheme:dark){.kq-state{fill:#232c35;stroke:#9fb0c0}.lit{fill:#07c160}.name{fill:#e8eef4}\
         .kq-step{stroke:#9fb0c0}.kq-move{fill:#b8c6d3;stroke:#161b20}.kq-tip{fill:#9fb0c0}}</style>\n\
         <defs><marker id=\"kq-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path class=\"kq-tip\" d=\"M0 0L8 4L0 8z\" fill=\"#5b6b7b\"/></marker></defs>\n",
    );
    for (from, to, moves) in edges() {
        let ((x1, y1), (x2, y2)) = ends(place(&from), place(&to));
        let (x, y) = label(&from, &to);
        let _ = writeln!(text, "<path class=\"kq-step\" d=\"M{x1} {y1}L{x2} {y2}\"/>");
        for (line, by) in moves.iter().enumerate() {
            let y = y + 15 * i32::try_from(line).unwrap_or_default();
            let _ = writeln!(text, "<text class=\"kq-move\" x=\"{x}\" y=\"{y}\">{by}</text>");
        }
    }
    for state in &STOCK_STATES {
        let (x, y) = place(state);
        let class = if lit.contains(state) { "kq-state kq-lit" } else { "kq-state" };
        let (left, top) = (x - BOX.0 / 2, y - BOX.1 / 2);
        let _ = writeln!(
            text,
            "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"9\"/>\
             <text class=\"kq-name\" x=\"{x}\" y=\"{}\">{state}</text>",
            BOX.0,
            BOX.1,
            y + 4
        );
    }
    text + "</svg>\n"
}

/// Where the words of a step stand, so that none covers another.
fn label(from: &StockState, to: &StockState) -> (i32, i32) {
    match (from, to) {
        (StockState::Auditing, StockState::Sending) => (200, 104),
        (StockState::Auditing, StockState::Stopped) => (462, 102),
        (StockState::Auditing, _) => (232, 186),
        (StockState::Sending, StockState::Paused) => (290, 154),
        (StockState::Sending, StockState::Stopped) => (474, 62),
        (StockState::Sending, _) => (486, 128),
        (StockState::Paused, StockState::Sending) => (372, 170),
        (StockState::Paused, StockState::Stopped) => (470, 182),
        _ => (474, 224),
    }
}

/// Where a line between two boxes leaves the one and meets the other.
fn ends((x1, y1): (i32, i32), (x2, y2): (i32, i32)) -> ((i32, i32), (i32, i32)) {
    let (width, height) = (BOX.0 / 2, BOX.1 / 2);
    if x1 == x2 {
        // Two lines between the same boxes, side by side.
        let (shift, up) = if y1 < y2 { (-14, 1) } else { (14, -1) };
        return ((x1 + shift, y1 + up * height), (x2 + shift, y2 - up * (height + 2)));
    }
    ((x1 + width, y1), (x2 - width - 2, y2))
}
