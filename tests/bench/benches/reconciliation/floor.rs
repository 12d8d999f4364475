//! What no method can go below.

/// The base-2 logarithm of n choose k.
fn choose(n: u64, k: u64) -> f64 {
    (0..k)
        .map(|i| ((n - i) as f64 / (i + 1) as f64).log2())
        .sum()
}

/// Bytes that name which elements differ to who knows all elements of both sets: half on each side.
pub(crate) fn bytes(size: u64, differences: u64) -> u64 {
    let ours = differences.div_ceil(2);
    let theirs = differences / 2;
    ((choose(size + ours, ours) + choose(size + theirs, theirs)) / 8.0).ceil() as u64
}
