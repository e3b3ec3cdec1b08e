# atencion tokenize, fill-mask, embed, classify: models at work.
models-no-folder = there is no folder { $name }
models-no-folder-mend = name a folder that model.save_pretrained wrote, or owner/name of a model on the Hub
models-no-revision-of-a-folder = { $name } is a folder, and a folder has no revisions
models-no-revision-of-a-folder-mend = leave out --revision, or name owner/name on the Hub

models-no-words = the text has no tokens
models-no-words-mend = give a text with a word in it

tokenize-special = added by the tokenizer
tokenize-count =
    { $count ->
        [one] { $count } token
       *[other] { $count } tokens
    }

fill-mask-no-head = a model of the family { $family } without a head for masked words fills nothing in
fill-mask-no-head-mend = name a folder of BertForMaskedLM
fill-mask-none = the text has no { $mask }
fill-mask-none-mend = write { $mask } where the word is missing
fill-mask-place = place { $number }

classify-no-classifier = a model of the family { $family } classifies nothing
classify-no-classifier-mend = what does: vit, for pictures; BertForSequenceClassification, for texts
