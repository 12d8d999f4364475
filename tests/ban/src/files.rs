fn disk(
    path: &std::path::Path,
    _: std::fs::File, // ban: std::fs::File
    _: std::fs::OpenOptions, // ban: std::fs::OpenOptions
) {
    let _ = std::fs::read(path); // ban: std::fs::read
    let _ = std::fs::read_to_string(path); // ban: std::fs::read_to_string
    let _ = std::fs::read_dir(path); // ban: std::fs::read_dir
    let _ = std::fs::write(path, b""); // ban: std::fs::write
    let _ = std::fs::copy(path, path); // ban: std::fs::copy
    let _ = std::fs::metadata(path); // ban: std::fs::metadata
    let _ = std::fs::exists(path); // ban: std::fs::exists
    let _ = std::fs::create_dir(path); // ban: std::fs::create_dir
    let _ = std::fs::create_dir_all(path); // ban: std::fs::create_dir_all
    let _ = std::fs::remove_file(path); // ban: std::fs::remove_file
    let _ = std::fs::remove_dir_all(path); // ban: std::fs::remove_dir_all
    let _ = std::fs::rename(path, path); // ban: std::fs::rename
    let _ = std::fs::canonicalize(path); // ban: std::fs::canonicalize
    let _ = path.exists(); // ban: std::path::Path::exists
}
