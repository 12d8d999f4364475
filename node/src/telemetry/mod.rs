//! What a node tells about itself: log lines and figures. Nothing leaves the machine unless asked for.

mod figures;
mod log;

pub use figures::{FigureSource, Figures, MetricsServer};
pub use log::start_log;
