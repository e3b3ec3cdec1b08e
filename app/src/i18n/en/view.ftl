# What pictures and heatmaps say.
heatmap-more-slices = { $count ->
    [one] … and 1 more
   *[other] … and { $count } more
}
heatmap-empty = (empty)
heatmap-means = each cell is the mean of { $shape } numbers
picture-trace = The steps of attention as heatmaps
picture-causal = Causal mask
picture-causal-caption = word i looks at words j ≤ i: 1 = looks, 0 = does not
picture-padding = Padding mask
picture-padding-caption = { $words } words in { $length } places: nobody looks at the padding
picture-positional = Positional encoding
picture-positional-interleaved = Positional encoding: sine and cosine in turn
picture-positional-halves = Positional encoding: sines, then cosines
picture-positional-caption = { $positions } positions (down) × { $d } dimensions (across)
