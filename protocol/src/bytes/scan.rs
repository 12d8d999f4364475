//! The narrow structure of strict CBOR, checked without recursion and without allocating.

use crate::limits;

/// Whether `bytes` are one item of the permitted major types, with definite lengths inside the input, integers within
/// 64 bits signed, and bounded nesting and number. Shortest forms and the order of keys are left to the comparison
/// after encoding again.
pub(super) fn is_narrow(bytes: &[u8]) -> bool {
    scan(bytes).is_some()
}

fn scan(bytes: &[u8]) -> Option<()> {
    // Items still missing at each open level; the level below the first is the outermost item itself.
    let mut missing = [0u64; limits::DEPTH + 1];
    let mut depth = 0;
    let mut values = 0;
    let mut rest = bytes;
    missing[0] = 1;
    loop {
        while missing[depth] == 0 {
            if depth == 0 {
                return rest.is_empty().then_some(());
            }
            depth -= 1;
        }
        missing[depth] -= 1;
        values += 1;
        if values > limits::VALUES {
            return None;
        }
        let (&initial, after) = rest.split_first()?;
        let (argument, after) = argument(initial & 0x1f, after)?;
        rest = after;
        match initial >> 5 {
            0 | 1 if argument <= i64::MAX as u64 => {}
            2 | 3 => rest = rest.get(usize::try_from(argument).ok()?..)?,
            4 | 5 => {
                depth += 1;
                let items = if initial >> 5 == 5 {
                    argument.checked_mul(2)?
                } else {
                    argument
                };
                // Each item takes at least a byte.
                if depth > limits::DEPTH || items > rest.len() as u64 {
                    return None;
                }
                missing[depth] = items;
            }
            7 if (20..=22).contains(&(initial & 0x1f)) => {}
            _ => return None,
        }
    }
}

fn argument(additional: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let width = match additional {
        0..=23 => return Some((additional.into(), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(width)?;
    Some((number.iter().fold(0, |n, b| n << 8 | u64::from(*b)), rest))
}
