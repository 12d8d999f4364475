//! Writes the vectors of `docs/protocol.md` section 14 to `tests/vectors/`. The same files each time.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in indaba_tests::vectors::all() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
