//! torch.nn's attention and Transformer modules, one file a module, under torch's names and keys.
