"""Limited children: strangers' files are read in processes that can be thrown away."""
