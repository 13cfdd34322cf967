"""How a network learns: `train`, the loop of epochs, what each epoch records, when to stop."""
