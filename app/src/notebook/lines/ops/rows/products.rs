//! Products, norms and decompositions.

use tch::Tensor;

use super::super::ops;

ops! {
    "tm" "dot" (input: Tensor, tensor: Tensor) => input.f_dot(tensor);
    "tm" "inner" (input: Tensor, other: Tensor) => input.f_inner(other);
    "tm" "outer" (input: Tensor, vec2: Tensor) => input.f_outer(vec2);
    "tm" "ger" (input: Tensor, vec2: Tensor) => input.f_ger(vec2);
    "tm" "mv" (input: Tensor, vec: Tensor) => input.f_mv(vec);
    "tm" "mm" (input: Tensor, mat2: Tensor) => input.f_mm(mat2);
    "tm" "bmm" (input: Tensor, mat2: Tensor) => input.f_bmm(mat2);
    "tm" "matmul" (input: Tensor, other: Tensor) => input.f_matmul(other);
    "tm" "addmm" (input: Tensor, mat1: Tensor, mat2: Tensor) => input.f_addmm(mat1, mat2);
    "tm" "baddbmm" (input: Tensor, batch1: Tensor, batch2: Tensor, beta: Scalar = 1, alpha: Scalar = 1) => input.f_baddbmm(batch1, batch2, beta, alpha);
    "tm" "addbmm" (input: Tensor, batch1: Tensor, batch2: Tensor) => input.f_addbmm(batch1, batch2);
    "tm" "addmv" (input: Tensor, mat: Tensor, vec: Tensor) => input.f_addmv(mat, vec);
    "tm" "addr" (input: Tensor, vec1: Tensor, vec2: Tensor) => input.f_addr(vec1, vec2);
    "tm" "vdot" (input: Tensor, other: Tensor) => input.f_vdot(other);
    "tm" "kron" (input: Tensor, other: Tensor) => input.f_kron(other);
    "t" "chain_matmul" (matrices: Tensors) => Tensor::f_chain_matmul(matrices);
    "t" "cdist" (x1: Tensor, x2: Tensor, p: Float = 2.0, compute_mode: OptInt = None) => Tensor::f_cdist(x1, x2, p, compute_mode);
    "tm" "cross" (input: Tensor, other: Tensor, dim: OptInt = None) => input.f_cross(other, dim);
    "tm" "matrix_power" (input: Tensor, n: Int) => input.f_matrix_power(n);
    "tm" "inverse" (input: Tensor) => input.f_inverse();
    "tm" "det" (input: Tensor) => input.f_det();
    "tm" "logdet" (input: Tensor) => input.f_logdet();
    "tm" "slogdet" (input: Tensor) => input.f_slogdet();
    "tm" "pinverse" (input: Tensor, rcond: Float = 1e-15) => input.f_pinverse(rcond);
    "tm" "trace" (input: Tensor) => input.f_trace();
    "tm" "cholesky" (input: Tensor, upper: Bool = false) => input.f_cholesky(upper);
    "tm" "qr" (input: Tensor, some: Bool = true) => input.f_qr(some);
    "tm" "svd" (input: Tensor, some: Bool = true, compute_uv: Bool = true) => input.f_svd(some, compute_uv);
    "tm" "matrix_exp" (input: Tensor) => input.f_matrix_exp();
    "L" "norm" (input: Tensor, ord: Scalar, dim: OptInts = None, keepdim: Bool = false, dtype: OptKind = None) => input.f_linalg_norm(ord, dim, keepdim, dtype);
    "L" "norm" (input: Tensor, ord: Str, dim: OptInts = None, keepdim: Bool = false, dtype: OptKind = None) => input.f_linalg_norm_ord_str(ord, dim, keepdim, dtype);
    "L" "matrix_rank" (input: Tensor, tol: Float, hermitian: Bool = false) => input.f_linalg_matrix_rank(tol, hermitian);
    "L" "matrix_rank" (input: Tensor, atol: OptFloat = None, rtol: OptFloat = None, hermitian: Bool = false) => input.f_linalg_matrix_rank_atol_rtol_float(atol, rtol, hermitian);
    "L" "cholesky" (input: Tensor, upper: Bool = false) => input.f_linalg_cholesky(upper);
    "L" "pinv" (input: Tensor, rcond: Float, hermitian: Bool = false) => input.f_linalg_pinv(rcond, hermitian);
    "L" "pinv" (input: Tensor, atol: OptFloat = None, rtol: OptFloat = None, hermitian: Bool = false) => input.f_linalg_pinv_atol_rtol_float(atol, rtol, hermitian);
    "L" "matrix_power" (input: Tensor, n: Int) => input.f_linalg_matrix_power(n);
    "L" "cross" (input: Tensor, other: Tensor, dim: Int = -1) => input.f_linalg_cross(other, dim);
    "L" "multi_dot" (tensors: Tensors) => Tensor::f_linalg_multi_dot(tensors);
    "L" "matrix_exp" (input: Tensor) => input.f_linalg_matrix_exp();
    "L" "vecdot" (x: Tensor, y: Tensor, dim: Int = -1) => Tensor::f_linalg_vecdot(x, y, dim);
    "L" "cond" (input: Tensor, p: Scalar) => input.f_linalg_cond(p);
    "L" "cond" (input: Tensor, p: Str) => input.f_linalg_cond_p_str(p);
}
