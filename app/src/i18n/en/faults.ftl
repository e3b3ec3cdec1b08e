# What the library's errors and the program's own say, with holes for what differs. The English is what stands in the
# code: a text that fits a line here is said as its twin in the other language. One line a message.

# Operating system and JSON
fault-no-such-file-or-directory-os = No such file or directory (os error { $number })
fault-permission-denied-os-error = Permission denied (os error { $number })
fault-is-a-directory-os-error = Is a directory (os error { $number })
fault-not-a-directory-os-error = Not a directory (os error { $number })
fault-no-space-left-on-device-os = No space left on device (os error { $number })
fault-read-only-file-system-os-error = Read-only file system (os error { $number })
fault-file-name-too-long-os-error = File name too long (os error { $number })
fault-too-many-levels-of-symbolic-links = Too many levels of symbolic links (os error { $number })
fault-input-output-error-os-error = Input/output error (os error { $number })
fault-file-exists-os-error = File exists (os error { $number })
fault-stream-did-not-contain-valid-utf = stream did not contain valid UTF-8
fault-at-line-column = { $why } at line { $line } column { $column }
fault-expected-value = expected value
fault-expected-ident = expected ident
fault-expected = expected `:`
fault-expected-or = expected `,` or `]`
fault-expected-or-2 = expected `,` or `{"}"}`
fault-trailing-comma = trailing comma
fault-trailing-characters = trailing characters
fault-invalid-number = invalid number
fault-number-out-of-range = number out of range
fault-invalid-escape = invalid escape
fault-key-must-be-a-string = key must be a string
fault-control-character-u-u-f-found = control character (\u0000-\u001F) found while parsing a string
fault-recursion-limit-exceeded = recursion limit exceeded
fault-eof-while-parsing-a-value = EOF while parsing a value
fault-eof-while-parsing-a-list = EOF while parsing a list
fault-eof-while-parsing-an-object = EOF while parsing an object
fault-eof-while-parsing-a-string = EOF while parsing a string
fault-invalid-type-expected = invalid type: { $found }, expected { $wanted }
fault-a-number-or-nested-lists-of = a number or nested lists of numbers
fault-an-object-of-tensors = an object of tensors
fault-an-object-of-strings = an object of strings
fault-an-object-of-file-names = an object of file names
fault-a-string-or-a-list-of = a string or a list of strings
fault-a-list-of-cells = a list of cells

# Writing
fault-a-link-that-leads-nowhere = a link that leads nowhere
fault-remove-the-link-or-name-the = remove the link, or name the file itself
fault-it-is-a-folder = it is a folder
fault-it-is-read-only = it is read-only
fault-make-it-writable-chmod-u-w = make it writable (chmod u+w), or choose another name
fault-name-a-file-in-a-folder = name a file in a folder that you may write to
fault-name-a-file-in-a-folder-2 = name a file in a folder that exists
fault-name-a-folder-with-room-tmpdir = name a folder with room: TMPDIR=/some/folder

# JSON tensors
fault-json-has-no-numbers-for = JSON has no numbers for { $kind }
fault-convert-the-tensor-first-real-to = convert the tensor first: .real(), .to_dense() or .dequantize()
fault-a-scalar-without-a-value = a scalar without a value
fault-the-integer-does-not-fit-in = the integer { $value } does not fit in int64
fault-a-number-stands-where-a-list = a number stands where a list should
fault-expected-sequence-of-length-at-dim = expected sequence of length { $expected } at dim { $dim } (got { $length })
fault-expected-sequence-in-place = expected sequence of length { $expected } at dim { $dim } (got { $length }) in { $place }
fault-row = row { $place }
fault-invalid-zip-archive = invalid Zip archive: { $why }
fault-could-not-find-eocd = Could not find EOCD
fault-a-list-stands-where-a-number = a list stands where a number should, in { $place }
fault-a-fraction-among-integers = a fraction among integers
fault-more-numbers-than-before = more numbers than before
fault-more-than-lists-in-one-another = more than { $count } lists in one another

# Files
fault-standard-input = standard input
fault-it-holds-one-tensor-without-a = it holds one tensor, without a name
fault-leave-out = leave out #{ $name }
fault-not-a-tensor-file = not a tensor file
fault-use-a-file-that-ends-in = use a file that ends in .safetensors, .pt, .npy or .json, or - for JSON on standard input
fault-there-is-no-tensor-in-it = there is no tensor { $name } in it
fault-it-holds = it holds { $names }
fault-there-are-no-tensors-in-it = there are no tensors in it
fault-neither-nor-is-in-it = neither { $single } nor { $index } is in it
fault-a-bare-pickle-torch-save-before = a bare pickle (torch.save before version 1.6, or not torch's)
fault-the-shape-needs-bytes-the-file = the shape { $shape } needs { $bytes } bytes, the file has { $there }
fault-the-file-was-cut-short-or = the file was cut short or something was appended
fault-not-a-npy-file = not a .npy file
fault-version-of-the-npy-format = version { $version } of the .npy format
fault-a-header-of-bytes-in-a = a header of { $size } bytes in a .npy file of { $length }
fault-the-header-is-not-text = the header is not text
fault-the-header-has-a-key = the header has a key { $key }
fault-the-header-has-twice = the header has { $key } twice
fault-the-header-goes-on-after-its = the header goes on after its end
fault-the-header-has-no = the header has no { $name }
fault-the-header-lacks-a = the header lacks a { $word }
fault-a-text-in-the-header-has = a text in the header has no end
fault-fortran-order-is-neither-true-nor = fortran_order is neither True nor False
fault-the-shape-in-the-header-is = the shape in the header is not a tuple of sizes
fault-unsupported-dtype = unsupported dtype { $dtype }
fault-in-python-save-instead = in Python, save { $this } instead
fault-in-python-convert-it-with-and = in Python, convert it with { $this } and save again

# .pt
fault-not-a-state-dict-that-can = not a state_dict that can be read: { $why }
fault-not-a-whole-zip-archive = not a whole zip archive: { $why }
fault-there-is-no-data-pkl-in = there is no data.pkl in it
fault-there-is-no-in-it = there is no { $name } in it
fault-in-it-is-compressed-which-torch = { $name } in it is compressed, which torch.save never does
fault-in-it-claims-a-size-that = { $name } in it claims a size that the file does not have
fault-its-byte-order-is-not-little = its byte order is { $order }, not little
fault-in-it-is-damaged-its-checksum = { $name } in it is damaged: its checksum differs
fault-its-directory-cannot-be-read = its directory cannot be read: { $why }
fault-is-in-it-twice = { $name } is in it twice
fault-more-than-dicts-in-one-another = more than { $count } dicts in one another
fault-it-repeats-itself-without-end = it repeats itself without end
fault-it-ends-before-all-of = it ends before all of its values are put together
fault-a-key-in-it-is-a-list = a key in it is a list or a dict
fault-a-key-in-it-is-neither = a key in it is neither text nor integer
fault-in-it-is-not-a-tensor = { $name } in it is not a tensor
fault-a-key-in-it-is-not = a key in it is not a string
fault-tensor-is-there-twice = tensor { $name } is there twice
fault-is-there-twice = { $name } is there twice
fault-it-holds-something-else-than-a = it holds something else than a state_dict: { $what }
fault-one-tensor = one tensor
fault-a-list-of-tensors = a list of tensors
fault-a-tuple-of-tensors = a tuple of tensors
fault-no-tensors = no tensors
fault-not-a-state-dict-but-a = not a state_dict but a checkpoint: there are dicts in it under { $names }
fault-load-it-with-statedict-load-flat = load it with StateDict::load_flat and take .under({ $name }), or in Python save only that part
fault-the-pickle-has-more-than-gb = the pickle has more than 4 GB
fault-it-uses-the-pickle-opcode-which = it uses the pickle opcode { $code }, which no state_dict needs
fault-it-has-pickle-protocol = it has pickle protocol { $number }
fault-the-pickle-is-cut-short = the pickle is cut short
fault-a-name-in-it-is-not = a name in it is not text
fault-it-builds-far-more-values-than = it builds far more values than its size explains
fault-an-integer-in-it-does-not = an integer in it does not fit in int64
fault-a-string-in-it-is-not = a string in it is not UTF-8
fault-it-appends-to-what-is-not = it appends to what is not a list
fault-it-sets-items-of-what-is = it sets items of what is not a dict
fault-more-than-values-in-one-another = more than { $count } values in one another
fault-it-takes-from-an-empty-stack = it takes from an empty stack
fault-it-closes-what-was-never-opened = it closes what was never opened
fault-it-stores-a-value-under-a = it stores a value under a number that torch.save would not reach
fault-it-recalls-what-was-never-stored = it recalls what was never stored
fault-it-calls-what-is-not-a = it calls what is not a function
fault-it-calls-a-function-with-what = it calls a function with what is not a tuple
fault-it-calls-with-arguments-that-torch = it calls { $name } with arguments that torch.save does not write
fault-a-tensor-in-it-has-backward = a tensor in it has backward hooks
fault-it-sets-attributes-as-no-state = it sets attributes as no state_dict does
fault-a-in-it-is-described-in = a { $what } in it is described in a way that torch.save does not use
fault-it-needs-which-is-not-run = it needs { $name }, which is not run here
fault-a-tensor-in-it-is-torch = { $why }: a tensor in it is torch.{ $dtype }
fault-to-open-it-in-python-would = to open it in Python would run code of it; where it was made, save tensors alone: { $code }
fault-in-python = in Python: { $code }
fault-it-is-conjugated-but-not-complex = it is conjugated, but not complex
fault-its-storage-has-two-kinds = its storage has two kinds
fault-its-storages-overlap-in-the-file = its storages overlap in the file
fault-sizes-but-strides = { $sizes } sizes but { $strides } strides
fault-the-shape-repeats-its-few-numbers = the shape { $shape } repeats its few numbers too often
fault-it-reaches-beyond-its-storage = it reaches beyond its storage

# .safetensors
fault-not-a-valid-safetensors-file = not a valid safetensors file: { $why }
fault-header-too-small = header too small
fault-header-too-large = header too large
fault-invalid-header-length = invalid header length
fault-incomplete-metadata-file-not-fully-covered = incomplete metadata, file not fully covered (interrupted download?)
fault-invalid-utf-in-header = invalid UTF-8 in header: { $why }
fault-invalid-json-in-header = invalid JSON in header: { $why }
fault-this-is-a-git-lfs-pointer = this is a Git LFS pointer, not the weights: run `git lfs pull`
fault-this-is-a-web-page-not = this is a web page, not the weights: download the file itself
fault-is-no-file-name = { $name } is no file name
fault-the-shard-is-not-there = the shard { $file } is not there
fault-it-does-not-know-the-shard = it does not know the shard { $file }
fault-is-in-not-in = { $name } is in { $file }, not in { $expected }
fault-it-does-not-know-in = it does not know { $name } in { $file }
fault-an-index-of-more-than-mb = an index of more than 100 MB
fault-not-the-index-of-a-model = not the index of a model in shards: { $why }
fault-it-does-not-fit-its-shards = it does not fit its shards: { $why }
fault-download-the-models-folder-again-index = download the model's folder again, index and shards of one state
fault-no-such-tensor = no such tensor
fault-tensor-is-which-safetensors-cannot-hold = tensor { $name } is { $kind }, which safetensors cannot hold
fault-convert-it-with-to-kind-kind = convert it with .to_kind(Kind::Float) before saving
fault-tensor-is-sparse-which-safetensors-cannot = tensor { $name } is sparse, which safetensors cannot hold
fault-save-tensor-to-dense-none-false = save tensor.to_dense(None, false) instead
fault-tensor-has-no-numbers-to-save = tensor { $name } has no numbers to save: { $why }

# Attention
fault-past-is-but-is-they-may = past_{ $name } is { $before } but { $name } is { $after }; they may differ in the sequence only, the last but one dimension
fault-is-but-the-notebooks-self-attention = { $name } is { $shape } but the notebook's self-attention takes two dimensions, [L, D]
fault-for-batches-and-heads-use-scaled = for batches and heads use scaled_dot_product_attention
fault-is-but-a-probability-is-between = { $name } is { $p } but a probability is between 0 and 1
fault-pass-from-keep-all-to-drop = pass { $name } from 0.0 (keep all) to 1.0 (drop all)
fault-query-is-but-key-is-and = query is { $query } but key is { $key } and value is { $value }; all three need one kind
fault-bring-them-to-one-kind-such = bring them to one kind, such as key.to_kind(query.kind())
fault-query-key-and-value-are-but = query, key and value are { $kind } but attention needs Float, Double, Half or BFloat16
fault-write-the-numbers-with-a-decimal = write the numbers with a decimal point, or use .to_kind(Kind::Float)
fault-attn-mask-is-but-should-be = attn_mask is { $mask } but should be Bool, Float or the query's { $kind }
fault-use-a-bool-mask-true-attend = use a Bool mask (true = attend), or a float one that is added to the scores
fault-is-on-but-query-is-on = { $name } is on { $is } but query is on { $should }
fault-move-it = move it: { $code }
fault-attn-mask-is-given-and-is = attn_mask is given and is_causal is true, but only one of them may be
fault-put-the-causal-order-into-the = put the causal order into the mask: attn_mask.logical_and(&causal_mask(..))
fault-is-dimension-s-but-attention-needs = { $name } is { $shape }, { $dims } dimension(s), but attention needs at least { $least }: { $needs }
fault-add-dimensions-in-front = add dimensions in front: { $code }
fault-query-is-but-has = query is { $shape } but { $name } has { $dim }={ $is }
fault-give-as-query-has = give { $name } { $dim }={ $should }, as query has
fault-key-is-but-value-has-s = key is { $shape } but value has S={ $is }
fault-every-key-needs-its-value-give = every key needs its value: give value S={ $should }
fault-key-is-but-value-has-h = key is { $shape } but value has H={ $is }
fault-with-enable-gqa-key-and-value = with enable_gqa key and value share their heads: give both the same H
fault-query-is-but-key-has-h = query is { $shape } but key has H={ $key }, which does not divide H={ $query }
fault-with-enable-gqa-the-heads-of = with enable_gqa the heads of key and value must divide the query's heads
fault-if-key-and-value-have-fewer = if key and value have fewer heads on purpose, pass enable_gqa: true
fault-if-key-and-value-have-fewer-2 = { $why }; if key and value have fewer heads on purpose, pass enable_gqa: true
fault-key-is-but-value-has = key is { $shape } but value has { $dim }={ $is }
fault-give-value-as-key-has = give value { $dim }={ $should }, as key has
fault-attn-mask-is-but-the-scores = attn_mask is { $mask } but the scores are { $scores }
fault-each-dimension-of-attn-mask-from = each dimension of attn_mask, from the right, must be 1 or equal that of the scores
fault-the-masks-kind-is-but-must = the mask's kind is { $kind } but must hold -inf: Float, Double, Half or BFloat16
fault-for-a-bool-mask-use-causal = for a Bool mask use causal_mask
fault-is-but-a-length-cannot-be = { $name } is { $value } but a length cannot be negative
fault-pass-or-more = pass { $name } = 0 or more
fault-is-but-should-be-b-one = { $name } is { $shape } but should be [B]: one number a row
fault-is-but-should-hold-integers = { $name } is { $kind } but should hold integers
fault-is-but-a-window-reaches-or = { $name } is { $size } but a window reaches 0 or more keys to a side
fault-none-leaves-that-side-open = None leaves that side open
fault-at-least-d-length-features = at least 2-D, [.., length, features]
fault-value-is-but-should-have-s = value is { $shape } but should have S={ $s }, as key is { $key }
fault-at-least-d-s-d = at least 2-D, [.., S, D]
fault-mask-is-but-should-be-bool = mask is { $kind } but should be Bool
fault-mask-is-but-the-scores-are = mask is { $shape } but the scores are { $scores }
fault-is-but-should-have-d-not = { $name } is { $shape } but should have D={ $should }, not D={ $is }
fault-the-last-dimension-of-query-and = the last dimension of query and key must fit the score function
fault-a-d-as-v-is-a = {"["}A={ $units }, D], as v is [A={ $units }]
fault-is-but-should-be = { $name } is { $shape } but should be { $wanted }
fault-cap-is-but-should-be-above = cap is { $cap } but should be above 0
fault-true-attend = true = attend
fault-leave-softcap-out-to-have-no = leave softcap out to have no cap

# Devices
fault-this-libtorch-has-no-mps-device = this libtorch has no MPS device
fault-this-libtorch-is-for-the-cpu = this libtorch is for the CPU alone
fault-libtorch-sees-no-cuda-device = libtorch sees no CUDA device
fault-there-are-numbered-from = there are { $count }, numbered from 0
fault-there-is-numbered-from = there is { $count }, numbered from 0
fault-device-is-not-available = device { $name } is not available: { $why }
fault-use-device-cpu-or-run-atencion = use --device cpu, or run `atencion doctor` to see why
fault-unknown-device = unknown device { $name }
fault-use-auto-cpu-cuda-cuda-n = use auto, cpu, cuda, cuda:N or mps
fault-no-step-only = no step { $name }, only { $names }

# The page
fault-holds-at = { $name } holds { $value } at { $place }
fault-every-number-must-be-finite-find = every number must be finite; find where the NaN or infinity comes from
fault-holds-complex-numbers = { $name } holds complex numbers ({ $kind })
fault-give-real-numbers-such-as-float = give real numbers, such as float32
fault-is-empty = { $name } is empty: { $shape }
fault-give-at-least-one-word-of = give at least one word of at least one number
fault-has-tokens-for = { $option } has { $n } tokens for { $count } { $what }
fault-rows-of-query = rows of query
fault-rows-of-key = rows of key
fault-rows-of-weights = rows of weights
fault-columns-of-weights = columns of weights
fault-give-exactly-tokens-or-cut-both = give exactly { $count } tokens, or cut both with --first
fault-query-has-heads-key-and-value = query has { $heads } heads, key { $k } and value { $v }
fault-give-all-three-as-l-e = give all three as [L, E], or all three as [H, L, D] with the same H
fault-the-input-has-heads-already-not = the input has { $heads } heads already, not { $other }
fault-leave-heads-away-or-give-query = leave --heads away, or give query, key and value as [L, E]
fault-heads-cannot-share-the-columns-of = { $heads } heads cannot share the { $width } columns of { $name }
fault-use-one-of = use one of { $numbers }
fault-the-mask-is-but-must-be = the mask is { $shape } but must be [L={ $l }, S={ $s }]
fault-one-row-for-each-query-word = one row for each query word, one column for each key word
fault-is-but-must-be-l-e = { $name } is { $shape } but must be [L, E] or [H, L, D]
fault-take-one-sentence-of-a-batch = take one sentence of a batch, as in q[0]
fault-has-words-a-page-can-play = { $name } has { $rows } words; a page can play with { $most }
fault-keep-the-first-ones-first = keep the first ones: --first { $most }
fault-has-numbers-a-word-a-page = { $name } has { $width } numbers a word; a page can play with { $most }
fault-give-one-head-q = give one head: q[:, :64]
fault-has-but-has = { $name } has { $dim }={ $is } but { $other } has { $letter }={ $should }
fault-query-is-l-e-key-s = query is [L, E], key [S, E], value [S, Ev]
fault-the-mask = the mask
fault-the-mask-holds-integers-other-than = the mask holds integers other than 0 and 1
fault-may-not-attend-and-may-or = 0 (may not attend) and 1 (may), or floating point (added to the scores)
fault-the-mask-holds = the mask holds { $kind }
fault-bool-true-attend-or-floating-point = bool (true = attend) or floating point (added to the scores)
fault-the-trace-has-no-step-to = the trace has no step { $name } to draw a page from
fault-pass-the-trace-of-scaled-dot = pass the trace of scaled_dot_product_attention_steps, or Q, K and V
fault-is-but-the-weights-ask-for = { $name } is { $shape } but the weights ask for { $wanted }
fault-queries-are-layers-heads-l-d = queries are [layers, heads, L, D], keys [layers, heads, S, D]
fault-numbers-in-queries-and-keys-are = { $count } numbers in queries and keys are too many
fault-keep-fewer-layers-or-words-for = keep fewer layers or words, for example q[:4, :, :128]
fault-is-but-must-be-layers-heads = { $name } is { $shape } but must be [layers, heads, L, S]
fault-take-one-sentence-of-a-batch-2 = take one sentence of a batch: torch.stack(attentions)[:, 0]
fault-has-words-a-page-can-show = { $name } has { $words } words; a page can show { $most }
fault-keep-the-first-ones-first-up = keep the first ones: --first 128 (up to { $most }), or cut in Python: { $code }
fault-has-weights-a-page-can-hold = { $name } has { $count } weights ({ $size }); a page can hold { $most }
fault-keep-the-first-words-first-or = keep the first { $most } words: --first { $first }, or fewer layers: attn[:4]

# Pictures
fault-a-table-has-two-dimensions-this = a table has two dimensions, this has { $count }
fault-complex-numbers-cannot-be-drawn = complex numbers cannot be drawn
fault-draw-their-real-part = draw their real part
fault-the-picture-cannot-be-drawn = the picture cannot be drawn: { $why }
fault-no-positional-encoding-is = no positional encoding is [{ $positions }, { $d }]
fault-use-at-least-one-position-and = use at least one position and one dimension
fault-words-do-not-fit-into-places = { $words } words do not fit into { $length } places
fault-use-between-one-word-and-as = use between one word and as many as there are places
fault-a-mask-of-words = a mask of { $words } words
fault-use-one-word-or-more = use one word or more
fault-there-is-nothing-to-draw-every = there is nothing to draw: every tensor is empty
fault-heatmaps-in-one-picture-at-most = { $count } heatmaps in one picture, at most { $most } fit
fault-draw-one-step-or-fewer-heads = draw one step, or fewer heads
fault-pixels-are-too-many-for-a = { $width } × { $height } pixels are too many for a PNG
fault-draw-one-step-or-write-an = draw one step, or write an SVG
fault-no-room-for-pixels = no room for { $width } × { $height } pixels

# The commands
fault-q-and-k-belong-to-one = --q and --k belong to one set of weights, but there are several
fault-make-one-page-for-each-set = make one page for each set
fault-tokens-are-utf-text-a-json = tokens are UTF-8 text: a JSON list of strings, or one a line
fault-no-such-file = no such file
fault-tokens-takes-a-file-a-json = --tokens takes a file, a JSON list, or the words themselves
fault-the-tokens-are-no-json-list = the tokens are no JSON list of strings: { $why }
fault-write = write { $this }
fault-no-notebook-ipynb-in-this-folder = no notebook (.ipynb) in this folder
fault-name-a-notebook-or-a-folder = name a notebook, or a folder that holds some
fault-not-an-ordinary-file-a-pipe = not an ordinary file (a pipe, a device or a folder)
fault-it-does-not-begin-with-line = it does not begin with `{"{"}` (line 1 column 1)
fault-name-an-ipynb-file-that-can = name an .ipynb file that can be read, or a folder that holds some
fault-not-a-notebook = not a notebook: { $why }
fault-open-it-in-jupyter-and-save = open it in Jupyter and save it again; it may be cut off or not be an .ipynb
fault-it-does-not-say-its-nbformat = it does not say its nbformat
fault-nbformat-is-too-old-is-read = nbformat { $version } is too old: 4 is read
fault-convert-it = convert it: { $command }
fault-nbformat-is-not-known-is-read = nbformat { $version } is not known: 4 is read
fault-save-it-as-nbformat = save it as nbformat 4
fault-it-has-no-list-of-cells = it has no list of cells
fault-cell = cell { $number }: { $why }
fault-its-source-is-null-or-missing = its source is null or missing
fault-cannot-start = cannot start { $python }: { $why }
fault-name-your-python-python-path-to = name your Python: --python /path/to/python
fault-name-a-python-or-newer-python = name a Python 3.9 or newer: --python /path/to/python
fault-ended-without-a-word = { $python } ended without a word
fault-was-ended-by-signal = { $python } was ended by signal { $signal }
fault-lacks = { $python } lacks { $modules }
fault-jupyter-could-not-run-it = Jupyter could not run it: { $why }
fault-it-said-nothing = it said nothing
fault-sandbox-bubblewrap-cannot-shut-anything-in = --sandbox: bubblewrap cannot shut anything in here: { $why }
fault-let-this-user-make-namespaces-or = let this user make namespaces, or run inside a container, without --sandbox
fault-sandbox-needs-bubblewrap-bwrap-which-is = --sandbox needs bubblewrap (bwrap), which is not installed
fault-sudo-apt-install-bubblewrap-or-run = sudo apt install bubblewrap, or run inside a container, without --sandbox
fault-sandbox-bwrap-cannot-be-started = --sandbox: bwrap cannot be started: { $why }
fault-no-tensor-named-is-written-in = no tensor named { $name } is written in the notebook
fault-the-tensors-written-there-are = the tensors written there are: { $names }
fault-numbers-do-not-fill-the-shape = { $count } numbers do not fill the shape { $shape }
fault-tokens-cannot-be-taken-away = { $count } tokens cannot be taken away
fault-there-is-nothing-to-draw = { $title }: there is nothing to draw
fault-keys-and-values-are-b-h-l-d = keys and values are [B, H, L, D], but these are { $shape }
fault-sliding-window-should-be-or-more = sliding_window should be 1 or more, but is { $value }
fault-the-cache-has-layers-there-is = the cache has { $count } layers, there is no layer { $layer }
fault-the-curve-cannot-be-drawn = the curve cannot be drawn: { $why }
fault-give-each-line-as-many-fields = give each line as many fields as the first one, and put quotes around a field with a comma in it
fault-the-chart-cannot-be-drawn = the chart cannot be drawn: { $why }
fault-a-layer-of-width = a layer of width { $width }
fault-give-1-or-more = give 1 or more
fault-there-is-nothing-to-measure = there is nothing to measure
fault-give-at-least-one-length = give at least one length, one batch and one number of threads
fault-number-is-not-above-0 = { $number } is not above 0
fault-give-lengths-batches-and-a-width = give lengths, batches and a width of 1 or more
fault-a-distance-the-width-or-the-batch = a distance, the width or the batch is not above 0
fault-give-numbers-of-1-or-more = give numbers of 1 or more
fault-what-the-sliding-window-has-left = what the sliding window has left behind cannot come back: the cache cannot be cropped
fault-the-tokenizer-cannot-be-put-together = the tokenizer cannot be put together: { $why }

# Model folders
fault-it-is-no-folder = it is no folder
fault-name-a-folder-with-config-json-and = name a folder with config.json and model.safetensors, as save_pretrained writes it, or owner/name on the Hub
fault-is-no-folder = { $name } is no folder
fault-the-feature-hub-of-the-crate = the feature `hub` of the crate atencion downloads models
fault-not-on-the-hub = { $name }: not on the Hub
fault-look-at-the-name-and-the-revision = look at the name and the revision
fault-the-hub-does-not-let-you-have-it = { $name }: the Hub does not let you have it
fault-the-name-may-be-wrong-if-it-is = the name may be wrong; if it is right, ask for access and set HF_TOKEN
fault-is-not-in-the-cache-and-offline = { $name } (revision { $revision }) is not in the cache, and HF_HUB_OFFLINE is set
fault-unset-hf-hub-offline-or-name = unset HF_HUB_OFFLINE, or name the model's folder
fault-the-server-said-nothing-for = { $name }: the server said nothing for { $number } seconds
fault-run-it-again-it-goes-on-where = run it again: it goes on where it stopped; HF_HUB_DOWNLOAD_TIMEOUT waits longer
fault-look-at-the-connection-offline = look at the connection; HF_HUB_OFFLINE=1 takes what is in the cache

# Checkpoints
fault-is-damaged-it-is-not-what = is damaged: it is not what was saved
fault-is-damaged-it-is-a-link = is damaged: it is a link or no file
fault-a-checkpoint-holds-its-own-files = a checkpoint holds its own files; copy what the link leads to
fault-make-room-the-checkpoints-before-this = make room; the checkpoints before this one are whole
fault-has-no-only = has no { $name }, only { $names }

# Writing on, and packed weights
fault-bad-words-ids-has-the-id-but-the = bad_words_ids has the id { $id }, but the vocabulary has { $count } tokens
fault-follow-fewer-beams = follow fewer beams
fault-the-scores-of-token-are-nothing-can-be = the scores of token { $at } are { $what }: nothing can be chosen
fault-nan-or-infinite = NaN or infinite
fault-the-weights-are-broken-or-the-kind-is = the weights are broken, or the kind is too small for them
fault-beams-need-candidates-but-there-are = { $beams } beams need { $keep } candidates, but there are { $count }
fault-at-most-more-can-be-written = at most { $count } more can be written
fault-cut-it-the-last-tokens-leave-room-for = cut it: the last { $count } tokens leave room for one
fault-follow-more-beams-or-take-fewer-sequences = follow more beams, or take fewer sequences
fault-give-max-new-tokens-or-a-larger-max = give max_new_tokens, or a larger max_length
fault-length-penalty-is = length_penalty is { $value }
fault-min-new-tokens-is-but-max-new-tokens = min_new_tokens is { $least }, but max_new_tokens is { $most }
fault-num-return-sequences-is-but-the-likeliest-token = num_return_sequences is { $count }, but the likeliest token each time makes one sequence
fault-num-return-sequences-is-but-there-are-num = num_return_sequences is { $count }, but there are num_beams={ $beams }
fault-one-of-bad-words-ids-is-empty = one of bad_words_ids is empty
fault-one-of-stop-strings-is-empty-it-would = one of stop_strings is empty: it would end every text at once
fault-a-stop-string-is-empty-it-would-end = a stop string is empty: it would end every text at once
fault-sample-or-follow-several-beams = sample, or follow several beams
fault-for-the-likeliest-token-each-time-do-not = for the likeliest token each time, do not sample
fault-1-changes-nothing = 1 changes nothing
fault-the-prompt-has-tokens-and-max-length-is = the prompt has { $tokens } tokens, and max_length is { $limit }: there is no room for another
fault-the-prompt-has-tokens-but-the-model-has = the prompt has { $tokens } tokens, but the model has { $positions } positions
fault-is-no-token-s-id = { $id } is no token's id
fault-should-be-more-than-0-but-is = { $name } should be more than 0, but is { $value }
fault-should-be-from-0-and-at-most-1 = { $name } should be from 0 and at most 1, but is { $value }
fault-should-be-more-than-0-and-at-most = { $name } should be more than 0 and at most 1, but is { $value }
fault-should-be-or-more-but-is = { $name } should be { $least } or more, but is { $value }
fault-tokens-and-more-are-longer-than-the-model = { $tokens } tokens and { $more } more are longer than the model's { $positions } positions
fault-it-is-not-json = it is not JSON: { $why }
fault-it-should-be-an-object-max-new-tokens = it should be an object: { $example }
fault-not-known-here = not known here: { $options }
fault-take-it-out-of-the-file-if-another = take it out of the file, if another way of choosing will do
fault-bias-is-but-should-be-contiguous = bias is { $shape } but should be {"["}{ $size }], contiguous
fault-input-is-but-its-last-dimension-should-be = input is { $shape }, but its last dimension should be in_features={ $size }
fault-packed-weights-take-float32-on-the-cpu-but = packed weights take float32 on the CPU, but the input is { $kind } on { $device }
fault-weights-that-are-packed-are-out-in-on = weights that are packed are [out, in] on the CPU, but these are { $shape } on { $device }
fault-weights-that-are-packed-are-floating-point-numbers = weights that are packed are floating-point numbers, but these are { $kind }
fault-an-encoder-decoder-needs-decoder-start-token-id = an encoder-decoder needs decoder_start_token_id or bos_token_id to write from
fault-attention-mask-is-but-input-ids-is = attention_mask is { $shape }, but input_ids is { $size }
fault-begin-with-the-model-s-bos-token-id = begin with the model's bos_token_id
fault-input-ids-should-be-int64-b-s-but = input_ids should be int64 [B, S], but is { $kind } { $shape }
fault-the-model-says-that-it-has-an-encoder = the model says that it has an encoder, but encodes nothing
fault-the-prompt-has-the-id-but-the-vocabulary = the prompt has the id { $id }, but the vocabulary has { $count } tokens
fault-the-prompt-is-empty-there-is-nothing-to = the prompt is empty: there is nothing to write on from
fault-call-generate-or-follow-one-beam = call generate, or follow one beam
fault-the-weights-are-broken-the-kind-is-too = the weights are broken, the kind is too small for them, or every token was forbidden
fault-with-num-beams-no-token-is-certain-before = with num_beams={ $beams } no token is certain before the end
fault-a-model-of-type-does-not-write = a model of type { $kind } does not write
fault-an-encoder-decoder-writes-about-what-it-has = an encoder-decoder writes about what it has read, and it has read nothing
fault-config-json-names-no-model-type = config.json names no model_type
fault-the-families-that-do-are-gpt2-llama-qwen2 = the families that do are gpt2, llama, qwen2, marian and bart
fault-should-be-but-is = { $name } should be { $wanted }, but is { $value }
fault-an-integer = an integer
fault-a-number = a number
fault-true-or-false = true or false
fault-true-false-or-never = true, false or "never"
fault-an-id-or-a-list = an id or a list of ids
fault-a-list-of-lists-of-ids = a list of lists of ids
fault-a-text-or-a-list = a text or a list of texts

# Several processes
fault-rank-of-says = rank { $rank } of { $size }: { $why }
fault-rank-of-doing = rank { $rank } of { $size }, { $doing }: { $why }
fault-rank-says = rank { $rank }: { $why }
fault-rank-is-gone = rank { $rank } is gone: its process { $process } has ended ({ $said })
fault-rank-is-gone-with-its-store = rank 0 is gone, and the store with it ({ $said })
fault-torchruns-store-is-gone = torchrun's store is gone ({ $said })
fault-a-group-that-has-lost = a group that has lost a process cannot go on: look at what that one said last, and start all of them again
fault-world-size-is-here = WORLD_SIZE is { $size } here, and { $first } where the first process came from
fault-two-processes-have-rank = two processes have RANK { $rank }
fault-of-the-ranks-did-not-come = of the ranks, { $names } did not come within { $seconds } s
fault-look-at-what-the-others-say = look at what the other processes say; all must have one MASTER_ADDR, MASTER_PORT and WORLD_SIZE, and each its own RANK
fault-environment-variable-expected = env://: environment variable { $name } expected, but not set
fault-start-with-torchrun = start the processes with torchrun --no-python, which sets it
fault-not-a-number-from-0 = env://: { $name } is { $value }, not a number from 0
fault-rank-but-world-size = env://: RANK is { $rank }, but WORLD_SIZE is { $size }
fault-ranks-are-counted = ranks are counted from 0 to WORLD_SIZE - 1
fault-port-must-have-value = port must have value from 0 to 65535 but was { $port }.
fault-no-port-is-free = no port is free: { $why }
fault-the-store-cannot-listen = the store cannot listen on port { $port }: { $why }
fault-another-program-has-the-port = another program has the port: choose another MASTER_PORT for all processes
fault-no-store-at = no store at { $place }: { $why }
fault-rank-0-must-run = rank 0 must run, and MASTER_ADDR and MASTER_PORT lead to it; is a firewall between?
fault-unknown-backend = Unknown backend type { $name }
fault-gloo-or-nccl = gloo or nccl
fault-nccl-without-gpus = ProcessGroupNCCL is only supported with GPUs, no GPUs found!
fault-nccl-is-not-built-in = Distributed package doesn't have NCCL built in
fault-take-gloo = take Gloo, which carries tensors on CUDA as well
fault-ranks-have-other-lines = { $what }: rank 0 has { $first }, rank { $rank } has { $other }
fault-the-versions-differ = the versions differ
fault-the-recipes-differ = the recipes differ
fault-the-data-differ = the data differ
fault-the-models-differ = the models differ
fault-the-checkpoints-differ = the checkpoints differ: is --out a folder that all machines share?
fault-start-all-the-same = start all processes with the same program, arguments and files
fault-of-rank-is-not-that-of-rank-0 = { $what }: { $name } of rank { $rank } is not that of rank 0
fault-one-of-the-machines-errs = one of the machines computes or receives wrong numbers: go on from the last checkpoint without it
fault-bucket-cap = bucket_cap_mb is { $cap }, not a positive number
fault-ddp-is-not-needed = DistributedDataParallel is not needed when a module doesn't have any parameter that requires a gradient.
fault-no-mean = { $kind } tensors have no mean
fault-take-sum = take Sum, or make them floating point first
fault-broadcast-from = broadcast from rank { $rank }, but ranks are 0 to { $last }
fault-not-cut-into-parts = a tensor of shape { $shape } is not cut into { $parts } parts
fault-cut-evenly = the first dimension is cut, evenly
fault-invalid-rank = Invalid rank { $rank }, rank should be in the interval [0, { $last }]
fault-nothing-to-share-out = there is nothing to share out: the data set is empty
fault-not-shared-out-evenly = a batch of { $size } is not shared out evenly to { $processes } processes
fault-take-a-multiple = take a batch size that is a multiple of them
fault-loader-has-another-generator = the loader was saved with a generator of its own, or is to have one
fault-make-the-loader-as-it-was = make the loader as it was when it was saved
