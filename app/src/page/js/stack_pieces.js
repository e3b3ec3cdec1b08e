// What stands in what: the Transformer of the paper, from the whole down to single formulas.

const NORM = "LayerNorm(x + sublayer(x))";
const READ = { view: "read" };

// Across, x is the decoder's own and m the encoder's memory; else all three come from x.
function attentionInside(name, across) {
  return [
    {
      name: `${name}-project`,
      kind: across ? "projectAcross" : "project",
      formula: across ? "Q = x W_Q,  K = m W_K,  V = m W_V" : "Q = x W_Q,  K = x W_K,  V = x W_V",
      code: "Linear",
      shape: across ? "x [T, E],  m [S, E]" : "[L, E]",
    },
    {
      name: `${name}-split`,
      kind: "split",
      shape: "[H, L, D]",
      goTo: { view: "parts", part: "multihead" },
    },
    {
      name: `${name}-dot`,
      kind: "dot",
      formula: "softmax(QKᵀ ÷ √d) V",
      shape: "[H, L, D]",
      goTo: READ,
    },
    {
      name: `${name}-concat`,
      kind: "concat",
      formula: "concat(head₁, …, head_H) W_O",
      code: "Linear",
      shape: "[L, E]",
    },
  ];
}

function attentionPiece(name, kind, looks) {
  return {
    name,
    kind,
    looks,
    tone: "attention",
    code: "MultiheadAttention",
    shape: "[L, E]",
    skip: true,
    inside: attentionInside(name, looks === "other"),
  };
}

function norm(name) {
  return { name, kind: "norm", tone: "norm", formula: NORM, code: "LayerNorm", shape: "[L, E]" };
}

function forward(name) {
  return {
    name,
    kind: "forward",
    tone: "forward",
    formula: "W₂ · relu(W₁ x + b₁) + b₂",
    code: "Linear",
    shape: "[L, E] → [L, 4E] → [L, E]",
    skip: true,
  };
}

const ENCODER_LAYER = {
  name: "encoder-layer",
  kind: "encoderLayer",
  times: 6,
  code: "TransformerEncoderLayer",
  shape: "[L, E]",
  inside: [
    attentionPiece("encoder-self", "selfAttention", "all"),
    norm("encoder-norm1"),
    forward("encoder-forward"),
    norm("encoder-norm2"),
  ],
};

const DECODER_LAYER = {
  name: "decoder-layer",
  kind: "decoderLayer",
  times: 6,
  code: "TransformerDecoderLayer",
  shape: "[T, E]",
  inside: [
    attentionPiece("decoder-self", "maskedAttention", "past"),
    norm("decoder-norm1"),
    attentionPiece("decoder-cross", "crossAttention", "other"),
    norm("decoder-norm2"),
    forward("decoder-forward"),
    norm("decoder-norm3"),
  ],
};

function embedding(name) {
  return {
    name,
    kind: "embedding",
    tone: "embedding",
    formula: "Embedding[token] · √E + PE[pos]",
    code: "Embedding",
    shape: "[L, E]",
    goTo: { view: "parts", part: "positional" },
  };
}

export const STACK = {
  name: "model",
  kind: "model",
  code: "Transformer",
  beside: true,
  inside: [
    {
      name: "encoder",
      kind: "encoder",
      code: "TransformerEncoder",
      shape: "[L, E]",
      tone: "encoder",
      inside: [embedding("encoder-embedding"), ENCODER_LAYER],
    },
    {
      name: "decoder",
      kind: "decoder",
      code: "TransformerDecoder",
      shape: "[T, E]",
      tone: "decoder",
      inside: [
        embedding("decoder-embedding"),
        DECODER_LAYER,
        {
          name: "vocabulary",
          kind: "vocabulary",
          tone: "output",
          formula: "softmax(x W + b)",
          code: "Linear",
          shape: "[T, vocab]",
        },
      ],
    },
  ],
};
