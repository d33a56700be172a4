"""What scripts see: one folder per binding, registered through the `marotte.bindings` group."""
