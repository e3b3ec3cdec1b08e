# atencion lab: recurrence, convolution and attention, measured.
lab-family-rnn = RNN
lab-family-lstm = LSTM
lab-family-gru = GRU
lab-family-convolution = convolution
lab-family-attention = attention
lab-family-rnn-the = the RNN
lab-family-lstm-the = the LSTM
lab-family-gru-the = the GRU
lab-family-convolution-the = the convolution
lab-family-rnn-The = The RNN
lab-family-lstm-The = The LSTM
lab-family-gru-The = The GRU
lab-family-convolution-The = The convolution
lab-family-attention-The = Attention
lab-words = words
lab-machine = this CPU, { $cores } cores
lab-bad-number = --seconds is below 0, or --lr is not above 0
lab-bad-number-mend = give another number, such as --seconds 0.5 or --lr 0.003

lab-cost-title = What a layer costs: recurrence, convolution, self-attention
lab-cost-setup = One layer, { $width } numbers a word, float32, on { $machine }. Medians.
lab-cost-group = batch { $batch }, { $threads } threads
lab-cost-training = Forward and backward
lab-cost-forward = Forward alone
lab-cost-memory = Memory of forward and backward
lab-cost-on-this = On this machine, forward and backward
lab-cost-always = · Attention is faster than { $other } at every length measured.
lab-cost-never = · Attention is slower than { $other } at every length measured.
lab-cost-up-to = · Attention is faster than { $other } up to { $words } words, then slower.
lab-cost-from = · Attention is slower than { $other } up to { $words } words, then faster.
lab-cost-mixed = · Attention is now faster, now slower than { $other }.
lab-cost-waits = What no machine can do at once: operators that wait for one another
lab-cost-chain = a layer, n={ $words }
lab-cost-path = path, n={ $words }
lab-cost-waits-note = Counted in autograd's graph, in libtorch's plain operators. A convolution over three words needs many layers until the last word knows of the first; attention needs one.
lab-paper = Attention Is All You Need, table 1 (n words, d numbers a word, kernel k)
lab-paper-cost = cost of a layer
lab-paper-waits = sequential operations
lab-paper-path = longest path
lab-paper-recurrent = recurrence

lab-recall-copy = What a layer remembers: the first pair
lab-recall-associative = What a layer remembers: any pair
lab-recall-setup = One layer, { $width } numbers a word, { $steps } steps of { $batch } sequences, { $values } values: guessing is right once in { $values }. On { $machine }.
lab-recall-right = Right answers on fresh sequences
lab-recall-distance = pairs
lab-recall-all = { $layer } remembers every distance that was asked for.
lab-recall-none = { $layer } remembers none: at { $beyond } pairs it is right in { $share }.
lab-recall-until = { $layer } remembers { $until } pairs; at { $beyond } it is right in { $share }.
