// The page's texts in English. strings_es.js has the same names.

export const en = {
  title: "atencion: attention to look at and play with",
  views: "Views",
  view_play: "Play",
  view_read: "Read",
  view_look: "Look",
  view_parts: "Parts",
  tip_play: "Change the numbers and watch every step follow",
  tip_read: "The six steps, with formula, Python and Rust",
  tip_look: "Which word looks at which",
  tip_parts: "Positions, masks, heads, and the whole Transformer",
  language: "Language",
  theme: "Theme",
  theme_auto: "As the system",
  theme_light: "Light",
  theme_dark: "Dark",
  saveSvg: "Save this view as SVG",
  savePng: "Save this view as PNG",
  saved: "Saved {name}",
  copy: "Link",
  copyTip: "Copy the address of exactly this view",
  copied: "Address copied",
  copyByHand: "Copy the address from the browser's address bar",
  reset: "Start again",
  wasReset: "Everything is as at the start",

  inputs: "Inputs",
  steps: "Steps",
  heads: "Heads",
  shownHead: "Head shown",
  divideLabel: "Scale",
  off: "off",
  maskLabel: "Mask",
  mask_none: "none",
  mask_causal: "causal",
  mask_given: "given",
  mask_custom: "own",
  temperature: "Temperature",
  editHint:
    "Type in any cell (Page Up and Page Down change it by 0.1), click in the mask to hide or show a word. Cells that change light up on their way down.",
  pointHint: "Point at a cell: what made it lights up, and the sum appears here.",
  moreTerms: "{n} more terms",
  notDivided: "not divided: {score} stays {score}",
  allHidden:
    "every word is hidden: the weights are 0, as torch's fused attention gives (torch.softmax alone gives NaN)",
  outputWord: "out",
  flows_q:
    "The query of “{word}”: goes into its own row of scores, and so into its own output only.",
  flows_k:
    "The key of “{word}”: goes into its column of scores; softmax carries it into every row.",
  flows_v:
    "The value of “{word}”: goes into this column of every output, as far as each word looks at it.",
  cell: "{what}, {row}, {col}: {value}",
  hiddenWord: "minus infinity, hidden",
  editCell: "Value of the chosen cell",

  queries: "Queries",
  keys: "Keys",
  keysTurned: "Keys, transposed",
  values: "Values",
  scores: "Scores",
  scaled: "Scaled",
  mask: "Mask",
  masked: "Masked",
  weights: "Weights",
  output: "Output",

  readLead:
    "Each word asks a question (query), every word offers a label (key) and something to tell (value). Attention compares the question with every label and mixes what they tell. Point at any result to see what made it.",
  whichWord: "Follow",
  allWords: "all words (matrix)",
  step_vectors: "Query, key, value",
  say_vectors:
    "Every word has three vectors: a query (what it looks for), a key (what it is found by), and a value (what it gives).",
  step_scores: "Scores",
  say_scores:
    "The dot product of a query with a key says how well they match: multiply number by number and add.",
  step_scaled: "Divide by √d",
  say_scaled:
    "Long vectors make large dot products, and softmax would then see only the largest; dividing by the square root of their length keeps the scores comparable.",
  step_masked: "Mask",
  say_masked:
    "What may not be seen gets −∞: a padding word, or the future when text is written word by word.",
  noMaskHere:
    "This input hides nothing, so the mask is all zeros. The lines show how the causal mask is written.",
  step_weights: "Softmax",
  say_weights:
    "e to each score, divided by the row's sum: all weights lie between 0 and 1 and each row adds up to one.",
  step_output: "Weighted sum",
  say_output:
    "Each value times its weight, added up: the word's new vector holds most of what it looked at most.",
  agrees:
    "Checked: Rust's numbers (libtorch, float32 unless your file says otherwise) and this page's differ by at most {difference}.",
  differs:
    "Careful: this page's numbers and those of Rust differ by {difference}; very large inputs lose digits in float32.",

  lookAs: "Show as",
  look_lines: "lines",
  look_matrix: "matrix",
  look_neuron: "neurons",
  look_all: "all heads",
  whichSet: "Weights",
  playedWith: "From Play",
  layer: "Layer",
  allHeads: "all",
  headTip: "Show only this head; with Ctrl or Shift, add it or take it out",
  linesLabel:
    "Lines from each word to the words it looks at. Up and down choose a word, left and right the side.",
  matrixLabel: "Attention weights as a matrix. The arrow keys choose a cell.",
  allLabel: "Every layer and head as a small matrix. The arrow keys choose one, Enter opens it.",
  neuronLabel: "Query and keys number by number. Up and down choose the word.",
  legend: "Colours from 0, dark, to {top}, bright",
  queryWords: "looks (query)",
  keyWords: "is seen (key)",
  pointWord: "point at a word",
  pointCell: "Point at a cell, or use the arrow keys.",
  pointHead:
    "Point at a head (across) of a layer (down); press to open it. In each, the largest weight is the brightest.",
  layerHead: "Layer {layer}, head {head}",
  lookCell: "“{row}” looks at “{col}” with weight {value}",
  looksAt: "looks at",
  seenBy: "is seen by",
  rowSum: "The row adds up to {sum}.",
  columnSum: "All together: {sum}.",
  meanOf: "Mean of {n} heads.",
  oneHead: "Layer {layer}, head {head}.",
  neuronHint:
    "Head {head}: choose a word on the left. Its query q meets each key k: multiplied number by number (blue below zero, orange above), added up to q · k, turned into a weight.",
  neuronNeeds:
    "The neuron view needs queries and keys: give them with --q and --k, shaped [layers, heads, L, D].",
  weightWord: "weight",
  howWeights: "How to look at your own model",
  howShape: "[layers, 1, heads, L, S]",
  howWeightsText:
    "Two lines of Python write the attention of any Hugging Face model; one command makes this page of it.",
  notice_sum:
    "{rows} of {of} rows of weights do not add up to one (the furthest: {worst}). They are shown as they are.",
  notice_range:
    "{count} weights lie outside 0 to 1 (the furthest: {worst}). They are shown as they are.",

  parts: "Parts",
  part_positional: "Positions",
  part_causal: "Causal mask",
  part_multihead: "Several heads",
  part_stack: "Encoder and decoder",
  part_seq2seq: "Between two sentences",
  say_part_positional:
    "Attention by itself does not know the order of words. So each place gets its own pattern of sines and cosines, from fast waves to slow ones, which is added to the word's vector.",
  say_part_causal:
    "When text is written word by word, a word must not look at those that come after it. The mask puts −∞ there, and softmax turns it into exactly 0.",
  say_part_multihead:
    "One softmax gives one way of looking. Several heads look in several ways at once: each takes its share of the columns, and the outputs are laid side by side again.",
  say_part_stack:
    "The whole Transformer, as in “Attention Is All You Need”. Open any piece to see what it is made of.",
  say_part_seq2seq:
    "In translation, each word that is written asks all the words that were read. Here this input's queries stand for the decoder's states and its keys and values for the encoder's; go through the steps.",
  positionalLabel:
    "Positional encoding: a row for each position, a column for each dimension. The arrow keys choose a cell.",
  positionalFormula:
    "PE(pos, 2i) = sin(pos ÷ 10000^(2i/d)),   PE(pos, 2i+1) = cos(pos ÷ 10000^(2i/d))",
  positionalFormulaConcatenated:
    "PE(pos, i) = sin(pos ÷ 10000^(2i/d)) in the left half,  PE(pos, d/2 + i) = cos of the same in the right half",
  size: "Positions × dimensions",
  thisInput: "this input, {size}",
  layout: "Layout",
  layout_interleaved: "sine, cosine by turns (paper)",
  layout_concatenated: "sines left, cosines right (Illustrated Transformer)",
  ownPositions: "With this input",
  ownInput: "Embeddings (one for each different word)",
  ownEncoding: "Positional encoding",
  ownSum: "Their sum: what attention reads",
  withoutMask: "Without the mask: every word sees every word",
  withMask: "With the mask: nobody sees the future",
  causalWhy:
    "The first word can only look at itself, so its weight is 1. Each row still adds up to one: what the future would have had is shared among the past.",
  oneHeadOnly:
    "The vectors of this input can only go to one head: their widths share no other divisor.",
  splitTitle: "1. Share out the columns",
  eachHead: "2. Each head attends by itself",
  concatTitle: "3. Lay the outputs side by side (concat)",
  concatThen: "In a model a learned matrix W_O follows, which mixes what the heads found.",
  moreHeads: "… and {n} more heads, calculated in the same way.",
  headN: "head {n}",
  decoderStep: "Decoder step",
  seq2seqLabel: "The decoder's state asks the encoder's states; bars and lines show the weights.",
  encoderStates: "encoder states (keys, values)",
  decoderState: "decoder state (query)",
  sumScores: "Scores",
  sumWeights: "Softmax",
  sumContext: "Context",
  alignment: "Who looks at whom",
  context: "Context vectors",
  scoreFunctions: "Four ways to score",
  score_dot: "Dot product",
  say_score_dot: "The simplest: no parameters.",
  score_scaled: "Scaled dot product",
  say_score_scaled: "The Transformer's.",
  score_bilinear: "Bilinear (Luong)",
  say_score_bilinear: "A learned matrix W between the two; the lengths may differ.",
  score_mlp: "Small network (Bahdanau)",
  say_score_mlp: "Also called additive.",

  oneOfHeads:
    "Head {head} of {n}: each head has its own scores and weights, and its context is its share of the columns.",
  piece_projectAcross: "Projections, from two places",
  say_piece_projectAcross:
    "The query is made of the decoder's vector x; key and value of m, the encoder's memory: what was read.",
  ownWhy:
    "Positions are added to the embeddings, before any query, key or value is made of them. This input has no embeddings, so each different word is given one here: the same word has the same numbers, and only its place tells it apart.",
  sine: "sin",
  positionalAt: "Column {col} is {name} with i = {pair}",
  linkToFile:
    "this page is a file of yours, so its address is nothing to others: the view alone was copied; put it behind the address of their own copy",
  stackHint: "Press a piece to open or close it.",
  openAll: "Open all",
  closeAll: "Close all",
  seeNumbers: "See it with numbers",
  skip: "↱ x also goes around (residual)",
  piece_model: "Transformer",
  say_piece_model:
    "The encoder reads the source sentence; the decoder writes the target, word by word, looking at what it has written and at what the encoder read.",
  piece_encoder: "Encoder",
  say_piece_encoder:
    "Six layers of the same build, one after the other. What comes out (the memory) goes to every layer of the decoder.",
  piece_decoder: "Decoder",
  say_piece_decoder:
    "Six layers again, each with one more attention: over the encoder's memory. At the end, the next word.",
  piece_embedding: "Embedding + position",
  say_piece_embedding: "Each token becomes a vector, and its place is added to it.",
  piece_encoderLayer: "Encoder layer",
  say_piece_encoderLayer:
    "First the words look at each other, then each is worked on by itself. Around both goes a shortcut, and a normalisation follows.",
  piece_decoderLayer: "Decoder layer",
  say_piece_decoderLayer:
    "Look at what is already written (masked), look at the source (cross-attention), then work on each word by itself.",
  piece_selfAttention: "Self-attention",
  say_piece_selfAttention:
    "Queries, keys and values all come from the same sentence: every word looks at every word.",
  piece_maskedAttention: "Masked self-attention",
  say_piece_maskedAttention: "As before, but a word sees only itself and those before it.",
  piece_crossAttention: "Cross-attention",
  say_piece_crossAttention:
    "The queries come from the decoder, keys and values from the encoder's output.",
  piece_norm: "Add and normalise",
  say_piece_norm:
    "The shortcut is added, then each vector is brought to mean 0 and variance 1, with learned gain and bias.",
  piece_forward: "Feed-forward",
  say_piece_forward:
    "Two linear layers with a relu between, the same for each word, with four times the width inside.",
  piece_project: "Projections",
  say_piece_project: "Three learned matrices make query, key and value out of each word's vector.",
  piece_split: "Split into heads",
  say_piece_split: "The columns are shared out: H heads of width D = E/H.",
  piece_dot: "Scaled dot-product attention",
  say_piece_dot: "The six steps of this page, in each head.",
  piece_concat: "Concat and project",
  say_piece_concat: "The heads' outputs side by side, mixed by W_O.",
  piece_vocabulary: "Linear + softmax",
  say_piece_vocabulary:
    "A score for every word of the vocabulary, turned into probabilities: the next word.",
  looks_all: "encoder: every word looks at every word",
  looks_past: "decoder: only at itself and the words before",
  looks_other: "decoder looks at the encoder's words",
};
