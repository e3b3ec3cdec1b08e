# atencion explain
explain-title = Attention in six steps
explain-intro = Each word asks (its query q), offers itself (its key k) and has something to give (its value v). Attention compares each question with every key and mixes the values accordingly.

explain-step = Step { $number } of { $steps }
explain-title-1 = Queries, keys and values
explain-title-2 = Dot products
explain-title-3 = Divide by √d_k
explain-title-4 = Mask
explain-title-5 = Softmax
explain-title-6 = Weighted sum

explain-sentence-1 = Every word comes as three rows of numbers: what it looks for (query), what it is found by (key) and what it passes on (value).
explain-sentence-2 = The dot product of a query and a key is their score: the more the two rows agree, the larger it is.
explain-sentence-3 = Longer rows make larger scores; divided by √d_k they stay of one size, so that softmax in step 5 does not give everything to a single word.
explain-sentence-4 = A score that must not count becomes −∞: the softmax of step 5 turns it into exactly 0.
explain-sentence-5 = Softmax turns each row of scores into weights between 0 and 1 that sum to 1: how much each word looks at each other word.
explain-sentence-6 = Each word's result is the sum of all the values, every one multiplied by its weight.
explain-no-mask = Here there is none: every word may look at every word. With --causal or --mask FILE, a score that must not count becomes −∞.

explain-per-word = per word
explain-matrix = matrix
explain-python = Python
explain-rust = Rust
explain-here = here

explain-per-word-1 = qᵢ, kⱼ, vⱼ: rows i and j of Q, K and V
explain-per-word-2 = qᵢ·kⱼ = Σₑ qᵢ[e] · kⱼ[e]
explain-per-word-3 = sᵢⱼ = qᵢ·kⱼ / √d_k
explain-per-word-4 = sᵢⱼ = −∞ where word i may not look at word j
explain-per-word-5 = aᵢⱼ = exp(sᵢⱼ) / Σₙ exp(sᵢₙ)
explain-per-word-6 = zᵢ = Σⱼ aᵢⱼ · vⱼ

explain-row-title = The word { $word }, from its scores to its result
explain-row-left-out = { $count ->
    [one] (and 1 key of smaller weight)
   *[other] (and { $count } keys of smaller weight)
}

explain-no-such-row = there is no row { $row }: the query words are numbered from 1 to { $count }
explain-no-such-row-mend = use --row 1 to --row { $count }
explain-stdin-twice = standard input can be read only once, and two of --q, --k, --v and --mask are -
explain-stdin-twice-mend = put the others into files
explain-empty = { $name } is empty: its shape is { $shape }
explain-empty-mend = give at least one word, and one number a word
explain-no-floats = { $name } holds no floating point numbers
explain-no-floats-mend = give float16, bfloat16, float32, float64 or whole numbers
explain-not-finite = { $name } holds { $count ->
    [one] a number that is nan or infinite
   *[other] { $count } numbers that are nan or infinite
}
explain-not-finite-mend = one of them is enough to make whole rows of the result nan: replace them first
explain-mask-nan = { $file }: the mask holds a nan
explain-mask-nan-mend = use true and false, 1 and 0, or numbers to add to the scores (-Infinity: may not look)
explain-too-long = { $queries } queries × { $keys } keys are too many to explain: with heads counted ({ $heads }), the limit is { $most }
explain-too-long-mend = cut them, in Python for instance: q[..., :1000, :], k[..., :1000, :], v[..., :1000, :]
explain-words = { $words ->
    [one] one word in --tokens
   *[other] { $words } words in --tokens
}, but { $queries } queries and { $keys } keys
explain-words-mend = give a word for each query or for each key
explain-heads-shape = { $name } cannot be split into heads: its shape is { $shape }
explain-heads-shape-mend = give [L, E] or [B, L, E]; [H, L, E] already has heads
explain-heads = { $size } numbers a word in { $name } cannot be shared out among { $heads } heads
explain-heads-mend = use a number of heads that divides it
explain-size = no size: { $text }
explain-size-mend = use 8, or 20x512; each number from 1 to { $most }
explain-all-hidden = every key is hidden, so there is nothing to share out: all weights are 0, as in torch's attention (torch.softmax alone would give nan)
explain-no-such-head = there is no head { $head } of layer { $layer }: the model has { $layers } layers of { $heads } heads, counted from 0
explain-no-such-head-mend = use --layer and --head below those numbers
