//! Reading a message body from its start: big-endian integers and runs of bytes.

/// A body or field that ends before what it must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{needed} more bytes are needed at byte {at}, {left} are left")]
pub struct Truncated {
    /// Offset in the body where reading stopped.
    pub at: usize,
    /// Bytes the next field takes.
    pub needed: usize,
    /// Bytes that are there.
    pub left: usize,
}

/// What is left to read of a body.
#[derive(Debug, Clone)]
pub(crate) struct Body<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Body<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bytes; on error nothing is consumed.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Truncated> {
        let rest = self.rest();
        let taken = rest.get(..count).ok_or(Truncated { at: self.at, needed: count, left: rest.len() })?;
        self.at += count;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let at = self.at;
        let taken = self.take(N)?;
        taken.try_into().map_err(|_length| Truncated { at, needed: N, left: taken.len() })
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Truncated> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Truncated> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Truncated> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Truncated> {
        self.array().map(u64::from_be_bytes)
    }

    /// Six BCD bytes of a time.
    pub(crate) fn bcd6(&mut self) -> Result<[u8; 6], Truncated> {
        self.array()
    }

    /// Everything not yet read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}
