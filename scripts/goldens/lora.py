"""LoRA as peft has it: what it draws, computes, learns, saves and merges, beside the models of tests/golden/models.

    python scripts/goldens/lora.py FOLDER [PEFT]      (or scripts/golden.py lora)

Needs peft: pip install --no-deps --target PEFT peft accelerate, and PEFT here or in PYTHONPATH. A folder a model: `drawn/`
and `learned/` are adapters as peft saves them, before the first step and after the last; in expected.safetensors are the
inputs and what came of them.
"""

import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForImageClassification, AutoModelForSeq2SeqLM
from transformers import AutoModelForSequenceClassification

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from _machine import fingerprint

MODELS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "models"
STEPS = 3
CASES = {
    "gpt2": (AutoModelForCausalLM, {"target_modules": ["c_attn", "mlp.c_proj"], "task_type": "CAUSAL_LM"}),
    "llama": (AutoModelForCausalLM, {"target_modules": ["q_proj", "v_proj"], "use_rslora": True}),
    "bert_cls": (AutoModelForSequenceClassification, {"target_modules": ["query", "value"], "task_type": "SEQ_CLS"}),
    "marian": (AutoModelForSeq2SeqLM, {"target_modules": ["q_proj", "v_proj"], "task_type": "SEQ_2_SEQ_LM"}),
    "vit": (AutoModelForImageClassification, {"target_modules": ["q_proj", "v_proj"], "modules_to_save": ["classifier"]}),
}


def inputs_of(name, config):
    generator = torch.Generator().manual_seed(5)
    if name == "vit":
        size = config.image_size if isinstance(config.image_size, int) else config.image_size[0]
        pixels = torch.randn(2, config.num_channels, size, size, generator=generator)
        return {"pixel_values": pixels, "labels": torch.tensor([1, 0])}
    ids = torch.randint(3, config.vocab_size - 1, (2, 6), generator=generator)
    labels = torch.tensor([1, 0]) if name == "bert_cls" else ids.flip(1).contiguous()
    return {"input_ids": ids, "labels": labels}


def saved(model, folder):
    """Its README says nothing that a test could hold."""
    model.save_pretrained(folder)
    (folder / "README.md").unlink()


def make(folder):
    if len(sys.argv) > 2:
        sys.path.insert(0, sys.argv[2])
    try:
        from peft import LoraConfig, get_peft_model
    except ModuleNotFoundError:
        print("lora is left as it is: there is no peft")
        return

    for name, (auto, options) in CASES.items():
        shutil.rmtree(folder / name, ignore_errors=True)
        model = auto.from_pretrained(MODELS / name, dtype=torch.float32)
        inputs = inputs_of(name, model.config)
        torch.manual_seed(7)
        model = get_peft_model(model, LoraConfig(r=3, lora_alpha=5, lora_dropout=0.2, **options))
        model.peft_config["default"].base_model_name_or_path = f"../../../models/{name}"
        saved(model, folder / name / "drawn")
        model.train()
        learned = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(learned, lr=0.02)
        losses = []
        for _ in range(STEPS):
            loss = model(**inputs).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.detach())
        saved(model, folder / name / "learned")
        model.eval()
        with torch.no_grad():
            found = {"losses": torch.stack(losses), "logits": model(**inputs).logits}
            model = model.merge_and_unload()
            found["merged_logits"] = model(**inputs).logits
        tensors = {**inputs, **found}
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / name / "expected.safetensors", fingerprint())


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]))
