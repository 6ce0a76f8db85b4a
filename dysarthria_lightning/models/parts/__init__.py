"""What networks are put together from: encoders, poolings and heads. They know tensors only."""
