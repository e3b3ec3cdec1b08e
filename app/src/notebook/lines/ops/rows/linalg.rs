//! `torch.linalg`, where libtorch's names are others than Python's.

use tch::{Kind, Tensor};

use super::super::ops;

ops! {
    "L" "inv" (A: Tensor) => Tensor::f_linalg_inv(A);
    "L" "det" (A: Tensor) => Tensor::f_linalg_det(A);
    "L" "slogdet" (A: Tensor) => Tensor::f_linalg_slogdet(A);
    "L" "solve" (A: Tensor, B: Tensor, left: Bool = true) => Tensor::f_linalg_solve(A, B, left);
    "L" "eigh" (A: Tensor, UPLO: Str = "L") => A.f_linalg_eigh(UPLO);
    "L" "eigvalsh" (A: Tensor, UPLO: Str = "L") => A.f_linalg_eigvalsh(UPLO);
    "L" "qr" (A: Tensor, mode: Str = "reduced") => Tensor::f_linalg_qr(A, mode);
    "L" "diagonal" (A: Tensor, offset: Int = 0, dim1: Int = -2, dim2: Int = -1) => Tensor::f_linalg_diagonal(A, offset, dim1, dim2);
    "L" "norm" (A: Tensor) => A.f_flatten(0, -1)?.f_linalg_norm(2, None::<i64>, false, None::<Kind>);
    "L" "norm" (A: Tensor, dim: Int, keepdim: Bool = false) => A.f_linalg_norm(2, dim, keepdim, None::<Kind>);
    "tm" "norm" (input: Tensor, p: Scalar, keepdim: Bool = false) => input.f_norm_scalaropt_dim(p, [0_i64; 0], keepdim);
    "tm" "norm" (input: Tensor, dim: Ints, keepdim: Bool = false) => input.f_norm_scalaropt_dim(2, dim, keepdim);
}
