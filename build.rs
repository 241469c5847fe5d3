//! Compiles the contract without a system `protoc`, and keeps its descriptors for reflection and
//! JSON.

use std::path::PathBuf;

const FILES: [&str; 7] = [
    "customervalue/v1/complaint_service.proto",
    "customervalue/v1/ledger_service.proto",
    "customervalue/v1/model_service.proto",
    "customervalue/v1/policy_service.proto",
    "customervalue/v1/satisfaction_service.proto",
    "customervalue/v1/scoring_service.proto",
    "customervalue/v1/segmentation_service.proto",
];
const INCLUDES: [&str; 2] = ["proto", "third_party/googleapis"];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells where the output goes"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    for include in INCLUDES {
        println!("cargo::rerun-if-changed={include}");
    }
    println!("cargo::rerun-if-changed=migrations");
    let mut compiler = protox::Compiler::new(INCLUDES)?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(FILES)?;
    let descriptors = PathBuf::from(std::env::var("OUT_DIR")?).join("descriptors.binpb");
    std::fs::write(&descriptors, compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure()
        .btree_map(".")
        .include_file("contract.rs")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
