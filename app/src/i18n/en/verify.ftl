# atencion verify: the report.
verify-title = { $file } · nbformat 4.{ $minor } · { $cells ->
    [one] 1 cell
   *[other] { $cells } cells
}
verify-in-the-code = In the code, run in Rust:
verify-use-agrees = { $place }: attention of queries { $shape }, as this crate computes it
verify-use-agrees-causal = { $place }: causal attention of queries { $shape }, as this crate computes it
verify-use-differs = { $place }: attention of queries { $shape } that is not right
verify-use-unknown = { $place }: attention of queries { $shape }, in a variant that is not compared
verify-tried = (tried on inputs made here)
verify-written = { $place }: attention is written here, but nothing of it could be computed.
verify-line-written = attention that could not be computed here
verify-stale = { $place }: the stored output is stale: it says { $there }, the code gives { $given }. Run the notebook again.
verify-typed-in = { $place }: the stored output is the expected table, typed in: it says { $there }, the code gives { $given }.
verify-copied = { $place }: the table is copied: the code writes down the expected numbers, and nothing computes them.
verify-line-stored = { $count ->
        [one] an output that its code does not give
       *[other] { $count } outputs that their code does not give
    }
verify-line-code = the attention in its code is right, or a variant that is not compared
verify-head-cell = cell:
verify-head-id = id
verify-head-kind = where
verify-head-part = taken for
verify-head-shape = shape
verify-head-difference = diff
verify-head-precision = precision
verify-literal = code
verify-table = table
verify-output = output
verify-variable = variable
verify-bits = bit-exact
verify-ulps = { $ulps ->
    [one] 1 ulp
   *[other] { $ulps } ulps
}
verify-digits = { $digits ->
    [one] 1 digit
   *[other] { $digits } digits
}
verify-entry = { $index }: { $found }, should be { $right }
verify-more = … and { $more } more
verify-not-course = not the course's own input: results are held against this one.
verify-other-inputs = These are the results of the course's inputs, but the notebook's { $input } is another. Was it copied with a slip?
verify-follows = It follows from the same mistake as above.
verify-unknown = No known mistake makes these numbers.
verify-mistake = Mistake: { $sentence }
verify-or = Or: { $sentence }
verify-line = The line to change ({ $place }):
verify-right = It should read:
verify-place = cell { $cell }, line { $line }
verify-place-cell = cell { $cell }

verify-duplicate-id = Several cells have the id { $id }.
verify-unknown-cell = Cell { $cell } is of an unknown kind: passed over.
verify-syntax = Cell { $cell } is no Python (syntax error in line { $line }): passed over; the other cells count.
verify-too-deep = Cell { $cell }, line { $line }: brackets nested deeper than Python allows: passed over; the other cells count.
verify-too-long = Cell { $cell } holds more code than can be read: passed over; the other cells count.
verify-not-python = The notebook is in { $language }: only its tables and outputs were read.
verify-no-inputs = Not found as numbers in the code: { $names }. Name them with --q, --k and --v, or use --run if they are computed.
verify-misfit = Q, K and V do not fit each other, or are too large for an exercise: { $shapes }.
verify-summarised = { $place }: the tensor was printed with “...”, so most of its numbers are not there: not compared.

verify-run-whole = The notebook was run, a copy of it, to its end.
verify-run-impossible = The notebook could not be run: { $what }
verify-run-raised = { $place } raised { $what }.
verify-run-no-module = { $place } raised { $what }. Install it into that Python, or name another: --python PATH.
verify-fresh-drawn = { $place }: the stored output says { $there }, this run gives { $given }; numbers are drawn anew each time.
verify-fresh = { $place }: the stored output is not what running the cell gives: it says { $there }, the run gives { $given }. Run the notebook again and store it.
verify-run-went-on = The cells after it were run all the same, and all that was computed was compared.
verify-run-raised-more = … and { $more } more cells failed.
verify-run-endless = Running it was stopped in { $place }, which had not ended after { $seconds } seconds (--timeout). What came before was compared.
verify-run-died = Running it stopped in { $place }: the kernel died. What came before was compared.

verify-all-agree = { $count ->
    [one] The one value that could be compared agrees.
   *[other] All { $count } values that could be compared agree.
}
verify-some-differ = { $differ } of { $count } values differ.
verify-first = The first to differ: { $part }, { $place }.
verify-nothing = Nothing to compare was found.
verify-not-computed = No result is computed there yet: only the inputs and the expected table were compared.
verify-line-agree = { $count } agree
verify-line-differ = { $count } differ
verify-sum-agrees = agree
verify-sum-differs = differ
verify-sum-pending = pending: nothing is computed yet
verify-sum-error = with a cell that raised an exception
verify-sum-nothing = with nothing to compare
verify-sum-unreadable = could not be read or run
verify-raised = { $place } raised { $what } when the notebook was stored.
verify-line-not-computed = nothing computed yet

part-mask = causal mask
part-scores = scores Q Kᵀ
part-scaled = scaled Q Kᵀ/√d
part-masked = masked scores
part-weights = weights
part-weights-causal = weights, causal
part-output = output
part-output-causal = output, causal
part-layer-norm = layer norm: { $of }

step-scores = scores
step-scale = scaling
step-mask = mask
step-softmax = softmax
step-output = output
step-dtype = dtype
step-layer-norm = layer norm

museum-intro = Known mistakes, each with the numbers that it makes of Práctica 3 (Q, K and V of 4×3): the output; with a causal mask where the mistake is in the mask; its layer normalisation where the mistake is in that.
museum-same = On this example it makes the same four digits as: { $others }.
museum-k-not-transposed = K is not transposed: features are compared with features, and not words with words.
museum-view-for-transpose = view or reshape stands in place of the transpose: the shape is right, but the numbers are in the wrong order.
museum-q-k-reversed = Q and K have changed places: each key asks, and the queries answer.
museum-q-with-itself = Q is multiplied by itself: K is never used.
museum-k-with-itself = K is multiplied by itself: Q is never used.
museum-no-scaling = The scores are not divided by √d_k.
museum-scaled-by-d = The scores are divided by d_k in place of √d_k.
museum-scaled-by-sqrt-length = The scores are divided by the root of the number of words in place of √d_k.
museum-scaled-by-sqrt-all = The scores are divided by the root of how many numbers K has in place of √d_k.
museum-multiplied-by-sqrt-d = The scores are multiplied by √d_k, and not divided by it.
museum-scaled-after-softmax = The division by √d_k comes after the softmax: the weights no longer add up to 1.
museum-mask-multiplied = The mask is multiplied: what is to be hidden gets the score 0, and not −∞, and is still seen.
museum-mask-tiny = The mask is filled with −1e-9 (nearly 0) where −1e9 or −∞ was meant.
museum-mask-minus-1 = The mask is filled with −1: far too little to hide anything; it has to be −∞.
museum-mask-minus-2 = The mask is filled with −2: too little to hide anything; it has to be −∞.
museum-mask-minus-5 = The mask is filled with −5: what is to be hidden still shows a little; it has to be −∞.
museum-mask-minus-10 = The mask is filled with −10: what is to be hidden still shows in the fourth digit; it has to be −∞.
museum-mask-upside-down = The mask is upside down (triu in place of tril): each word sees what comes after it, and not what came before.
museum-mask-inverted = The mask is inverted: what may be seen is hidden, and the other way round; the last word sees nothing (nan).
museum-mask-hides-itself = The mask hides the diagonal: no word sees itself, and the first sees nothing (nan).
museum-mask-one-ahead = The mask is one too far to the right: each word sees the one after it.
museum-mask-after-softmax = The mask comes after the softmax: the weights no longer add up to 1.
museum-mask-zero = The mask is filled with 0: what is to be hidden gets the score 0, and not −∞, and is still seen.
museum-sign-flipped = The scores have the wrong sign: what is most alike weighs least.
museum-v-for-k = V stands in place of K: the queries are compared with the values.
museum-rounded-between-steps = A value is rounded between two steps: all that follows inherits the lost digits.
museum-integer-inputs = The inputs are whole numbers: what stood after the point is lost.
museum-row-skipped = The loop skips a row: its result stays 0.
museum-row-missing = A row is missing: the result has a row for each query.
museum-softmax-wrong-dim = The softmax runs over the wrong dimension: the columns add up to 1, and not the rows.
museum-softmax-over-all = The softmax runs over all scores at once: all the weights together add up to 1, and not each row.
museum-softmax-twice = The softmax is taken twice: the weights are nearly equal.
museum-no-softmax = There is no softmax: the scores themselves are used as weights.
museum-sigmoid-for-softmax = A sigmoid stands in place of the softmax: the rows do not add up to 1.
museum-log-softmax = log_softmax stands in place of softmax: the weights are negative.
museum-no-exponential = The scores are divided by their sum, without the exponential of the softmax.
museum-not-normalised = The exponential is there, but not the division by its sum: the rows do not add up to 1.
museum-weights-times-k = The weights are multiplied by K in place of V.
museum-weights-times-q = The weights are multiplied by Q in place of V.
museum-weights-transposed = The weights are transposed before they are multiplied by V.
museum-v-transposed = V is transposed.
museum-float16 = It is computed in float16: only three digits are right.
museum-bfloat16 = It is computed in bfloat16: only two digits are right.
museum-norm-over-columns = The layer normalisation runs over the columns: it has to run over each row.
museum-norm-over-all = The layer normalisation runs over all numbers at once: it has to run over each row.
museum-norm-eps-outside = eps is added outside the root: it belongs to the variance, inside.
museum-norm-no-eps = eps is missing under the root.
museum-norm-unbiased = The variance is divided by n − 1: layer normalisation divides by n (unbiased=False).
museum-norm-no-root = It is divided by the variance, and not by its root.
museum-norm-not-centred = The mean is not subtracted.

# atencion verify --help.
help-verify-paths = Notebooks (.ipynb), or folders that hold some
help-verify-run = Execute a copy of the notebook too, and compare every tensor at full precision. This runs the notebook's code with your rights: only run notebooks that you trust
help-verify-python = The Python to run with; by default the active environment's, else python3
help-verify-jobs = How many notebooks at a time; without it one with --run, else one a processor
help-verify-timeout = Seconds that a cell may take
help-verify-sandbox = Shut the run in with bubblewrap: no network, nothing writable but a temporary folder, no other process seen
help-verify-require_solution = A notebook that computes no result yet is one that differs (exit code 1)
help-verify-q = The name that stands for Q
help-verify-k = The name that stands for K
help-verify-v = The name that stands for V
help-verify-museum = List the known mistakes, each with its numbers on the course's example
help-verify-after = Exit codes: 0 all agree, or compute nothing yet; 1 some differ, or a cell raises an exception; 2 something could not be read or run; 3 there is nothing to compare.
help-verify-require-solution = A notebook in which nothing is computed yet counts as different (exit code 1)
