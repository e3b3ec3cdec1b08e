//! Optimisers.

use tch::Device;
use tch::nn::{self, OptimizerConfig};

use super::phrases;

const SOURCE: &str = include_str!("optimisers.rs");

phrases! {
    sgd(w, x) {
        // optimizer = torch.optim.SGD([w], lr=0.1)
        // loss = (x * w).sum()
        // optimizer.zero_grad()
        // loss.backward()
        // optimizer.step()
        // w
        let vs = nn::VarStore::new(Device::Cpu);
        let w = vs.root().var_copy("w", &w);
        let mut optimizer = nn::Sgd::default().build(&vs, 0.1)?;
        let loss = (&x * &w).sum(None);
        optimizer.backward_step(&loss);
        w
    }

    sgd_with_momentum(w, x) {
        // optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
        // for _ in range(3):
        //     optimizer.zero_grad()
        //     (x * w).pow(2).sum().backward()
        //     optimizer.step()
        // w
        let vs = nn::VarStore::new(Device::Cpu);
        let w = vs.root().var_copy("w", &w);
        let mut optimizer = nn::sgd(0.9, 0.0, 0.0, false).build(&vs, 0.1)?;
        for _ in 0..3 {
            optimizer.zero_grad();
            (&x * &w).pow_tensor_scalar(2).sum(None).backward();
            optimizer.step();
        }
        w
    }

    adam(w, x) {
        // optimizer = torch.optim.Adam([w], lr=1e-3)
        // (x * w).sum().backward()
        // optimizer.step()
        // w
        let vs = nn::VarStore::new(Device::Cpu);
        let w = vs.root().var_copy("w", &w);
        let mut optimizer = nn::Adam::default().build(&vs, 1e-3)?;
        (&x * &w).sum(None).backward();
        optimizer.step();
        w
    }

    adamw(w, x) {
        // optimizer = torch.optim.AdamW([w], lr=1e-3, weight_decay=0.01)
        // (x * w).sum().backward()
        // optimizer.step()
        // w
        let vs = nn::VarStore::new(Device::Cpu);
        let w = vs.root().var_copy("w", &w);
        let mut optimizer = nn::AdamW::default().wd(0.01).build(&vs, 1e-3)?;
        (&x * &w).sum(None).backward();
        optimizer.step();
        w
    }

    learning_rate(w, x) {
        // optimizer = torch.optim.SGD([w], lr=0.1)
        // optimizer.param_groups[0]["lr"] = 0.5
        // (x * w).sum().backward()
        // optimizer.step()
        // w
        let vs = nn::VarStore::new(Device::Cpu);
        let w = vs.root().var_copy("w", &w);
        let mut optimizer = nn::Sgd::default().build(&vs, 0.1)?;
        optimizer.set_lr(0.5);
        (&x * &w).sum(None).backward();
        optimizer.step();
        w
    }

    clip_grad_value(w, x) {
        // optimizer = torch.optim.SGD([w], lr=1.0)
        // (x * w).sum().backward()
        // nn.utils.clip_grad_value_([w], 0.5)
        // optimizer.step()
        // w
        let vs = nn::VarStore::new(Device::Cpu);
        let w = vs.root().var_copy("w", &w);
        let mut optimizer = nn::Sgd::default().build(&vs, 1.0)?;
        (&x * &w).sum(None).backward();
        optimizer.clip_grad_value(0.5);
        optimizer.step();
        w
    }

    clip_grad_norm(w, x) {
        // (x * w).sum().backward()
        // nn.utils.clip_grad_norm_([w], max_norm=1.0)
        // w.grad
        let vs = nn::VarStore::new(Device::Cpu);
        let w = vs.root().var_copy("w", &w);
        let optimizer = nn::Sgd::default().build(&vs, 1.0)?;
        (&x * &w).sum(None).backward();
        optimizer.clip_grad_norm(1.0);
        w.grad()
    }
}
