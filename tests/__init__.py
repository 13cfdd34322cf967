"""The tests: mirrors the package, plus the conformance of every layer and loss."""
