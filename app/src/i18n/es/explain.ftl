# atencion explain
explain-title = La atención en seis pasos
explain-intro = Cada palabra pregunta (su consulta q), se ofrece (su clave k) y tiene algo que dar (su valor v). La atención compara cada pregunta con todas las claves y mezcla los valores según el resultado.

explain-step = Paso { $number } de { $steps }
explain-title-1 = Consultas, claves y valores
explain-title-2 = Productos escalares
explain-title-3 = Dividir entre √d_k
explain-title-4 = Máscara
explain-title-5 = Softmax
explain-title-6 = Suma ponderada

explain-sentence-1 = Cada palabra llega como tres filas de números: lo que busca (consulta), por lo que se la encuentra (clave) y lo que transmite (valor).
explain-sentence-2 = El producto escalar de una consulta y una clave es su puntuación: cuanto más coinciden las dos filas, mayor es.
explain-sentence-3 = Las filas más largas dan puntuaciones mayores; divididas entre √d_k conservan su tamaño, y así el softmax del paso 5 no se lo da todo a una sola palabra.
explain-sentence-4 = La puntuación que no debe contar pasa a ser −∞: el softmax del paso 5 la convierte en 0 exacto.
explain-sentence-5 = Softmax convierte cada fila de puntuaciones en pesos entre 0 y 1 que suman 1: cuánto mira cada palabra a cada una de las demás.
explain-sentence-6 = El resultado de cada palabra es la suma de todos los valores, cada uno multiplicado por su peso.
explain-no-mask = Aquí no hay: cada palabra puede mirar a todas. Con --causal o --mask FICHERO, la puntuación que no debe contar pasa a ser −∞.

explain-per-word = por palabra
explain-matrix = matriz
explain-python = Python
explain-rust = Rust
explain-here = aquí

explain-per-word-1 = qᵢ, kⱼ, vⱼ: filas i y j de Q, K y V
explain-per-word-2 = qᵢ·kⱼ = Σₑ qᵢ[e] · kⱼ[e]
explain-per-word-3 = sᵢⱼ = qᵢ·kⱼ / √d_k
explain-per-word-4 = sᵢⱼ = −∞ donde la palabra i no puede mirar a la palabra j
explain-per-word-5 = aᵢⱼ = exp(sᵢⱼ) / Σₙ exp(sᵢₙ)
explain-per-word-6 = zᵢ = Σⱼ aᵢⱼ · vⱼ

explain-row-title = La palabra { $word }, de sus puntuaciones a su resultado
explain-row-left-out = { $count ->
    [one] (y 1 clave de menor peso)
   *[other] (y { $count } claves de menor peso)
}

explain-no-such-row = no hay fila { $row }: las palabras que consultan se numeran de 1 a { $count }
explain-no-such-row-mend = usa --row 1 a --row { $count }
explain-stdin-twice = la entrada estándar solo se puede leer una vez, y dos de --q, --k, --v y --mask son -
explain-stdin-twice-mend = pon las demás en ficheros
explain-empty = { $name } está vacío: su forma es { $shape }
explain-empty-mend = da al menos una palabra, y un número por palabra
explain-no-floats = { $name } no contiene números de coma flotante
explain-no-floats-mend = usa float16, bfloat16, float32, float64 o números enteros
explain-not-finite = { $name } contiene { $count ->
    [one] un número que es nan o infinito
   *[other] { $count } números que son nan o infinitos
}
explain-not-finite-mend = uno solo basta para que filas enteras del resultado sean nan: cámbialos antes
explain-mask-nan = { $file }: la máscara contiene un nan
explain-mask-nan-mend = usa true y false, 1 y 0, o números que se suman a las puntuaciones (-Infinity: no puede mirar)
explain-too-long = { $queries } consultas × { $keys } claves son demasiadas para explicarlas: contando las cabezas ({ $heads }), el límite es { $most }
explain-too-long-mend = recórtalas, por ejemplo en Python: q[..., :1000, :], k[..., :1000, :], v[..., :1000, :]
explain-words = { $words ->
    [one] una palabra en --tokens
   *[other] { $words } palabras en --tokens
}, pero { $queries } consultas y { $keys } claves
explain-words-mend = da una palabra por consulta o una por clave
explain-heads-shape = { $name } no se puede repartir en cabezas: su forma es { $shape }
explain-heads-shape-mend = usa [L, E] o [B, L, E]; [H, L, E] ya tiene cabezas
explain-heads = { $size } números por palabra en { $name } no se pueden repartir entre { $heads } cabezas
explain-heads-mend = usa un número de cabezas que lo divida
explain-size = no es un tamaño: { $text }
explain-size-mend = usa 8, o 20x512; cada número de 1 a { $most }
explain-all-hidden = todas las claves están ocultas, así que no hay nada que repartir: todos los pesos son 0, como en la atención de torch (torch.softmax a solas daría nan)
explain-no-such-head = no hay cabeza { $head } en la capa { $layer }: el modelo tiene { $layers } capas de { $heads } cabezas, contadas desde 0
explain-no-such-head-mend = usa --layer y --head por debajo de esos números
