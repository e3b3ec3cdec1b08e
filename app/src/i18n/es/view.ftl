# Lo que dicen los mapas de calor y los dibujos.
heatmap-more-slices = { $count ->
    [one] … y 1 más
   *[other] … y { $count } más
}
heatmap-empty = (vacío)
heatmap-means = cada celda es la media de { $shape } números
picture-trace = Los pasos de la atención como mapas de calor
picture-causal = Máscara causal
picture-causal-caption = la palabra i mira a las palabras j ≤ i: 1 = mira, 0 = no mira
picture-padding = Máscara de relleno
picture-padding-caption = { $words } palabras en { $length } lugares: nadie mira al relleno
picture-positional = Codificación posicional
picture-positional-interleaved = Codificación posicional: seno y coseno alternados
picture-positional-halves = Codificación posicional: senos y después cosenos
picture-positional-caption = { $positions } posiciones (hacia abajo) × { $d } dimensiones (a lo ancho)
