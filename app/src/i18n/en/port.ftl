# atencion port: the Rust twin.
port-done = { $said } lines of Python in Rust, { $not } not ported; { $whole } of { $cells } cells whole
port-ending = { $file } ends in neither .ipynb nor .rs
port-ending-mend = name a notebook or a Rust file
