fn run(
    _: std::thread::JoinHandle<()>, // ban: std::thread::JoinHandle
    _: std::thread::Builder, // ban: std::thread::Builder
    _: std::sync::Mutex<u8>, // ban: std::sync::Mutex
    _: std::sync::RwLock<u8>, // ban: std::sync::RwLock
    _: std::sync::Condvar, // ban: std::sync::Condvar
) {
    let _ = std::thread::spawn(|| ()); // ban: std::thread::spawn
    std::thread::scope(|_| ()); // ban: std::thread::scope
    std::thread::sleep(std::time::Duration::ZERO); // ban: std::thread::sleep
    let _ = std::thread::current(); // ban: std::thread::current
    let _ = std::thread::available_parallelism(); // ban: std::thread::available_parallelism
    let _ = std::sync::mpsc::channel::<u8>(); // ban: std::sync::mpsc::channel
    let _ = std::sync::mpsc::sync_channel::<u8>(1); // ban: std::sync::mpsc::sync_channel
}
