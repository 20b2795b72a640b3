//! Documents a line, on all cores, delivered in the order of the input.
//!
//! Workers take turns at the input: one reads a block that ends at a line end, then checks it while the next one
//! reads. What they found is delivered in order; a worker that is far ahead waits, so memory stays flat.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    num::NonZero,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use kaquan_core::{model::BundlePatch, rule::Diagnostic, rules};

/// Bytes that are read at once; a longer line makes its block longer.
const BLOCK: u64 = 1 << 20;

/// What was found in one block of lines. Numbers count from the start of the block.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) bytes: usize,
    pub(crate) lines: usize,
    pub(crate) documents: usize,
    pub(crate) faulty: Vec<Faulty>,
}

/// A document with findings.
#[derive(Debug)]
pub(crate) struct Faulty {
    /// Lines before it in its block.
    pub(crate) line: usize,
    /// Documents before it in its block.
    pub(crate) document: usize,
    pub(crate) text: Vec<u8>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Checks every line of `input` that is not blank, and hands the blocks to `deliver` in order.
pub(crate) fn check_lines<R: Read + Send>(
    input: R,
    deliver: impl FnMut(Block) -> io::Result<()> + Send,
) -> io::Result<()> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let input = Mutex::new(Input { from: input, rest: Vec::new(), next: 0, ended: false });
    let output = Output {
        ahead: workers * 2,
        order: Mutex::new(Order { next: 0, waiting: BTreeMap::new(), deliver, error: None }),
        moved: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(&input, &output));
        }
    });
    let order = output.order.into_inner().unwrap_or_else(PoisonError::into_inner);
    order.error.map_or(Ok(()), Err)
}

fn work<R: Read, D: FnMut(Block) -> io::Result<()>>(input: &Mutex<Input<R>>, output: &Output<D>) {
    let mut buffer = Vec::new();
    loop {
        let read = lock(input).fill(&mut buffer);
        let going_on = match read {
            Ok(None) => return,
            Ok(Some(number)) => output.put(number, check_block(&buffer)),
            Err(error) => output.fail(error),
        };
        if !going_on {
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Input<R> {
    from: R,
    /// The begun line behind the last block.
    rest: Vec<u8>,
    next: usize,
    ended: bool,
}

impl<R: Read> Input<R> {
    /// Fills `buffer` with whole lines and gives the block's number; `None` at the end.
    fn fill(&mut self, buffer: &mut Vec<u8>) -> io::Result<Option<usize>> {
        buffer.clear();
        buffer.append(&mut self.rest);
        while !self.ended {
            let start = buffer.len();
            if self.from.by_ref().take(BLOCK).read_to_end(buffer)? == 0 {
                self.ended = true;
            } else if let Some(end) = memchr::memrchr(b'\n', buffer.get(start..).unwrap_or_default()) {
                self.rest = buffer.split_off(start + end + 1);
                break;
            }
        }
        let number = self.next;
        self.next += 1;
        Ok((!buffer.is_empty()).then_some(number))
    }
}

struct Output<D> {
    /// How many blocks a worker may be ahead of delivery.
    ahead: usize,
    order: Mutex<Order<D>>,
    moved: Condvar,
}

struct Order<D> {
    next: usize,
    waiting: BTreeMap<usize, Block>,
    deliver: D,
    error: Option<io::Error>,
}

impl<D: FnMut(Block) -> io::Result<()>> Output<D> {
    /// Delivers what is next in order; false when there is no use in going on.
    fn put(&self, number: usize, block: Block) -> bool {
        let mut order = lock(&self.order);
        while number > order.next + self.ahead && order.error.is_none() {
            order = self.moved.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        order.waiting.insert(number, block);
        while order.error.is_none() {
            let next = order.next;
            let Some(block) = order.waiting.remove(&next) else { break };
            order.next += 1;
            if let Err(error) = (order.deliver)(block) {
                order.error = Some(error);
            }
        }
        self.moved.notify_all();
        order.error.is_none()
    }

    fn fail(&self, error: io::Error) -> bool {
        lock(&self.order).error.get_or_insert(error);
        self.moved.notify_all();
        false
    }
}

fn check_block(bytes: &[u8]) -> Block {
    let mut block = Block { bytes: bytes.len(), ..Block::default() };
    // One validation for all lines; where it fails, each line is asked for itself.
    let text = std::str::from_utf8(bytes).ok();
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = bytes.get(start..start + length).unwrap_or_default();
        if !line.trim_ascii().is_empty() {
            let diagnostics = match text.and_then(|text| text.get(start..start + length)) {
                Some(line) => rules::check_text::<BundlePatch<'_>>(line).1,
                None => rules::check_bytes::<BundlePatch<'_>>(line).1,
            };
            if !diagnostics.is_empty() {
                let (line_number, document) = (block.lines, block.documents);
                block.faulty.push(Faulty { line: line_number, document, text: line.to_vec(), diagnostics });
            }
            block.documents += 1;
        }
        block.lines += 1;
        start += length + 1;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most seven bytes at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(buffer.len()).min(7);
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    #[test]
    fn lines_are_delivered_in_order_with_their_numbers() {
        let good = r#"{"out_request_no":"123456","store_scope":"ALL","brand_id":"1"}"#;
        let mut text = String::new();
        let mut bad = Vec::new();
        for number in 0..60_000 {
            if number % 997 == 0 {
                bad.push((text.lines().count(), number));
                text += "{}\r\n\n";
            } else {
                text += good;
                text.push('\n');
            }
            if number % 20_000 == 0 {
                text += &" ".repeat(1_500_000); // a line longer than a block
                text.push('\n');
            }
        }
        text += "{"; // no line end at the end
        bad.push((text.lines().count() - 1, 60_000));
        let (mut lines, mut documents, mut found) = (0, 0, Vec::new());
        check_lines(Trickle(text.as_bytes()), |block| {
            found.extend(block.faulty.iter().map(|faulty| (lines + faulty.line, documents + faulty.document)));
            lines += block.lines;
            documents += block.documents;
            Ok(())
        })
        .unwrap();
        assert_eq!(found, bad);
        assert_eq!((lines, documents), (text.lines().count(), 60_001));
    }

    #[test]
    fn a_reader_that_had_enough_stops_all() {
        let text = "x\n".repeat(3_000_000);
        let result = check_lines(text.as_bytes(), |_| Err(io::ErrorKind::BrokenPipe.into()));
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
