# src/: the allocator.
