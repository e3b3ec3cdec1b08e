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

help-name-FILE = FICHERO
help-name-DEVICE = DISPOSITIVO
help-name-WORDS = PALABRAS
help-name-WHAT = QUÉ

help-arg-revision = De propietario/nombre: una rama, una etiqueta o un commit; si falta, main
help-arg-help = Muestra esta ayuda
help-arg-version = Muestra la versión
help-arg-lang = Idioma de los mensajes; por defecto, el del sistema
help-arg-device = Dónde se calcula: auto, cpu, cuda, cuda:N o mps
help-arg-json = Un único documento JSON en la salida estándar, con toda la precisión
help-arg-svg = Escribe los mapas de calor como dibujo SVG
help-arg-png = Escribe los mapas de calor como dibujo PNG

help-explain-q = Consultas [L, E]: un fichero .safetensors, .pt, .npy o .json (FICHERO#NOMBRE nombra un tensor suyo), o - para JSON por la entrada estándar; sin --q, --k y --v, la práctica
help-explain-k = Claves [S, E]
help-explain-v = Valores [S, Ev]
help-explain-mask = Máscara [L, S]: true o 1 = puede mirar; los números con punto se suman a las puntuaciones
help-explain-causal = Cada palabra mira solo a sí misma y a las anteriores
help-explain-heads = Reparte consultas, claves y valores en ese número de cabezas
help-explain-tokens = Las palabras, nombres de filas y columnas: un fichero (lista JSON, o una por línea), una lista JSON, o las palabras separadas por comas o espacios
help-explain-step = Muestra solo este paso, de 1 a 6
help-explain-row = Sigue una palabra que consulta, contando desde 1, por todos los números
help-explain-no-pager = No usa paginador (PAGER, si no less) aunque el texto no quepa en la pantalla
help-explain-picture = Dibuja otra cosa en su lugar: las sinusoides de una codificación posicional en sus dos disposiciones, una máscara causal o una de relleno; con --svg o --png, en un fichero
help-explain-size = Tamaño de ese dibujo: POSICIONESxDIMENSIONES, PALABRAS, o PALABRASxLUGARES [por defecto: 20x512, 8, 5x8]
help-explain-after =
    Ejemplos:
      atencion explain                          la práctica, paso a paso
      atencion explain --row 2                  su segunda palabra, número a número
      atencion explain --step 5 --svg p.svg     los pesos, y un dibujo de ellos
      atencion explain --q q.npy --k k.npy --v v.npy --causal --heads 2
      atencion explain --picture positional --png cp.png

help-phrasebook-words = Solo las frases con todas estas palabras, en Python, en Rust o en el nombre de un grupo; sin ninguna, la guía entera
help-phrasebook-no-pager = No usa paginador (PAGER, si no less) aunque el texto no quepa en la pantalla
help-phrasebook-after =
    Ejemplos:
      atencion phrasebook                 la guía entera
      atencion phrasebook softmax         lo que tenga softmax
      atencion phrasebook trampas         un grupo, por su nombre
help-name-WORD = PALABRA

help-port = El gemelo en Rust de un cuaderno, línea por línea: cada línea de Python como comentario y debajo el Rust que hace lo mismo
help-port-file = Un cuaderno en Python (.ipynb)
help-port-stdin = Leer líneas de Python de la entrada estándar
help-port-output = Adónde: un cuaderno de Rust (.ipynb) o un fichero (.rs); sin ello, el fichero por la salida estándar
help-name-OUT = SALIDA
help-port-after =
    Ejemplos:
      atencion port practica3.ipynb -o practica3.rs
      echo "import torch; x = torch.ones(2).softmax(0)" | atencion port --stdin

help-train = Entrena un modelo con una receta: copiar, invertir y ordenar cifras, un GPT pequeño, un traductor, un BERT, un Vision Transformer
help-train-recipe = El nombre de una receta (--list las explica), o un archivo que acabe en .toml
help-train-list = Explica las recetas que vienen con el programa
help-train-base = Para la receta finetune: la carpeta del modelo, como en Hugging Face, o propietario/nombre en el Hub
help-train-data = Para la receta finetune, de qué aprende el modelo: un texto (GPT-2, Llama), textos con etiquetas (.jsonl, .csv, .tsv: BERT), pares separados por tabuladores (Marian), una carpeta de imágenes por etiqueta (ViT)
help-train-learn = Para la receta finetune, qué aprende del modelo: entero (whole), solo la cabeza (head), o LoRA junto a sus pesos, escrito como lo escribe peft
help-train-merge = Para LoRA: al final pone lo aprendido en los pesos, de modo que la carpeta es un modelo por sí sola
help-train-settings = Otro valor para una clave de la receta, por ejemplo train.lr=0.001; se puede dar varias veces
help-train-out = Adónde va todo: la receta entera, las métricas, los puntos de control, el mejor y el último modelo, un informe; sin ella, runs/RECETA
help-train-resume = Sigue con un entrenamiento que se detuvo o se mató, con los bits de uno que nunca paró
help-train-samples = Muestra lo que dice el modelo en cada evaluación
help-train-profile = Al final muestra adónde se fue el tiempo: la parte de cada operador de libtorch
help-train-device = Dónde calcular
help-train-nproc = Arranca ese número de procesos en esta máquina, que se reparten cada lote: el mismo entrenamiento, antes
help-train-max-restarts = Con --nproc: cuántas veces arrancarlos de nuevo, desde el último punto de control, cuando uno falla
help-train-check-ranks = Compara los pesos de todos los procesos cada tantos pasos; 0 no los compara nunca
help-name-RECIPE = RECETA
help-train-after =
    Ejemplos:
      atencion train sort --samples
      atencion train gpt --set data.text=libro.txt --out libro
      atencion train gpt --set data.text=libro.txt --out libro --resume
      atencion train finetune gpt2 --data libro.txt --learn lora --merge

help-name-DIR = CARPETA
help-name-TEXT = TEXTO
help-name-INPUT = ENTRADA
help-name-K = K
help-name-REVISION = REVISIÓN

help-tokenize = Un texto en las piezas que lee un modelo: piezas, números y dónde está cada una en el texto
help-tokenize-dir = La carpeta de un modelo con la disposición de Hugging Face, o propietario/nombre en el Hub
help-tokenize-text = El texto
help-tokenize-no-special-tokens = Sin los tokens que el tokenizador pone alrededor del texto
help-tokenize-after =
    Ejemplos:
      atencion tokenize modelos/bert "El modelo lee piezas."
      atencion tokenize openai-community/gpt2 "Attention is all you need" --json

help-name-L = L
help-name-H = H
help-name-HOW = CÓMO
help-explain-model = La carpeta de un modelo, o propietario/nombre en el Hub: una cabeza de una de sus capas mientras lee TEXTO
help-explain-layer = Qué capa del modelo, contando desde 0
help-explain-head = Qué cabeza de esa capa, contando desde 0
help-explain-text = Lo que lee el modelo: un texto, o el fichero de una imagen

help-fill-mask = Qué palabras pondría un modelo donde falta una
help-fill-mask-dir = La carpeta de un modelo con la disposición de Hugging Face, o propietario/nombre en el Hub
help-fill-mask-text = El texto, con [MASK] donde falta una palabra
help-fill-mask-top = Cuántas palabras mostrar para cada hueco
help-fill-mask-after =
    Ejemplos:
      atencion fill-mask dccuchile/bert-base-spanish-wwm-uncased "La capital de Francia es [MASK]."
      atencion fill-mask modelos/bert "El [MASK] lee." --top 3 --json

help-embed = Textos como vectores, y lo cerca que están unos de otros
help-embed-dir = La carpeta de un modelo con la disposición de Hugging Face, o propietario/nombre en el Hub
help-embed-texts = Los textos; de varios se muestra la matriz de sus cosenos
help-embed-pooling = Cómo los tokens de un texto se vuelven un vector: su media (mean), o el primero (cls); si falta, lo que diga la carpeta, y si no, la media
help-embed-after =
    Ejemplos:
      atencion embed sentence-transformers/all-MiniLM-L6-v2 "eating food" "eating bread" "a fast car"
      atencion embed modelos/bert "El modelo lee." --pooling cls --json

help-classify = Por qué toma un modelo un texto o una imagen, lo más probable primero
help-classify-dir = La carpeta de un modelo con la disposición de Hugging Face, o propietario/nombre en el Hub
help-classify-input = Un texto, o una imagen: PNG, JPEG o WebP
help-classify-top = Cuántas etiquetas mostrar
help-classify-after =
    Ejemplos:
      atencion classify google/vit-base-patch16-224 gato.jpg
      atencion classify modelos/vit gato.jpg --top 3 --json
      atencion classify modelos/bert-opiniones "¡Qué película!"

help-generate = Un modelo sigue escribiendo desde un comienzo, o contesta
help-generate-dir = La carpeta de un modelo, como la escribe save_pretrained, o propietario/nombre en el Hub
help-generate-prompt = Desde dónde seguir; si falta, la entrada estándar
help-generate-chat = Mantiene una conversación: se contesta cada línea de la entrada estándar; con COMIENZO, una sola respuesta
help-generate-show = Muestra los cinco tokens más probables de cada paso
help-generate-json = Un documento JSON en la salida estándar: identificadores, textos, logaritmos de probabilidades
help-arg-dtype = Cómo se guardan los pesos: cuanto menos ocupan, más rápido
help-arg-fast = float32 con cálculos propios; los últimos bits difieren de los de transformers
help-generate-max-new-tokens = Como mucho tantos tokens; si falta, lo que diga la carpeta, y si no, 20
help-generate-min-new-tokens = Al menos tantos tokens
help-generate-greedy = Siempre el token más probable, diga lo que diga la carpeta
help-generate-do-sample = Sortea los tokens, como ya hacen por sí mismas las opciones de sorteo siguientes
help-generate-temperature = Por debajo de 1, lo probable lo es aún más; por encima, todo se iguala
help-generate-top-k = Sortea entre los K más probables; si falta, 50
help-generate-top-p = Sortea entre los más probables que juntos suman la probabilidad P
help-generate-min-p = Sortea entre los que son al menos P veces tan probables como el más probable
help-generate-typical-p = Sortea entre los que sorprenden tanto como se espera, hasta la probabilidad P
help-generate-seed = Semilla del sorteo: la misma de torch.manual_seed
help-generate-repetition-penalty = Por encima de 1, lo que ya está se vuelve menos probable
help-generate-no-repeat-ngram-size = Ninguna serie de N tokens se repite
help-generate-bad-words = No escribir nunca este texto; se puede dar varias veces
help-generate-stop = Terminar en este texto; se puede dar varias veces
help-generate-num-beams = Sigue N secuencias a la vez y muestra la mejor
help-generate-length-penalty = De los haces: por encima de 0 favorece las secuencias largas
help-generate-early-stopping = De los haces: cuándo basta
help-generate-num-return-sequences = Cuántas secuencias se muestran
help-name-PROMPT = COMIENZO
help-name-KIND = TIPO
help-name-WHEN = CUÁNDO
help-generate-after =
    Ejemplos:
      atencion generate gpt2 "Once upon a time"
      atencion generate gpt2 "Once upon a time" --temperature 0.8 --top-p 0.9 --seed 1
      atencion generate gpt2 "The capital of France is" --show --max-new-tokens 3
      atencion generate gpt2 "Hello" --num-beams 4 --num-return-sequences 4 --json
      atencion generate SmolLM2-135M-Instruct --chat

help-translate = Un modelo lee un texto y lo escribe en otro idioma, línea por línea
help-translate-dir = La carpeta de un modelo, como la escribe save_pretrained: Marian o BART, o propietario/nombre en el Hub
help-translate-text = Qué traducir; si falta, cada línea de la entrada estándar
help-translate-num-beams = Sigue N traducciones a la vez y muestra la mejor; si falta, lo que diga la carpeta, y si no, 4
help-translate-max-new-tokens = Como mucho tantos tokens; si falta, lo que diga la carpeta
help-translate-json = Un documento JSON por línea en la salida estándar: textos, identificadores, puntuación
help-translate-after =
    Ejemplos:
      atencion translate opus-mt-en-es "Attention is all you need."
      cat book.txt | atencion translate opus-mt-en-es > libro.txt

help-lab = Recurrencia, convolución y atención, medidas en esta máquina
help-lab-what = Qué medir: lo que cuesta una capa, o lo que recuerda
help-lab-lengths = Palabras de una secuencia; en recall, parejas que recordar
help-lab-width = Números por palabra; por defecto 128, en recall 64
help-lab-batch = Secuencias a la vez; en cost, una medida para cada valor
help-lab-threads = Cost: hilos de un operador, una medida para cada valor; por defecto, todos
help-lab-seconds = Cost: segundos durante los que se repite cada medida
help-lab-task = Recall: qué se pregunta al final, la primera pareja o una cualquiera
help-lab-steps = Recall: pasos que aprende cada capa
help-lab-lr = Recall: la tasa de aprendizaje de Adam
help-lab-seed = De los pesos y de las palabras
help-lab-html = Escribir una página con los gráficos y las tablas
help-lab-svg = Escribir el gráfico como imagen SVG
help-lab-png = Escribir el gráfico como imagen PNG
