"""What subcommands read: documents in JSON, arrays in .npz and .safetensors, answers that are submitted."""
