//! A writer that hands each frame to the terminal whole: in one write, and as
//! one synchronized update, so that no half-drawn frame is ever seen.

use std::io::{self, Write};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Gathers what is written until it is flushed.
pub(super) struct FrameWriter<W> {
    inner: W,
    frame: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            frame: BEGIN.to_vec(),
        }
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.len() == BEGIN.len() {
            return Ok(());
        }
        self.frame.extend_from_slice(END);
        let written = self
            .inner
            .write_all(&self.frame)
            .and_then(|()| self.inner.flush());
        self.frame.truncate(BEGIN.len());
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_one_write() {
        let mut writer = FrameWriter::new(Vec::new());
        writer.flush().unwrap();
        assert!(writer.inner.is_empty());
        writer.write_all(b"one").unwrap();
        writer.write_all(b" frame").unwrap();
        writer.flush().unwrap();
        writer.flush().unwrap();
        assert_eq!(writer.inner, b"\x1b[?2026hone frame\x1b[?2026l");
    }
}
