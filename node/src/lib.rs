//! Indaba node.

pub mod audit;
pub mod authoring;
mod ceremony;
pub mod cli;
pub mod config;
pub mod control;
pub mod demo;
pub mod engine;
pub mod keystore;
mod names;
pub mod network;
pub mod runtime;
pub mod telemetry;
