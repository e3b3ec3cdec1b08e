"""What Python's transformers, tokenizers and sentencepiece make of random texts: `_tokenizers.py OUT SEED COUNT`.

Writes a model folder a family into OUT, and OUT/cases.json: texts (as hexadecimal bytes, some of them no UTF-8) with
ids, tokens, offsets and what they decode to. GPT-2's and BERT's vocabularies are the real ones, in tests/golden/; all
the others are trained here.
"""

import gzip
import io
import json
import os
import pathlib
import random
import sys
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")

import sentencepiece
import tokenizers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, BertTokenizer, GPT2Tokenizer, LlamaTokenizer, MarianTokenizer

OUT = pathlib.Path(sys.argv[1])
COUNT = int(sys.argv[3])
RANDOM = random.Random(int(sys.argv[2]))
GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "tokenizer"

WORDS = (
    "the attention mechanism of a Transformer weighs every token by its query key value softmax "
    "la atención es todo lo que necesitas perro café señor niña über straße naïve résumé "
    "Привет мир 日本語 の テキスト 中文 한국어 العربية हिन्दी 2026 3.14159 don't we've I'M HTTPServer snake_case"
).split()
POOLS = [
    "abcdefghij XYZ  \n",
    "0123456789.,-+ ",
    "áéíóúñçüß ÀÉ",
    "日本語中文한국어각ｶﾞ①½ﬁ",
    "🙂👍🏽❤️🔥👩‍👩‍👧‍👦🇫🇷",
    "e\u0301o\u0308\u0327 A\u030a\u1112\u1161\u11ab",
    "'\"`!?;:()[]{}<>|\\/@#$%^&*_=+~ ",
    "\t\r\n\x00\x01\x7f\xa0\u00ad\u200b\u200d\u2028\u3000\ufeff\ufffd\u2581",
    "".join(map(chr, range(0x20, 0x250))),
]
MARKS = ["<s>", "</s>", "<unk>", "<pad>", "[MASK]", "[CLS]", "<|endoftext|>", ">>fr<<", "<user>", "<0x41>"]


def text():
    kind = RANDOM.random()
    if kind < 0.35:
        return " ".join(RANDOM.choices(WORDS, k=RANDOM.randint(1, 12)))
    if kind < 0.65:
        return "".join(RANDOM.choice(RANDOM.choice(POOLS)) for _ in range(RANDOM.randint(0, 40)))
    if kind < 0.75:
        parts = RANDOM.choices(WORDS + MARKS, k=RANDOM.randint(1, 8))
        return RANDOM.choice(["", " "]).join(parts)
    if kind < 0.85:
        return "".join(RANDOM.choices(WORDS + [" ", "  ", "\n", ", ", ". "], k=RANDOM.randint(1, 20)))
    return "".join(chr(point()) for _ in range(RANDOM.randint(0, 20)))


def point():
    while True:
        at = RANDOM.randrange(RANDOM.choice([0x100, 0x3000, 0x10000, 0x110000]))
        if not 0xD800 <= at < 0xE000:
            return at


def sample():
    """A text as bytes, sometimes cut or changed so that they are no UTF-8."""
    data = text().encode()
    if data and RANDOM.random() < 0.1:
        at = RANDOM.randrange(len(data))
        data = data[:at] + bytes(RANDOM.choices(range(256), k=RANDOM.randint(0, 3))) + data[at + RANDOM.randint(0, 2) :]
    return data


def corpus():
    lines = [" ".join(RANDOM.choices(WORDS, k=12)) for _ in range(400)]
    return lines + [text().replace("\0", "") for _ in range(800)]


def spm(path, **options):
    model = io.BytesIO()
    defaults = {"hard_vocab_limit": False, "minloglevel": 5, "character_coverage": 0.98, "num_threads": 1}
    sentences = iter(line.replace("\n", " ") for line in corpus())
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=sentences, model_writer=model, **{**defaults, **options})
    path.write_bytes(model.getvalue())
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def gpt2(folder, **config):
    merges = gzip.decompress((GOLDEN / "gpt2_merges.txt.gz").read_bytes()).decode()
    alphabet = [c for c in map(chr, [*range(33, 127), *range(161, 173), *range(174, 256)])]
    alphabet += [chr(256 + n) for n in range(256 - len(alphabet))]
    tokens = alphabet + ["".join(line.split()) for line in merges.split("\n")[1:] if line] + ["<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: id for id, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text(merges, encoding="utf-8")
    configure(folder, tokenizer_class="GPT2Tokenizer", **config)
    return GPT2Tokenizer.from_pretrained(folder)


def bert(folder, **config):
    (folder / "vocab.txt").write_bytes(gzip.decompress((GOLDEN / "bert_uncased_vocab.txt.gz").read_bytes()))
    configure(folder, tokenizer_class="BertTokenizer", **config)
    return BertTokenizer.from_pretrained(folder)


def llama(folder, **config):
    spm(folder / "tokenizer.model", model_type="bpe", vocab_size=900, byte_fallback=True, user_defined_symbols=["<user>"],
        normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True)
    configure(folder, tokenizer_class="LlamaTokenizer", add_bos_token=True, **config)
    return LlamaTokenizer.from_pretrained(folder)


def marian(folder, **config):
    source = spm(folder / "source.spm", vocab_size=700)
    target = spm(folder / "target.spm", vocab_size=600, normalization_rule_name="nmt_nfkc_cf")
    pieces = ["</s>", "<unk>", ">>fr<<", ">>es<<"]
    for model in (source, target):
        pieces += [p for p in map(model.id_to_piece, range(model.get_piece_size())) if p not in pieces]
    pieces = [p for p in pieces if p != "<s>"] + ["<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: id for id, piece in enumerate(pieces)}))
    configure(folder, tokenizer_class="MarianTokenizer", model_max_length=512, **config)
    return MarianTokenizer.from_pretrained(folder)


def json_file(folder, tokenizer, **config):
    tokenizer.save(str(folder / "tokenizer.json"))
    configure(folder, tokenizer_class="PreTrainedTokenizerFast", **config)
    return AutoTokenizer.from_pretrained(folder)


def llama3(folder):
    """Llama 3's way: a regular expression with look-ahead, bytes, words that are tokens taken whole."""
    pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    split = pre_tokenizers.Split(tokenizers.Regex(pattern), behavior="isolated")
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<|begin_of_text|>", "<|end_of_text|>"]
    trainer = trainers.BpeTrainer(vocab_size=1000, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{special[0]} $A", pair=f"{special[0]} $A {special[0]} $B:1", special_tokens=[(special[0], 0)])
    return json_file(folder, tokenizer, bos_token=special[0], eos_token=special[1], pad_token=special[1])


def t5(folder):
    """T5's way: a unigram model and SentencePiece's table of replacements, in tokenizer.json."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=3000, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return json_file(folder, tokenizer, eos_token="</s>", pad_token="<pad>", unk_token="<unk>")


def configure(folder, **config):
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def encodings(tokenizer, texts, **call):
    """What the tokenizer makes of each text, or of each pair of them."""
    cases = []
    for value in texts:
        pair = value if isinstance(value, tuple) else (value,)
        shown = [part.decode("utf-8", "replace") for part in pair]
        got = tokenizer(*shown, return_offsets_mapping=tokenizer.is_fast, return_token_type_ids=tokenizer.is_fast, **call)
        case = {"text": pair[0].hex(), "ids": got["input_ids"], "tokens": tokenizer.convert_ids_to_tokens(got["input_ids"])}
        if len(pair) == 2:
            case["pair"] = pair[1].hex()
        if tokenizer.is_fast:
            case["offsets"], case["type_ids"] = got["offset_mapping"], got["token_type_ids"]
        case["decoded"] = tokenizer.decode(got["input_ids"])
        case["decoded_plain"] = tokenizer.decode(got["input_ids"], skip_special_tokens=True)
        cases.append(case)
    return cases


FAMILIES = {
    "gpt2": gpt2,
    "gpt2_prefix_space_bos": lambda folder: gpt2(folder, add_prefix_space=True, add_bos_token=True, pad_token="<|endoftext|>"),
    "bert_uncased": bert,
    "bert_cased": lambda folder: bert(folder, do_lower_case=False),
    "bert_accents_kept": lambda folder: bert(folder, strip_accents=False, tokenize_chinese_chars=False),
    "llama": llama,
    "llama_legacy": lambda folder: llama(folder, legacy=True, add_eos_token=True),
    "marian": marian,
    "llama3": llama3,
    "t5": t5,
}


def family(name):
    folder = OUT / name
    folder.mkdir(parents=True)
    tokenizer = FAMILIES[name](folder)
    texts = [b"", b" ", b"\n", *(sample() for _ in range(COUNT - 3))]
    record = {"cases": encodings(tokenizer, texts), "size": len(tokenizer)}
    few = texts[:: max(1, COUNT // 100)]
    limits = {"truncation": True, "max_length": 8}
    record["truncated"] = encodings(tokenizer, few, **limits)
    if tokenizer.is_fast:
        pairs = list(zip(few, reversed(few)))
        record["pairs"] = encodings(tokenizer, pairs)
        record["pairs_truncated"] = encodings(tokenizer, pairs, **limits)
    if name == "marian":
        record["target"] = [
            {"text": data.hex(), "ids": tokenizer(text_target=data.decode("utf-8", "replace"))["input_ids"]} for data in few
        ]
    if tokenizer.pad_token is not None:
        batch = tokenizer([data.decode("utf-8", "replace") for data in few[:20]], padding=True)
        record["padded"] = {"texts": [data.hex() for data in few[:20]], "ids": batch["input_ids"], "mask": batch["attention_mask"]}
    return record


def pieces(name, **options):
    """SentencePiece alone."""
    model = spm(OUT / f"{name}.model", **options)
    cases = []
    for _ in range(COUNT):
        data = sample()
        got = model.encode(data.decode("utf-8", "replace"), out_type=str)
        cases.append({"text": data.hex(), "pieces": got, "decoded": model.decode_pieces(got)})
    return cases


MODELS = {
    "unigram_nmt_nfkc": {"vocab_size": 700},
    "unigram_identity_bytes": {"vocab_size": 900, "normalization_rule_name": "identity", "byte_fallback": True},
    "unigram_casefold_suffix": {"vocab_size": 500, "normalization_rule_name": "nfkc_cf", "treat_whitespace_as_suffix": True},
    "unigram_spaces_kept": {"vocab_size": 500, "remove_extra_whitespaces": False, "add_dummy_prefix": False,
                            "user_defined_symbols": ["<user>", "token", "の"], "control_symbols": ["<ctl>"]},
    "bpe_nmt_nfkc": {"vocab_size": 700, "model_type": "bpe"},
    "bpe_bytes": {"vocab_size": 900, "model_type": "bpe", "byte_fallback": True, "user_defined_symbols": ["<user>", "tt"]},
}


def trained():
    """A byte-level BPE as recipes train it."""
    lines = corpus()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=700, min_frequency=2, special_tokens=["<|endoftext|>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    return {"lines": lines, "bpe": json.loads(tokenizer.to_str())["model"]["vocab"]}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    result = {"families": {name: family(name) for name in FAMILIES}, "trained": trained()}
    result["models"] = {name: pieces(name, **options) for name, options in MODELS.items()}
    (OUT / "cases.json").write_text(json.dumps(result))


main()
