//! Saving and loading.

use tch::{Device, Tensor, nn};

use super::phrases;
use atencion::StateDict;
use atencion::nn::{MultiheadAttention, MultiheadAttentionArgs, MultiheadAttentionConfig};

const SOURCE: &str = include_str!("files.rs");

phrases! {
    save_safetensors(x, v, folder) {
        // save_file({"x": x, "v": v}, folder / "two.safetensors")
        // load_file(folder / "two.safetensors")["v"]
        let file = folder.path().join("two.safetensors");
        Tensor::write_safetensors(&[("x", &x), ("v", &v)], &file)?;
        let mut tensors = Tensor::read_safetensors(&file)?.into_iter();
        tensors.find(|(name, _)| name == "v").expect("written above").1
    }

    state_dict_file(x, v, folder) {
        // save_file({"x": x, "v": v}, folder / "two.safetensors")
        // load_file(folder / "two.safetensors")["v"]
        let file = folder.path().join("two.safetensors");
        let mut state = StateDict::new();
        state.insert("x", x);
        state.insert("v", v);
        state.save(&file)?;
        StateDict::load(&file)?.get("v").expect("saved above").copy()
    }

    save_npy(x, folder) {
        // np.save(folder / "x.npy", x.numpy())
        // torch.from_numpy(np.load(folder / "x.npy"))
        let file = folder.path().join("x.npy");
        x.write_npy(&file)?;
        Tensor::read_npy(&file)?
    }

    save_a_module(folder) {
        // layer = nn.Linear(3, 2)
        // nn.init.ones_(layer.weight)
        // save_file(layer.state_dict(), folder / "layer.safetensors")
        // other = nn.Linear(3, 2)
        // other.load_state_dict(load_file(folder / "layer.safetensors"))
        // other.weight
        let file = folder.path().join("layer.safetensors");
        let vs = nn::VarStore::new(Device::Cpu);
        let mut layer = nn::linear(vs.root(), 3, 2, Default::default());
        let _ = tch::no_grad(|| layer.ws.fill_(1.0));
        vs.save(&file)?;
        let mut vs = nn::VarStore::new(Device::Cpu);
        let other = nn::linear(vs.root(), 3, 2, Default::default());
        vs.load(&file)?;
        other.ws
    }

    attention_weights_file(attentions, folder) {
        // weights = torch.cat(attentions)  # [layers, heads, L, S]
        // save_file({"attentions": weights}, folder / "a.safetensors")
        // load_file(folder / "a.safetensors")["attentions"]
        let weights = Tensor::cat(&attentions, 0); // [layers, heads, L, S]
        let file = folder.path().join("a.safetensors");
        Tensor::write_safetensors(&[("attentions", &weights)], &file)?;
        Tensor::read_safetensors(&file)?.remove(0).1
    }

    attention_weights_of_layers(t, folder) {
        // torch.manual_seed(0)
        // layers = [nn.MultiheadAttention(4, 2, batch_first=True)
        //           for _ in range(3)]
        // x = t[:1]
        // weights = torch.cat([m(x, x, x, average_attn_weights=False)[1]
        //                      for m in layers])  # [layers, heads, L, S]
        // save_file({"attentions": weights}, folder / "a.safetensors")
        // load_file(folder / "a.safetensors")["attentions"]
        tch::manual_seed(0);
        let vs = nn::VarStore::new(Device::Cpu);
        let config = MultiheadAttentionConfig {
            batch_first: true,
            ..MultiheadAttentionConfig::new(4, 2)
        };
        let per_head = MultiheadAttentionArgs {
            average_attn_weights: false,
            ..Default::default()
        };
        let (x, mut weights) = (t.narrow(0, 0, 1), Vec::new());
        for layer in 0..3 {
            let path = vs.root() / layer;
            let mha = MultiheadAttention::new(&path, config.clone())?;
            weights.extend(mha.forward_with(&x, &x, &x, &per_head)?.1);
        }
        let weights = Tensor::cat(&weights, 0).detach();
        let file = folder.path().join("a.safetensors");
        Tensor::write_safetensors(&[("attentions", &weights)], &file)?;
        Tensor::read_safetensors(&file)?.remove(0).1
    }
}
