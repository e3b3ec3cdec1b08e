"""Writes Práctica 3 in our own words twice, in Python and, cell for cell, in Rust, executed, with the outputs stored.

    python scripts/practica3_notebooks.py         # needs torch, nbclient, ipykernel, and scripts/jupyter called before
"""

import pathlib
import sys

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent / "notebooks"
PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}
RUST = {"display_name": "Rust (atencion)", "language": "rust", "name": "atencion"}

# A text is the same in both notebooks; a cell of code is a line of Python and its line of Rust.
CELLS = [
    ("titulo", """\
# Práctica 3: la auto-atención, paso a paso

Tenemos cuatro palabras. De cada una conocemos tres vectores: con la **consulta** (Q) pregunta a las demás, con la
**clave** (K) responde a quien pregunta, y en el **valor** (V) lleva lo que aporta. La auto-atención mezcla los
valores de todas las palabras; cuánto toma cada palabra de las otras lo decide el parecido entre su consulta y las
claves:

$$\\mathrm{Atención}(Q, K, V) = \\mathrm{softmax}\\!\\left(\\frac{Q K^\\top}{\\sqrt{d_k}}\\right) V$$

Fuente: *Attention Is All You Need* (Vaswani y otros, 2017), apartado 3.2.1."""),
    ("entradas", """\
import math

import torch

Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])""", """\
use atencion::attention::{Sdpa, scaled_dot_product_attention};
use atencion_cli::jupyter::{EvcxrDisplay, print};
use atencion::tch::{Kind, Tensor};
use atencion::tensor;

atencion_cli::jupyter::start()?;

let Q = tensor![[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]];
let K = tensor![[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]];
let V = tensor![[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]];"""),
    ("esperado", """\
El resultado que buscamos:

<table>
<tr><td><b>Palabra 1</b></td><td>0.2500</td><td>0.5000</td><td>0.5000</td></tr>
<tr><td><b>Palabra 2</b></td><td>0.1892</td><td>0.5432</td><td>0.5857</td></tr>
<tr><td><b>Palabra 3</b></td><td>0.2372</td><td>0.5087</td><td>0.5173</td></tr>
<tr><td><b>Palabra 4</b></td><td>0.2309</td><td>0.5130</td><td>0.5260</td></tr>
</table>"""),
    ("texto-puntuaciones", """\
## 1. Puntuaciones

El producto escalar de cada consulta con cada clave. La fila *i*, columna *j*, dice cuánto interesa la palabra *j* a
la palabra *i*."""),
    ("puntuaciones", """\
scores = Q @ K.T
print(scores)""", """\
let scores = Q.matmul(&K.tr());
print(&scores);"""),
    ("texto-escalado", """\
## 2. Escalado

Un producto escalar de vectores largos sale grande, y un softmax de números grandes se queda con una sola palabra.
Se divide entre $\\sqrt{d_k}$, con $d_k$ el tamaño de los vectores (aquí 3)."""),
    ("escalado", """\
d_k = K.shape[-1]
scaled = scores / math.sqrt(d_k)
print(scaled)""", """\
let d_k = K.size()[1] as f64;
let scaled = &scores / d_k.sqrt();
print(&scaled);"""),
    ("texto-pesos", """\
## 3. Pesos

El softmax convierte cada **fila** en proporciones: positivas y con suma 1."""),
    ("pesos", """\
weights = torch.softmax(scaled, dim=-1)
print(weights)
print(weights.sum(dim=-1))""", """\
let weights = scaled.softmax(-1, None::<Kind>);
print(&weights);
print(&weights.sum_dim_intlist(-1, false, None::<Kind>));"""),
    ("texto-salida", """\
## 4. Salida

Cada palabra recibe la media de los valores, ponderada con su fila de pesos. Es la tabla de arriba."""),
    ("salida", """\
output = weights @ V
output""", """\
let output = weights.matmul(&V);
output"""),
    ("texto-fusionada", """\
Una sola llamada lo hace todo:"""),
    ("fusionada", """\
torch.nn.functional.scaled_dot_product_attention(Q, K, V)""", """\
scaled_dot_product_attention(&Q, &K, &V, &Sdpa::default())?"""),
    ("texto-causal", """\
## 5. Continuación: máscara causal

Quien escribe un texto de izquierda a derecha no puede mirar lo que aún no ha escrito. La máscara pone $-\\infty$
donde la palabra *j* viene después de la *i*, **antes** del softmax: el peso queda en 0 y la fila sigue sumando 1."""),
    ("causal", """\
mask = torch.tril(torch.ones_like(scaled))
masked = scaled.masked_fill(mask == 0, float('-inf'))
causal_weights = torch.softmax(masked, dim=-1)
causal_output = causal_weights @ V
print(causal_weights)
causal_output""", """\
let mask = scaled.ones_like().tril(0);
let masked = scaled.masked_fill(&mask.eq(0), f64::NEG_INFINITY);
let causal_weights = masked.softmax(-1, None::<Kind>);
let causal_output = causal_weights.matmul(&V);
print(&causal_weights);
causal_output"""),
    ("tabla-causal", """\
| | 1 | 2 | 3 |
|---|---|---|---|
| **Palabra 1** | 1,0000 | 0,0000 | 0,0000 |
| **Palabra 2** | 0,4568 | 0,5432 | 0,0000 |
| **Palabra 3** | 0,3219 | 0,3332 | 0,3449 |
| **Palabra 4** | 0,2309 | 0,5130 | 0,5260 |"""),
    ("texto-norma", """\
## 6. Continuación: normalización de capa

Cada fila se centra en 0 y se divide entre su desviación típica. El $\\varepsilon$ va dentro de la raíz, para no
dividir entre 0 cuando una fila es constante, y la varianza divide entre *n*."""),
    ("norma", """\
X = torch.tensor([[1., 2., 3.], [2., 2., 2.], [23., .01, 5.]])
mean = X.mean(dim=-1, keepdim=True)
variance = X.var(dim=-1, unbiased=False, keepdim=True)
normalised = (X - mean) / torch.sqrt(variance + 1e-5)
print(normalised)
torch.nn.functional.layer_norm(X, (3,))""", """\
let X = tensor![[1., 2., 3.], [2., 2., 2.], [23., 0.01, 5.]];
let mean = X.mean_dim(-1, true, None::<Kind>);
let variance = X.var_dim(-1, false, true);
let normalised = (&X - &mean) / (&variance + 1e-5).sqrt();
print(&normalised);
X.layer_norm([3], None::<Tensor>, None::<Tensor>, 1e-5, true)"""),
]


def cells(language):
    """The cells in that language: 0 is Python, 1 is Rust."""
    for name, *sources in CELLS:
        new = nbformat.v4.new_code_cell if len(sources) == 2 else nbformat.v4.new_markdown_cell
        cell = new(sources[language] if len(sources) == 2 else sources[0])
        cell["id"] = name
        yield cell


def write(name, language, kernel):
    metadata = {"kernelspec": kernel, "language_info": {"name": kernel["language"]}}
    notebook = nbformat.v4.new_notebook(cells=list(cells(language)), metadata=metadata)
    NotebookClient(notebook, timeout=600, coalesce_streams=True).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    # The kernel writes its own version here; the file is to be the same wherever it is made.
    notebook.metadata["language_info"] = {"name": kernel["language"]}
    nbformat.write(notebook, NOTEBOOKS / name)
    print(f"notebooks/{name}", file=sys.stderr)


write("practica3.ipynb", 0, PYTHON)
write("practica3_rust.ipynb", 1, RUST)
