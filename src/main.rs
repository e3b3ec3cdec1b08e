//! The `atencion` command: parse, dispatch, print errors.

fn main() -> std::process::ExitCode {
    atencion::cli::main()
}
