# Lo que Rust lee del Python de un cuaderno, y lo que no.
lines-problem = celda { $place }: { $text }
lines-not-known = { $what } no se conoce aquí
lines-module = el módulo { $what } no se conoce aquí; no se importa nada
lines-refused = { $what } no se ejecuta nunca aquí
lines-limit-steps = parado tras demasiados pasos: ¿hay un bucle sin fin?
lines-limit-time = parado: tarda demasiado
lines-limit-memory = rechazado: ocuparía demasiada memoria
lines-limit-output = parado: imprime demasiado
lines-limit-integer = aquí no se calculan enteros de más de 64 bits
lines-syntax = esto no es Python
lines-too-deep = anidado demasiado hondo para leerlo
lines-too-long = más código del que se lee en una celda
