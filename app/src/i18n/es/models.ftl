# atencion tokenize, classify: modelos en acción.
models-no-folder = no hay ninguna carpeta { $name }
models-no-folder-mend = indica una carpeta que haya escrito model.save_pretrained, o el propietario/nombre de un modelo del Hub

tokenize-special = añadido por el tokenizador
tokenize-count =
    { $count ->
        [one] { $count } token
       *[other] { $count } tokens
    }

classify-no-classifier = un modelo de la familia { $family } no clasifica nada
classify-no-classifier-mend = familias que sí: vit, para imágenes
