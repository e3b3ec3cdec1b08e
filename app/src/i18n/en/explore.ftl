# `atencion explore`, and the page that it writes.
explore-written = { $path } written ({ $size } KiB). Open it in any browser; it needs no network.
explore-notice-sum = { $rows } of { $of } rows of weights do not add up to one (the furthest: { $worst }); they are shown as they are
explore-notice-range = { $count } weights lie outside 0 to 1 (the furthest: { $worst }); they are shown as they are
explore-json-and-page = the page and the JSON document cannot both go to standard output
explore-json-and-page-mend = name a file for the page: -o page.html
page-noscript = This page needs JavaScript, which is inside this file; nothing is loaded from anywhere.

help-explore-output = The file to write; `-` for standard output
help-explore-q = Query [L, E] or [H, L, D]; with --weights [layers, heads, L, D]. A .safetensors, .npy or .json file, FILE#NAME, or `-`
help-explore-k = Key [S, E] or [H, S, D]; with --weights [layers, heads, S, D]
help-explore-v = Value [S, Ev] or [H, S, Dv]; the key where there is none
help-explore-mask = Mask [L, S]: bool (true = attend) or float (added to the scores)
help-explore-causal = Start with the causal mask
help-explore-heads = Share the columns among this many heads
help-explore-weights = Attention weights [layers, heads, L, S] to look at; again for another set, NAME=F to name it
help-explore-tokens = The words: a file (JSON list, or one a line), a JSON list, or the words with commas or spaces between; once for all sets of weights, or once for each
help-explore-tokens-k = The words of the keys, where they are others (cross-attention)
help-explore-json = Say what was written as one JSON document on standard output
help-explore-first = Keep only the first N words of everything
help-explore-model = A model's folder, or owner/name on the Hub: every layer and head of it, while it reads TEXT
help-explore-text = What the model reads: a text, or a picture's file
help-explore-after =
    Look at any Hugging Face model:
      from safetensors.torch import save_file
      # [layers, 1, heads, L, S]
      attn = torch.stack(model(**inputs, output_attentions=True).attentions)
      save_file({"{"}"weights": attn.contiguous(){"}"}, "attn.safetensors")
      atencion explore --weights attn.safetensors --tokens tokens.json -o page.html
