"""Writes notebooks/practica3.ipynb: Práctica 3 in our own words, executed by PyTorch, with its outputs stored.

    python scripts/practica3_notebook.py          # needs torch, nbclient and ipykernel
"""

import os
import pathlib
import sys

import nbformat
from nbclient import NotebookClient

TEXT, CODE = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell

CELLS = [
    ("titulo", TEXT, """\
# Práctica 3: la auto-atención, paso a paso

Tenemos cuatro palabras. De cada una conocemos tres vectores: con la **consulta** (Q) pregunta a las demás, con la
**clave** (K) responde a quien pregunta, y en el **valor** (V) lleva lo que aporta. La auto-atención mezcla los
valores de todas las palabras; cuánto toma cada palabra de las otras lo decide el parecido entre su consulta y las
claves:

$$\\mathrm{Atención}(Q, K, V) = \\mathrm{softmax}\\!\\left(\\frac{Q K^\\top}{\\sqrt{d_k}}\\right) V$$

Fuente: *Attention Is All You Need* (Vaswani y otros, 2017), apartado 3.2.1."""),
    ("entradas", CODE, """\
import math

import torch

Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])"""),
    ("esperado", TEXT, """\
El resultado que buscamos:

<table>
<tr><td><b>Palabra 1</b></td><td>0.2500</td><td>0.5000</td><td>0.5000</td></tr>
<tr><td><b>Palabra 2</b></td><td>0.1892</td><td>0.5432</td><td>0.5857</td></tr>
<tr><td><b>Palabra 3</b></td><td>0.2372</td><td>0.5087</td><td>0.5173</td></tr>
<tr><td><b>Palabra 4</b></td><td>0.2309</td><td>0.5130</td><td>0.5260</td></tr>
</table>"""),
    ("texto-puntuaciones", TEXT, """\
## 1. Puntuaciones

El producto escalar de cada consulta con cada clave. La fila *i*, columna *j*, dice cuánto interesa la palabra *j* a
la palabra *i*."""),
    ("puntuaciones", CODE, """\
scores = Q @ K.T
print(scores)"""),
    ("texto-escalado", TEXT, """\
## 2. Escalado

Un producto escalar de vectores largos sale grande, y un softmax de números grandes se queda con una sola palabra.
Se divide entre $\\sqrt{d_k}$, con $d_k$ el tamaño de los vectores (aquí 3)."""),
    ("escalado", CODE, """\
d_k = K.shape[-1]
scaled = scores / math.sqrt(d_k)
print(scaled)"""),
    ("texto-pesos", TEXT, """\
## 3. Pesos

El softmax convierte cada **fila** en proporciones: positivas y con suma 1."""),
    ("pesos", CODE, """\
weights = torch.softmax(scaled, dim=-1)
print(weights)
print(weights.sum(dim=-1))"""),
    ("texto-salida", TEXT, """\
## 4. Salida

Cada palabra recibe la media de los valores, ponderada con su fila de pesos. Es la tabla de arriba."""),
    ("salida", CODE, """\
output = weights @ V
output"""),
    ("texto-fusionada", TEXT, """\
PyTorch lo hace todo en una llamada:"""),
    ("fusionada", CODE, """\
torch.nn.functional.scaled_dot_product_attention(Q, K, V)"""),
    ("texto-causal", TEXT, """\
## 5. Continuación: máscara causal

Quien escribe un texto de izquierda a derecha no puede mirar lo que aún no ha escrito. La máscara pone $-\\infty$
donde la palabra *j* viene después de la *i*, **antes** del softmax: el peso queda en 0 y la fila sigue sumando 1."""),
    ("causal", CODE, """\
mask = torch.tril(torch.ones_like(scaled))
masked = scaled.masked_fill(mask == 0, float('-inf'))
causal_weights = torch.softmax(masked, dim=-1)
causal_output = causal_weights @ V
print(causal_weights)
causal_output"""),
    ("tabla-causal", TEXT, """\
| | 1 | 2 | 3 |
|---|---|---|---|
| **Palabra 1** | 1,0000 | 0,0000 | 0,0000 |
| **Palabra 2** | 0,4568 | 0,5432 | 0,0000 |
| **Palabra 3** | 0,3219 | 0,3332 | 0,3449 |
| **Palabra 4** | 0,2309 | 0,5130 | 0,5260 |"""),
    ("texto-norma", TEXT, """\
## 6. Continuación: normalización de capa

Cada fila se centra en 0 y se divide entre su desviación típica. El $\\varepsilon$ va dentro de la raíz, para no
dividir entre 0 cuando una fila es constante, y la varianza divide entre *n*."""),
    ("norma", CODE, """\
X = torch.tensor([[1., 2., 3.], [2., 2., 2.], [23., .01, 5.]])
mean = X.mean(dim=-1, keepdim=True)
variance = X.var(dim=-1, unbiased=False, keepdim=True)
normalised = (X - mean) / torch.sqrt(variance + 1e-5)
print(normalised)
torch.nn.functional.layer_norm(X, (3,))"""),
]


def notebook():
    cells = []
    for name, kind, source in CELLS:
        cell = kind(source)
        cell["id"] = name
        cells.append(cell)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def main():
    executed = notebook()
    NotebookClient(executed, timeout=120, kernel_name="python3").execute()
    for cell in executed.cells:
        cell.metadata.pop("execution", None)
    # The kernel writes its own version here; the file is to be the same wherever it is made.
    executed.metadata["language_info"] = {"name": "python"}
    path = pathlib.Path(__file__).resolve().parent.parent / "notebooks" / "practica3.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(executed, path)
    print(os.path.relpath(path), file=sys.stderr)


main()
