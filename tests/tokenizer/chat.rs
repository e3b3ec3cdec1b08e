//! Chat templates, beside the `jinja2` of Python's `transformers`, and such as misbehave.

use std::process::Command;

use atencion::tokenizer::Tokenizer;
use serde_json::{Value, json};
use support::python_with_torch;

use super::folders::folder;

/// A tokenizer of two words; what matters here is the template.
const TOKENIZER: &str = r#"{"version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": null,
    "post_processor": null, "decoder": null, "truncation": null, "padding": null,
    "model": {"type": "WordLevel", "vocab": {"<s>": 0, "</s>": 1}, "unk_token": "<s>"}}"#;

fn tokenizer(template: &str) -> Tokenizer {
    let config =
        json!({"bos_token": "<s>", "eos_token": "</s>", "chat_template": template}).to_string();
    let folder = folder(&[("tokenizer.json", TOKENIZER), ("tokenizer_config.json", &config)]);
    Tokenizer::from_pretrained(folder.path()).unwrap()
}

/// Templates in use, of several families.
const TEMPLATES: [&str; 6] = [
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "{{ bos_token }}{% for message in messages %}\n    {% if message.role == 'user' %}\n[INST] {{ message.content | trim }} [/INST]\n    {%- elif message.role == 'assistant' %}\n {{ message.content.strip() }}{{ eos_token }}\n    {%- else %}\n<<{{ message.role | upper }}>>{{ message.content }}\n    {% endif %}\n{% endfor %}",
    "{%- set ns = namespace(count=0) -%}{% for m in messages %}{% set ns.count = ns.count + 1 %}{{ loop.index0 }}:{{ ns.count }}:{{ m | tojson }}\n{% endfor %}{{ messages | length }}{{ messages[-1].content.split(' ')[0] }}",
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set rest = messages[1:] %}{% else %}{% set system = 'none' %}{% set rest = messages %}{% endif %}{{ system }}|{% for m in rest %}{{ m.content.upper() }}{{ '' if loop.last else ',' }}{% endfor %}",
    "{% for m in messages if m.role != 'system' %}{% if m.content is defined and m.content is string %}{{ m['content'].replace('a', 'ä').startswith('h') }}{% endif %}{% if loop.index == 2 %}{% break %}{% endif %}{% endfor %}",
    "{% macro turn(m) %}<{{ m.role }}>{{ m.content.rstrip() }}</{{ m.role }}>{% endmacro %}{% for m in messages %}{{ turn(m) }}{% endfor %}{{ messages | tojson(indent=2) }}",
];

fn conversation() -> Value {
    json!([
        {"role": "system", "content": "Be brief. <b>&\"'</b>"},
        {"role": "user", "content": "  hello señor 🙂 \n"},
        {"role": "assistant", "content": "Hi, what?"},
        {"role": "user", "content": "Attention\tplease"},
    ])
}

const SCRIPT: &str = "
import json, sys
from transformers.utils.chat_template_utils import render_jinja_template
templates, messages = json.load(sys.stdin)
def one(template, prompt):
    return render_jinja_template([messages], chat_template=template, add_generation_prompt=prompt,
                                 bos_token='<s>', eos_token='</s>')[0][0]
print(json.dumps([[one(template, prompt) for prompt in (False, True)] for template in templates]))
";

#[test]
fn templates_give_what_python_gives() {
    let Some(python) = python_with_torch() else { return };
    let input = json!([TEMPLATES, conversation()]).to_string();
    let file = folder(&[("input.json", &input)]);
    let output = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(std::fs::File::open(file.path().join("input.json")).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected: Vec<[String; 2]> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(expected.len(), TEMPLATES.len());
    for (template, expected) in TEMPLATES.iter().zip(expected) {
        let tokenizer = tokenizer(template);
        let ours = [false, true]
            .map(|prompt| tokenizer.apply_chat_template(&conversation(), prompt).unwrap());
        assert_eq!(ours, expected, "{template}");
    }
}

#[test]
fn templates_that_loop_or_refuse_are_errors() {
    let cases = [
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            "more than",
        ),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
        ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        ("{{ messages.nothing.further }}", "undefined"),
        ("{{ 'a' | no_such_filter }}", "no_such_filter"),
    ];
    for (template, expected) in cases {
        let error = tokenizer(template).apply_chat_template(&conversation(), true).unwrap_err();
        assert!(
            error.what().starts_with("chat template") || error.what().contains("chat template"),
            "{error}"
        );
        assert!(error.what().contains(expected), "{template}: {error}");
        assert_eq!(error.what().lines().count(), 1, "{error}");
    }
    let error = tokenizer("x").apply_chat_template(&json!("hello"), false).unwrap_err();
    assert_eq!(error.what(), "the messages of a chat are a list");
}

#[test]
fn a_template_that_is_none_is_an_error_when_the_folder_is_opened() {
    let config = json!({"chat_template": "{% for %}"}).to_string();
    let folder = folder(&[("tokenizer.json", TOKENIZER), ("tokenizer_config.json", &config)]);
    let error = Tokenizer::from_pretrained(folder.path()).err().unwrap();
    assert!(error.what().starts_with("chat template, line 1: "), "{error}");
}
