fn sockets(
    _: std::net::TcpStream, // ban: std::net::TcpStream
    _: std::net::TcpListener, // ban: std::net::TcpListener
    _: std::net::UdpSocket, // ban: std::net::UdpSocket
    _: std::process::Command, // ban: std::process::Command
) {
}

fn surroundings() {
    let _ = std::env::var(""); // ban: std::env::var
    let _ = std::env::var_os(""); // ban: std::env::var_os
    let _ = std::env::vars(); // ban: std::env::vars
    let _ = std::env::args(); // ban: std::env::args
    let _ = std::env::current_dir(); // ban: std::env::current_dir
    let _ = std::env::temp_dir(); // ban: std::env::temp_dir
    let _ = std::io::stdin(); // ban: std::io::stdin
    let _ = std::io::stdout(); // ban: std::io::stdout
    let _ = std::io::stderr(); // ban: std::io::stderr
    let _ = std::process::id(); // ban: std::process::id
}

fn leave() {
    std::process::exit(1) // ban: std::process::exit
}

fn die() {
    std::process::abort() // ban: std::process::abort
}
