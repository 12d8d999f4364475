fn now(before: std::time::SystemTime) { // ban: std::time::SystemTime
    let _ = std::time::SystemTime::now(); // ban: std::time::SystemTime::now
    let _ = before.elapsed(); // ban: std::time::SystemTime::elapsed
}

fn tick(before: std::time::Instant) { // ban: std::time::Instant
    let _ = std::time::Instant::now(); // ban: std::time::Instant::now
    let _ = before.elapsed(); // ban: std::time::Instant::elapsed
}
