# Ayuda. Donde aquí falte un texto se ve el inglés de clap que está en el código.
help-atencion = La atención de PyTorch en Rust: la misma línea, los mismos números.
help-notebook = Práctica 3: entradas, cada paso, la tabla de resultados (también sin ninguna orden)
help-verify = Contrasta los literales, tablas y salidas de un cuaderno con Rust
help-explain = Los seis pasos de la atención, con línea de Python, línea de Rust, fórmula y tensor
help-explore = Escribe una página HTML sin conexión para mirar la atención y jugar con ella
help-phrasebook = ¿Cómo se dice esta línea de PyTorch en tch?
help-doctor = Qué libtorch, qué versión, qué dispositivos; y cómo arreglar lo que falle

help-usage = Uso:
help-options-name = [OPCIONES]
help-command-name = ORDEN
help-commands = Órdenes
help-options = Opciones
help-arguments = Argumentos
help-default = por defecto: { $value }
help-possible = uno de: { $values }

help-arg-help = Muestra esta ayuda
help-arg-version = Muestra la versión
help-arg-lang = Idioma de los mensajes; por defecto, el del sistema
help-arg-device = Dónde se calcula: auto, cpu, cuda, cuda:N o mps
help-arg-json = Un único documento JSON en la salida estándar, con toda la precisión
help-arg-svg = Escribe los mapas de calor como dibujo SVG
help-arg-png = Escribe los mapas de calor como dibujo PNG
