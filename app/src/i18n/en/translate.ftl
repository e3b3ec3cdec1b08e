# atencion translate: a model writes a text in another language.
translate-decoder = this model goes on with a text, and reads none to translate
translate-decoder-mend = take a Marian or BART folder, or atencion generate DIR
