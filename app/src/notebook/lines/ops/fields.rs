//! The named tuples that torch returns.

/// The name of the tuple and its fields, where torch gives it any.
pub fn fields_of(op: &str) -> Option<(&'static str, &'static [&'static str])> {
    const VALUES: &[&str] = &["values", "indices"];
    Some(match op {
        "max" => ("torch.return_types.max", VALUES),
        "min" => ("torch.return_types.min", VALUES),
        "sort" => ("torch.return_types.sort", VALUES),
        "topk" => ("torch.return_types.topk", VALUES),
        "median" => ("torch.return_types.median", VALUES),
        "nanmedian" => ("torch.return_types.nanmedian", VALUES),
        "mode" => ("torch.return_types.mode", VALUES),
        "kthvalue" => ("torch.return_types.kthvalue", VALUES),
        "cummax" => ("torch.return_types.cummax", VALUES),
        "cummin" => ("torch.return_types.cummin", VALUES),
        "aminmax" => ("torch.return_types.aminmax", &["min", "max"]),
        "slogdet" => ("torch.return_types.slogdet", &["sign", "logabsdet"]),
        "svd" => ("torch.return_types.svd", &["U", "S", "V"]),
        "qr" => ("torch.return_types.qr", &["Q", "R"]),
        "eigh" => ("torch.return_types.linalg_eigh", &["eigenvalues", "eigenvectors"]),
        _ => return None,
    })
}
