// Los textos de la página en español. strings_en.js tiene los mismos nombres.

export const es = {
  title: "atencion: la atención para mirarla y jugar con ella",
  views: "Vistas",
  view_play: "Jugar",
  view_read: "Leer",
  view_look: "Mirar",
  view_parts: "Piezas",
  tip_play: "Cambia los números y mira cómo sigue cada paso",
  tip_read: "Los seis pasos, con fórmula, Python y Rust",
  tip_look: "Qué palabra mira a cuál",
  tip_parts: "Posiciones, máscaras, cabezas y el Transformer entero",
  language: "Idioma",
  theme: "Tema",
  theme_auto: "Como el sistema",
  theme_light: "Claro",
  theme_dark: "Oscuro",
  saveSvg: "Guardar esta vista como SVG",
  savePng: "Guardar esta vista como PNG",
  saved: "Guardado {name}",
  copy: "Enlace",
  copyTip: "Copiar la dirección de exactamente esta vista",
  copied: "Dirección copiada",
  copyByHand: "Copia la dirección de la barra del navegador",
  reset: "Empezar de nuevo",
  wasReset: "Todo está como al principio",

  inputs: "Entradas",
  steps: "Pasos",
  heads: "Cabezas",
  shownHead: "Cabeza visible",
  divideLabel: "Escala",
  off: "sin",
  maskLabel: "Máscara",
  mask_none: "ninguna",
  mask_causal: "causal",
  mask_given: "dada",
  mask_custom: "propia",
  temperature: "Temperatura",
  editHint:
    "Escribe en cualquier celda (Re Pág y Av Pág la cambian en 0.1); pulsa en la máscara para ocultar o mostrar una palabra. Las celdas que cambian se encienden a su paso.",
  pointHint: "Señala una celda: se enciende lo que la hizo y aquí aparece la cuenta.",
  moreTerms: "{n} términos más",
  notDivided: "sin dividir: {score} sigue siendo {score}",
  allHidden:
    "todas las palabras están ocultas: los pesos son 0, como los da la atención fundida de torch (torch.softmax sola da NaN)",
  outputWord: "sal",
  flows_q:
    "La consulta de «{word}»: entra en su propia fila de puntuaciones y, por tanto, solo en su propia salida.",
  flows_k:
    "La clave de «{word}»: entra en su columna de puntuaciones; el softmax la lleva a todas las filas.",
  flows_v:
    "El valor de «{word}»: entra en esta columna de cada salida, en la medida en que cada palabra la mira.",
  cell: "{what}, {row}, {col}: {value}",
  hiddenWord: "menos infinito, oculta",
  editCell: "Valor de la celda elegida",

  queries: "Consultas",
  keys: "Claves",
  keysTurned: "Claves, traspuestas",
  values: "Valores",
  scores: "Puntuaciones",
  scaled: "Escaladas",
  mask: "Máscara",
  masked: "Enmascaradas",
  weights: "Pesos",
  output: "Salida",

  readLead:
    "Cada palabra hace una pregunta (consulta); cada palabra ofrece una etiqueta (clave) y algo que contar (valor). La atención compara la pregunta con cada etiqueta y mezcla lo que cuentan. Señala cualquier resultado para ver de qué está hecho.",
  whichWord: "Seguir",
  allWords: "todas (matriz)",
  step_vectors: "Consulta, clave, valor",
  say_vectors:
    "Cada palabra tiene tres vectores: una consulta (lo que busca), una clave (por lo que se la encuentra) y un valor (lo que aporta).",
  step_scores: "Puntuaciones",
  say_scores:
    "El producto escalar de una consulta con una clave dice cuánto encajan: se multiplica número a número y se suma.",
  step_scaled: "Dividir por √d",
  say_scaled:
    "Los vectores largos dan productos grandes, y el softmax solo vería el mayor; dividir por la raíz de su longitud mantiene comparables las puntuaciones.",
  step_masked: "Máscara",
  say_masked:
    "Lo que no se puede ver recibe −∞: una palabra de relleno, o el futuro cuando el texto se escribe palabra a palabra.",
  noMaskHere:
    "Esta entrada no oculta nada, así que la máscara es toda ceros. Las líneas muestran cómo se escribe la máscara causal.",
  step_weights: "Softmax",
  say_weights:
    "e elevado a cada puntuación, dividido por la suma de la fila: todos los pesos están entre 0 y 1 y cada fila suma uno.",
  step_output: "Suma ponderada",
  say_output:
    "Cada valor por su peso, todo sumado: el nuevo vector de la palabra contiene sobre todo lo que más miró.",
  agrees:
    "Comprobado: los números de Rust (libtorch, float32 salvo que tu fichero diga otra cosa) y los de esta página difieren como mucho en {difference}.",
  differs:
    "Cuidado: los números de esta página y los de Rust difieren en {difference}; las entradas muy grandes pierden cifras en float32.",

  lookAs: "Ver como",
  look_lines: "líneas",
  look_matrix: "matriz",
  look_neuron: "neuronas",
  look_all: "todas las cabezas",
  whichSet: "Pesos",
  playedWith: "De Jugar",
  layer: "Capa",
  allHeads: "todas",
  headTip: "Ver solo esta cabeza; con Ctrl o Mayús, añadirla o quitarla",
  linesLabel:
    "Líneas de cada palabra a las que mira. Arriba y abajo eligen palabra; izquierda y derecha, el lado.",
  matrixLabel: "Los pesos de atención como matriz. Las flechas eligen la celda.",
  allLabel: "Cada capa y cabeza como una matriz pequeña. Las flechas eligen una, Intro la abre.",
  neuronLabel: "Consulta y claves número a número. Arriba y abajo eligen la palabra.",
  legend: "Colores de 0, oscuro, a {top}, claro",
  queryWords: "mira (consulta)",
  keyWords: "vista (clave)",
  pointWord: "señala una palabra",
  pointCell: "Señala una celda o usa las flechas.",
  pointHead:
    "Señala una cabeza (a lo ancho) de una capa (a lo alto); pulsa para abrirla. En cada una, el peso mayor es el más claro.",
  layerHead: "Capa {layer}, cabeza {head}",
  lookCell: "«{row}» mira a «{col}» con peso {value}",
  looksAt: "mira a",
  seenBy: "es mirada por",
  rowSum: "La fila suma {sum}.",
  columnSum: "En total: {sum}.",
  meanOf: "Media de {n} cabezas.",
  oneHead: "Capa {layer}, cabeza {head}.",
  neuronHint:
    "Cabeza {head}: elige una palabra a la izquierda. Su consulta q se encuentra con cada clave k: multiplicadas número a número (azul bajo cero, naranja sobre cero), sumadas en q · k y convertidas en peso.",
  neuronNeeds:
    "La vista de neuronas necesita consultas y claves: dalas con --q y --k, de forma [capas, cabezas, L, D].",
  weightWord: "peso",
  howWeights: "Cómo mirar tu propio modelo",
  howShape: "[capas, 1, cabezas, L, S]",
  howWeightsText:
    "Dos líneas de Python escriben la atención de cualquier modelo de Hugging Face; una orden hace con ella esta página.",
  notice_sum:
    "{rows} de {of} filas de pesos no suman uno (la más lejana: {worst}). Se muestran tal como son.",
  notice_range:
    "{count} pesos están fuera de 0 a 1 (el más lejano: {worst}). Se muestran tal como son.",

  parts: "Piezas",
  part_positional: "Posiciones",
  part_causal: "Máscara causal",
  part_multihead: "Varias cabezas",
  part_stack: "Codificador y decodificador",
  part_seq2seq: "Entre dos frases",
  say_part_positional:
    "La atención por sí sola no conoce el orden de las palabras. Por eso cada lugar recibe su propio dibujo de senos y cosenos, de ondas rápidas a lentas, que se suma al vector de la palabra.",
  say_part_causal:
    "Cuando un texto se escribe palabra a palabra, una palabra no debe mirar a las que vienen después. La máscara pone ahí −∞ y el softmax lo convierte en 0 exacto.",
  say_part_multihead:
    "Un softmax da una sola manera de mirar. Varias cabezas miran de varias maneras a la vez: cada una toma su parte de las columnas y las salidas vuelven a ponerse una al lado de otra.",
  say_part_stack:
    "El Transformer entero, como en «Attention Is All You Need». Abre cualquier pieza para ver de qué está hecha.",
  say_part_seq2seq:
    "Al traducir, cada palabra que se escribe pregunta a todas las que se leyeron. Aquí las consultas de esta entrada hacen de estados del decodificador, y sus claves y valores, de estados del codificador; recorre los pasos.",
  positionalLabel:
    "Codificación posicional: una fila por posición, una columna por dimensión. Las flechas eligen la celda.",
  positionalFormula:
    "PE(pos, 2i) = sen(pos ÷ 10000^(2i/d)),   PE(pos, 2i+1) = cos(pos ÷ 10000^(2i/d))",
  positionalFormulaConcatenated:
    "PE(pos, i) = sen(pos ÷ 10000^(2i/d)) en la mitad izquierda,  PE(pos, d/2 + i) = el coseno de lo mismo en la derecha",
  size: "Posiciones × dimensiones",
  thisInput: "esta entrada, {size}",
  layout: "Disposición",
  layout_interleaved: "seno y coseno alternos (artículo)",
  layout_concatenated: "senos a la izquierda, cosenos a la derecha (Illustrated Transformer)",
  ownPositions: "Con esta entrada",
  ownInput: "Embeddings (uno por cada palabra distinta)",
  ownEncoding: "Codificación posicional",
  ownSum: "Su suma: lo que lee la atención",
  withoutMask: "Sin máscara: cada palabra ve a todas",
  withMask: "Con máscara: nadie ve el futuro",
  causalWhy:
    "La primera palabra solo puede mirarse a sí misma, así que su peso es 1. Cada fila sigue sumando uno: lo que habría tenido el futuro se reparte entre el pasado.",
  oneHeadOnly:
    "Los vectores de esta entrada solo pueden ir a una cabeza: sus anchos no comparten otro divisor.",
  splitTitle: "1. Repartir las columnas",
  eachHead: "2. Cada cabeza atiende por su cuenta",
  concatTitle: "3. Poner las salidas una al lado de otra (concat)",
  concatThen:
    "En un modelo sigue una matriz aprendida W_O, que mezcla lo que las cabezas encontraron.",
  moreHeads: "… y {n} cabezas más, calculadas del mismo modo.",
  headN: "cabeza {n}",
  decoderStep: "Paso del decodificador",
  seq2seqLabel:
    "El estado del decodificador pregunta a los del codificador; barras y líneas muestran los pesos.",
  encoderStates: "estados del codificador (claves, valores)",
  decoderState: "estado del decodificador (consulta)",
  sumScores: "Puntuaciones",
  sumWeights: "Softmax",
  sumContext: "Contexto",
  alignment: "Quién mira a quién",
  context: "Vectores de contexto",
  scoreFunctions: "Cuatro maneras de puntuar",
  score_dot: "Producto escalar",
  say_score_dot: "La más sencilla: sin parámetros.",
  score_scaled: "Producto escalar escalado",
  say_score_scaled: "La del Transformer.",
  score_bilinear: "Bilineal (Luong)",
  say_score_bilinear: "Una matriz aprendida W entre los dos; las longitudes pueden ser distintas.",
  score_mlp: "Red pequeña (Bahdanau)",
  say_score_mlp: "También llamada aditiva.",

  oneOfHeads:
    "Cabeza {head} de {n}: cada cabeza tiene sus propias puntuaciones y pesos, y su contexto es su parte de las columnas.",
  piece_projectAcross: "Proyecciones, de dos sitios",
  say_piece_projectAcross:
    "La consulta se hace con el vector x del decodificador; la clave y el valor, con m, la memoria del codificador: lo que se leyó.",
  ownWhy:
    "Las posiciones se suman a los embeddings, antes de hacer con ellos consultas, claves o valores. Esta entrada no tiene embeddings, así que aquí se da uno a cada palabra distinta: la misma palabra tiene los mismos números y solo su lugar la distingue.",
  sine: "sen",
  positionalAt: "La columna {col} es {name} con i = {pair}",
  linkToFile:
    "esta página es un archivo tuyo y su dirección no sirve a otros: se ha copiado solo la vista; ponla tras la dirección de su propia copia",
  stackHint: "Pulsa una pieza para abrirla o cerrarla.",
  openAll: "Abrir todo",
  closeAll: "Cerrar todo",
  seeNumbers: "Verlo con números",
  skip: "↱ x también pasa por fuera (residual)",
  piece_model: "Transformer",
  say_piece_model:
    "El codificador lee la frase de origen; el decodificador escribe la de destino, palabra a palabra, mirando lo que ya ha escrito y lo que leyó el codificador.",
  piece_encoder: "Codificador",
  say_piece_encoder:
    "Seis capas de la misma hechura, una tras otra. Lo que sale (la memoria) va a todas las capas del decodificador.",
  piece_decoder: "Decodificador",
  say_piece_decoder:
    "Otras seis capas, cada una con una atención más: sobre la memoria del codificador. Al final, la palabra siguiente.",
  piece_embedding: "Embedding + posición",
  say_piece_embedding: "Cada token se vuelve un vector, y se le suma su lugar.",
  piece_encoderLayer: "Capa del codificador",
  say_piece_encoderLayer:
    "Primero las palabras se miran unas a otras, luego se trabaja cada una por separado. Alrededor de ambos pasa un atajo, y sigue una normalización.",
  piece_decoderLayer: "Capa del decodificador",
  say_piece_decoderLayer:
    "Mirar lo ya escrito (con máscara), mirar el origen (atención cruzada) y luego trabajar cada palabra por separado.",
  piece_selfAttention: "Autoatención",
  say_piece_selfAttention:
    "Consultas, claves y valores vienen de la misma frase: cada palabra mira a todas.",
  piece_maskedAttention: "Autoatención con máscara",
  say_piece_maskedAttention:
    "Como antes, pero una palabra solo se ve a sí misma y a las anteriores.",
  piece_crossAttention: "Atención cruzada",
  say_piece_crossAttention:
    "Las consultas vienen del decodificador; las claves y los valores, de la salida del codificador.",
  piece_norm: "Sumar y normalizar",
  say_piece_norm:
    "Se suma el atajo y cada vector se lleva a media 0 y varianza 1, con ganancia y sesgo aprendidos.",
  piece_forward: "Red hacia delante",
  say_piece_forward:
    "Dos capas lineales con un relu en medio, la misma para cada palabra, con cuatro veces el ancho por dentro.",
  piece_project: "Proyecciones",
  say_piece_project:
    "Tres matrices aprendidas hacen del vector de cada palabra su consulta, su clave y su valor.",
  piece_split: "Repartir en cabezas",
  say_piece_split: "Se reparten las columnas: H cabezas de ancho D = E/H.",
  piece_dot: "Atención por producto escalar escalado",
  say_piece_dot: "Los seis pasos de esta página, en cada cabeza.",
  piece_concat: "Juntar y proyectar",
  say_piece_concat: "Las salidas de las cabezas una al lado de otra, mezcladas por W_O.",
  piece_vocabulary: "Lineal + softmax",
  say_piece_vocabulary:
    "Una puntuación para cada palabra del vocabulario, convertida en probabilidades: la palabra siguiente.",
  looks_all: "codificador: cada palabra mira a todas",
  looks_past: "decodificador: solo a sí misma y a las anteriores",
  looks_other: "el decodificador mira las palabras del codificador",
};
