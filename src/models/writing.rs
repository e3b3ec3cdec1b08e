//! The families that write, as [`generate`](crate::generate) asks for them.

use tch::{Device, Tensor};

use super::{Gpt2Args, Gpt2LmHeadModel};
use crate::Result;
use crate::generate::{Decoder, DecoderArgs};

impl Decoder for Gpt2LmHeadModel {
    fn next_logits(&self, input_ids: &Tensor, args: DecoderArgs) -> Result<Tensor> {
        let args = Gpt2Args {
            attention_mask: args.attention_mask,
            position_ids: args.position_ids,
            past_key_values: args.past_key_values,
            logits_to_keep: 1,
            ..Gpt2Args::default()
        };
        Ok(self.forward_with(input_ids, args)?.logits.f_select(1, 0)?)
    }

    fn vocab_size(&self) -> i64 {
        self.lm_head.weight.size()[0]
    }

    fn device(&self) -> Device {
        self.lm_head.weight.device()
    }

    fn max_positions(&self) -> Option<i64> {
        Some(self.transformer.wpe.weight.size()[0])
    }
}
