# Los errores de la biblioteca y del programa; véase el fichero inglés.

# Operating system and JSON
fault-no-such-file-or-directory-os = no existe ese fichero o carpeta (error { $number } del sistema)
fault-permission-denied-os-error = no hay permiso (error { $number } del sistema)
fault-is-a-directory-os-error = es una carpeta (error { $number } del sistema)
fault-not-a-directory-os-error = una parte del camino no es una carpeta (error { $number } del sistema)
fault-no-space-left-on-device-os = no queda sitio en el disco (error { $number } del sistema)
fault-read-only-file-system-os-error = el sistema de ficheros es de solo lectura (error { $number } del sistema)
fault-file-name-too-long-os-error = el nombre es demasiado largo (error { $number } del sistema)
fault-too-many-levels-of-symbolic-links = los enlaces simbólicos dan vueltas (error { $number } del sistema)
fault-input-output-error-os-error = fallo de entrada o salida (error { $number } del sistema)
fault-file-exists-os-error = ya existe (error { $number } del sistema)
fault-stream-did-not-contain-valid-utf = el texto no es UTF-8
fault-at-line-column = { $why } en la línea { $line }, columna { $column }
fault-expected-value = falta un valor
fault-expected-ident = falta una palabra (true, false o null)
fault-expected = falta `:`
fault-expected-or = falta `,` o `]`
fault-expected-or-2 = falta `,` o `{"}"}`
fault-trailing-comma = sobra una coma
fault-trailing-characters = sobra texto al final
fault-invalid-number = número mal escrito
fault-number-out-of-range = número fuera de rango
fault-invalid-escape = secuencia de escape inválida
fault-key-must-be-a-string = la clave debe ser un texto
fault-control-character-u-u-f-found = hay un carácter de control en un texto
fault-recursion-limit-exceeded = demasiados niveles, unos dentro de otros
fault-eof-while-parsing-a-value = el fichero termina antes de un valor
fault-eof-while-parsing-a-list = el fichero termina dentro de una lista
fault-eof-while-parsing-an-object = el fichero termina dentro de un objeto
fault-eof-while-parsing-a-string = el fichero termina dentro de un texto
fault-invalid-type-expected = hay { $found } donde debía haber { $wanted }
fault-a-number-or-nested-lists-of = un número o listas de números
fault-an-object-of-tensors = un objeto de tensores
fault-an-object-of-strings = un objeto de textos
fault-an-object-of-file-names = un objeto de nombres de ficheros
fault-a-string-or-a-list-of = un texto o una lista de textos
fault-a-list-of-cells = una lista de celdas

# Writing
fault-a-link-that-leads-nowhere = un enlace que no lleva a ninguna parte
fault-remove-the-link-or-name-the = quita el enlace, o nombra el fichero mismo
fault-it-is-a-folder = es una carpeta
fault-it-is-read-only = es de solo lectura
fault-make-it-writable-chmod-u-w = hazlo escribible (chmod u+w), o elige otro nombre
fault-name-a-file-in-a-folder = nombra un fichero en una carpeta en la que puedas escribir
fault-name-a-file-in-a-folder-2 = nombra un fichero en una carpeta que exista
fault-name-a-folder-with-room-tmpdir = nombra una carpeta con sitio: TMPDIR=/una/carpeta

# JSON tensors
fault-json-has-no-numbers-for = JSON no tiene números para { $kind }
fault-convert-the-tensor-first-real-to = convierte antes el tensor: .real(), .to_dense() o .dequantize()
fault-a-scalar-without-a-value = un escalar sin valor
fault-the-integer-does-not-fit-in = el entero { $value } no cabe en int64
fault-a-number-stands-where-a-list = hay un número donde debía haber una lista
fault-expected-sequence-of-length-at-dim = en la dimensión { $dim } debía haber una lista de longitud { $expected }, y es de { $length }
fault-expected-sequence-in-place = en la dimensión { $dim } debía haber una lista de longitud { $expected }, y es de { $length }, en { $place }
fault-row = fila { $place }
fault-invalid-zip-archive = archivo zip inválido: { $why }
fault-could-not-find-eocd = le falta el final (EOCD)
fault-a-list-stands-where-a-number = hay una lista donde debía haber un número, en { $place }
fault-a-fraction-among-integers = un número con decimales entre enteros
fault-more-numbers-than-before = más números que antes
fault-more-than-lists-in-one-another = más de { $count } listas, unas dentro de otras

# Files
fault-standard-input = entrada estándar
fault-it-holds-one-tensor-without-a = contiene un solo tensor, sin nombre
fault-leave-out = quita #{ $name }
fault-not-a-tensor-file = no es un fichero de tensores
fault-use-a-file-that-ends-in = usa un fichero que termine en .safetensors, .pt, .npy o .json, o - para JSON por la entrada estándar
fault-there-is-no-tensor-in-it = no contiene ningún tensor { $name }
fault-it-holds = contiene { $names }
fault-there-are-no-tensors-in-it = no contiene tensores
fault-neither-nor-is-in-it = no contiene ni { $single } ni { $index }
fault-a-bare-pickle-torch-save-before = un pickle suelto (torch.save anterior a la versión 1.6, o no es de torch)
fault-the-shape-needs-bytes-the-file = la forma { $shape } necesita { $bytes } bytes, y el fichero tiene { $there }
fault-the-file-was-cut-short-or = el fichero está cortado o le añadieron algo
fault-not-a-npy-file = no es un fichero .npy
fault-version-of-the-npy-format = versión { $version } del formato .npy
fault-a-header-of-bytes-in-a = una cabecera de { $size } bytes en un fichero .npy de { $length }
fault-the-header-is-not-text = la cabecera no es texto
fault-the-header-has-a-key = la cabecera tiene una clave { $key }
fault-the-header-has-twice = la cabecera tiene { $key } dos veces
fault-the-header-goes-on-after-its = la cabecera sigue después de su final
fault-the-header-has-no = a la cabecera le falta { $name }
fault-the-header-lacks-a = a la cabecera le falta un { $word }
fault-a-text-in-the-header-has = un texto de la cabecera no termina
fault-fortran-order-is-neither-true-nor = fortran_order no es ni True ni False
fault-the-shape-in-the-header-is = la forma en la cabecera no es una tupla de tamaños
fault-unsupported-dtype = dtype no admitido: { $dtype }
fault-in-python-save-instead = en Python, guarda en su lugar { $this }
fault-in-python-convert-it-with-and = en Python, conviértelo con { $this } y guárdalo otra vez

# .pt
fault-not-a-state-dict-that-can = no es un state_dict que se pueda leer: { $why }
fault-not-a-whole-zip-archive = no es un archivo zip entero: { $why }
fault-there-is-no-data-pkl-in = no contiene data.pkl
fault-there-is-no-in-it = no contiene { $name }
fault-in-it-is-compressed-which-torch = { $name } está comprimido, lo que torch.save nunca hace
fault-in-it-claims-a-size-that = { $name } dice tener un tamaño que el fichero no tiene
fault-its-byte-order-is-not-little = su orden de bytes es { $order }, no little
fault-in-it-is-damaged-its-checksum = { $name } está dañado: su suma de comprobación no coincide
fault-its-directory-cannot-be-read = no se puede leer su índice: { $why }
fault-is-in-it-twice = { $name } está dos veces
fault-more-than-dicts-in-one-another = más de { $count } dicts, unos dentro de otros
fault-it-repeats-itself-without-end = se repite sin fin
fault-it-ends-before-all-of = termina antes de que todos sus valores estén reunidos
fault-a-key-in-it-is-a-list = una clave es una lista o un dict
fault-a-key-in-it-is-neither = una clave no es ni texto ni entero
fault-in-it-is-not-a-tensor = { $name } no es un tensor
fault-a-key-in-it-is-not = una clave no es un texto
fault-tensor-is-there-twice = el tensor { $name } está dos veces
fault-is-there-twice = { $name } está dos veces
fault-it-holds-something-else-than-a = contiene otra cosa que un state_dict: { $what }
fault-one-tensor = un tensor
fault-a-list-of-tensors = una lista de tensores
fault-a-tuple-of-tensors = una tupla de tensores
fault-no-tensors = ningún tensor
fault-not-a-state-dict-but-a = no es un state_dict sino un checkpoint: tiene dicts bajo { $names }
fault-load-it-with-statedict-load-flat = cárgalo con StateDict::load_flat y toma .under({ $name }), o en Python guarda solo esa parte
fault-the-pickle-has-more-than-gb = el pickle tiene más de 4 GB
fault-it-uses-the-pickle-opcode-which = usa el código { $code } de pickle, que ningún state_dict necesita
fault-it-has-pickle-protocol = es del protocolo { $number } de pickle
fault-the-pickle-is-cut-short = el pickle está cortado
fault-a-name-in-it-is-not = un nombre no es texto
fault-it-builds-far-more-values-than = construye muchos más valores de los que explica su tamaño
fault-an-integer-in-it-does-not = un entero no cabe en int64
fault-a-string-in-it-is-not = un texto no es UTF-8
fault-it-appends-to-what-is-not = añade a algo que no es una lista
fault-it-sets-items-of-what-is = pone elementos en algo que no es un dict
fault-more-than-values-in-one-another = más de { $count } valores, unos dentro de otros
fault-it-takes-from-an-empty-stack = toma de una pila vacía
fault-it-closes-what-was-never-opened = cierra lo que nunca se abrió
fault-it-stores-a-value-under-a = guarda un valor con un número al que torch.save no llegaría
fault-it-recalls-what-was-never-stored = recuerda lo que nunca se guardó
fault-it-calls-what-is-not-a = llama a algo que no es una función
fault-it-calls-a-function-with-what = llama a una función con algo que no es una tupla
fault-it-calls-with-arguments-that-torch = llama a { $name } con argumentos que torch.save no escribe
fault-a-tensor-in-it-has-backward = un tensor tiene backward hooks
fault-it-sets-attributes-as-no-state = pone atributos como no lo hace ningún state_dict
fault-a-in-it-is-described-in = un { $what } está descrito de un modo que torch.save no usa
fault-it-needs-which-is-not-run = necesita { $name }, que aquí no se ejecuta
fault-a-tensor-in-it-is-torch = { $why }: un tensor es torch.{ $dtype }
fault-to-open-it-in-python-would = abrirlo en Python ejecutaría su código; donde se hizo, guarda solo los tensores: { $code }
fault-in-python = en Python: { $code }
fault-it-is-conjugated-but-not-complex = está conjugado, pero no es complejo
fault-its-storage-has-two-kinds = su almacenamiento es de dos tipos
fault-its-storages-overlap-in-the-file = sus almacenamientos se solapan en el fichero
fault-sizes-but-strides = { $sizes } tamaños pero { $strides } strides
fault-the-shape-repeats-its-few-numbers = la forma { $shape } repite demasiado sus pocos números
fault-it-reaches-beyond-its-storage = llega más allá de su almacenamiento

# .safetensors
fault-not-a-valid-safetensors-file = no es un fichero safetensors válido: { $why }
fault-header-too-small = cabecera demasiado pequeña
fault-header-too-large = cabecera demasiado grande
fault-invalid-header-length = longitud de cabecera inválida
fault-incomplete-metadata-file-not-fully-covered = los datos no cubren el fichero entero (¿descarga interrumpida?)
fault-invalid-utf-in-header = la cabecera no es UTF-8: { $why }
fault-invalid-json-in-header = la cabecera no es JSON: { $why }
fault-this-is-a-git-lfs-pointer = es un puntero de Git LFS, no los pesos: ejecuta `git lfs pull`
fault-this-is-a-web-page-not = es una página web, no los pesos: descarga el fichero mismo
fault-is-no-file-name = { $name } no es un nombre de fichero
fault-the-shard-is-not-there = falta la parte { $file }
fault-it-does-not-know-the-shard = no conoce la parte { $file }
fault-is-in-not-in = { $name } está en { $file }, no en { $expected }
fault-it-does-not-know-in = no conoce { $name } en { $file }
fault-an-index-of-more-than-mb = un índice de más de 100 MB
fault-not-the-index-of-a-model = no es el índice de un modelo en partes: { $why }
fault-it-does-not-fit-its-shards = no corresponde a sus partes: { $why }
fault-download-the-models-folder-again-index = descarga otra vez la carpeta del modelo, con índice y partes de un mismo momento
fault-no-such-tensor = no hay tal tensor
fault-tensor-is-which-safetensors-cannot-hold = el tensor { $name } es { $kind }, y safetensors no lo admite
fault-convert-it-with-to-kind-kind = conviértelo con .to_kind(Kind::Float) antes de guardar
fault-tensor-is-sparse-which-safetensors-cannot = el tensor { $name } es disperso, y safetensors no lo admite
fault-save-tensor-to-dense-none-false = guarda en su lugar tensor.to_dense(None, false)
fault-tensor-has-no-numbers-to-save = el tensor { $name } no tiene números que guardar: { $why }

# Attention
fault-past-is-but-is-they-may = past_{ $name } es { $before } pero { $name } es { $after }; solo pueden diferir en la secuencia, la penúltima dimensión
fault-is-but-the-notebooks-self-attention = { $name } es { $shape } pero la autoatención del cuaderno toma dos dimensiones, [L, D]
fault-for-batches-and-heads-use-scaled = para lotes y cabezas usa scaled_dot_product_attention
fault-is-but-a-probability-is-between = { $name } es { $p } pero una probabilidad está entre 0 y 1
fault-pass-from-keep-all-to-drop = da { $name } de 0.0 (conservar todo) a 1.0 (quitar todo)
fault-query-is-but-key-is-and = query es { $query } pero key es { $key } y value es { $value }; los tres deben ser del mismo tipo
fault-bring-them-to-one-kind-such = llévalos a un mismo tipo, por ejemplo key.to_kind(query.kind())
fault-query-key-and-value-are-but = query, key y value son { $kind } pero la atención necesita Float, Double, Half o BFloat16
fault-write-the-numbers-with-a-decimal = escribe los números con punto decimal, o usa .to_kind(Kind::Float)
fault-attn-mask-is-but-should-be = attn_mask es { $mask } pero debe ser Bool, Float o el { $kind } de query
fault-use-a-bool-mask-true-attend = usa una máscara Bool (true = mirar), o una de decimales que se suma a las puntuaciones
fault-is-on-but-query-is-on = { $name } está en { $is } pero query está en { $should }
fault-move-it = muévelo: { $code }
fault-attn-mask-is-given-and-is = se dan attn_mask e is_causal, pero solo puede haber uno
fault-put-the-causal-order-into-the = pon el orden causal en la máscara: attn_mask.logical_and(&causal_mask(..))
fault-is-dimension-s-but-attention-needs = { $name } es { $shape }, de { $dims } dimensión(es), pero la atención necesita al menos { $least }: { $needs }
fault-add-dimensions-in-front = añade dimensiones delante: { $code }
fault-query-is-but-has = query es { $shape } pero { $name } tiene { $dim }={ $is }
fault-give-as-query-has = da a { $name } { $dim }={ $should }, como tiene query
fault-key-is-but-value-has-s = key es { $shape } pero value tiene S={ $is }
fault-every-key-needs-its-value-give = cada key necesita su value: da a value S={ $should }
fault-key-is-but-value-has-h = key es { $shape } pero value tiene H={ $is }
fault-with-enable-gqa-key-and-value = con enable_gqa key y value comparten las cabezas: da a ambos el mismo H
fault-query-is-but-key-has-h = query es { $shape } pero key tiene H={ $key }, que no divide a H={ $query }
fault-with-enable-gqa-the-heads-of = con enable_gqa las cabezas de key y value deben dividir a las de query
fault-if-key-and-value-have-fewer = si key y value tienen menos cabezas a propósito, usa enable_gqa: true
fault-if-key-and-value-have-fewer-2 = { $why }; si key y value tienen menos cabezas a propósito, usa enable_gqa: true
fault-key-is-but-value-has = key es { $shape } pero value tiene { $dim }={ $is }
fault-give-value-as-key-has = da a value { $dim }={ $should }, como tiene key
fault-attn-mask-is-but-the-scores = attn_mask es { $mask } pero las puntuaciones son { $scores }
fault-each-dimension-of-attn-mask-from = cada dimensión de attn_mask, desde la derecha, debe ser 1 o igual a la de las puntuaciones
fault-the-masks-kind-is-but-must = el tipo de la máscara es { $kind } pero debe admitir -inf: Float, Double, Half o BFloat16
fault-for-a-bool-mask-use-causal = para una máscara Bool usa causal_mask
fault-is-but-a-length-cannot-be = { $name } es { $value } pero una longitud no puede ser negativa
fault-pass-or-more = da { $name } = 0 o más
fault-is-but-should-be-b-one = { $name } es { $shape } pero debe ser [B]: un número por fila
fault-is-but-should-hold-integers = { $name } es { $kind } pero debe contener enteros
fault-is-but-a-window-reaches-or = { $name } es { $size } pero una ventana alcanza 0 o más keys a cada lado
fault-none-leaves-that-side-open = None deja ese lado abierto
fault-at-least-d-length-features = al menos 2-D, [.., longitud, rasgos]
fault-value-is-but-should-have-s = value es { $shape } pero debe tener S={ $s }, pues key es { $key }
fault-at-least-d-s-d = al menos 2-D, [.., S, D]
fault-mask-is-but-should-be-bool = la máscara es { $kind } pero debe ser Bool
fault-mask-is-but-the-scores-are = la máscara es { $shape } pero las puntuaciones son { $scores }
fault-is-but-should-have-d-not = { $name } es { $shape } pero debe tener D={ $should }, no D={ $is }
fault-the-last-dimension-of-query-and = la última dimensión de query y key debe encajar con la función de puntuación
fault-a-d-as-v-is-a = {"["}A={ $units }, D], pues v es [A={ $units }]
fault-is-but-should-be = { $name } es { $shape } pero debe ser { $wanted }
fault-cap-is-but-should-be-above = cap es { $cap } pero debe ser mayor que 0
fault-true-attend = true = mirar
fault-leave-softcap-out-to-have-no = quita softcap para no tener tope

# Devices
fault-this-libtorch-has-no-mps-device = este libtorch no tiene dispositivo MPS
fault-this-libtorch-is-for-the-cpu = este libtorch es solo para la CPU
fault-libtorch-sees-no-cuda-device = libtorch no ve ningún dispositivo CUDA
fault-there-are-numbered-from = hay { $count }, numerados desde 0
fault-there-is-numbered-from = hay { $count }, numerado desde 0
fault-device-is-not-available = el dispositivo { $name } no está disponible: { $why }
fault-use-device-cpu-or-run-atencion = usa --device cpu, o ejecuta `atencion doctor` para ver por qué
fault-unknown-device = dispositivo desconocido { $name }
fault-use-auto-cpu-cuda-cuda-n = usa auto, cpu, cuda, cuda:N o mps
fault-no-step-only = no hay paso { $name }, solo { $names }

# The page
fault-holds-at = { $name } contiene { $value } en { $place }
fault-every-number-must-be-finite-find = todos los números deben ser finitos; busca de dónde viene el NaN o el infinito
fault-holds-complex-numbers = { $name } contiene números complejos ({ $kind })
fault-give-real-numbers-such-as-float = da números reales, como float32
fault-is-empty = { $name } está vacío: { $shape }
fault-give-at-least-one-word-of = da al menos una palabra de al menos un número
fault-has-tokens-for = { $option } tiene { $n } tokens para { $count } { $what }
fault-rows-of-query = filas de query
fault-rows-of-key = filas de key
fault-rows-of-weights = filas de pesos
fault-columns-of-weights = columnas de pesos
fault-give-exactly-tokens-or-cut-both = da exactamente { $count } tokens, o corta ambos con --first
fault-query-has-heads-key-and-value = query tiene { $heads } cabezas, key { $k } y value { $v }
fault-give-all-three-as-l-e = da los tres como [L, E], o los tres como [H, L, D] con el mismo H
fault-the-input-has-heads-already-not = la entrada ya tiene { $heads } cabezas, no { $other }
fault-leave-heads-away-or-give-query = quita --heads, o da query, key y value como [L, E]
fault-heads-cannot-share-the-columns-of = { $heads } cabezas no pueden repartirse las { $width } columnas de { $name }
fault-use-one-of = usa uno de { $numbers }
fault-the-mask-is-but-must-be = la máscara es { $shape } pero debe ser [L={ $l }, S={ $s }]
fault-one-row-for-each-query-word = una fila por cada palabra de query, una columna por cada palabra de key
fault-is-but-must-be-l-e = { $name } es { $shape } pero debe ser [L, E] o [H, L, D]
fault-take-one-sentence-of-a-batch = toma una frase del lote, como q[0]
fault-has-words-a-page-can-play = { $name } tiene { $rows } palabras; una página admite { $most }
fault-keep-the-first-ones-first = conserva las primeras: --first { $most }
fault-has-numbers-a-word-a-page = { $name } tiene { $width } números por palabra; una página admite { $most }
fault-give-one-head-q = da una cabeza: q[:, :64]
fault-has-but-has = { $name } tiene { $dim }={ $is } pero { $other } tiene { $letter }={ $should }
fault-query-is-l-e-key-s = query es [L, E], key [S, E], value [S, Ev]
fault-the-mask = la máscara
fault-the-mask-holds-integers-other-than = la máscara contiene enteros distintos de 0 y 1
fault-may-not-attend-and-may-or = 0 (no puede mirar) y 1 (puede), o decimales (se suman a las puntuaciones)
fault-the-mask-holds = la máscara contiene { $kind }
fault-bool-true-attend-or-floating-point = bool (true = mirar) o decimales (se suman a las puntuaciones)
fault-the-trace-has-no-step-to = la traza no tiene el paso { $name } para hacer una página
fault-pass-the-trace-of-scaled-dot = da la traza de scaled_dot_product_attention_steps, o Q, K y V
fault-is-but-the-weights-ask-for = { $name } es { $shape } pero los pesos piden { $wanted }
fault-queries-are-layers-heads-l-d = las queries son [capas, cabezas, L, D], las keys [capas, cabezas, S, D]
fault-numbers-in-queries-and-keys-are = { $count } números en queries y keys son demasiados
fault-keep-fewer-layers-or-words-for = conserva menos capas o palabras, por ejemplo q[:4, :, :128]
fault-is-but-must-be-layers-heads = { $name } es { $shape } pero debe ser [capas, cabezas, L, S]
fault-take-one-sentence-of-a-batch-2 = toma una frase del lote: torch.stack(attentions)[:, 0]
fault-has-words-a-page-can-show = { $name } tiene { $words } palabras; una página puede mostrar { $most }
fault-keep-the-first-ones-first-up = conserva las primeras: --first 128 (hasta { $most }), o corta en Python: { $code }
fault-has-weights-a-page-can-hold = { $name } tiene { $count } pesos ({ $size }); una página admite { $most }
fault-keep-the-first-words-first-or = conserva las primeras { $most } palabras: --first { $first }, o menos capas: attn[:4]

# Pictures
fault-a-table-has-two-dimensions-this = una tabla tiene dos dimensiones, esto tiene { $count }
fault-complex-numbers-cannot-be-drawn = los números complejos no se pueden dibujar
fault-draw-their-real-part = dibuja su parte real
fault-the-picture-cannot-be-drawn = no se puede dibujar la imagen: { $why }
fault-no-positional-encoding-is = ninguna codificación posicional es [{ $positions }, { $d }]
fault-use-at-least-one-position-and = usa al menos una posición y una dimensión
fault-words-do-not-fit-into-places = { $words } palabras no caben en { $length } lugares
fault-use-between-one-word-and-as = usa entre una palabra y tantas como lugares haya
fault-a-mask-of-words = una máscara de { $words } palabras
fault-use-one-word-or-more = usa una palabra o más
fault-there-is-nothing-to-draw-every = no hay nada que dibujar: todos los tensores están vacíos
fault-heatmaps-in-one-picture-at-most = { $count } mapas de calor en una imagen, caben como mucho { $most }
fault-draw-one-step-or-fewer-heads = dibuja un solo paso, o menos cabezas
fault-pixels-are-too-many-for-a = { $width } × { $height } píxeles son demasiados para un PNG
fault-draw-one-step-or-write-an = dibuja un solo paso, o escribe un SVG
fault-no-room-for-pixels = no hay sitio para { $width } × { $height } píxeles

# The commands
fault-q-and-k-belong-to-one = --q y --k son de un solo conjunto de pesos, pero hay varios
fault-make-one-page-for-each-set = haz una página para cada conjunto
fault-tokens-are-utf-text-a-json = los tokens son texto UTF-8: una lista JSON de textos, o uno por línea
fault-no-such-file = no existe ese fichero
fault-tokens-takes-a-file-a-json = --tokens toma un fichero, una lista JSON, o las palabras mismas
fault-the-tokens-are-no-json-list = los tokens no son una lista JSON de textos: { $why }
fault-write = escribe { $this }
fault-no-notebook-ipynb-in-this-folder = no hay cuadernos (.ipynb) en esta carpeta
fault-name-a-notebook-or-a-folder = nombra un cuaderno, o una carpeta que contenga alguno
fault-not-an-ordinary-file-a-pipe = no es un fichero ordinario (es una tubería, un dispositivo o una carpeta)
fault-it-does-not-begin-with-line = no empieza por `{"{"}` (línea 1, columna 1)
fault-name-an-ipynb-file-that-can = nombra un fichero .ipynb que se pueda leer, o una carpeta que contenga alguno
fault-not-a-notebook = no es un cuaderno: { $why }
fault-open-it-in-jupyter-and-save = ábrelo en Jupyter y guárdalo otra vez; puede estar cortado o no ser un .ipynb
fault-it-does-not-say-its-nbformat = no dice su nbformat
fault-nbformat-is-too-old-is-read = nbformat { $version } es demasiado antiguo: se lee el 4
fault-convert-it = conviértelo: { $command }
fault-nbformat-is-not-known-is-read = nbformat { $version } no se conoce: se lee el 4
fault-save-it-as-nbformat = guárdalo como nbformat 4
fault-it-has-no-list-of-cells = no tiene lista de celdas
fault-cell = celda { $number }: { $why }
fault-its-source-is-null-or-missing = le falta el código, o es null
fault-cannot-start = no se puede iniciar { $python }: { $why }
fault-name-your-python-python-path-to = nombra tu Python: --python /camino/a/python
fault-name-a-python-or-newer-python = nombra un Python 3.9 o más nuevo: --python /camino/a/python
fault-ended-without-a-word = { $python } terminó sin decir nada
fault-was-ended-by-signal = a { $python } lo terminó la señal { $signal }
fault-lacks = a { $python } le falta { $modules }
fault-jupyter-could-not-run-it = Jupyter no pudo ejecutarlo: { $why }
fault-it-said-nothing = no dijo nada
fault-sandbox-bubblewrap-cannot-shut-anything-in = --sandbox: bubblewrap no puede encerrar nada aquí: { $why }
fault-let-this-user-make-namespaces-or = deja que este usuario cree espacios de nombres, o ejecuta dentro de un contenedor, sin --sandbox
fault-sandbox-needs-bubblewrap-bwrap-which-is = --sandbox necesita bubblewrap (bwrap), que no está instalado
fault-sudo-apt-install-bubblewrap-or-run = sudo apt install bubblewrap, o ejecuta dentro de un contenedor, sin --sandbox
fault-sandbox-bwrap-cannot-be-started = --sandbox: no se puede iniciar bwrap: { $why }
fault-no-tensor-named-is-written-in = en el cuaderno no está escrito ningún tensor llamado { $name }
fault-the-tensors-written-there-are = los tensores escritos allí son: { $names }
fault-numbers-do-not-fill-the-shape = { $count } números no llenan la forma { $shape }
fault-tokens-cannot-be-taken-away = no se pueden quitar { $count } tokens
fault-there-is-nothing-to-draw = { $title }: no hay nada que dibujar
fault-keys-and-values-are-b-h-l-d = claves y valores son [B, H, L, D], pero estos son { $shape }
fault-sliding-window-should-be-or-more = sliding_window debería ser 1 o más, pero es { $value }
fault-the-cache-has-layers-there-is = la caché tiene { $count } capas, no hay capa { $layer }
fault-the-curve-cannot-be-drawn = no se puede dibujar la curva: { $why }
fault-give-each-line-as-many-fields = da a cada línea tantos campos como a la primera, y pon comillas a un campo que tenga una coma
fault-the-chart-cannot-be-drawn = no se puede dibujar el gráfico: { $why }
fault-a-layer-of-width = una capa de anchura { $width }
fault-give-1-or-more = da 1 o más
fault-there-is-nothing-to-measure = no hay nada que medir
fault-give-at-least-one-length = da al menos una longitud, un lote y un número de hilos
fault-number-is-not-above-0 = { $number } no es mayor que 0
fault-give-lengths-batches-and-a-width = da longitudes, lotes y una anchura de 1 o más
fault-a-distance-the-width-or-the-batch = una distancia, la anchura o el lote no es mayor que 0
fault-give-numbers-of-1-or-more = da números de 1 o más
fault-what-the-sliding-window-has-left = lo que la ventana deslizante dejó atrás no puede volver: la caché no se puede recortar
fault-the-tokenizer-cannot-be-put-together = no se puede montar el tokenizador: { $why }

# Carpetas de modelos
fault-it-is-no-folder = no es una carpeta
fault-name-a-folder-with-config-json-and = indica una carpeta con config.json y model.safetensors, como la escribe save_pretrained, o propietario/nombre en el Hub
fault-is-no-folder = { $name } no es una carpeta
fault-the-feature-hub-of-the-crate = la característica `hub` del crate atencion descarga modelos
fault-not-on-the-hub = { $name }: no está en el Hub
fault-look-at-the-name-and-the-revision = revisa el nombre y la revisión
fault-the-hub-does-not-let-you-have-it = { $name }: el Hub no te lo da
fault-the-name-may-be-wrong-if-it-is = puede que el nombre esté mal; si está bien, pide acceso y define HF_TOKEN
fault-is-not-in-the-cache-and-offline = { $name } (revisión { $revision }) no está en la caché, y HF_HUB_OFFLINE está definida
fault-unset-hf-hub-offline-or-name = quita HF_HUB_OFFLINE, o indica la carpeta del modelo
fault-the-server-said-nothing-for = { $name }: el servidor no ha dicho nada durante { $number } segundos
fault-run-it-again-it-goes-on-where = repite la orden: sigue donde se quedó; HF_HUB_DOWNLOAD_TIMEOUT espera más
fault-look-at-the-connection-offline = revisa la conexión; HF_HUB_OFFLINE=1 usa lo que hay en la caché

# Puntos de control
fault-is-damaged-it-is-not-what = está dañado: no es lo que se guardó
fault-is-damaged-it-is-a-link = está dañado: es un enlace o no es un fichero
fault-a-checkpoint-holds-its-own-files = un punto de control contiene sus propios ficheros; copia aquello a lo que lleva el enlace
fault-make-room-the-checkpoints-before-this = haz sitio; los puntos de control anteriores están enteros
fault-has-no-only = no tiene { $name }, solo { $names }

# Writing on, and packed weights
fault-bad-words-ids-has-the-id-but-the = bad_words_ids tiene el identificador { $id }, pero el vocabulario tiene { $count } tokens
fault-follow-fewer-beams = sigue menos haces
fault-the-scores-of-token-are-nothing-can-be = las puntuaciones del token { $at } son { $what }: no se puede elegir nada
fault-nan-or-infinite = NaN o infinitas
fault-the-weights-are-broken-or-the-kind-is = los pesos están estropeados, o no caben en el tipo
fault-beams-need-candidates-but-there-are = { $beams } haces necesitan { $keep } candidatos, pero hay { $count }
fault-at-most-more-can-be-written = como mucho se pueden escribir { $count } más
fault-cut-it-the-last-tokens-leave-room-for = acórtalo: los últimos { $count } tokens dejan sitio para uno
fault-follow-more-beams-or-take-fewer-sequences = sigue más haces, o pide menos secuencias
fault-give-max-new-tokens-or-a-larger-max = da max_new_tokens, o un max_length mayor
fault-length-penalty-is = length_penalty es { $value }
fault-min-new-tokens-is-but-max-new-tokens = min_new_tokens es { $least }, pero max_new_tokens es { $most }
fault-num-return-sequences-is-but-the-likeliest-token = num_return_sequences es { $count }, pero el token más probable cada vez da una sola secuencia
fault-num-return-sequences-is-but-there-are-num = num_return_sequences es { $count }, pero hay num_beams={ $beams }
fault-one-of-bad-words-ids-is-empty = uno de los bad_words_ids está vacío
fault-one-of-stop-strings-is-empty-it-would = uno de los stop_strings está vacío: terminaría todos los textos al momento
fault-a-stop-string-is-empty-it-would-end = un texto de parada está vacío: terminaría todos los textos al momento
fault-sample-or-follow-several-beams = sortea, o sigue varios haces
fault-for-the-likeliest-token-each-time-do-not = para el token más probable cada vez, no sortees
fault-1-changes-nothing = 1 no cambia nada
fault-the-prompt-has-tokens-and-max-length-is = el comienzo tiene { $tokens } tokens, y max_length es { $limit }: no queda sitio para otro
fault-the-prompt-has-tokens-but-the-model-has = el comienzo tiene { $tokens } tokens, pero el modelo tiene { $positions } posiciones
fault-is-no-token-s-id = { $id } no es el identificador de ningún token
fault-should-be-more-than-0-but-is = { $name } debe ser mayor que 0, pero es { $value }
fault-should-be-from-0-and-at-most-1 = { $name } debe estar entre 0 y 1, pero es { $value }
fault-should-be-more-than-0-and-at-most = { $name } debe ser mayor que 0 y como mucho 1, pero es { $value }
fault-should-be-or-more-but-is = { $name } debe ser { $least } o más, pero es { $value }
fault-tokens-and-more-are-longer-than-the-model = { $tokens } tokens y { $more } más son más que las { $positions } posiciones del modelo
fault-it-is-not-json = no es JSON: { $why }
fault-it-should-be-an-object-max-new-tokens = debe ser un objeto: { $example }
fault-not-known-here = aquí no se conoce: { $options }
fault-take-it-out-of-the-file-if-another = quítalo del fichero, si sirve otra manera de elegir
fault-bias-is-but-should-be-contiguous = bias es { $shape } pero debe ser {"["}{ $size }], contiguo
fault-input-is-but-its-last-dimension-should-be = la entrada es { $shape }, pero su última dimensión debe ser in_features={ $size }
fault-packed-weights-take-float32-on-the-cpu-but = los pesos empaquetados toman float32 en la CPU, pero la entrada es { $kind } en { $device }
fault-weights-that-are-packed-are-out-in-on = los pesos que se empaquetan son [out, in] en la CPU, pero estos son { $shape } en { $device }
fault-weights-that-are-packed-are-floating-point-numbers = los pesos que se empaquetan son números de coma flotante, pero estos son { $kind }
fault-an-encoder-decoder-needs-decoder-start-token-id = un modelo con codificador necesita decoder_start_token_id o bos_token_id desde el que escribir
fault-attention-mask-is-but-input-ids-is = attention_mask es { $shape }, pero input_ids es { $size }
fault-begin-with-the-model-s-bos-token-id = empieza con el bos_token_id del modelo
fault-input-ids-should-be-int64-b-s-but = input_ids debe ser int64 [B, S], pero es { $kind } { $shape }
fault-the-model-says-that-it-has-an-encoder = el modelo dice que tiene codificador, pero no codifica nada
fault-the-prompt-has-the-id-but-the-vocabulary = el comienzo tiene el identificador { $id }, pero el vocabulario tiene { $count } tokens
fault-the-prompt-is-empty-there-is-nothing-to = el comienzo está vacío: no hay desde dónde seguir
fault-call-generate-or-follow-one-beam = llama a generate, o sigue un solo haz
fault-the-weights-are-broken-the-kind-is-too = los pesos están estropeados, no caben en el tipo, o todos los tokens estaban prohibidos
fault-with-num-beams-no-token-is-certain-before = con num_beams={ $beams } ningún token es seguro antes del final
fault-a-model-of-type-does-not-write = un modelo de tipo { $kind } no escribe
fault-an-encoder-decoder-writes-about-what-it-has = un modelo con codificador escribe sobre lo que ha leído, y no ha leído nada
fault-config-json-names-no-model-type = config.json no nombra ningún model_type
fault-the-families-that-do-are-gpt2-llama-qwen2 = las familias que escriben son gpt2, llama, qwen2, marian y bart
fault-should-be-but-is = { $name } debe ser { $wanted }, pero es { $value }
fault-an-integer = un entero
fault-a-number = un número
fault-true-or-false = true o false
fault-true-false-or-never = true, false o "never"
fault-an-id-or-a-list = un identificador o una lista
fault-a-list-of-lists-of-ids = una lista de listas de identificadores
fault-a-text-or-a-list = un texto o una lista de textos

# Varios procesos
fault-rank-of-says = rango { $rank } de { $size }: { $why }
fault-rank-of-doing = rango { $rank } de { $size }, { $doing }: { $why }
fault-rank-says = rango { $rank }: { $why }
fault-rank-is-gone = falta el rango { $rank }: su proceso { $process } terminó ({ $said })
fault-rank-is-gone-with-its-store = falta el rango 0, y con él el almacén común ({ $said })
fault-torchruns-store-is-gone = falta el almacén común de torchrun ({ $said })
fault-a-group-that-has-lost = un grupo que perdió un proceso no puede seguir: mira lo último que dijo ese proceso y arráncalos todos de nuevo
fault-world-size-is-here = WORLD_SIZE es { $size } aquí, y { $first } en el primer proceso que llegó
fault-two-processes-have-rank = dos procesos tienen el RANK { $rank }
fault-of-the-ranks-did-not-come = de los rangos, { $names } no llegaron en { $seconds } s
fault-look-at-what-the-others-say = mira lo que dicen los demás procesos; todos deben tener iguales MASTER_ADDR, MASTER_PORT y WORLD_SIZE, y cada uno su propio RANK
fault-environment-variable-expected = env://: hace falta la variable de entorno { $name }, y no está puesta
fault-start-with-torchrun = arranca los procesos con torchrun --no-python, que la pone
fault-not-a-number-from-0 = env://: { $name } es { $value }, que no es un número desde 0
fault-rank-but-world-size = env://: RANK es { $rank }, pero WORLD_SIZE es { $size }
fault-ranks-are-counted = los rangos se cuentan de 0 a WORLD_SIZE - 1
fault-port-must-have-value = el puerto debe estar entre 0 y 65535, pero es { $port }.
fault-no-port-is-free = no hay ningún puerto libre: { $why }
fault-the-store-cannot-listen = el almacén común no puede escuchar en el puerto { $port }: { $why }
fault-another-program-has-the-port = otro programa tiene el puerto: elige otro MASTER_PORT para todos los procesos
fault-no-store-at = no hay almacén común en { $place }: { $why }
fault-rank-0-must-run = el rango 0 debe estar en marcha, y MASTER_ADDR y MASTER_PORT llevar hasta él; ¿hay un cortafuegos en medio?
fault-unknown-backend = no se conoce el tipo { $name } de comunicación
fault-gloo-or-nccl = gloo o nccl
fault-nccl-without-gpus = NCCL necesita GPU, y no se encuentra ninguna
fault-nccl-is-not-built-in = este programa se construyó sin NCCL
fault-take-gloo = usa Gloo, que lleva también los tensores de CUDA
fault-ranks-have-other-lines = { $what }: el rango 0 tiene { $first }; el rango { $rank } tiene { $other }
fault-the-versions-differ = las versiones no coinciden
fault-the-recipes-differ = las recetas no coinciden
fault-the-data-differ = los datos no coinciden
fault-the-models-differ = los modelos no coinciden
fault-the-checkpoints-differ = los puntos de control no coinciden: ¿es --out una carpeta que comparten todas las máquinas?
fault-start-all-the-same = arranca todos los procesos con el mismo programa, los mismos argumentos y los mismos ficheros
fault-of-rank-is-not-that-of-rank-0 = { $what }: { $name } del rango { $rank } no es el del rango 0
fault-one-of-the-machines-errs = una de las máquinas calcula o recibe números falsos: sigue sin ella desde el último punto de control
fault-bucket-cap = bucket_cap_mb es { $cap }, que no es un número positivo
fault-ddp-is-not-needed = DistributedDataParallel no hace falta si ningún parámetro del módulo pide gradiente.
fault-no-mean = los tensores { $kind } no tienen media
fault-take-sum = usa Sum, o pásalos antes a coma flotante
fault-broadcast-from = se difunde desde el rango { $rank }, pero los rangos van de 0 a { $last }
fault-not-cut-into-parts = un tensor de forma { $shape } no se corta en { $parts } partes
fault-cut-evenly = se corta la primera dimensión, en partes iguales
fault-invalid-rank = el rango { $rank } no vale: debe estar en el intervalo [0, { $last }]
fault-nothing-to-share-out = no hay nada que repartir: el conjunto de datos está vacío
fault-not-shared-out-evenly = un lote de { $size } no se reparte por igual entre { $processes } procesos
fault-take-a-multiple = elige un tamaño de lote que sea múltiplo suyo
fault-loader-has-another-generator = el cargador se guardó con un generador propio, o debe tener uno
fault-make-the-loader-as-it-was = haz el cargador como era cuando se guardó
