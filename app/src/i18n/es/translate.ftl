# atencion translate: un modelo escribe un texto en otro idioma.
translate-decoder = este modelo sigue un texto, pero no lee ninguno que traducir
translate-decoder-mend = usa una carpeta de Marian o de BART, o atencion generate DIR
