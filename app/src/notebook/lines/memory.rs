//! The bound on the memory of tensors: libtorch's allocator refuses before it allocates.

/// Whether an error of libtorch's is the refusal of the bound.
pub fn is_refusal(text: &str) -> bool {
    text.contains(atencion::libtorch::MEMORY_BOUND)
        || text.contains("not enough memory")
        || text.contains("can't allocate memory")
        || text.contains("Storage size calculation overflowed")
        || text.contains("numel: integer multiplication overflow")
}
