# `atencion explore` y la página que escribe.
explore-written = { $path } escrito ({ $size } KiB). Ábrelo en cualquier navegador; no necesita red.
explore-notice-sum = { $rows } de { $of } filas de pesos no suman uno (la más lejana: { $worst }); se muestran tal como son
explore-notice-range = { $count } pesos están fuera de 0 a 1 (el más lejano: { $worst }); se muestran tal como son
explore-json-and-page = la página y el documento JSON no pueden ir ambos a la salida estándar
explore-json-and-page-mend = nombra un fichero para la página: -o pagina.html
page-noscript = Esta página necesita JavaScript, que está dentro de este mismo fichero; no se carga nada de ninguna parte.

help-explore-output = El fichero que se escribe; `-` para la salida estándar
help-explore-q = Consulta [L, E] o [H, L, D]; con --weights [capas, cabezas, L, D]. Un fichero .safetensors, .npy o .json, FICHERO#NOMBRE, o `-`
help-explore-k = Clave [S, E] o [H, S, D]; con --weights [capas, cabezas, S, D]
help-explore-v = Valor [S, Ev] o [H, S, Dv]; si falta, la clave
help-explore-mask = Máscara [L, S]: bool (true = atender) o float (se suma a las puntuaciones)
help-explore-causal = Empezar con la máscara causal
help-explore-heads = Repartir las columnas entre tantas cabezas
help-explore-weights = Pesos de atención [capas, cabezas, L, S] que mirar; repetido, otro conjunto; NOMBRE=F le da nombre
help-explore-tokens = Las palabras: un fichero (lista JSON, o una por línea), una lista JSON, o las palabras separadas por comas o espacios; una vez para todos los conjuntos de pesos, o una para cada uno
help-explore-tokens-k = Las palabras de las claves, si son otras (atención cruzada)
help-explore-json = Di qué se escribió, como un documento JSON en la salida estándar
help-explore-first = Quedarse solo con las primeras N palabras de todo
help-explore-model = La carpeta de un modelo, o propietario/nombre en el Hub: todas sus capas y cabezas mientras lee TEXTO
help-explore-text = Lo que lee el modelo: un texto, o el fichero de una imagen
help-explore-after =
    Mirar cualquier modelo de Hugging Face:
      from safetensors.torch import save_file
      # [capas, 1, cabezas, L, S]
      attn = torch.stack(model(**inputs, output_attentions=True).attentions)
      save_file({"{"}"weights": attn.contiguous(){"}"}, "attn.safetensors")
      atencion explore --weights attn.safetensors --tokens tokens.json -o page.html
