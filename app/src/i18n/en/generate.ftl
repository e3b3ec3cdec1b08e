# atencion generate: a model writes on.
generate-speed = { $tokens } tokens in { $seconds } s: { $speed } tokens/s
generate-empty = the prompt is empty, and the model has no token that begins a text
generate-empty-mend = give it a word to write on from
generate-no-prompt = there is no prompt
generate-no-prompt-mend = give it as an argument, or on standard input: echo "Once upon a time" | atencion generate DIR
generate-beams-drawn = beams follow the likeliest sequences, and the other options draw tokens
generate-beams-drawn-mend = take out --num-beams, or draw beams with --do-sample
generate-dtype = int8 and int4 are computed on the CPU
generate-dtype-mend = give --device cpu, or --dtype f16
