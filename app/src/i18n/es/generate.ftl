# atencion generate: un modelo sigue escribiendo.
generate-speed = { $tokens } tokens en { $seconds } s: { $speed } tokens/s
generate-empty = el comienzo está vacío, y el modelo no tiene ningún token que empiece un texto
generate-empty-mend = dale una palabra desde la que seguir
generate-no-prompt = falta el comienzo
generate-no-prompt-mend = dalo como argumento o por la entrada estándar: echo "Érase una vez" | atencion generate DIR
generate-beams-drawn = los haces siguen las secuencias más probables, y las otras opciones sortean tokens
generate-beams-drawn-mend = quita --num-beams, o sortea los haces con --do-sample
generate-dtype = int8 e int4 se calculan en la CPU
generate-dtype-mend = da --device cpu, o --dtype f16
