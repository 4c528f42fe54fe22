//! A writer that hands each frame to the terminal in one write and as one
//! synchronized update, so that no half-drawn frame is ever shown.

use std::io::{self, Write};

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};

/// Collects what is written until it is flushed.
pub(super) struct FrameWriter<W> {
    inner: W,
    frame: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            frame: Vec::new(),
        }
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.frame.is_empty() {
            queue!(self.frame, BeginSynchronizedUpdate)?;
        }
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        queue!(self.frame, EndSynchronizedUpdate)?;
        let written = self
            .inner
            .write_all(&self.frame)
            .and_then(|()| self.inner.flush());
        self.frame.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_is_written_in_one_synchronized_update() {
        let mut writer = FrameWriter::new(Vec::new());
        writer.flush().unwrap();
        assert!(writer.inner.is_empty());
        writer.write_all(b"one").unwrap();
        writer.write_all(b" frame").unwrap();
        assert!(writer.inner.is_empty());
        writer.flush().unwrap();
        writer.flush().unwrap();
        assert_eq!(writer.inner, b"\x1b[?2026hone frame\x1b[?2026l");
    }
}
