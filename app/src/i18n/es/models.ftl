# atencion tokenize, fill-mask, embed, classify: modelos en acción.
models-no-folder = no hay ninguna carpeta { $name }
models-no-folder-mend = indica una carpeta que haya escrito model.save_pretrained, o el propietario/nombre de un modelo del Hub
models-no-revision-of-a-folder = { $name } es una carpeta, y una carpeta no tiene revisiones
models-no-revision-of-a-folder-mend = quita --revision, o indica propietario/nombre en el Hub

models-no-words = el texto no tiene ningún token
models-no-words-mend = da un texto con alguna palabra

tokenize-special = añadido por el tokenizador
tokenize-count =
    { $count ->
        [one] { $count } token
       *[other] { $count } tokens
    }

fill-mask-no-head = un modelo de la familia { $family } sin cabeza para palabras tapadas no rellena nada
fill-mask-no-head-mend = indica una carpeta de BertForMaskedLM
fill-mask-none = en el texto no está { $mask }
fill-mask-none-mend = escribe { $mask } donde falta la palabra
fill-mask-place = hueco { $number }

classify-no-classifier = un modelo de la familia { $family } no clasifica nada
classify-no-classifier-mend = los que sí: vit, para imágenes; BertForSequenceClassification, para textos
