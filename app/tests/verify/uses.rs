//! `atencion verify` by use: the code itself is run in Rust, whatever its names, shapes and ways to write a product.

use atencion_cli::notebook::check;
use atencion_cli::notebook::inputs::Given;
use atencion_cli::notebook::ipynb::Notebook;
use atencion_cli::notebook::report::{Report, Status};
use atencion_cli::notebook::uses::StoredWhy;

use crate::notebooks::{Builder, INPUTS, TABLE, museum};

fn report(notebook: &Builder) -> Report {
    check(&Notebook::parse(&notebook.bytes()).unwrap(), &Given::default()).unwrap().report
}

/// Numbers and names of its own, and a formula that asks for the root.
fn own(code: &str) -> Report {
    const NUMBERS: &str = "import math, torch\nimport numpy as np\nimport torch.nn as nn\nimport torch.nn.functional as F\n\
        ana = torch.tensor([[1.2, 0.3], [0.5, -0.7], [0.1, 0.9]])\n\
        luis = torch.tensor([[0.4, 1.1], [-0.2, 0.6], [0.8, 0.3]])\n\
        eva = torch.tensor([[2., 1., 0.], [0., 1., 3.], [1., 1., 1.]])";
    let formula = "Atención: $softmax(QK^T/\\sqrt{d})V$";
    report(&Builder::new().markdown(formula).code(NUMBERS, &[]).code(code, &[]))
}

fn named(report: &Report) -> Vec<&'static str> {
    report.uses.mistakes().collect()
}

/// What is right, and under it the same with one mistake (or two).
const PAIRS: &[(&str, &str, &[&str])] = &[
    (
        "w = torch.softmax(ana @ luis.T / math.sqrt(2), -1)\nw @ eva",
        "w = torch.softmax(ana @ luis.T, -1)\nw @ eva",
        &["no-scaling"],
    ),
    (
        "w = F.softmax(torch.mm(ana, luis.t()) * 2 ** -0.5, dim=1)\ntorch.mm(w, eva)",
        "w = F.softmax(torch.mm(ana, luis.t()) * 0.5, dim=1)\ntorch.mm(w, eva)",
        &["scaled-by-d"],
    ),
    (
        "s = torch.einsum('id,jd->ij', ana, luis) / 2 ** 0.5\ntorch.einsum('ij,jk->ik', s.softmax(1), eva)",
        "s = torch.einsum('id,jd->ij', ana, luis) / 2 ** 0.5\ntorch.einsum('ij,jk->ik', s.softmax(0), eva)",
        &["softmax-wrong-dim"],
    ),
    (
        "s = ana @ luis.T / len(luis[0]) ** 0.5\ns.softmax(1) @ eva",
        "s = ana @ luis.T / len(luis) ** 0.5\ns.softmax(1) @ eva",
        &["scaled-by-sqrt-length"],
    ),
    (
        "s = ana @ luis.T / 2 ** 0.5\ns.softmax(1) @ eva",
        "s = -(ana @ luis.T) / 2 ** 0.5\ns.softmax(1) @ eva",
        &["sign-flipped"],
    ),
    (
        "s = (ana @ luis.T / 2 ** 0.5).masked_fill(torch.ones(3, 3).triu(1) == 1, -1e9)\ns.softmax(1) @ eva",
        "s = (ana @ luis.T / 2 ** 0.5).masked_fill(torch.ones(3, 3).triu(1) == 1, 0)\ns.softmax(1) @ eva",
        &["mask-zero"],
    ),
    (
        "s = torch.where(torch.ones(3, 3).tril() == 1, ana @ luis.T / 2 ** 0.5, -1e9)\ns.softmax(1) @ eva",
        "s = torch.where(torch.ones(3, 3).tril() == 1, ana @ luis.T / 2 ** 0.5, -1e-9)\ns.softmax(1) @ eva",
        &["mask-tiny"],
    ),
    (
        "s = ana @ luis.T / 2 ** 0.5 + torch.full((3, 3), float('-inf')).triu(1)\ns.softmax(1) @ eva",
        "s = ana @ luis.T / 2 ** 0.5 + torch.full((3, 3), float('-inf')).triu(2)\ns.softmax(1) @ eva",
        &["mask-one-ahead"],
    ),
    (
        "w = (ana @ luis.T / 2 ** 0.5).softmax(1).tril()\nw = w / w.sum(1, keepdim=True)\nw @ eva",
        "w = (ana @ luis.T / 2 ** 0.5).softmax(1).tril()\nw @ eva",
        &["mask-after-softmax"],
    ),
    (
        "w = (ana @ luis.T / 2 ** 0.5).softmax(1)\nprint(torch.round(w, decimals=1))\nw @ eva",
        "w = torch.round((ana @ luis.T / 2 ** 0.5).softmax(1), decimals=1)\nw @ eva",
        &["rounded-between-steps"],
    ),
    (
        "w = (ana @ luis.T / 2).softmax(0) if False else (ana @ luis.T / 2 ** 0.5).softmax(1)\nw @ eva",
        "w = (ana @ luis.T / 2).softmax(0)\nw @ eva",
        &["scaled-by-d", "softmax-wrong-dim"],
    ),
    (
        "q, k, v = ana, luis, eva[:, :2]\n(q @ k.T / 2 ** 0.5).softmax(1) @ v",
        "q, k, v = ana, luis, eva[:, :2]\n(q @ v.T / 2 ** 0.5).softmax(1) @ v",
        &["v-for-k"],
    ),
    (
        "q, k, v = ana, luis, eva[:, :2]\n(q @ k.T / 2 ** 0.5).softmax(1) @ v",
        "q, k, v = ana, luis, eva[:, :2]\n(k @ q.T / 2 ** 0.5).softmax(1) @ v",
        &["q-k-reversed"],
    ),
    (
        "q, k, v = ana, luis, eva[:, :2]\n(q @ k.T / 2 ** 0.5).softmax(1) @ v",
        "q, k, v = ana, luis, eva[:, :2]\n(q @ k.T / 2 ** 0.5).softmax(1) @ k",
        &["weights-times-k"],
    ),
    (
        "k = torch.tensor([[0.4, 1.1], [-0.2, 0.6]])\n(ana @ k.T / 2 ** 0.5).softmax(1) @ eva[:2]",
        "k = torch.tensor([[0.4, 1.1], [-0.2, 0.6]], dtype=torch.long)\n(ana @ k.float().T / 2 ** 0.5).softmax(1) @ eva[:2]",
        &["integer-inputs"],
    ),
    (
        "z = torch.zeros(3, 3)\nfor i in range(3):\n    w = (luis @ ana[i] / 2 ** 0.5).softmax(0)\n    z[i] = w @ eva",
        "z = torch.zeros(3, 3)\nfor i in range(2):\n    w = (ana[i] @ luis.T / 2 ** 0.5).softmax(0)\n    z[i] = w @ eva",
        &["row-skipped"],
    ),
    (
        "s = torch.zeros(3, 3)\nfor i in range(3):\n    for j in range(3):\n        s[i, j] = ana[i] @ luis[j] / 2 ** 0.5\ns.softmax(1) @ eva",
        "s = torch.zeros(3, 3)\nfor i in range(3):\n    for j in range(3):\n        s[i, j] = ana[i] @ luis[j]\ns.softmax(1) @ eva",
        &["no-scaling"],
    ),
    (
        "a, b, c = ana.numpy(), luis.numpy(), eva.numpy()\nx = a @ b.T / np.sqrt(2)\ne = np.exp(x - x.max(axis=1, keepdims=True))\nw = e / e.sum(axis=1, keepdims=True)\nw @ c",
        "a, b, c = ana.numpy(), luis.numpy(), eva.numpy()\nx = a @ b.T / np.sqrt(2)\ne = np.exp(x)\nw = e / e.sum()\nw @ c",
        &["softmax-over-all"],
    ),
    (
        "def f(x, heads):\n    h = x.view(1, 4, heads, 2).transpose(1, 2)\n    s = h @ h.transpose(-2, -1) / math.sqrt(2)\n    return s.softmax(-1) @ h\ntorch.manual_seed(0)\nf(torch.randn(1, 4, 4), 2)",
        "def f(x, heads):\n    h = x.view(1, 4, heads, 2).transpose(1, 2)\n    s = h @ h.transpose(-2, -1) / math.sqrt(2)\n    return s.softmax(1) @ h\ntorch.manual_seed(0)\nf(torch.randn(1, 4, 4), 2)",
        &["softmax-wrong-dim"],
    ),
];

#[test]
fn each_mistake_has_a_right_twin() {
    for (right, wrong, mistakes) in PAIRS {
        let twin = own(right);
        assert_eq!(named(&twin), [""; 0], "{right}");
        assert_eq!(twin.status(), Status::Agrees, "{right}");
        assert!(twin.uses.found.iter().any(|found| found.agrees == Some(true)), "{right}");
        let report = own(wrong);
        let mut names = named(&report);
        names.sort_unstable();
        assert_eq!(names, *mistakes, "{wrong}");
        assert_eq!(report.status(), Status::Differs, "{wrong}");
    }
}

/// Right in its place, whatever it looks like elsewhere.
#[test]
fn what_nobody_asked_for_is_no_mistake() {
    let lessons = [
        // Queries as columns.
        "s = ana.T @ luis[:, :2].reshape(2, 3).T if False else luis @ ana.T / 2 ** 0.5\nw = s.softmax(0)\neva.T @ w",
        // A bias of position.
        "w = (ana @ luis.T / 2 ** 0.5 - torch.arange(3.)).softmax(1)\nw @ eva",
        // Temperatures.
        "for t in (1, 2):\n    w = (ana @ luis.T / (2 ** 0.5 * t)).softmax(1)\n    w @ eva",
        // Dropout of the weights.
        "torch.manual_seed(0)\nw = F.dropout((ana @ luis.T / 2 ** 0.5).softmax(1), 0.5)\nw @ eva",
        // The scale in the queries.
        "q = ana / 2 ** 0.5\n(q @ luis.T).softmax(1) @ eva",
        "F.scaled_dot_product_attention(ana, luis, eva)",
        "torch.manual_seed(0)\nm = nn.MultiheadAttention(2, 1)\nm(ana, luis, luis)",
    ];
    for code in lessons {
        let report = own(code);
        assert_eq!(named(&report), [""; 0], "{code}");
        assert_eq!(report.status(), Status::Agrees, "{code}");
    }
    let classifier = own("m = nn.Linear(2, 3)\np = F.softmax(m(ana), dim=1)\nprint(p.argmax(1))");
    assert_eq!(classifier.status(), Status::Nothing);
}

/// Without a scale attention is another lesson's, unless the notebook asks for the root.
#[test]
fn no_scale_is_a_mistake_where_one_is_asked_for() {
    let code =
        "import torch\na = torch.tensor([[1., 2.], [3., 1.]])\nw = (a @ a.T).softmax(1)\nw @ a";
    let lesson = report(&Builder::new().markdown("Simplified attention").code(code, &[]));
    assert_eq!(lesson.status(), Status::Agrees);
    let asked = report(&Builder::new().markdown("Divide by $\\sqrt{d}$.").code(code, &[]));
    assert_eq!(named(&asked), ["no-scaling"]);
}

fn right_code() -> (String, String) {
    let museum = museum();
    let text = |what: &str| museum["cases"]["right"][what].as_str().unwrap().to_owned();
    (format!("{}\noutput", text("code")), text("shown"))
}

#[test]
fn an_output_that_its_code_does_not_give_is_stale_or_typed_in() {
    let (code, shown) = right_code();
    let whys = |report: &Report| report.uses.stored.iter().map(|it| it.why).collect::<Vec<_>>();
    let fresh = report(&Builder::unsolved().code(&code, &[&shown]));
    assert_eq!((fresh.status(), whys(&fresh)), (Status::Agrees, vec![]));
    let stale = report(&Builder::unsolved().code(&code, &[&shown.replace("0.5432", "0.6543")]));
    assert_eq!((stale.status(), whys(&stale)), (Status::Differs, vec![StoredWhy::Stale]));
    let wrong = code.replace("scaled = scores / math.sqrt(d_k)", "scaled = scores");
    let typed = report(&Builder::unsolved().code(&wrong, &[&shown]));
    assert_eq!((typed.status(), whys(&typed)), (Status::Differs, vec![StoredWhy::TypedIn]));
    // Others would be drawn each time.
    let drawn = "import torch\nx = torch.randn(2, 2)\nw = (x @ x.T / 2 ** 0.5).softmax(1)\nw @ x";
    let numbers = "tensor([[0.1000, 0.2000],\n        [0.3000, 0.4000]])";
    assert_eq!(report(&Builder::new().code(drawn, &[numbers])).status(), Status::Agrees);
}

#[test]
fn a_table_that_is_only_written_down_is_copied() {
    let (_, shown) = right_code();
    let literal = "Z = torch.tensor([[0.25, 0.5, 0.5], [0.1892, 0.5432, 0.5857], [0.2372, 0.5087, 0.5173], [0.2309, 0.513, 0.526]])\nZ";
    let copied = report(&Builder::unsolved().code(literal, &[&shown]));
    assert_eq!(copied.uses.stored[0].why, StoredWhy::Copied);
    assert_eq!(copied.status(), Status::Differs);
    // To compare with it is another matter.
    let (code, _) = right_code();
    let notebook = Builder::unsolved().code(&code, &[&shown]).code(literal, &[&shown]);
    assert_eq!(report(&notebook).status(), Status::Agrees);
}

#[test]
fn prints_in_any_layout_keep_their_own_precision() {
    let (code, _) = right_code();
    let code = code.replace("\noutput\noutput", "\noutput");
    let layouts = [
        (
            "for z in output:\n    print(' '.join(f'{x:.2f}' for x in z))",
            "0.25 0.50 0.50\n0.19 0.54 0.59\n0.24 0.51 0.52\n0.23 0.51 0.53\n",
        ),
        (
            "print([[round(x, 3) for x in z] for z in output.tolist()])",
            "[[0.25, 0.5, 0.5], [0.189, 0.543, 0.586], [0.237, 0.509, 0.517], [0.231, 0.513, 0.526]]\n",
        ),
        (
            "print(torch.round(output, decimals=3))",
            "tensor([[0.2500, 0.5000, 0.5000],\n        [0.1890, 0.5430, 0.5860],\n        [0.2370, 0.5090, 0.5170],\n        [0.2310, 0.5130, 0.5260]])\n",
        ),
        (
            "for i, z in enumerate(output):\n    print(f'Attn {i + 1}:', z.numpy().round(1))",
            "Attn 1: [0.2 0.5 0.5]\nAttn 2: [0.2 0.5 0.6]\nAttn 3: [0.2 0.5 0.5]\nAttn 4: [0.2 0.5 0.5]\n",
        ),
    ];
    for (print, shown) in layouts {
        let notebook = Builder::new().code(INPUTS, &[]).markdown(TABLE).code(&code, &[]);
        let report = report(&notebook.printing(print, shown));
        assert_eq!(report.status(), Status::Agrees, "{print}: {:?}", report.uses.stored);
    }
}

/// Written to be trained on data that are elsewhere: tried on inputs made here.
fn defined(code: &str) -> Report {
    let formula = "Multi-head: $softmax(QK^T/\\sqrt{d_k})V$";
    let imports = "import math, torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport numpy as np\n\
        from torchtext.datasets import Multi30k";
    report(&Builder::new().markdown(formula).code(imports, &[]).code(code, &[]))
}

const MULTI_HEAD: &str = "class MultiHead(nn.Module):
    def __init__(self, hid_dim, n_heads, dropout, device):
        super().__init__()
        self.n_heads, self.head_dim = n_heads, hid_dim // n_heads
        self.fc_q, self.fc_k = nn.Linear(hid_dim, hid_dim), nn.Linear(hid_dim, hid_dim)
        self.fc_v, self.fc_o = nn.Linear(hid_dim, hid_dim), nn.Linear(hid_dim, hid_dim)
        self.dropout = nn.Dropout(dropout)
        self.scale = torch.sqrt(torch.FloatTensor([self.head_dim])).to(device)
    def split(self, x):
        return x.view(x.shape[0], -1, self.n_heads, self.head_dim).permute(0, 2, 1, 3)
    def forward(self, query, key, value, mask=None):
        q, k, v = self.split(self.fc_q(query)), self.split(self.fc_k(key)), self.split(self.fc_v(value))
        energy = torch.matmul(q, k.permute(0, 1, 3, 2)) / self.scale
        if mask is not None:
            energy = energy.masked_fill(mask == 0, -1e10)
        attention = torch.softmax(energy, dim=-1)
        x = torch.matmul(self.dropout(attention), v)
        return self.fc_o(x.permute(0, 2, 1, 3).contiguous().view(x.shape[0], -1, 8)), attention
";

#[test]
fn what_nothing_calls_is_tried() {
    let right = defined(MULTI_HEAD);
    assert_eq!(right.status(), Status::Agrees, "{:?}", right.uses);
    assert!(right.uses.found.iter().all(|found| found.tried && found.agrees == Some(true)));
    let wrong = defined(&MULTI_HEAD.replace("energy, dim=-1", "energy, dim=1"));
    assert_eq!((wrong.status(), named(&wrong)), (Status::Differs, vec!["softmax-wrong-dim"]));
    let wrong = defined(&MULTI_HEAD.replace(" / self.scale", ""));
    assert_eq!((wrong.status(), named(&wrong)), (Status::Differs, vec!["no-scaling"]));
    let function = "def attention(q, k, v, mask):\n    s = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))\n    \
        s = s.masked_fill(mask, float('-inf'))\n    return s.softmax(-1) @ v";
    assert_eq!(defined(function).status(), Status::Agrees);
    assert_eq!(named(&defined(&function.replace("@ v", "@ k"))), ["weights-times-k"]);
    let numpy = "def attention(q, k, v):\n    s = np.matmul(q, k.T) / np.sqrt(q.shape[-1])\n    e = np.exp(s)\n    \
        return np.matmul(e / e.sum(axis=-1, keepdims=True), v)";
    assert_eq!(defined(numpy).status(), Status::Agrees);
}

/// What cannot be computed is there all the same.
#[test]
fn attention_that_cannot_be_tried_is_pending() {
    let strange = "class Attention(nn.Module):\n    def __init__(self, zeta):\n        super().__init__()\n    \
        def forward(self, query):\n        return torch.softmax(torch.bmm(query, load(query)), -1)";
    let report = defined(strange);
    assert_eq!(report.status(), Status::Pending);
    assert_eq!(report.uses.written.len(), 1);
    let classifier = "def predict(x, w):\n    return F.softmax(x @ w, -1)";
    assert_eq!(defined(classifier).status(), Status::Nothing);
}

#[test]
fn sizes_that_are_too_large_are_made_smaller() {
    let code = "batch_size, length = 30, 200\nbatch_size = 64\nsequence_length = 2000\nd_model = 512\n\
        class Attention(nn.Module):\n    def __init__(self, d_model, num_heads):\n        super().__init__()\n        \
        self.qkv = nn.Linear(d_model, 3 * d_model)\n        self.heads, self.dim = num_heads, d_model // num_heads\n    \
        def forward(self, x):\n        b, l, d = x.size()\n        \
        qkv = self.qkv(x).reshape(b, l, self.heads, 3 * self.dim).permute(0, 2, 1, 3)\n        \
        q, k, v = qkv.chunk(3, dim=-1)\n        s = q @ k.transpose(-1, -2) / math.sqrt(q.size()[-1])\n        \
        return F.softmax(s, dim=-1) @ v\n\
        y = Attention(d_model, 8)(torch.randn((batch_size, sequence_length, d_model)))";
    let report = defined(code);
    assert_eq!(report.status(), Status::Agrees, "{:?}", report.uses);
}

/// The same without a root.
fn lesson(code: &str) -> Report {
    let imports = "import numpy as np";
    report(&Builder::new().markdown("Simplified attention").code(imports, &[]).code(code, &[]))
}

#[test]
fn rows_in_a_loop_of_numpy_numbers() {
    let numbers = "ntokens = 4\nx = np.random.rand(ntokens, 3)\nscores = x @ x.T\n\
        def softmax(y):\n    e = np.exp(y)\n    return e / e.sum()\n";
    let whole = "weights = np.empty_like(scores)\nfor i in range(ntokens):\n    weights[i, :] = softmax(scores[i, :])\nweights @ x";
    let report = lesson(&format!("{numbers}{whole}"));
    assert_eq!(report.status(), Status::Agrees, "{:?}", report.uses);
    assert!(report.uses.found.iter().any(|found| found.agrees == Some(true)), "{:?}", report.uses);
    let in_place = "from scipy.special import softmax\nw = (x @ x.T) / 1\nfor i in range(4):\n    w[i] = softmax(w[i])\nw @ x";
    let report = lesson(&format!("{numbers}{in_place}"));
    assert!(report.uses.found.iter().any(|found| found.agrees == Some(true)), "{:?}", report.uses);
}

#[test]
fn modules_of_torch_are_computed_and_held() {
    let code = "torch.manual_seed(0)\nx, m = torch.randn(2, 5, 8), torch.ones(5, 5).triu(1).bool()\n\
        mha = nn.MultiheadAttention(8, 2, batch_first=True)\ny, w = mha(x, x, x, attn_mask=m)\n\
        other = nn.MultiheadAttention(8, 2)\nz, _ = other(x, x, x, key_padding_mask=torch.zeros(5, 2).bool())\n\
        layer = nn.TransformerEncoderLayer(8, 2, batch_first=True).eval()\nlayer(x)\n\
        F.scaled_dot_product_attention(x, x, x, scale=0.3)\n\
        F.scaled_dot_product_attention(torch.randn(1, 4, 5, 8), torch.randn(1, 2, 5, 8), torch.randn(1, 2, 5, 8), enable_gqa=True)";
    let report = defined(code);
    assert_eq!(report.status(), Status::Agrees);
    let held =
        report.uses.found.iter().filter(|found| found.agrees == Some(true) && found.largest > 0.0);
    assert!(held.count() >= 4, "{:#?}", report.uses.found);
    assert!(report.uses.found.iter().all(|found| found.largest < 1e-5), "{:#?}", report.uses.found);
}

/// Another eps than torch's is a choice.
#[test]
fn layer_normalisation_with_another_eps_is_right() {
    let (code, shown) = right_code();
    for eps in ["1e-5", "1e-6", "1e-8", "1e-3"] {
        let norm = format!(
            "mean = output.mean(-1, keepdim=True)\nvar = output.var(-1, keepdim=True, unbiased=False)\n\
             y = (output - mean) / torch.sqrt(var + {eps})\ny"
        );
        let report = report(&Builder::unsolved().code(&code, &[&shown]).code(&norm, &[]));
        assert_eq!((report.status(), named(&report)), (Status::Agrees, vec![]), "{eps}");
    }
}

#[test]
fn a_hundred_thousand_cells_are_read() {
    let mut builder = Builder::new().code("import torch\nx = torch.eye(3)\nq, k, v = x, x, x", &[]);
    for _ in 0..100_000 {
        builder = builder.code("y = 1", &[]);
    }
    let report = report(&builder.code("(q @ k.T / 3 ** 0.5).softmax(-1) @ v", &[]));
    assert_eq!(report.status(), Status::Agrees);
}
