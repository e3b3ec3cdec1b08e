//! The `atencion` command: parse, dispatch, print errors.

fn main() {
    atencion::cli::main()
}
