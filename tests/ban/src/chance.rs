fn order(
    _: std::collections::HashMap<u8, u8>, // ban: std::collections::HashMap
    _: std::collections::HashSet<u8>, // ban: std::collections::HashSet
    _: std::hash::RandomState, // ban: std::hash::RandomState
) {
    let _ = std::hash::RandomState::new(); // ban: std::hash::RandomState::new
}
