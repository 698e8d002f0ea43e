//! The `ipxe-orch` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ipxe_orch_server::cli::main()
}
