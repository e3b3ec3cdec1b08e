# atencion port: el gemelo en Rust.
port-done = { $said } líneas de Python en Rust, { $not } sin portar; { $whole } de { $cells } celdas enteras
port-ending = { $file } no acaba ni en .ipynb ni en .rs
port-ending-mend = nombre un cuaderno o un fichero de Rust
