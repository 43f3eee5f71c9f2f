"""Networks at run time: cards, the store of weights, ONNX Runtime sessions."""
