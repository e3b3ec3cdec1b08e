# atencion tokenize, classify: models at work.
models-no-folder = there is no folder { $name }
models-no-folder-mend = name a folder that model.save_pretrained wrote, or owner/name of a model on the Hub

tokenize-special = added by the tokenizer
tokenize-count =
    { $count ->
        [one] { $count } token
       *[other] { $count } tokens
    }

classify-no-classifier = a model of the family { $family } classifies nothing
classify-no-classifier-mend = families that do: vit, for pictures
