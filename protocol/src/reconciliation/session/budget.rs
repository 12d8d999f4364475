//! What one session may cost one side.

use super::super::decoder::Work;
use super::SessionFault;
use crate::limits;

/// Steps and bytes that are left to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub(super) work: Work,
    received: u64,
    sent: u64,
}

impl Default for Budget {
    /// The bounds of version 1.
    fn default() -> Self {
        Budget {
            work: Work::new(limits::COMPARE_WORK),
            received: limits::COMPARE_BYTES,
            sent: limits::COMPARE_BYTES,
        }
    }
}

impl Budget {
    /// Fewer steps than version 1 allows: for a peer that has cost much already.
    #[must_use]
    pub fn with_work(mut self, steps: u64) -> Budget {
        self.work = Work::new(steps.min(limits::COMPARE_WORK));
        self
    }

    /// Fewer bytes each way: for a metered line.
    #[must_use]
    pub fn with_bytes(mut self, bytes: u64) -> Budget {
        self.received = bytes.min(limits::COMPARE_BYTES);
        self.sent = self.received;
        self
    }

    /// Steps that are left.
    pub fn work_left(&self) -> u64 {
        self.work.left()
    }

    pub(super) fn receive(&mut self, bytes: usize) -> Result<(), SessionFault> {
        let left = self.received.checked_sub(bytes as u64);
        self.received = left.ok_or(SessionFault::Bytes)?;
        Ok(())
    }

    /// Whether so many bytes may still be sent; if so they count.
    pub(super) fn send(&mut self, bytes: usize) -> bool {
        match self.sent.checked_sub(bytes as u64) {
            Some(left) => {
                self.sent = left;
                true
            }
            None => false,
        }
    }
}
