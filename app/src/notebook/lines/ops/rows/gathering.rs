//! Picking and placing by index or mask.

use tch::Tensor;

use super::super::ops;

ops! {
    "tm" "gather" (input: Tensor, dim: Int, index: Tensor, sparse_grad: Bool = false) => input.f_gather(dim, index, sparse_grad);
    "tm" "scatter" (input: Tensor, dim: Int, index: Tensor, value: Scalar) => input.f_scatter_value(dim, index, value);
    "tm" "scatter" (input: Tensor, dim: Int, index: Tensor, src: Tensor) => input.f_scatter(dim, index, src);
    "tm" "scatter_add" (input: Tensor, dim: Int, index: Tensor, src: Tensor) => input.f_scatter_add(dim, index, src);
    "tm" "index_select" (input: Tensor, dim: Int, index: Tensor) => input.f_index_select(dim, index);
    "tm" "index_add" (input: Tensor, dim: Int, index: Tensor, source: Tensor) => input.f_index_add(dim, index, source);
    "tm" "index_copy" (input: Tensor, dim: Int, index: Tensor, source: Tensor) => input.f_index_copy(dim, index, source);
    "tm" "index_fill" (input: Tensor, dim: Int, index: Tensor, value: Tensor) => input.f_index_fill_int_tensor(dim, index, value);
    "tm" "index_fill" (input: Tensor, dim: Int, index: Tensor, value: Scalar) => input.f_index_fill(dim, index, value);
    "tm" "masked_fill" (input: Tensor, mask: Tensor, value: Scalar) => input.f_masked_fill(mask, value);
    "tm" "masked_fill" (input: Tensor, mask: Tensor, value: Tensor) => input.f_masked_fill_tensor(mask, value);
    "tm" "masked_select" (input: Tensor, mask: Tensor) => input.f_masked_select(mask);
    "tm" "masked_scatter" (input: Tensor, mask: Tensor, source: Tensor) => input.f_masked_scatter(mask, source);
    "tm" "take" (input: Tensor, index: Tensor) => input.f_take(index);
    "tm" "take_along_dim" (input: Tensor, indices: Tensor, dim: OptInt = None) => input.f_take_along_dim(indices, dim);
    "t" "where" (condition: Tensor, input: Tensor, other: Tensor) => input.f_where_self(condition, other);
    "t" "where" (condition: Tensor, input: Tensor, other: Scalar) => input.f_where_scalarother(condition, other);
    "m" "where" (input: Tensor, condition: Tensor, other: Tensor) => input.f_where_self(condition, other);
    "m" "where" (input: Tensor, condition: Tensor, other: Scalar) => input.f_where_scalarother(condition, other);
    "t" "where" (condition: Tensor, input: Scalar, other: Tensor) => Tensor::f_where_scalarself(condition, input, other);
    "t" "where" (condition: Tensor, input: Scalar, other: Scalar) => Tensor::f_where_scalar(condition, input, other);
    "t" "where" (condition: Tensor) => Tensor::f_where_(condition);
    "tm" "nonzero" (input: Tensor) => input.f_nonzero();
    "tm" "argwhere" (input: Tensor) => input.f_argwhere();
    "tm" "slice_scatter" (input: Tensor, src: Tensor, dim: Int = 0, start: OptInt = None, end: OptInt = None, step: Int = 1) => input.f_slice_scatter(src, dim, start, end, step);
    "tm" "select_scatter" (input: Tensor, src: Tensor, dim: Int, index: Int) => input.f_select_scatter(src, dim, index);
    "tm" "diagonal_scatter" (input: Tensor, src: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) => input.f_diagonal_scatter(src, offset, dim1, dim2);
    "tm" "put" (input: Tensor, index: Tensor, source: Tensor, accumulate: Bool = false) => input.f_put(index, source, accumulate);
    "t" "isin" (elements: Tensor, test_elements: Tensor, assume_unique: Bool = false, invert: Bool = false) => Tensor::f_isin(elements, test_elements, assume_unique, invert);
    "t" "isin" (elements: Tensor, test_element: Scalar, assume_unique: Bool = false, invert: Bool = false) => Tensor::f_isin_tensor_scalar(elements, test_element, assume_unique, invert);
    "t" "isin" (element: Scalar, test_elements: Tensor, assume_unique: Bool = false, invert: Bool = false) => Tensor::f_isin_scalar_tensor(element, test_elements, assume_unique, invert);
    "tm" "is_nonzero" (input: Tensor) => input.f_is_nonzero();
    "tm" "is_same_size" (input: Tensor, other: Tensor) => input.f_is_same_size(other);
    "tm" "is_floating_point" (input: Tensor) => input.f_is_floating_point();
    "tm" "is_complex" (input: Tensor) => input.f_is_complex();
    "m" "type_as" (input: Tensor, other: Tensor) => input.f_type_as(other);
}
