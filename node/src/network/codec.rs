//! The request-response codec: a length, then that many opaque bytes.
//!
//! The length is four bytes, big endian. A length over the bound ends the stream before a
//! single byte of the body is read; memory grows with the bytes that arrive, not with the
//! number announced.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response;

/// Largest request, in bytes. A catch-up request carries fingerprints of ranges, which stay
/// under 64 KiB by their own bounds.
pub const MAX_REQUEST: usize = 64 * 1024;

/// Largest response, in bytes. One page of records; a slow link asks for smaller pages.
pub const MAX_RESPONSE: usize = 1024 * 1024;

/// The codec. It holds no state: each stream carries one request and one response.
#[derive(Debug, Clone, Copy, Default)]
pub struct Codec;

async fn read<T>(io: &mut T, bound: usize) -> io::Result<Vec<u8>>
where
    T: AsyncRead + Unpin + Send,
{
    let mut head = [0u8; 4];
    io.read_exact(&mut head).await?;
    let length = u64::from(u32::from_be_bytes(head));
    if length > bound as u64 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the peer announced {length} bytes, at most {bound} are allowed"),
        ));
    }
    let mut body = Vec::new();
    io.take(length).read_to_end(&mut body).await?;
    if (body.len() as u64) < length {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("the peer announced {length} bytes and sent {}", body.len()),
        ));
    }
    Ok(body)
}

async fn write<T>(io: &mut T, bound: usize, body: &[u8]) -> io::Result<()>
where
    T: AsyncWrite + Unpin + Send,
{
    let length = u32::try_from(body.len())
        .ok()
        .filter(|_| body.len() <= bound)
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} bytes to send, at most {bound} are allowed", body.len()),
            )
        })?;
    // Each write is a frame, and mostly a packet, of its own.
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(body);
    io.write_all(&frame).await?;
    io.close().await
}

impl request_response::Codec for Codec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io, MAX_REQUEST).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(io, MAX_RESPONSE).await
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        body: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, MAX_REQUEST, &body).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        body: Vec<u8>,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(io, MAX_RESPONSE, &body).await
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;

    fn framed(length: u32, body: &[u8]) -> Cursor<Vec<u8>> {
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend_from_slice(body);
        Cursor::new(bytes)
    }

    #[test]
    fn what_is_written_is_read() {
        for body in [vec![], vec![7u8; 1], vec![9u8; MAX_REQUEST]] {
            let mut wire = Cursor::new(Vec::new());
            block_on(write(&mut wire, MAX_REQUEST, &body)).unwrap();
            wire.set_position(0);
            assert_eq!(block_on(read(&mut wire, MAX_REQUEST)).unwrap(), body);
        }
    }

    #[test]
    fn one_byte_over_the_bound_is_refused_both_ways() {
        let mut wire = Cursor::new(Vec::new());
        let error = block_on(write(&mut wire, 10, &[0; 11])).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(wire.get_ref().is_empty(), "nothing may reach the wire");
        let error = block_on(read(&mut framed(11, &[0; 11]), 10)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(block_on(read(&mut framed(10, &[0; 10]), 10)).is_ok());
    }

    #[test]
    fn a_lie_about_the_length_is_an_error() {
        let error = block_on(read(&mut framed(u32::MAX, &[]), MAX_REQUEST)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let error = block_on(read(&mut framed(9, &[1, 2]), MAX_REQUEST)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(block_on(read(&mut Cursor::new(vec![0u8, 0]), MAX_REQUEST)).is_err());
    }
}
