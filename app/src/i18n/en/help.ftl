# Help. clap's English texts in the code are what shows where one is missing here.
help-atencion = PyTorch's attention in Rust: the same line, the same numbers.
help-notebook = Práctica 3: inputs, each step, the result table (also without any command)
help-verify = Hold a notebook's literals, tables and outputs against Rust
help-explain = The six steps of attention, with Python line, Rust line, formula and tensor
help-explore = Write one offline HTML page to look at attention and play with it
help-phrasebook = How do I say this PyTorch line in tch?
help-doctor = Which libtorch, which version, which devices; and how to mend what is wrong

help-usage = Usage:
help-options-name = [OPTIONS]
help-command-name = COMMAND
help-commands = Commands
help-options = Options
help-arguments = Arguments
help-default = default: { $value }
help-possible = one of: { $values }

help-name-FILE = FILE
help-name-DEVICE = DEVICE
help-name-WORDS = WORDS
help-name-WHAT = WHAT

help-arg-revision = Of owner/name: a branch, a tag or a commit; without it, main
help-arg-help = Show this help
help-arg-version = Show the version
help-arg-lang = Language of what is said; the locale's by default
help-arg-device = Where to compute: auto, cpu, cuda, cuda:N or mps
help-arg-json = One JSON document on standard output, at full precision
help-arg-svg = Write the heatmaps as an SVG picture
help-arg-png = Write the heatmaps as a PNG picture

help-explain-q = Queries [L, E]: a .safetensors, .pt, .npy or .json file (FILE#NAME names a tensor in it), or - for JSON on standard input; without --q, --k and --v, the practice
help-explain-k = Keys [S, E]
help-explain-v = Values [S, Ev]
help-explain-mask = Mask [L, S]: true or 1 = may look; numbers with a point are added to the scores
help-explain-causal = A word looks only at itself and the words before it
help-explain-heads = Split queries, keys and values into that many heads
help-explain-tokens = The words, names for rows and columns: a file (JSON list, or one a line), a JSON list, or the words with commas or spaces between
help-explain-step = Show this step alone, 1 to 6
help-explain-row = Follow one query word, counted from 1, through the numbers
help-explain-no-pager = Do not use a pager (PAGER, else less) where the text is longer than the screen
help-explain-picture = Draw something else instead: the sinusoids of a positional encoding in both layouts, a causal mask or a padding mask; with --svg or --png into a file
help-explain-size = Size of that picture: POSITIONSxDIMENSIONS, WORDS, or WORDSxPLACES [default: 20x512, 8, 5x8]
help-explain-after =
    Examples:
      atencion explain                          the practice, step by step
      atencion explain --row 2                  its second word, number by number
      atencion explain --step 5 --svg w.svg     the weights, and a picture of them
      atencion explain --q q.npy --k k.npy --v v.npy --causal --heads 2
      atencion explain --picture positional --png pe.png

help-phrasebook-words = Only the phrases with all of these words, in Python, in Rust or in the name of a group; none shows the whole book
help-phrasebook-no-pager = Do not use a pager (PAGER, else less) where the text is longer than the screen
help-phrasebook-after =
    Examples:
      atencion phrasebook                 the whole book
      atencion phrasebook softmax         whatever has softmax in it
      atencion phrasebook traps           a group, by its name
help-name-WORD = WORD

help-port = A notebook's Rust twin, line for line: each Python line as a comment, under it the Rust that does the same
help-port-file = A notebook in Python (.ipynb)
help-port-stdin = Read lines of Python from standard input instead
help-port-output = Where to: a notebook of Rust (.ipynb) or one file (.rs); without it, the file on standard output
help-name-OUT = OUT
help-port-after =
    Examples:
      atencion port practica3.ipynb -o practica3.rs
      echo "import torch; x = torch.ones(2).softmax(0)" | atencion port --stdin

help-train = Train a model from a recipe: digits to copy, reverse and sort, a small GPT, a translator, a BERT, a Vision Transformer
help-train-recipe = A recipe's name (--list explains them), or a file that ends in .toml
help-train-list = Explain the recipes that come with the program
help-train-base = For the recipe finetune: the model's folder in Hugging Face's layout, or owner/name on the Hub
help-train-data = For the recipe finetune, what the model learns from: a text (GPT-2, Llama), texts with labels (.jsonl, .csv, .tsv: BERT), pairs separated by tabs (Marian), a folder of pictures for each label (ViT)
help-train-learn = For the recipe finetune, what of the model learns: whole, its head only, or LoRA beside its weights, written as peft writes it
help-train-merge = For LoRA: put what was learned into the weights at the end, so that the folder is a model by itself
help-train-settings = Another value for a key of the recipe, such as train.lr=0.001; may be given several times
help-train-out = Where everything goes: the whole recipe, metrics, checkpoints, the best and the last model, a report; without it runs/RECIPE
help-train-resume = Go on with a training that was stopped or killed, with the bits of one that never was
help-train-samples = Show what the model says at each evaluation
help-train-profile = At the end, show where the time went: the share of each of libtorch's operators
help-train-device = Where to compute
help-train-nproc = Start that many processes on this machine, which share each batch: the same training, sooner
help-train-max-restarts = With --nproc: start them again from the last checkpoint when one has failed, so often
help-train-check-ranks = Compare the weights of all processes every so many steps; 0 never does
help-name-RECIPE = RECIPE
help-train-after =
    Examples:
      atencion train sort --samples
      atencion train gpt --set data.text=book.txt --out book
      atencion train gpt --set data.text=book.txt --out book --resume
      atencion train finetune gpt2 --data book.txt --learn lora --merge

help-name-DIR = DIR
help-name-TEXT = TEXT
help-name-INPUT = INPUT
help-name-K = K
help-name-REVISION = REVISION

help-tokenize = A text in the pieces that a model reads: pieces, ids, and where each stands in the text
help-tokenize-dir = A model's folder in Hugging Face's layout, or owner/name on the Hub
help-tokenize-text = The text
help-tokenize-no-special-tokens = Leave out the tokens that the tokenizer puts around the text
help-tokenize-after =
    Examples:
      atencion tokenize models/bert "The model reads pieces."
      atencion tokenize openai-community/gpt2 "Attention is all you need" --json

help-name-L = L
help-name-H = H
help-name-HOW = HOW
help-explain-model = A model's folder, or owner/name on the Hub: one head of one layer of it, while it reads TEXT
help-explain-layer = Which layer of the model, counted from 0
help-explain-head = Which head of that layer, counted from 0
help-explain-text = What the model reads: a text, or a picture's file

help-fill-mask = Which words a model would put where one is missing
help-fill-mask-dir = A model's folder in Hugging Face's layout, or owner/name on the Hub
help-fill-mask-text = The text, with [MASK] where a word is missing
help-fill-mask-top = How many words to show for each place
help-fill-mask-after =
    Examples:
      atencion fill-mask google-bert/bert-base-uncased "The capital of France is [MASK]."
      atencion fill-mask models/bert "The [MASK] reads." --top 3 --json

help-embed = Texts as vectors, and how near to one another they are
help-embed-dir = A model's folder in Hugging Face's layout, or owner/name on the Hub
help-embed-texts = The texts; of several the matrix of their cosines is shown
help-embed-pooling = How a text's tokens become one vector: their mean, or the first; without it what the folder says, else the mean
help-embed-after =
    Examples:
      atencion embed sentence-transformers/all-MiniLM-L6-v2 "eating food" "eating bread" "a fast car"
      atencion embed models/bert "The model reads." --pooling cls --json

help-classify = What a model takes a text or a picture for, the likeliest first
help-classify-dir = A model's folder in Hugging Face's layout, or owner/name on the Hub
help-classify-input = A text, or a picture: PNG, JPEG or WebP
help-classify-top = How many labels to show
help-classify-after =
    Examples:
      atencion classify google/vit-base-patch16-224 cat.jpg
      atencion classify models/vit cat.jpg --top 3 --json
      atencion classify models/bert-sentiment "What a film!"

help-generate = A model writes on from a prompt, or answers
help-generate-dir = A model's folder, as save_pretrained writes it, or owner/name on the Hub
help-generate-prompt = What to write on from; without it, standard input
help-generate-chat = Hold a conversation: each line of standard input is answered; with PROMPT, one answer
help-generate-show = Show the five likeliest tokens of each step
help-generate-json = One JSON document on standard output: ids, texts, log-probabilities
help-arg-dtype = What the weights are kept as: the smaller, the faster
help-arg-fast = float32 by kernels of our own; the last bits differ from those of transformers
help-generate-max-new-tokens = At most that many tokens; by default what the folder says, else 20
help-generate-min-new-tokens = At least that many tokens
help-generate-greedy = The likeliest token each time, whatever the folder says
help-generate-do-sample = Draw tokens, as the sampling options below do by themselves
help-generate-temperature = Below 1 the likely becomes likelier, above 1 all become alike
help-generate-top-k = Draw from the K likeliest; by default 50
help-generate-top-p = Draw from the likeliest that together have probability P
help-generate-min-p = Draw from what is at least P times as likely as the likeliest
help-generate-typical-p = Draw from what is about as surprising as can be expected, up to probability P
help-generate-seed = Seed of the draws: the same as torch.manual_seed
help-generate-repetition-penalty = Above 1 what is there already becomes less likely
help-generate-no-repeat-ngram-size = No N tokens come twice in the same order
help-generate-bad-words = Never write this text; can be given several times
help-generate-stop = End at this text; can be given several times
help-generate-num-beams = Follow N sequences at once, and show the best
help-generate-length-penalty = Of beams: above 0 favours long sequences
help-generate-early-stopping = Of beams: when it is enough
help-generate-num-return-sequences = How many sequences are shown
help-name-PROMPT = PROMPT
help-name-KIND = KIND
help-name-WHEN = WHEN
help-generate-after =
    Examples:
      atencion generate gpt2 "Once upon a time"
      atencion generate gpt2 "Once upon a time" --temperature 0.8 --top-p 0.9 --seed 1
      atencion generate gpt2 "The capital of France is" --show --max-new-tokens 3
      atencion generate gpt2 "Hello" --num-beams 4 --num-return-sequences 4 --json
      atencion generate SmolLM2-135M-Instruct --chat

help-translate = A model reads a text and writes it in another language, line by line
help-translate-dir = A model's folder, as save_pretrained writes it: Marian or BART, or owner/name on the Hub
help-translate-text = What to translate; without it, each line of standard input
help-translate-num-beams = Follow N translations at once, and show the best; without it, what the folder says, else 4
help-translate-max-new-tokens = At most that many tokens; without it, what the folder says
help-translate-json = A JSON document a line on standard output: texts, ids, score
help-translate-after =
    Examples:
      atencion translate opus-mt-en-es "Attention is all you need."
      cat book.txt | atencion translate opus-mt-en-es > libro.txt

help-lab = Recurrence, convolution and attention, measured on this machine
help-lab-what = What to measure: what a layer costs, or what it remembers
help-lab-lengths = Words of a sequence; in recall, pairs to remember
help-lab-width = Numbers of a word; by default 128, in recall 64
help-lab-batch = Sequences at once; in cost, one measurement for each
help-lab-threads = Cost: threads of an operator, one measurement for each; by default all
help-lab-seconds = Cost: seconds to repeat each measurement for
help-lab-task = Recall: what is asked at the end, the first pair or any pair
help-lab-steps = Recall: steps that each layer learns for
help-lab-lr = Recall: Adam's learning rate
help-lab-seed = Of the weights and the words
help-lab-html = Write a page with the charts and the tables
help-lab-svg = Write the chart as an SVG picture
help-lab-png = Write the chart as a PNG picture
