//! The `atencion` command: parse, dispatch, print errors.

fn main() {
    atencion_cli::cli::main()
}
