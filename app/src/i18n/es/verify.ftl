# atencion verify: el informe.
verify-title = { $file } · nbformat 4.{ $minor } · { $cells ->
    [one] 1 celda
   *[other] { $cells } celdas
}
verify-in-the-code = En el código, ejecutado en Rust:
verify-use-agrees = { $place }: atención con consultas { $shape }, como la calcula esta biblioteca
verify-use-agrees-causal = { $place }: atención causal con consultas { $shape }, como la calcula esta biblioteca
verify-use-differs = { $place }: atención con consultas { $shape } que no está bien
verify-use-unknown = { $place }: atención con consultas { $shape }, en una variante que no se compara
verify-tried = (probada con entradas creadas aquí)
verify-written = { $place }: aquí se escribe atención, pero nada de ella se ha podido calcular.
verify-line-written = atención que aquí no se ha podido calcular
verify-stale = { $place }: la salida guardada está anticuada: dice { $there } y el código da { $given }. Vuelve a ejecutar el cuaderno.
verify-typed-in = { $place }: la salida guardada es la tabla esperada, escrita a mano: dice { $there } y el código da { $given }.
verify-copied = { $place }: la tabla está copiada: el código escribe los números esperados y nada los calcula.
verify-line-stored = { $count ->
        [one] una salida que su código no da
       *[other] { $count } salidas que su código no da
    }
verify-line-code = la atención de su código está bien, o es una variante que no se compara
verify-head-cell = celda:
verify-head-id = id
verify-head-kind = dónde
verify-head-part = tomado por
verify-head-shape = forma
verify-head-difference = dif.
verify-head-precision = precisión
verify-literal = código
verify-table = tabla
verify-output = salida
verify-variable = variable
verify-bits = al bit
verify-ulps = { $ulps ->
    [one] 1 ulp
   *[other] { $ulps } ulps
}
verify-digits = { $digits ->
    [one] 1 cifra
   *[other] { $digits } cifras
}
verify-entry = { $index }: { $found }, debería ser { $right }
verify-more = … y { $more } más
verify-not-course = no es la entrada de la práctica: los resultados se comparan con los de esta.
verify-other-inputs = Son los resultados de las entradas de la práctica, pero la { $input } del cuaderno es otra. ¿Se copió con algún error?
verify-follows = Es consecuencia del mismo error de arriba.
verify-unknown = Ningún error conocido da estos números.
verify-mistake = Error: { $sentence }
verify-or = O bien: { $sentence }
verify-line = La línea que hay que cambiar ({ $place }):
verify-right = Debería ser:
verify-place = celda { $cell }, línea { $line }
verify-place-cell = celda { $cell }

verify-duplicate-id = Varias celdas tienen el id { $id }.
verify-unknown-cell = La celda { $cell } es de un tipo desconocido: se omite.
verify-syntax = La celda { $cell } no es Python (error de sintaxis en la línea { $line }): se omite; las demás cuentan.
verify-too-deep = Celda { $cell }, línea { $line }: paréntesis anidados más de lo que Python admite: se omite; las demás cuentan.
verify-too-long = La celda { $cell } tiene más código del que se puede leer: se omite; las demás cuentan.
verify-not-python = El cuaderno está en { $language }: solo se han leído sus tablas y salidas.
verify-no-inputs = No aparecen como números en el código: { $names }. Indica sus nombres con --q, --k y --v, o usa --run si se calculan.
verify-misfit = Q, K y V no encajan entre sí, o son demasiado grandes para un ejercicio: { $shapes }.
verify-summarised = { $place }: el tensor se imprimió con «...», así que faltan casi todos sus números: no se compara.

verify-run-whole = Se ha ejecutado una copia del cuaderno hasta el final.
verify-run-impossible = No se ha podido ejecutar el cuaderno: { $what }
verify-run-raised = { $place } lanzó { $what }.
verify-run-no-module = { $place } lanzó { $what }. Instálelo en ese Python o nombre otro: --python RUTA.
verify-fresh-drawn = { $place }: la salida guardada dice { $there }, esta ejecución da { $given }; los números se sortean cada vez.
verify-fresh = { $place }: la salida guardada no es lo que da ejecutar la celda: dice { $there }, la ejecución da { $given }. Ejecute el cuaderno de nuevo y guárdelo.
verify-run-went-on = Las celdas siguientes se ejecutaron igualmente, y se comparó todo lo calculado.
verify-run-raised-more = … y { $more } celdas más fallaron.
verify-run-endless = La ejecución se interrumpió en la { $place }, que no había terminado a los { $seconds } segundos (--timeout). Lo anterior sí se ha comparado.
verify-run-died = La ejecución se detuvo en la { $place }: el núcleo (kernel) murió. Lo anterior sí se ha comparado.

verify-all-agree = { $count ->
    [one] Coincide el único valor que se podía comparar.
   *[other] Coinciden los { $count } valores que se podían comparar.
}
verify-some-differ = { $differ ->
    [one] Difiere 1 de { $count } valores.
   *[other] Difieren { $differ } de { $count } valores.
}
verify-first = Lo primero que difiere: { $part }, { $place }.
verify-nothing = No se ha encontrado nada que comparar.
verify-not-computed = Aquí todavía no se ha calculado ningún resultado: solo se han comparado las entradas y la tabla esperada.
verify-line-agree = { $count ->
    [one] 1 coincide
   *[other] { $count } coinciden
}
verify-line-differ = { $count ->
    [one] 1 difiere
   *[other] { $count } difieren
}
verify-sum-agrees = coinciden
verify-sum-differs = difieren
verify-sum-pending = pendientes: todavía sin calcular
verify-sum-error = con una celda que lanzó una excepción
verify-sum-nothing = sin nada que comparar
verify-sum-unreadable = no se han podido leer o ejecutar
verify-raised = La { $place } lanzó { $what } cuando se guardó el cuaderno.
verify-line-not-computed = todavía sin calcular

part-mask = máscara causal
part-scores = puntuaciones Q Kᵀ
part-scaled = escaladas Q Kᵀ/√d
part-masked = puntuac. con máscara
part-weights = pesos
part-weights-causal = pesos, causal
part-output = salida
part-output-causal = salida, causal
part-layer-norm = norm. de capa: { $of }

step-scores = puntuaciones
step-scale = escalado
step-mask = máscara
step-softmax = softmax
step-output = salida
step-dtype = tipo de dato
step-layer-norm = normalización de capa

museum-intro = Errores conocidos, cada uno con los números que da en la Práctica 3 (Q, K y V de 4×3): la salida; con máscara causal si el error está en la máscara; su normalización de capa si el error está en ella.
museum-same = En este ejemplo da las mismas cuatro cifras que: { $others }.
museum-k-not-transposed = K no se ha transpuesto: se comparan características con características, y no palabras con palabras.
museum-view-for-transpose = Hay view o reshape en lugar de la transpuesta: la forma es correcta, pero los números están en otro orden.
museum-q-k-reversed = Q y K están intercambiadas: pregunta cada clave y responden las consultas.
museum-q-with-itself = Q se multiplica por sí misma: K no se usa.
museum-k-with-itself = K se multiplica por sí misma: Q no se usa.
museum-no-scaling = Las puntuaciones no se dividen entre √d_k.
museum-scaled-by-d = Las puntuaciones se dividen entre d_k en lugar de √d_k.
museum-scaled-by-sqrt-length = Las puntuaciones se dividen entre la raíz del número de palabras en lugar de √d_k.
museum-scaled-by-sqrt-all = Las puntuaciones se dividen entre la raíz de cuántos números tiene K en lugar de √d_k.
museum-multiplied-by-sqrt-d = Las puntuaciones se multiplican por √d_k en vez de dividirse.
museum-scaled-after-softmax = La división entre √d_k va después del softmax: los pesos ya no suman 1.
museum-mask-multiplied = La máscara se multiplica: lo que se quiere ocultar recibe la puntuación 0, y no −∞, y se sigue viendo.
museum-mask-tiny = La máscara se rellena con −1e-9 (casi 0) donde se quería −1e9 o −∞.
museum-mask-minus-1 = La máscara se rellena con −1: es muy poco para ocultar nada; debe ser −∞.
museum-mask-minus-2 = La máscara se rellena con −2: es poco para ocultar nada; debe ser −∞.
museum-mask-minus-5 = La máscara se rellena con −5: lo oculto aún se ve un poco; debe ser −∞.
museum-mask-minus-10 = La máscara se rellena con −10: lo oculto aún se nota en la cuarta cifra; debe ser −∞.
museum-mask-upside-down = La máscara está al revés (triu en lugar de tril): cada palabra ve lo que viene detrás y no lo anterior.
museum-mask-inverted = La máscara está invertida: se oculta lo que se puede ver y al contrario; la última palabra no ve nada (nan).
museum-mask-hides-itself = La máscara oculta la diagonal: ninguna palabra se ve a sí misma y la primera no ve nada (nan).
museum-mask-one-ahead = La máscara llega una posición de más: cada palabra ve la siguiente.
museum-mask-after-softmax = La máscara va después del softmax: los pesos ya no suman 1.
museum-mask-zero = La máscara se rellena con 0: lo que hay que ocultar recibe la puntuación 0, y no −∞, y se sigue viendo.
museum-sign-flipped = Las puntuaciones tienen el signo cambiado: lo más parecido pesa menos.
museum-v-for-k = V está en lugar de K: las consultas se comparan con los valores.
museum-rounded-between-steps = Se redondea un valor entre dos pasos: todo lo que sigue hereda las cifras perdidas.
museum-integer-inputs = Las entradas son números enteros: se pierde lo que había tras la coma.
museum-row-skipped = El bucle se salta una fila: su resultado se queda en 0.
museum-row-missing = Falta una fila: el resultado tiene una por cada consulta.
museum-softmax-wrong-dim = El softmax va por la dimensión equivocada: suman 1 las columnas y no las filas.
museum-softmax-over-all = El softmax va por todas las puntuaciones a la vez: suman 1 todos los pesos juntos y no cada fila.
museum-softmax-twice = El softmax se aplica dos veces: los pesos quedan casi iguales.
museum-no-softmax = Falta el softmax: se usan las puntuaciones como pesos.
museum-sigmoid-for-softmax = Hay una sigmoide en lugar del softmax: las filas no suman 1.
museum-log-softmax = Hay log_softmax en lugar de softmax: los pesos son negativos.
museum-no-exponential = Las puntuaciones se dividen entre su suma, sin la exponencial del softmax.
museum-not-normalised = Está la exponencial, pero falta dividir entre su suma: las filas no suman 1.
museum-weights-times-k = Los pesos se multiplican por K en lugar de V.
museum-weights-times-q = Los pesos se multiplican por Q en lugar de V.
museum-weights-transposed = Los pesos se transponen antes de multiplicarlos por V.
museum-v-transposed = V está transpuesta.
museum-float16 = Se calcula en float16: solo hay tres cifras buenas.
museum-bfloat16 = Se calcula en bfloat16: solo hay dos cifras buenas.
museum-norm-over-columns = La normalización de capa va por columnas: debe ir por cada fila.
museum-norm-over-all = La normalización de capa va por todos los números a la vez: debe ir por cada fila.
museum-norm-eps-outside = eps se suma fuera de la raíz: va con la varianza, dentro.
museum-norm-no-eps = Falta eps dentro de la raíz.
museum-norm-unbiased = La varianza se divide entre n − 1: la normalización de capa divide entre n (unbiased=False).
museum-norm-no-root = Se divide entre la varianza y no entre su raíz.
museum-norm-not-centred = No se resta la media.

# atencion verify --help.
help-verify-paths = Cuadernos (.ipynb) o carpetas que los contienen
help-verify-run = Ejecuta además una copia del cuaderno y compara cada tensor con toda la precisión. Esto ejecuta el código del cuaderno con tus permisos: hazlo solo con cuadernos de confianza
help-verify-python = El Python con que se ejecuta; por defecto el del entorno activo, si no python3
help-verify-jobs = Cuántos cuadernos a la vez; sin ello uno con --run, y si no uno por procesador
help-verify-timeout = Segundos que puede durar una celda
help-verify-sandbox = Encierra la ejecución con bubblewrap: sin red, sin poder escribir más que en una carpeta temporal y sin ver otros procesos
help-verify-require_solution = Un cuaderno que aún no calcula ningún resultado cuenta como diferente (código 1)
help-verify-q = El nombre que representa a Q
help-verify-k = El nombre que representa a K
help-verify-v = El nombre que representa a V
help-verify-museum = Enumera los errores conocidos, cada uno con sus números en el ejemplo de la práctica
help-verify-after = Códigos de salida: 0 todo coincide o está sin calcular; 1 algo difiere o una celda lanza una excepción; 2 algo no se ha podido leer o ejecutar; 3 no hay nada que comparar.
help-verify-require-solution = Un cuaderno en el que aún no se calcula nada cuenta como distinto (código de salida 1)
